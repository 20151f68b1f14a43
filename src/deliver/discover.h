/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * discover.h - the submission server of an address, found without asking a person.
 *
 * Offline first: the table of providers; then SRV (RFC 6186, RFC 8314), the
 * provider behind the domain's MX, and at last the usual names, tried all at
 * once. A guess counts only when it proves its name by TLS.
 */
#ifndef DELIVER_DISCOVER_H
#define DELIVER_DISCOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/provider.h"

struct discover {
	const char *domain;   /* A-labels, lower case */
	const char *resolver; /* as in dns_open; NULL: the system's */
	const char *ca_file;  /* for the proof by TLS; NULL: the system's authorities */
	/* A step is over: what was looked at, and what was found. */
	void (*told)(void *arg, const char *what, const char *found);
	void *arg;
};

struct discover_result {
	const struct provider *provider; /* NULL: not one that we know */
	const char *host;                /* NULL: nothing was found */
	uint16_t port;
	bool starttls;
	/* a person should be asked: it is a guess, or the DNS points to another domain (RFC 6186 6)
	 */
	bool doubtful;
	/* ... and by nobody else: an answer that anybody can forge leads the password there */
	bool elsewhere;
};

void
discover_run(const struct discover *d, struct arena *mem, struct discover_result *out);

#endif
