/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/encode.h"

#include <string.h>

#include "base/crypto.h"
#include "base/str.h"
#include "message/qp.h"

#define WORD_MAX 75
#define FOLD_AT 76
#define CHAR_MAX_Q 12 /* octets of a character in Q */
#define FRAME 7       /* octets of an encoded word beside charset and text */

static const char hex[] = "0123456789ABCDEF";

static void
add_escape(struct buf *out, unsigned char c)
{
	buf_addc(out, '=');
	buf_addc(out, hex[c >> 4]);
	buf_addc(out, hex[c & 15]);
}

static bool
to_buf(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

void
encode_qp(struct buf *out, const char *s, size_t n)
{
	struct qp q;

	qp_init(&q, to_buf, out, "\n");
	qp_feed(&q, s, n);
	qp_end(&q);
}

/* May stand as it is in a Q encoded word in any context, a phrase included (RFC 2047 5 (3)). */
static bool
is_q_plain(unsigned char c)
{
	return str_is_alpha(c) || str_is_digit(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t
q_width(const char *s, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		width += is_q_plain((unsigned char)s[i]) || s[i] == ' ' ? 1 : 3;
	return width;
}

/* Octets of the character at s; stray octets count one. */
static size_t
char_len(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];
	size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

	return len <= n && str_utf8_valid(s, len) ? len : 1;
}

static void
add_word(struct buf *out, const char *charset, bool b64, const char *s, size_t n)
{
	buf_addf(out, "=?%s?%c?", charset, b64 ? 'B' : 'Q');
	if (b64)
		crypto_base64(out, s, n);
	for (size_t i = 0; !b64 && i < n; i++) {
		if (is_q_plain((unsigned char)s[i]))
			buf_addc(out, s[i]);
		else if (s[i] == ' ')
			buf_addc(out, '_');
		else
			add_escape(out, (unsigned char)s[i]);
	}
	buf_adds(out, "?=");
}

static void
encode_all(struct buf *out, const char *s, size_t n, size_t column)
{
	const char *charset = str_utf8_valid(s, n) ? "UTF-8" : "unknown-8bit";
	bool b64 = (n + 2) / 3 * 4 < q_width(s, n);
	size_t frame = strlen(charset) + FRAME, at = 0;

	if (column + frame + CHAR_MAX_Q > FOLD_AT) {
		buf_adds(out, "\n ");
		column = 1;
	}
	while (at < n) {
		size_t room = WORD_MAX - frame, len = 0;
		if (FOLD_AT - column - frame < room)
			room = FOLD_AT - column - frame;
		while (at + len < n) {
			size_t more = len + char_len(s + at + len, n - at - len);
			if ((b64 ? (more + 2) / 3 * 4 : q_width(s + at, more)) > room && len > 0)
				break;
			len = more;
		}
		add_word(out, charset, b64, s + at, len);
		at += len;
		if (at < n)
			buf_adds(out, "\n ");
		column = 1;
	}
}

/* Folds at blanks so that lines stay below 78 where words allow it. */
static void
fold(struct buf *out, const char *s, size_t n, size_t column)
{
	size_t at = 0;

	while (at < n) {
		size_t end = at + 1;
		while (end < n && !str_is_blank((unsigned char)s[end]))
			end++;
		/* a fold must leave something on both sides: a line of blanks alone would end the
		 * header for some */
		if (column + (end - at) > FOLD_AT && str_is_blank((unsigned char)s[at]) && at > 0 &&
		    !str_is_blank((unsigned char)s[at - 1]) && end - at > 1) {
			buf_addc(out, '\n');
			column = 0;
		}
		buf_add(out, s + at, end - at);
		column += end - at;
		at = end;
	}
}

void
encode_words(struct buf *out, const char *s, size_t n, size_t column)
{
	if (str_has_8bit(s, n) || (n > 3 && memmem(s, n, "=?", 2) != NULL))
		encode_all(out, s, n, column);
	else
		fold(out, s, n, column);
}
