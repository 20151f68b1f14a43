/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/netrc.h"

#include <string.h>

#include "base/str.h"

struct word {
	const char *s;
	size_t n;
};

/* Words are cut at white space; a quoted one may hold blanks. */
static bool
next_word(const char **p, const char *end, struct word *out)
{
	while (*p < end && str_is_space((unsigned char)**p))
		(*p)++;
	if (*p == end)
		return false;
	if (**p == '"') {
		out->s = ++*p;
		while (*p < end && **p != '"' && **p != '\n')
			(*p)++;
		out->n = (size_t)(*p - out->s);
		if (*p < end && **p == '"')
			(*p)++;
		return true;
	}
	out->s = *p;
	while (*p < end && !str_is_space((unsigned char)**p))
		(*p)++;
	out->n = (size_t)(*p - out->s);
	return true;
}

static bool
is(const struct word *w, const char *text)
{
	return w->n == strlen(text) && memcmp(w->s, text, w->n) == 0;
}

/* A macro goes on to the next empty line. */
static void
skip_macro(const char **p, const char *end)
{
	const char *blank = memmem(*p, (size_t)(end - *p), "\n\n", 2);

	*p = blank != NULL ? blank + 2 : end;
}

bool
netrc_find(const char *text, size_t n, const char *host, const char *user, struct secret *out)
{
	const char *p = text, *end = text + n;
	bool ours = false, found = false, is_default = false;
	struct word w, login = {NULL, 0}, password = {NULL, 0}, fallback = {NULL, 0};

	while (!found && next_word(&p, end, &w)) {
		if (is(&w, "machine") || is(&w, "default")) {
			is_default = is(&w, "default");
			ours = is_default ||
			    (next_word(&p, end, &w) && str_neq_nocase(w.s, w.n, host));
			login = password = (struct word){NULL, 0};
		} else if (is(&w, "login")) {
			if (!next_word(&p, end, &login))
				break;
		} else if (is(&w, "password")) {
			if (!next_word(&p, end, &password))
				break;
		} else if (is(&w, "macdef")) {
			skip_macro(&p, end);
		} else if (w.n > 0 && w.s[0] == '#') {
			p = memchr(p, '\n', (size_t)(end - p));
			p = p != NULL ? p : end;
		}
		found = ours && password.s != NULL && login.s != NULL && user != NULL &&
		    is(&login, user);
		if (found && is_default) {
			/* wherever it stands, a machine of that name is nearer */
			if (fallback.s == NULL)
				fallback = password;
			found = false;
		}
	}
	if (!found)
		password = fallback;
	return password.s != NULL && secret_set(out, password.s, password.n);
}
