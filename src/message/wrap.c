/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/wrap.h"

#include <string.h>

#include "base/str.h"
#include "message/header.h"
#include "message/mime.h"

#define NARROW 76 /* RFC 2045 6.7, 6.8 */
#define LINE_FULL ((size_t)WRAP_LINE_MAX + 2)

void
wrap_init(struct wrap *w, bool (*sink)(void *, const char *, size_t), void *arg, enum wrap_how how,
    bool parts)
{
	w->sink = sink;
	w->arg = arg;
	w->how = parts ? WRAP_TEXT : how;
	w->parts = parts;
	w->in_header = w->cutting = w->failed = false;
	w->len = 0;
}

static void
emit(struct wrap *w, const char *data, size_t n)
{
	if (n > 0 && !w->failed)
		w->failed = !w->sink(w->arg, data, n);
}

static enum wrap_how
how_now(const struct wrap *w)
{
	return w->in_header ? WRAP_TEXT : w->how;
}

static void
note_encoding(struct wrap *w, const char *line, size_t n)
{
	struct header_field field;
	size_t pos = 0;

	if (!header_next(line, n, &pos, &field) || !header_is(&field, "Content-Transfer-Encoding"))
		return;
	switch (mime_encoding(&field)) {
	case MIME_BASE64:
		w->next = WRAP_BASE64;
		break;
	case MIME_QP:
		w->next = WRAP_QP;
		break;
	default:
		w->next = WRAP_TEXT;
		break;
	}
}

/*
 * A line as it begins a part, or stands in the header of one. Which boundaries there are is not
 * looked up: a line that only looks like one is found out by what follows, for that is no header.
 */
static void
note_line(struct wrap *w, const char *line, size_t n)
{
	while (n > 0 && str_is_space((unsigned char)line[n - 1]))
		n--;
	if (n > 2 && memcmp(line, "--", 2) == 0) {
		w->in_header = true;
		w->next = WRAP_TEXT;
	} else if (w->in_header && n == 0) {
		w->in_header = false;
		w->how = w->next;
	} else if (w->in_header && header_is_field_line(line, n)) {
		note_encoding(w, line, n);
	} else if (w->in_header && !str_is_blank((unsigned char)line[0])) {
		w->in_header = false;
	}
}

/* Back to the beginning of the character that a cut at `at` would divide (RFC 3629 3). */
static size_t
before_char(const char *line, size_t at)
{
	size_t back = 0;

	while (back < 3 && back + 1 < at && ((unsigned char)line[at - back] & 0xc0) == 0x80)
		back++;
	return ((unsigned char)line[at - back] & 0xc0) == 0xc0 ? at - back : at;
}

/* Drops the first n octets of the line; `lead` takes the place of the next `over`. */
static void
advance(struct wrap *w, size_t n, const char *lead, size_t over)
{
	size_t add = strlen(lead), rest = w->len - n - over;

	memmove(w->line + add, w->line + n + over, rest);
	memcpy(w->line, lead, add);
	w->len = add + rest;
}

static void
cut_text(struct wrap *w)
{
	size_t at = WRAP_LINE_MAX;

	/* a blank in the second half, and not the first one of the line: that led here */
	while (at > WRAP_LINE_MAX / 2 && !str_is_blank((unsigned char)w->line[at]))
		at--;
	if (at == WRAP_LINE_MAX / 2)
		at = before_char(w->line, WRAP_LINE_MAX);
	emit(w, w->line, at);
	emit(w, "\r\n", 2);
	advance(w, at, str_is_blank((unsigned char)w->line[at]) ? "" : " ", 0);
}

static void
cut_base64(struct wrap *w)
{
	emit(w, w->line, NARROW);
	emit(w, "\r\n", 2);
	advance(w, NARROW, w->line[NARROW] == '-' ? " " : "", 0);
}

static void
cut_qp(struct wrap *w)
{
	size_t at = NARROW - 1;
	bool dash;

	if (w->line[at - 1] == '=')
		at--;
	else if (w->line[at - 2] == '=')
		at -= 2;
	else
		at = before_char(w->line, at);
	dash = w->line[at] == '-';
	emit(w, w->line, at);
	emit(w, "=\r\n", 3);
	advance(w, at, dash ? "=2D" : "", dash ? 1 : 0);
}

/* Cuts what is too long of the line so far. */
static void
cut(struct wrap *w)
{
	static void (*const cutter[])(struct wrap *) = {cut_text, cut_base64, cut_qp};
	enum wrap_how how = how_now(w);
	size_t width = how == WRAP_TEXT ? WRAP_LINE_MAX : NARROW, eol = 0;

	if (w->line[w->len - 1] == '\n')
		eol = 2;
	else if (w->line[w->len - 1] == '\r')
		eol = 1;

	w->cutting = true;
	while (w->len - eol > width)
		cutter[how](w);
}

static void
finish_line(struct wrap *w, const char *line, size_t n)
{
	if (w->parts && !w->cutting)
		note_line(w, line, n);
	emit(w, line, n);
	w->cutting = false;
}

/* A piece of a line, or the rest of it (with LF). */
static void
gather(struct wrap *w, const char *data, size_t n)
{
	while (n > 0) {
		size_t room = LINE_FULL - w->len, some = n < room ? n : room;
		bool whole;

		memcpy(w->line + w->len, data, some);
		w->len += some;
		data += some;
		n -= some;
		whole = w->line[w->len - 1] == '\n';
		if (w->cutting || (w->len == LINE_FULL && !whole))
			cut(w);
		if (whole) {
			finish_line(w, w->line, w->len);
			w->len = 0;
		}
	}
}

bool
wrap_feed(struct wrap *w, const char *data, size_t n)
{
	while (n > 0 && !w->failed) {
		const char *nl = memchr(data, '\n', n);
		size_t len = nl != NULL ? (size_t)(nl - data) + 1 : n;

		if (nl != NULL && w->len == 0 && !w->cutting && len <= LINE_FULL)
			finish_line(w, data, len);
		else
			gather(w, data, len);
		data += len;
		n -= len;
	}
	return !w->failed;
}

bool
wrap_end(struct wrap *w)
{
	if (w->len > 0)
		finish_line(w, w->line, w->len);
	w->len = 0;
	return !w->failed;
}
