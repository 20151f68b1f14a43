/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Address lists as text: where an element begins and ends, and how a name is written. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/addrlist.h"
#include "message/encode.h"

#define NAME_MAX_OCTETS 400

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

/* "=?charset?Q?text?=" (RFC 2047 2), of atom characters alone. */
static bool
is_encoded_word(const char *s, size_t n)
{
	const char *encoding = n > 8 ? memchr(s + 2, '?', n - 2) : NULL;

	return n <= 75 && str_starts(s, "=?") && s[n - 2] == '?' && s[n - 1] == '=' &&
	    encoding != NULL && encoding > s + 2 && encoding + 4 < s + n - 1 &&
	    strchr("QqBb", encoding[1]) != NULL && encoding[2] == '?' &&
	    memchr(encoding + 3, '?', n - 2 - (size_t)(encoding + 3 - s)) == NULL;
}

/* Encoded words and atoms, as a header gives them: encoded once more they would show as code. */
static bool
is_encoded(const char *name)
{
	if (!is_plain_phrase(name))
		return false;
	while (*name != '\0') {
		size_t n = strcspn(name, " ");

		if (memmem(name, n, "=?", 2) != NULL && !is_encoded_word(name, n))
			return false;
		name += n + strspn(name + n, " ");
	}
	return true;
}

/* Octets of name that are taken: a line with it, quoted, stays below 998 (RFC 5322 2.1.1). */
static size_t
name_length(const char *name)
{
	size_t n = strnlen(name, NAME_MAX_OCTETS + 1);

	if (n <= NAME_MAX_OCTETS)
		return n;
	for (n = NAME_MAX_OCTETS; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80; n--)
		; /* not within a character */
	return n;
}

const char *
addrlist_quote_name(struct arena *a, const char *name)
{
	struct buf clean, out;
	const char *text;

	buf_init(&clean, 8192);
	buf_init(&out, 65536);
	for (size_t i = 0, n = name_length(name); i < n; i++)
		buf_addc(&clean, str_is_ctl((unsigned char)name[i]) ? ' ' : name[i]);
	text = buf_str(&clean);
	if (str_has_8bit(text, clean.len) || (strstr(text, "=?") != NULL && !is_encoded(text))) {
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
