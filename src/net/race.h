/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * race.h - connecting to several addresses at once (RFC 8305).
 *
 * The part of dial.h behind the resolver: a list of addresses, tried with a
 * stagger, the next at once when one fails; the first that finishes TCP wins.
 */
#ifndef NET_RACE_H
#define NET_RACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/dial.h"

struct race_addr {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct race_how {
	const struct race_addr *source; /* a local address to bind for its family, NULL: any */
	int64_t deadline;               /* monotonic ms */
	/* an address is about to be tried; NULL: nobody watches */
	void (*on_try)(void *arg, const char *addr);
	void *arg;
};

/*
 * The winner's socket (non-blocking, close-on-exec), or -1: *report tells of each address.
 */
int
race_connect(const struct race_addr *addrs, size_t n, const struct race_how *how,
    struct dial_report *report);

#endif
