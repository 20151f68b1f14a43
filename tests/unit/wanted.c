/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wanted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wanted_head.h"
#include "wanted_input.h"

#define LINE_OCTETS 998
#define NARROW 76

static char complaint[300];

bool
wanted_is_refused(const char *input, size_t n)
{
	struct wanted_input in;
	bool refused;

	wanted_input(&in, input, n);
	refused = memchr(in.body, '\0', in.body_len) != NULL && !wanted_is_plain(&in);
	wanted_input_done(&in);
	return refused;
}

/* ---- bodies */

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Quoted-printable (RFC 2045 6.7) in place; false: it is not. */
static bool
decode_qp(char *s, size_t *n)
{
	size_t to = 0, column = 0;

	for (size_t i = 0; i < *n; i++) {
		unsigned char c = (unsigned char)s[i];

		column = c == '\n' ? 0 : column + (c != '\r');
		if (column > NARROW || c > 126)
			return false;
		/* blanks at the end of a line get lost on the way */
		if ((c == ' ' || c == '\t') && (i + 1 == *n || s[i + 1] == '\r'))
			return false;
		if (c != '=') {
			s[to++] = (char)c;
		} else if (i + 2 < *n && s[i + 1] == '\r' && s[i + 2] == '\n') {
			i += 2;
			column = 0;
		} else if (i + 2 < *n && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			s[to++] = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
			column += 2;
			i += 2;
		} else {
			return false;
		}
	}
	*n = to;
	return column <= NARROW;
}

static bool
is_same(const char *got, size_t n, const struct wanted_input *in)
{
	size_t i = 0;

	while (i < n && i < in->body_len && got[i] == in->body[i])
		i++;
	if (i == n && i == in->body_len)
		return true;
	(void)snprintf(complaint, sizeof(complaint),
	    "octet %zu of the body is %d, wanted %d (%zu octets, wanted %zu)", i,
	    i < n ? got[i] : -1, i < in->body_len ? in->body[i] : -1, n, in->body_len);
	return false;
}

/* A line that is cut: where in what came we are, and the length of its piece so far. */
struct cut {
	const char *got, *end;
	size_t piece;
	bool any, soft;
	bool dash; /* "=2D" stands for it */
};

static bool
stands(const struct cut *c, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(c->end - c->got) >= n && memcmp(c->got, s, n) == 0;
}

/* next: of the line. An "=" of its own at the end of a piece is no soft break. */
static bool
is_cut(const struct cut *c, char next)
{
	if (stands(c, "\r\n") || next != '=')
		return stands(c, "\r\n") || stands(c, "=\r\n");
	return stands(c, "=\r\n=") && c->piece < NARROW && c->piece + 5 > NARROW &&
	    (!c->any || c->soft);
}

/* A soft break, as near to 76 as an escape or a character allows. */
static bool
take_soft(struct cut *c, size_t piece, char next)
{
	c->got += 3;
	c->dash = next == '-' && stands(c, "=2D");
	return piece < NARROW && piece + 5 > NARROW && (next != '-' || c->dash);
}

/*
 * CRLF and a blank: one that was there already, or one more where none was near and the line is
 * full. In base64 CRLF at 76, and a space before a dash.
 */
static bool
take_hard(struct cut *c, size_t piece, char next)
{
	c->got += 2;
	if (next == ' ' || next == '\t')
		return stands(c, (char[]){next, '\0'});
	if (stands(c, " ")) {
		c->got++;
		c->piece = 1;
		return piece + 4 > LINE_OCTETS || (piece == NARROW && next == '-');
	}
	return piece == NARROW && next != '-';
}

static bool
take_cut(struct cut *c, char next)
{
	bool soft = stands(c, "="), good = !c->any || soft == c->soft;
	size_t piece = c->piece;

	c->any = true;
	c->soft = soft;
	c->piece = 0;
	return (soft ? take_soft(c, piece, next) : take_hard(c, piece, next)) && good;
}

/* One line of the input, without its CRLF, of more than 998. */
static bool
take_long(const char **got, const char *end, const char *line, size_t n)
{
	struct cut c = {.got = *got, .end = end};

	for (size_t i = 0; i < n; i++) {
		size_t used = 1;

		c.dash = false;
		if (is_cut(&c, line[i]) && !take_cut(&c, line[i]))
			return false;
		if (c.dash)
			used = 3;
		else if (c.got >= end || *c.got != line[i])
			return false;
		c.got += used;
		c.piece += used;
	}
	*got = c.got;
	return c.any && stands(&c, "\r\n");
}

/* Lines over 998 are cut, and no other. */
static bool
is_wrapped(const char *got, size_t n, const struct wanted_input *in)
{
	const char *end = got + n, *from = in->body, *last = in->body + in->body_len;

	while (from < last) {
		size_t len = (size_t)((const char *)memchr(from, '\n', (size_t)(last - from)) -
				 from) +
		    1;
		bool good;

		if (len - 2 > LINE_OCTETS) {
			good = take_long(&got, end, from, len - 2);
			got += 2;
		} else {
			good = (size_t)(end - got) >= len && memcmp(got, from, len) == 0;
			got += len;
		}
		if (!good) {
			(void)snprintf(complaint, sizeof(complaint),
			    "the line at octet %zu of the body is not as it was, nor well cut",
			    (size_t)(from - in->body));
			return false;
		}
		from += len;
	}
	if (got != end)
		(void)snprintf(complaint, sizeof(complaint), "%zu octets too many",
		    (size_t)(end - got));
	return got == end;
}

static bool
is_body(char *got, size_t n, const struct wanted_input *in)
{
	bool is_long = wanted_longest(in->body, in->body_len) > LINE_OCTETS;
	bool nul = memchr(in->body, '\0', in->body_len) != NULL;

	if (wanted_is_plain(in) && (is_long || nul)) {
		if (decode_qp(got, &n))
			return is_same(got, n, in);
		(void)snprintf(complaint, sizeof(complaint), "the body is not quoted-printable");
		return false;
	}
	return is_long ? is_wrapped(got, n, in) : is_same(got, n, in);
}

const char *
wanted_compare(const char *text, size_t len, const char *input, size_t n)
{
	const char *blank = memmem(text, len, "\r\n\r\n", 4), *said = NULL;
	struct wanted_input in, out;
	char *body;

	if (blank == NULL)
		return "no empty line behind the header";
	complaint[0] = '\0';
	wanted_input(&in, input, n);
	wanted_input(&out, text, len);
	/* the program reads a header as we do, so ours must end where it does */
	body = malloc(len + 1);
	if (body == NULL)
		abort();
	memcpy(body, blank + 4, len - (size_t)(blank + 4 - text));
	if (out.body_len != len - (size_t)(blank + 4 - text))
		said = "the header ends before its empty line";
	else if (!wanted_head(&out, &in, complaint, sizeof(complaint)) ||
	    !is_body(body, out.body_len, &in))
		said = complaint;
	free(body);
	wanted_input_done(&in);
	wanted_input_done(&out);
	return said;
}
