/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream.h - bytes to and from one peer, in clear or inside TLS.
 *
 * One non-blocking descriptor, one write buffer, one receive buffer, one
 * absolute deadline on the monotonic clock that holds inside TLS too. Errors
 * are sticky, like ferror(3): a run of writes needs no checks, the next flush
 * or fill reports. SIGPIPE cannot happen here.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct stream;

enum stream_trouble {
	STREAM_OK,
	STREAM_TIMEOUT,   /* the step's deadline passed */
	STREAM_EXPIRED,   /* the deadline of the whole attempt passed */
	STREAM_CLOSED,    /* orderly end: FIN, or close_notify inside TLS */
	STREAM_TRUNCATED, /* TLS ended without close_notify */
	STREAM_BROKEN,    /* reset, EPIPE, any other system or TLS error */
	STREAM_FLOOD,     /* more unread input than the receive buffer may hold */
};

/*
 * Takes the connected descriptor over (made non-blocking, close-on-exec). peer is for
 * messages ("smtp.example.org:465"), copied. limit: monotonic ms after which everything
 * fails with STREAM_EXPIRED.
 */
struct stream *
stream_new(int fd, const char *peer, int64_t limit);
/* Inside TLS sends close_notify if it can be written at once; waits for nothing. NULL is fine. */
void
stream_close(struct stream *s);
/* The deadline of what follows: monotonic ms, cut by the limit. */
void
stream_deadline(struct stream *s, int64_t at);
/* A new limit: the next message of a kept connection has a time of its own. */
void
stream_limit(struct stream *s, int64_t at);
const char *
stream_peer(const struct stream *s);
bool
stream_is_tls(const struct stream *s);

/* Buffers; full buffers are written out (TLS: records of 16 KiB). */
void
stream_write(struct stream *s, const void *data, size_t n);
/*
 * Writes everything out. Polls both directions and stores what the peer says meanwhile, so
 * a thousand pipelined commands cannot deadlock and an early refusal is seen (decisions.md 24).
 */
bool
stream_flush(struct stream *s);
/*
 * Stores at least one more byte in the receive buffer; false on trouble or end. After a
 * failed *write* what the peer sent before is still readable.
 */
bool
stream_fill(struct stream *s);
/* What is buffered; valid until the next fill, flush or drop. */
size_t
stream_peek(const struct stream *s, const char **data);
void
stream_drop(struct stream *s, size_t n);
/* Unread input without waiting: buffered here, inside TLS, or in the kernel. */
bool
stream_has_input(struct stream *s);
enum stream_trouble
stream_trouble(const struct stream *s);
/*
 * The trouble as an error of the relay class at that stage: "no answer from HOST within 30 s",
 * "HOST closed the connection", ... TLS text included. Returns false.
 */
bool
stream_error(const struct stream *s, enum stage stage, struct err *e);
/* Counters for --timing and tests: bytes both ways, number of write calls. */
uint64_t
stream_octets_out(const struct stream *s);

/* --- for net/tls only: the descriptor and the TLS session of the stream. --- */
int
stream_fd(const struct stream *s);
/* session: a gnutls_session_t whose handshake is over; owned by the stream from now on. */
void
stream_set_tls(struct stream *s, void *session);
/* Nothing goes in or out any more, not even a farewell: the peer is not who was meant. */
void
stream_abandon(struct stream *s);
/* Waits for the descriptor (POLLIN or POLLOUT) within the deadline; false: trouble is set. */
bool
stream_wait(struct stream *s, short events);

#endif
