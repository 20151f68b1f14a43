/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/wire_trace.h"

#include <string.h>

#include "base/str.h"

#define SHOWN_MAX 4096 /* octets of an input line */

static bool
is_watched(const struct trace *t)
{
	return t != NULL && t->line != NULL;
}

void
wire_trace_text(const struct trace *t, const struct stream *s, enum trace_dir dir, const char *text,
    size_t n)
{
	if (is_watched(t))
		t->line(t->arg, dir, stream_is_tls(s), text, n);
}

void
wire_trace_junk(const struct trace *t, const struct stream *s, const char *data, size_t n)
{
	struct buf line;

	if (!is_watched(t))
		return;
	buf_init(&line, SHOWN_MAX);
	str_escape(&line, data, n, SHOWN_MAX);
	wire_trace_text(t, s, TRACE_IN, buf_str(&line), line.len);
	buf_done(&line);
}

/* "250-SIZE 1000" again from its parts. */
static void
add_line(struct buf *line, int code, bool last, const char *text, size_t n)
{
	(void)buf_addf(line, "%d", code);
	if (code == 334) {
		(void)buf_addf(line, " <%zu octets>", n);
		return;
	}
	if (!last || n > 0)
		(void)buf_addc(line, last ? ' ' : '-');
	str_escape(line, text, n, SHOWN_MAX);
}

void
wire_trace_reply(const struct trace *t, const struct stream *s, const struct reply *r)
{
	const char *text = buf_str(&r->text), *end = text + r->text.len, *lf;
	struct buf line;

	if (!is_watched(t))
		return;
	buf_init(&line, SHOWN_MAX + 16);
	for (; text <= end; text = lf + 1) {
		lf = memchr(text, '\n', (size_t)(end - text));
		if (lf == NULL)
			lf = end;
		buf_clear(&line);
		add_line(&line, r->code, lf == end, text, (size_t)(lf - text));
		wire_trace_text(t, s, TRACE_IN, buf_str(&line), line.len);
	}
	buf_done(&line);
}
