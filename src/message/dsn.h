/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dsn.h - what became of a message, told to its sender (RFC 3464, 6522, 6533).
 *
 * A multipart/report: words for a person, a delivery-status for programs, and the
 * header of the message it is about, or all of it. About several messages at once
 * (a digest) it names each recipient of each of them and returns no header.
 *
 * Whatever can be said in 7 bits is: a relay without 8BITMIME refuses other
 * notices, and a notice is tried but once. Only addresses beyond ASCII, and the
 * 8-bit text of a message that is returned whole, are sent as they are; where a
 * relay has just refused such a thing (narrow), not even they.
 */
#ifndef MESSAGE_DSN_H
#define MESSAGE_DSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "message/envelope.h"

/* A message, and those of its recipients that there is something to say of. */
struct dsn_about {
	const char *id;         /* in the queue */
	const char *message_id; /* NULL: unknown */
	const char *envid;      /* NULL: none */
	int64_t arrival_ms;
	int64_t last_ms; /* the last attempt */
	const struct rcpt *const *rcpts;
	size_t nrcpts;
};

struct dsn {
	const char *from; /* address of the From field */
	const char *to;   /* who is told */
	const char *host; /* Reporting-MTA */
	int64_t now_ms;
	int64_t until_ms; /* delayed: when it will be given up */
	bool delayed;     /* a warning; else they failed */
	bool narrow;      /* the relay takes 7 bits only */
	const struct dsn_about *about;
	size_t nabout; /* at least 1 */
	/* Of the message, when it is but one: its header, or with `full` all of it. */
	const char *text;
	size_t text_len;
	bool full;
};

/* Appends the whole message, LF or CRLF lines, header fields complete. */
void
dsn_format(const struct dsn *d, struct buf *out);

#endif
