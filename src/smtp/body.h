/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * body.h - the message itself, by DATA or BDAT.
 *
 * The source is canonical CRLF text. BDAT sends it as it is; DATA stuffs dots
 * (RFC 5321 4.5.2) on the way. A local read error never ends in a final dot:
 * the connection is closed instead (reliability.md H8).
 */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/trace.h"
#include "net/stream.h"

struct body_source {
	/* As pread: octets at off, fewer only at the end, -1 with errno. */
	ssize_t (*read)(void *arg, void *data, size_t n, uint64_t off);
	void *arg;
	uint64_t size;
};

enum body_end {
	BODY_WHOLE,      /* written and flushed */
	BODY_CUT,        /* the stream failed, or the server spoke before the end */
	BODY_UNREADABLE, /* the source failed or was short: e tells (ERR_LOCAL, STAGE_DATA) */
};

struct body_opts {
	bool stuff;      /* for DATA: dots doubled, the final dot at the end */
	int64_t step_ms; /* each step of progress may take that long */
	const struct trace *trace;
	/* Called before the octets that make the message whole are written; may be NULL. */
	void (*ending)(void *arg);
	void *arg;
};

/* Streams the body in constant memory. After anything but BODY_WHOLE the stream is of no use. */
enum body_end
body_send(struct stream *s, const struct body_source *src, const struct body_opts *o,
    struct err *e);
/* The whole of a small body into out, which has room for src->size octets; false as above. */
bool
body_load(const struct body_source *src, void *out, struct err *e);
/*
 * Dot-stuffing in chunks: appends data[0..n) to out; *bol is "at the beginning of a line" and
 * carries over (true at first).
 */
void
body_stuff(struct buf *out, const char *data, size_t n, bool *bol);

#endif
