/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_path.h"

#include <string.h>

#include "fakeserver_text.h"

/* Parameters, and the keywords that allow them. Others are allowed by their own name. */
static const struct param {
	const char *name, *which, *ext;
} params[] = {
    {"BODY", "FROM:", "8BITMIME"},
    {"RET", "FROM:", "DSN"},
    {"ENVID", "FROM:", "DSN"},
    {"NOTIFY", "TO:", "DSN"},
    {"ORCPT", "TO:", "DSN"},
    {"HOLDFOR", "FROM:", "FUTURERELEASE"},
    {"HOLDUNTIL", "FROM:", "FUTURERELEASE"},
    {"BY", "FROM:", "DELIVERBY"},
};

static bool
is_allowed(const struct options *o, const char *which, const char *name)
{
	for (size_t i = 0; i < sizeof(params) / sizeof(*params); i++)
		if (text_same(params[i].name, name))
			return text_same(params[i].which, which) &&
			    options_ext(o, params[i].ext) != NULL;
	if (text_same(name, "AUTH"))
		return o->auth != NULL;
	return options_ext(o, name) != NULL;
}

/* The '>' that ends the path: not one inside a quoted local part. */
static char *
path_end(char *s)
{
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && quoted && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && *s == '>')
			return s;
		else if (!quoted && (*s == ' ' || *s == '<'))
			return NULL;
	}
	return NULL;
}

static const char *
take_param(const struct options *o, const char *which, char *param, struct path *out)
{
	char *value = strchr(param, '=');

	if (value != NULL)
		*value++ = '\0';
	if (!is_allowed(o, which, param))
		return "555 5.5.4 Parameter not known";
	if (text_same(param, "SIZE") &&
	    (value == NULL || !text_number(value, UINT64_MAX, &out->size)))
		return "501 5.5.4 SIZE is not a number";
	if (text_same(param, "SMTPUTF8"))
		out->utf8 = true;
	if (text_same(param, "BODY"))
		out->body_8bit = value != NULL && text_same(value, "8BITMIME");
	return NULL;
}

const char *
path_parse(const struct options *o, const char *which, char *argument, struct path *out)
{
	char *end, *next;
	const char *trouble = NULL;

	*out = (struct path){0};
	if (!text_starts(argument, which) || argument[strlen(which)] != '<')
		return "501 5.5.4 Syntax of the path";
	out->addr = argument + strlen(which) + 1;
	end = path_end(out->addr);
	if (end == NULL || (end[1] != '\0' && end[1] != ' '))
		return "501 5.5.4 Syntax of the path";
	next = end[1] == ' ' ? end + 2 : NULL;
	*end = '\0';
	while (next != NULL && trouble == NULL) {
		char *param = next;

		next = strchr(param, ' ');
		if (next != NULL)
			*next++ = '\0';
		trouble = take_param(o, which, param, out);
	}
	return trouble;
}
