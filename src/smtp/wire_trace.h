/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wire_trace.h - how lines on the wire look to whoever watches.
 *
 * A server's text may hold anything, so it is escaped here, whoever shows it
 * later. Challenges of AUTH are between the two ends and never shown.
 */
#ifndef SMTP_WIRE_TRACE_H
#define SMTP_WIRE_TRACE_H

#include <stddef.h>

#include "base/trace.h"
#include "net/stream.h"
#include "smtp/reply.h"

/* A line of ours, or a note in its place. t may be NULL, in all of these. */
void
wire_trace_text(const struct trace *t, const struct stream *s, enum trace_dir dir, const char *text,
    size_t n);
/* Octets that came in and are no reply. */
void
wire_trace_junk(const struct trace *t, const struct stream *s, const char *data, size_t n);
/* All lines of a reply. */
void
wire_trace_reply(const struct trace *t, const struct stream *s, const struct reply *r);

#endif
