/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Address lists as text: where an element begins and ends, and how a name is written. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/addrlist.h"
#include "message/encode.h"

/* Calls it an end at commas outside quotes, comments and angle brackets. */
static size_t
next_comma(const char *s, size_t n, size_t at)
{
	bool quoted = false, angle = false;
	int depth = 0;

	for (; at < n; at++) {
		char c = s[at];
		if (c == '\\' && (quoted || depth > 0)) {
			at++;
			continue;
		}
		if (c == '"' && depth == 0)
			quoted = !quoted;
		if (quoted)
			continue;
		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		if (depth > 0)
			continue;
		if (c == '<')
			angle = true;
		else if (c == '>')
			angle = false;
		else if (c == ',' && !angle)
			return at;
	}
	return n;
}

size_t
addrlist_skip(const char *s, size_t n, size_t from)
{
	size_t at = next_comma(s, n, from);

	return at < n ? at + 1 : n;
}

size_t
addrlist_start(const char *s, size_t at)
{
	size_t start = 0, comma;

	while ((comma = next_comma(s, at, start)) < at)
		start = comma + 1;
	while (start < at && str_is_space((unsigned char)s[start]))
		start++;
	return start;
}

/* Atoms and blanks only (RFC 5322 3.2.5); a dot needs quotes to be sure. */
static bool
is_plain_phrase(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!str_is_alpha((unsigned char)*p) && !str_is_digit((unsigned char)*p) &&
		    *p != ' ' && strchr("!#$%&'*+-/=?^_`{|}~", *p) == NULL)
			return false;
	return name[0] != ' ' && name[0] != '\0';
}

const char *
addrlist_quote_name(struct arena *a, const char *name)
{
	struct buf clean, out;
	const char *text;

	buf_init(&clean, 8192);
	buf_init(&out, 65536);
	for (const char *p = name; *p != '\0' && clean.len < 2000; p++)
		buf_addc(&clean, str_is_ctl((unsigned char)*p) ? ' ' : *p);
	text = buf_str(&clean);
	if (str_has_8bit(text, clean.len) || strstr(text, "=?") != NULL) {
		encode_words(&out, text, clean.len, 10);
	} else if (is_plain_phrase(text)) {
		buf_adds(&out, text);
	} else {
		buf_addc(&out, '"');
		for (const char *p = text; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buf_addc(&out, '\\');
			buf_addc(&out, *p);
		}
		buf_addc(&out, '"');
	}
	text = arena_strndup(a, buf_str(&out), out.len);
	buf_done(&clean);
	buf_done(&out);
	return text;
}
