/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_wire.h - a socket, in clear or under TLS, non-blocking.
 *
 * Knows polling, GnuTLS and the ways to end a connection well and badly, and
 * nothing of lines. All waiting of a serving process happens in wire_wait():
 * SIGTERM is blocked everywhere else, so there is no moment where it is lost.
 */
#ifndef FAKESERVER_WIRE_H
#define FAKESERVER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fakeserver_options.h"

struct wire;

/* Certificate and priority, shared by all connections. Ends the process when they are no good. */
void
wire_init(const struct options *o);
void
wire_done(void);

/* Takes the connected socket. deadline: of the whole process, monotonic ms. */
struct wire *
wire_new(int fd, const struct options *o, int64_t deadline);
/* Closes what is still open. */
void
wire_free(struct wire *w);

/* poll(2) for one socket: the events, 0 after ms, at the deadline or when we are to stop. */
short
wire_wait(struct wire *w, short events, int ms);
/* As recv: octets, 0 at the end (wire_end() says which one), -1 when nothing is there yet. */
ssize_t
wire_read(struct wire *w, void *data, size_t n);
/* Decrypted octets that poll(2) knows nothing about. */
bool
wire_pending(const struct wire *w);
/* All of it; false when the client can't be written to any more, now and ever after. */
bool
wire_write(struct wire *w, const char *data, size_t n);
bool
wire_gone(const struct wire *w);
/* Nothing but ms pass, unless the client leaves before (then it is gone). */
void
wire_pause(struct wire *w, int ms);
/* Only so many octets still go out (under TLS: of ciphertext); the rest is swallowed. */
void
wire_truncate(struct wire *w, uint64_t octets);

/* Server handshake. false: wire_end() says why. */
bool
wire_handshake(struct wire *w);
bool
wire_is_tls(const struct wire *w);
/* The gnutls_session_t, NULL in clear. */
void *
wire_tls_session(const struct wire *w);

struct wire_tls {
	char version[16], cipher[48], sni[256];
};
/* What was agreed; only under TLS. */
void
wire_describe(const struct wire *w, struct wire_tls *out);

enum wire_close {
	WIRE_CLOSE,           /* close_notify inside TLS, then close */
	WIRE_CLOSE_NO_NOTIFY, /* close the socket under TLS */
	WIRE_RESET,           /* SO_LINGER 0 */
};
void
wire_close(struct wire *w, enum wire_close how);
/* Why nothing more can be read: "client closed", "client reset", ...; NULL while it can. */
const char *
wire_end(const struct wire *w);
/* Sets it to the two strings, unless there is a reason already. Returns false. */
bool
wire_ended(struct wire *w, const char *what, const char *detail);

#endif
