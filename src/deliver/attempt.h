/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attempt.h - one try to hand an entry over, in a process of its own.
 *
 * The network runs in a forked worker that owns one connection: a crash in a
 * TLS library, or a call that no deadline bounds (getaddrinfo, a PKCS#11
 * module), costs that worker and nothing else. The worker writes cells and
 * reasons into the entry; the parent holds the total deadline, answers the worker's
 * requests for passwords, and reads the entry afterwards (decisions.md 1-3, 22).
 */
#ifndef DELIVER_ATTEMPT_H
#define DELIVER_ATTEMPT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "config/account.h"
#include "queue/entry.h"

struct attempt {
	const struct account *account; /* its failover accounts are tried behind it */
	const struct trace *trace;     /* called in the worker; NULL: nobody watches */
	bool dry_run;                  /* up to RCPT, then RSET; states tell what would happen */
	/*
	 * So long may it take until the message itself is on its way; then it is kept and its
	 * sender goes on (decisions.md 15). 0: as long as the deadlines allow.
	 */
	int64_t patience_ms;
	/*
	 * In this process, a few times a second while it waits: for those who show a person what
	 * goes on. hush: something else is about to be written on the terminal. NULL: nobody.
	 */
	void (*tick)(void *arg, bool hush);
	void *tick_arg;
	bool may_ask;                      /* a password may be asked for on the terminal */
	const volatile sig_atomic_t *stop; /* set by a signal handler: end the attempt and tell what
					      became of it; NULL: never */
};

/*
 * Tries all pending recipients. true: the entry's envelope holds a state and a reason for each
 * (still pending: temporary, or the relay's trouble). false: the attempt could not be made at all
 * (ERR_LOCAL: fork, storage).
 */
bool
attempt_run(struct entry *en, const struct attempt *a, struct err *e);

#endif
