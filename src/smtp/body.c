/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define CHUNK 65536

void
body_stuff(struct buf *out, const char *data, size_t n, bool *bol)
{
	const char *end = data + n, *from = data, *dot = data;

	if (n == 0)
		return;
	/* Dots are rarer than line ends: look for them, and then at what stands before. */
	while ((dot = memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		if (dot > data ? dot[-1] == '\n' : *bol) {
			(void)buf_add(out, from, (size_t)(dot - from));
			(void)buf_addc(out, '.');
			from = dot;
		}
		dot++;
	}
	(void)buf_add(out, from, (size_t)(end - from));
	*bol = end[-1] == '\n';
}

/* Exactly n octets at off. */
static bool
read_exactly(const struct body_source *src, void *out, size_t n, uint64_t off, struct err *e)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = src->read(src->arg, (char *)out + done, n - done, off + done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, ERR_LOCAL, STAGE_DATA, "4.3.0",
			    "cannot read the message: %s", strerror(errno));
		if (got == 0)
			return err_set(e, ERR_LOCAL, STAGE_DATA, "4.3.0",
			    "the message has become shorter than it was");
		done += (size_t)got;
	}
	return true;
}

bool
body_load(const struct body_source *src, void *out, struct err *e)
{
	return read_exactly(src, out, (size_t)src->size, 0, e);
}

struct sender {
	struct stream *stream;
	const struct body_opts *opts;
	struct buf stuffed;
	bool bol;
};

/* false when there is no sense in going on. */
static bool
send_piece(struct sender *w, const char *data, size_t n)
{
	/* An early 552 is better heard now than after a gigabyte (reliability.md H30). */
	if (stream_has_input(w->stream))
		return false;
	stream_deadline(w->stream, clock_mono_ms() + w->opts->step_ms);
	if (w->opts->stuff) {
		buf_clear(&w->stuffed);
		body_stuff(&w->stuffed, data, n, &w->bol);
		stream_write(w->stream, w->stuffed.data, w->stuffed.len);
	} else {
		stream_write(w->stream, data, n);
	}
	return stream_trouble(w->stream) == STREAM_OK;
}

static void
tell_ending(const struct sender *w)
{
	if (w->opts->ending != NULL)
		w->opts->ending(w->opts->arg);
}

static bool
send_end(struct sender *w)
{
	if (w->opts->stuff)
		tell_ending(w);
	stream_deadline(w->stream, clock_mono_ms() + w->opts->step_ms);
	if (w->opts->stuff && !w->bol)
		stream_write(w->stream, "\r\n", 2);
	if (w->opts->stuff)
		stream_write(w->stream, ".\r\n", 3);
	return stream_flush(w->stream);
}

static enum body_end
send_pieces(struct sender *w, const struct body_source *src, char *piece, struct err *e)
{
	const struct trace *trace = w->opts->trace;
	size_t n;

	for (uint64_t off = 0; off < src->size; off += n) {
		n = src->size - off < CHUNK ? (size_t)(src->size - off) : CHUNK;
		if (!read_exactly(src, piece, n, off, e))
			return BODY_UNREADABLE;
		if (!w->opts->stuff && off + n == src->size)
			tell_ending(w);
		if (!send_piece(w, piece, n))
			return BODY_CUT;
		if (trace != NULL && trace->progress != NULL)
			trace->progress(trace->arg, off + n, src->size);
	}
	return send_end(w) ? BODY_WHOLE : BODY_CUT;
}

enum body_end
body_send(struct stream *s, const struct body_source *src, const struct body_opts *o, struct err *e)
{
	struct sender w = {.stream = s, .opts = o, .bol = true};
	char *piece = mem_alloc(CHUNK);
	enum body_end end;

	buf_init(&w.stuffed, 2 * CHUNK);
	end = send_pieces(&w, src, piece, e);
	buf_done(&w.stuffed);
	free(piece);
	return end;
}
