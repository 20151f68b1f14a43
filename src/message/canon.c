/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/canon.h"

#include <string.h>

#include "base/str.h"

/* How far the search for a line end looks: else a text of bare CRs would be searched over and over.
 */
#define WINDOW ((size_t)8192)

void
canon_init(struct canon *c, bool (*sink)(void *, const char *, size_t), void *arg,
    struct facts *facts)
{
	*c = (struct canon){.sink = sink, .arg = arg, .facts = facts};
}

static void
emit(struct canon *c, const char *data, size_t n)
{
	if (n == 0 || c->failed)
		return;
	c->facts->size += n;
	if (!c->sink(c->arg, data, n))
		c->failed = true;
}

/*
 * UTF-8 as a machine fed octet by octet. State: 0 between characters; else the number of octets to
 * come in the low byte, and above it the bounds of the next one (RFC 3629 4).
 */
static void
utf8_step(struct canon *c, unsigned char o)
{
	uint32_t more = c->utf8 & 0xff, low = (c->utf8 >> 8) & 0xff, high = (c->utf8 >> 16) & 0xff;

	if (more > 0) {
		if (o < low || o > high) {
			c->facts->utf8 = false;
			c->utf8 = 0;
			return;
		}
		c->utf8 = more > 1 ? (more - 1) | 0x80u << 8 | 0xbfu << 16 : 0;
		return;
	}
	if (o < 0x80)
		return;
	low = o == 0xe0 ? 0xa0 : o == 0xf0 ? 0x90 : 0x80;
	high = o == 0xed ? 0x9f : o == 0xf4 ? 0x8f : 0xbf;
	more = o >= 0xf0 ? 3 : o >= 0xe0 ? 2 : 1;
	if (o < 0xc2 || o > 0xf4)
		c->facts->utf8 = false;
	else
		c->utf8 = more | low << 8 | high << 16;
}

/* Facts of a run without CR and LF, eight octets at a time as long as nothing is special. */
static void
scan(struct canon *c, const char *data, size_t n)
{
	size_t i = 0;

	if (memchr(data, '\0', n) != NULL)
		c->facts->body_nul = true;
	if (c->utf8 == 0) {
		for (; i + 8 <= n; i += 8) {
			uint64_t word;
			memcpy(&word, data + i, 8);
			if ((word & 0x8080808080808080u) != 0)
				break;
		}
	}
	for (; i < n; i++) {
		unsigned char o = (unsigned char)data[i];
		if (o >= 0x80)
			c->facts->body_8bit = true;
		if (o >= 0x80 || c->utf8 != 0)
			utf8_step(c, o);
	}
}

static void
end_line(struct canon *c)
{
	if (c->column > c->facts->longest)
		c->facts->longest = c->column;
	if (c->utf8 != 0) {
		c->facts->utf8 = false;
		c->utf8 = 0;
	}
	c->column = 0;
	c->crs = 0;
}

/* CRs that turned out not to belong to a line end. */
static void
flush_crs(struct canon *c)
{
	if (c->crs > 0 && c->utf8 != 0) { /* a space in the middle of a character */
		c->facts->utf8 = false;
		c->utf8 = 0;
	}
	for (; c->crs > 0; c->crs--) {
		c->facts->bare_cr = true;
		c->column++;
		emit(c, " ", 1);
	}
}

/*
 * Everything up to the next CR or a broken line end. Input that is CRLF already leaves in one
 * piece; else each line goes out with a line end of ours.
 */
static size_t
take_run(struct canon *c, const char *data, size_t n)
{
	size_t start = 0, at = 0;

	if (n > WINDOW)
		n = WINDOW;
	while (at < n) {
		const char *nl = memchr(data + at, '\n', n - at);
		size_t end = nl != NULL ? (size_t)(nl - data) : n;
		const char *cr = memchr(data + at, '\r', end - at);
		size_t text = cr != NULL ? (size_t)(cr - data) : end;

		scan(c, data + at, text - at);
		c->column += text - at;
		if (nl != NULL && cr != NULL &&
		    text + 1 == end) { /* CRLF: goes on in the same piece */
			end_line(c);
			at = end + 1;
			continue;
		}
		emit(c, data + start, text - start);
		if (cr != NULL || nl == NULL)
			return text;
		emit(c, "\r\n", 2);
		end_line(c);
		start = at = end + 1;
	}
	emit(c, data + start, at - start);
	return at;
}

bool
canon_feed(struct canon *c, const char *data, size_t n)
{
	size_t at = 0;

	while (at < n && !c->failed) {
		if (data[at] == '\r') {
			c->crs++;
			at++;
			continue;
		}
		if (c->crs > 0 && data[at] == '\n') { /* CR..CR LF is one line end */
			emit(c, "\r\n", 2);
			end_line(c);
			at++;
			continue;
		}
		flush_crs(c);
		at += take_run(c, data + at, n - at);
	}
	return !c->failed;
}

bool
canon_end(struct canon *c)
{
	if (c->column > 0 || c->crs > 0) {
		emit(c, "\r\n", 2);
		end_line(c);
	}
	return !c->failed;
}

struct facts
canon_join(const struct facts *head, const struct facts *body)
{
	return (struct facts){
	    .size = head->size + body->size,
	    .longest = head->longest > body->longest ? head->longest : body->longest,
	    .received = head->received,
	    .header_8bit = head->body_8bit,
	    .body_8bit = body->body_8bit,
	    .utf8 = head->utf8,
	    .body_nul = body->body_nul,
	    .bare_cr = head->bare_cr || body->bare_cr,
	};
}
