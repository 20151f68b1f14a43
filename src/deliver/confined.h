/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * confined.h - a function that speaks to a server, in a process that can do nothing else.
 *
 * For looking at servers, where no message is at stake. Passwords come from the
 * parent, results go into memory that both see; a crash, or a call that no
 * deadline bounds, costs that process only (decisions.md 2, 22).
 */
#ifndef DELIVER_CONFINED_H
#define DELIVER_CONFINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "config/account.h"

struct confined {
	const struct account *account; /* its server is all that can be reached */
	const struct secret
	    *secret;      /* the password, when it is known already; NULL: the account's */
	bool may_ask;     /* for a password, on the terminal */
	int64_t whole_ms; /* after that the process is ended */
	void (*run)(void *arg, void *shared, int ask); /* ask: for struct ask */
	void *arg;
	size_t size; /* of the shared memory */
};

/*
 * Runs it to its end; shared is zeroed, filled in by run, and copied back. false (e): the process
 * could not be had, or died of a signal (the shared memory holds what was done until then).
 */
bool
confined_run(const struct confined *c, void *shared, struct err *e);

#endif
