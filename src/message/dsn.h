/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dsn.h - what became of a message, told to its sender (RFC 3464, RFC 6522).
 *
 * A multipart/report: words for a person, a delivery-status for programs, and
 * the header of the message it is about.
 */
#ifndef MESSAGE_DSN_H
#define MESSAGE_DSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "message/envelope.h"

struct dsn {
	const char *from;       /* address of the From field */
	const char *to;         /* who is told */
	const char *host;       /* Reporting-MTA */
	const char *id;         /* of the message in the queue */
	const char *message_id; /* of the message it is about, NULL: unknown */
	const char *envid;      /* NULL: none */
	int64_t arrival_ms, now_ms;
	int64_t until_ms; /* delayed: when it will be given up */
	bool delayed;     /* a warning; else they failed */
	const struct rcpt *const *rcpts;
	size_t nrcpts;
	const char *header; /* header block of the message, CRLF lines, without the empty line */
	size_t header_len;
};

/* Appends the whole message, LF lines, header fields complete. */
void
dsn_format(const struct dsn *d, struct buf *out);

#endif
