/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dial.h - from a host name to a connected socket.
 *
 * A and AAAA addresses alternate and are raced with a stagger of 250 ms
 * (RFC 8305); the first that finishes TCP wins. One deadline covers name
 * resolution and all addresses together. What became of each address is kept,
 * because "cannot reach the server" helps nobody.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DIAL_MAX_ADDRS 16 /* of a name with a thousand records the first ones are enough */

struct dial_try {
	char addr[64]; /* "192.0.2.10:587", "[2001:db8::10]:587" */
	int error;     /* errno, 0: connected, -1: not finished when the race was over */
	int64_t ms;
};

struct dial_report {
	struct dial_try tries[DIAL_MAX_ADDRS];
	size_t ntries;
	size_t winner;      /* index, valid when the dial succeeded */
	int64_t resolve_ms; /* time for the names */
};

struct dial_opts {
	const char *host; /* name or address; A-label form */
	uint16_t port;
	const char *source; /* local address to bind, NULL: any */
	int family;         /* AF_UNSPEC, AF_INET, AF_INET6 */
	int64_t deadline;   /* monotonic ms */
	/* an address is about to be tried, "192.0.2.10:587"; NULL: nobody watches */
	void (*on_try)(void *arg, const char *addr);
	void *arg;
};

/*
 * A connected, non-blocking, close-on-exec socket with TCP_NODELAY, or -1 with e: STAGE_DNS (no
 * such name: status 5.1.2 and sysexit 68; resolver silent or failing: 4.4.3), STAGE_CONNECT (each
 * address with its reason in the sentence, cut after a few). *report is filled either way; may be
 * NULL.
 */
int
dial_tcp(const struct dial_opts *opts, struct dial_report *report, struct err *e);
/* The same for a Unix socket. */
int
dial_unix(const char *path, int64_t deadline, struct err *e);

#endif
