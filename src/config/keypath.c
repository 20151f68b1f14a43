/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/keypath.h"

#include <string.h>

#include "base/str.h"

bool
keypath_split(struct arena *mem, const char *text, struct keypath *out)
{
	char *section = arena_strdup(mem, text), *dot = strrchr(section, '.');

	*out = (struct keypath){.name = ""};
	if (dot == NULL || dot[1] == '\0')
		return false;
	*dot = '\0';
	out->key = dot + 1;
	for (int k = 0; k < SECTION_MAX; k++) {
		const char *kind = schema_section_name((enum schema_section)k);
		size_t n = strlen(kind);

		out->kind = (enum schema_section)k;
		if (k != SECTION_ACCOUNT && k != SECTION_ROUTE && str_eq(section, kind))
			return true;
		if (k == SECTION_ACCOUNT && str_starts(section, kind) && section[n] == '.' &&
		    section[n + 1] != '\0') {
			out->name = section + n + 1;
			return true;
		}
	}
	return false;
}

/* The nearest key of that section; NULL: none is near. */
static const char *
nearest(struct arena *mem, const struct keypath *k)
{
	const char **names = arena_alloc(mem, schema_nkeys * sizeof *names);
	size_t n = 0;

	for (size_t i = 0; i < schema_nkeys; i++)
		if (schema_find(k->kind, schema_keys[i].name) == &schema_keys[i])
			names[n++] = schema_keys[i].name;
	return str_nearest(k->key, names, n);
}

bool
keypath_parse(struct arena *mem, const char *text, struct keypath *out, struct err *e)
{
	const char *near;

	if (!keypath_split(mem, text, out))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "'%s' is not the name of a key: write account.NAME.KEY, defaults.KEY or queue.KEY (postrider config keys lists them)",
		    text);
	out->schema = schema_find(out->kind, out->key);
	if (out->schema != NULL)
		return true;
	near = nearest(mem, out);
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "there is no key '%s' in [%s]%s%s%s", out->key,
	    schema_section_name(out->kind), near != NULL ? ": did you mean '" : "",
	    near != NULL ? near : "", near != NULL ? "'?" : "");
}
