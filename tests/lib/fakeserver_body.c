/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_body.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

#include "fakeserver_text.h"

#define LINE_MAX_RFC 998 /* RFC 5322 2.1.1 */
#define TAKE_MAX ((size_t)64 * 1024)

struct body {
	struct conn *conn;
	FILE *file;
	gnutls_hash_hd_t hash;
	uint64_t size;
	size_t line, longest; /* octets of the current line, and of the longest one */
	bool after_cr, after_crlf;
	bool bare_cr, bare_lf, nul, high, unstuffed;
};

struct body *
body_new(struct conn *c, const char *file)
{
	struct body *b = text_alloc(sizeof(*b));

	b->conn = c;
	if (file != NULL && (b->file = fopen(file, "we")) == NULL)
		text_die("%s: %s", file, strerror(errno));
	if (gnutls_hash_init(&b->hash, GNUTLS_DIG_SHA256) < 0)
		text_die("no SHA-256");
	return b;
}

static void
judge(struct body *b, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			b->after_crlf = b->after_cr;
			b->bare_lf |= !b->after_cr;
			b->line = 0;
		} else {
			b->bare_cr |= b->after_cr;
			b->nul |= p[i] == '\0';
			b->high |= p[i] >= 0x80;
			b->line += p[i] != '\r';
			if (b->line > b->longest)
				b->longest = b->line;
		}
		b->after_cr = p[i] == '\r';
	}
}

static void
keep(struct body *b, const char *p, size_t n)
{
	judge(b, (const unsigned char *)p, n);
	gnutls_hash(b->hash, p, n);
	b->size += n;
	if (b->file != NULL && fwrite(p, 1, n, b->file) != n)
		text_die("cannot keep a body: %s", strerror(errno));
}

/* Where in a line the reader stands. */
enum at { AT_START, AT_DOT, AT_DOT_CR, IN_LINE };

/* The last octet before the next one decides about a line that began with a dot. */
static enum at
after_dot(struct body *b, char c)
{
	if (c == '\r')
		return AT_DOT_CR;
	b->unstuffed |= c != '.';
	return IN_LINE;
}

/* Consumes p..end or up to the end of the body; returns how much. *at says which. */
static size_t
unstuff(struct body *b, const char *p, const char *end, enum at *at, bool *done)
{
	const char *begin = p, *lf;

	while (p < end && !*done) {
		switch (*at) {
		case AT_START:
			*at = *p == '.' ? AT_DOT : IN_LINE;
			p += *p == '.';
			break;
		case AT_DOT:
			*at = after_dot(b, *p);
			p += *at == AT_DOT_CR;
			break;
		case AT_DOT_CR:
			*done = *p == '\n';
			p += *done;
			if (!*done) {
				b->unstuffed = true;
				keep(b, "\r", 1);
				*at = IN_LINE;
			}
			break;
		case IN_LINE:
			lf = memchr(p, '\n', (size_t)(end - p));
			keep(b, p, (size_t)((lf != NULL ? lf + 1 : end) - p));
			p = lf != NULL ? lf + 1 : end;
			if (lf != NULL && b->after_crlf) /* a dot behind a bare LF ends nothing */
				*at = AT_START;
			break;
		}
	}
	return (size_t)(p - begin);
}

bool
body_read_data(struct body *b)
{
	enum at at = AT_START;
	bool done = false;

	while (!done) {
		char *p;
		size_t n = conn_take(b->conn, &p, TAKE_MAX), used;

		if (n == 0)
			return false;
		used = unstuff(b, p, p + n, &at, &done);
		conn_untake(b->conn, n - used);
	}
	return true;
}

bool
body_read_chunk(struct body *b, uint64_t n)
{
	while (n > 0) {
		char *p;
		size_t m = conn_take(b->conn, &p, n < TAKE_MAX ? (size_t)n : TAKE_MAX);

		if (m == 0)
			return false;
		keep(b, p, m);
		n -= m;
	}
	return true;
}

uint64_t
body_size(const struct body *b)
{
	return b->size;
}

bool
body_has_8bit(const struct body *b)
{
	return b->high;
}

void
body_finish(struct body *b, char sha256[65])
{
	struct record *r = conn_record(b->conn);
	unsigned char digest[32];

	b->bare_cr |= b->after_cr;
	if (b->bare_cr)
		record_fault(r, "bare CR in a body");
	if (b->bare_lf)
		record_fault(r, "bare LF in a body");
	if (b->nul)
		record_fault(r, "NUL in a body");
	if (b->unstuffed)
		record_fault(r, "a line of a body begins with an unstuffed dot");
	if (b->longest > LINE_MAX_RFC)
		record_fault(r, "a body line of %zu octets", b->longest);
	gnutls_hash_deinit(b->hash, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
	if (b->file != NULL && fclose(b->file) != 0)
		text_die("cannot keep a body: %s", strerror(errno));
	free(b);
}
