/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/mime.h"

#include <string.h>

#include "base/str.h"

/* Behind a comment that begins at `at`; comments nest (RFC 5322 3.2.2). */
static size_t
skip_comment(const char *s, size_t n, size_t at)
{
	size_t depth = 0;

	for (; at < n; at++) {
		if (s[at] == '\\')
			at++;
		else if (s[at] == '(')
			depth++;
		else if (s[at] == ')' && --depth == 0)
			return at + 1;
	}
	return n;
}

/* The first word of the value, behind blanks and comments: an encoding, or a type's first half. */
static size_t
first_word(const struct header_field *f, const char **word)
{
	const char *s = f->value;
	size_t n = f->value_len, at = 0, len = 0;

	while (at < n && (s[at] == '(' || str_is_space((unsigned char)s[at])))
		at = s[at] == '(' ? skip_comment(s, n, at) : at + 1;
	while (at + len < n && !str_is_space((unsigned char)s[at + len]) &&
	    strchr("(;/", s[at + len]) == NULL)
		len++;
	*word = s + at;
	return len;
}

enum mime_encoding
mime_encoding(const struct header_field *f)
{
	static const struct {
		const char *name;
		enum mime_encoding encoding;
	} names[] = {
	    {"", MIME_7BIT},
	    {"7bit", MIME_7BIT},
	    {"8bit", MIME_8BIT},
	    {"binary", MIME_BINARY},
	    {"quoted-printable", MIME_QP},
	    {"base64", MIME_BASE64},
	};
	const char *word;
	size_t n = first_word(f, &word);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_neq_nocase(word, n, names[i].name))
			return names[i].encoding;
	return MIME_OTHER;
}

static bool
is_in_parts(const struct header_field *f)
{
	const char *word;
	size_t n = first_word(f, &word);

	return str_neq_nocase(word, n, "multipart") || str_neq_nocase(word, n, "message");
}

struct mime
mime_look(const char *block, size_t n)
{
	struct mime m = {.encoding = MIME_NONE};
	struct header_field f;
	size_t pos = 0;

	while (header_next(block, n, &pos, &f)) {
		if (header_is(&f, "MIME-Version")) {
			m.version = true;
		} else if (header_is(&f, "Content-Type")) {
			m.type = true;
			m.in_parts = m.in_parts || is_in_parts(&f);
		} else if (header_is(&f, "Content-Transfer-Encoding")) {
			enum mime_encoding this = mime_encoding(&f);

			m.encoding = m.encoding == MIME_NONE || m.encoding == this ? this
										   : MIME_OTHER;
		}
	}
	return m;
}
