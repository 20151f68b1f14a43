/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define CHUNK ((size_t)65536)
#define LINE_SHOWN ((size_t)4096)

static const char from[] = "From ";

struct text {
	enum queue_text_part part;
	bool escape;    /* a terminal: lines go through str_escape */
	bool body;      /* behind the empty line */
	bool done;      /* nothing more of it is wanted */
	bool cr;        /* a CR whose LF has not been seen yet */
	size_t column;  /* octets of the line so far */
	bool quotable;  /* only '>' and the first `matched` octets of "From " so far */
	size_t matched; /* held back */
	struct buf line, out;
};

static void
flush_line(struct text *t)
{
	const char *p = buf_str(&t->line), *end = p + t->line.len;

	while (p < end) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));

		str_escape(&t->out, p, (size_t)((tab != NULL ? tab : end) - p), 0);
		if (tab != NULL)
			(void)buf_addc(&t->out, '\t');
		p = tab != NULL ? tab + 1 : end;
	}
	buf_clear(&t->line);
}

static void
put(struct text *t, const char *s, size_t n)
{
	if (t->part == QUEUE_TEXT_BODY && !t->body)
		return;
	if (!t->escape) {
		(void)buf_add(&t->out, s, n);
		return;
	}
	(void)buf_add(&t->line, s, n);
	if (t->line.len >= LINE_SHOWN)
		flush_line(t);
}

/* "From " at the beginning of a line, or behind '>' there, gets one '>' more. */
static void
put_quoted(struct text *t, char c)
{
	if (c == '>' && t->matched == 0) {
		put(t, &c, 1);
		return;
	}
	if (c == from[t->matched]) {
		if (++t->matched < strlen(from))
			return;
		put(t, ">", 1);
		put(t, from, strlen(from));
	} else {
		put(t, from, t->matched);
		put(t, &c, 1);
	}
	t->matched = 0;
	t->quotable = false;
}

static void
end_line(struct text *t)
{
	put(t, from, t->matched);
	t->matched = 0;
	if (!t->body && t->column == 0) {
		t->done = t->part == QUEUE_TEXT_HEADERS;
		if (t->part == QUEUE_TEXT_MBOX)
			put(t, "\n", 1);
		t->body = true;
	} else {
		if (t->escape)
			flush_line(t);
		if (t->part != QUEUE_TEXT_BODY || t->body)
			(void)buf_addc(&t->out, '\n');
	}
	t->column = 0;
	t->quotable = t->part == QUEUE_TEXT_MBOX && t->body;
}

static void
take(struct text *t, char c)
{
	if (c == '\n') {
		t->cr = false;
		end_line(t);
		return;
	}
	if (t->cr) {
		t->cr = false;
		t->column++;
		put(t, "\r", 1);
	}
	if (c == '\r') {
		t->cr = true;
		return;
	}
	t->column++;
	if (t->quotable)
		put_quoted(t, c);
	else
		put(t, &c, 1);
}

static bool
print(struct text *t, struct entry *en, char *chunk, struct err *e)
{
	uint64_t at = 0;
	ssize_t n = 1;

	while (n > 0 && !t->done) {
		n = entry_read(en, chunk, CHUNK, at);
		if (n < 0)
			return err_set(e, ERR_LOCAL, STAGE_QUEUE, "", "cannot read message %s: %s",
			    entry_id(en), strerror(errno));
		at += (uint64_t)n;
		if (t->part == QUEUE_TEXT_RAW)
			(void)buf_add(&t->out, chunk, (size_t)n);
		for (ssize_t i = 0; t->part != QUEUE_TEXT_RAW && i < n && !t->done; i++)
			take(t, chunk[i]);
		if (n == 0 && t->column > 0) /* no line end at the end */
			end_line(t);
		if (!ui_out(&t->out)) {
			int saved = errno;

			err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot write the output: %s",
			    strerror(errno));
			errno = saved;
			return false;
		}
	}
	return true;
}

bool
queue_text_print(const struct ui *ui, struct entry *en, enum queue_text_part part, struct err *e)
{
	struct text t = {.part = part,
	    .escape = ui->out_tty && (part == QUEUE_TEXT_HEADERS || part == QUEUE_TEXT_BODY)};
	char *chunk = mem_alloc(CHUNK);
	bool good;
	int saved;

	buf_init(&t.line, SIZE_MAX);
	buf_init(&t.out, SIZE_MAX);
	good = print(&t, en, chunk, e);
	saved = errno;
	buf_done(&t.line);
	buf_done(&t.out);
	free(chunk);
	errno = saved;
	return good;
}
