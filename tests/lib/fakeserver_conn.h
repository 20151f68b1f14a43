/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_conn.h - lines from a client, replies to it, and the count of turns.
 *
 * Replies are held back until there is nothing left to read (unless
 * --answer-each), and with --settle until the client was quiet for a while:
 * like a network with a delay, where all that a client sends without waiting
 * for us arrives before our answer leaves. That makes the number of "turns"
 * (how often the server had to wait for the client after answering it) a
 * property of the client and not of the scheduler.
 *
 * Writing to a client that has left is not an error here: expecting something
 * from it is, and is told when that is tried.
 */
#ifndef FAKESERVER_CONN_H
#define FAKESERVER_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeserver_options.h"
#include "fakeserver_record.h"
#include "fakeserver_wire.h"

struct conn;

/* Owns neither; both outlive it. */
struct conn *
conn_new(struct wire *w, const struct options *o, struct record *r);
/* Writes what is still held back. */
void
conn_free(struct conn *c);
struct wire *
conn_wire(const struct conn *c);
struct record *
conn_record(const struct conn *c);
const struct options *
conn_options(const struct conn *c);

/* Server handshake. false: it failed or the client left. */
bool
conn_start_tls(struct conn *c);

/*
 * Next line, without its end, NUL-terminated; len because NULs may be inside. Valid until the
 * next read. NULL: there is none, wire_end() says why. A line that ends in a bare LF, has a
 * control character, or is too long for its kind, is noted as a fault.
 */
char *
conn_line(struct conn *c, size_t *len);
/* Unread octets, at least one and at most max; 0: the connection ended. */
size_t
conn_take(struct conn *c, char **data, size_t max);
/* Gives back the last n octets of what conn_take() gave. */
void
conn_untake(struct conn *c, size_t n);
/* Octets read from the network and not yet consumed. */
size_t
conn_buffered(const struct conn *c);
/* Number of reads (clear) or records (TLS) so far. */
uint64_t
conn_nreads(const struct conn *c);

/* What the next replies are about: label of a wait. */
void
conn_topic(struct conn *c, const char *topic);
/* Queues a reply; written when there is nothing to read, or by conn_flush(). */
void
conn_reply(struct conn *c, const char *data, size_t n);
void
conn_flush(struct conn *c);
/* From now on each octet is written by itself, ms after the one before; 0 ends it. */
void
conn_drip(struct conn *c, int ms);

#endif
