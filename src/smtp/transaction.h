/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transaction.h - one message to the recipients of one slice.
 *
 * One window: MAIL, all RCPT, then BDAT LAST with a small message, or DATA; a
 * large one, and BDAT in LMTP, follows once somebody was accepted. Beyond 1,024
 * recipients there is a window for each 1,024. The reply to RCPT i settles
 * recipient i; the final reply settles the accepted ones; a connection lost
 * between the end of the body and that reply makes them unknown (RFC 1047).
 * Whatever happens, every recipient of the slice has a reason.
 */
#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "message/envelope.h"
#include "smtp/body.h"
#include "smtp/session.h"

/* Either may be NULL. */
struct transaction_hooks {
	/*
	 * Before the window that can make the server accept: mark the pending recipients of
	 * rcpts[first, first + n) in doubt, durably when that matters. false (e filled): nothing
	 * is sent.
	 */
	bool (*sending)(void *arg, size_t first, size_t n, struct err *e);
	/*
	 * Once, whenever sending returned true: after the final reply or its loss. The states in
	 * the envelope are final. Nothing was allocated, traced or waited for since the read of
	 * that reply. Where sending was not reached the caller sees to the cells.
	 */
	void (*settled)(void *arg, size_t first, size_t n);
	void *arg;
};

struct transaction {
	struct envelope *env; /* states and reasons are written here */
	/* slice: only its RCPT_PENDING recipients without a reason take part */
	size_t first, n;
	struct body_source body;
	/* Up to RCPT, then RSET; the accepted stay RCPT_PENDING, their reply (ERR_NONE) is why. */
	bool dry_run;
	int64_t started; /* monotonic ms of the attempt, for rcpt.ms */
};

/*
 * false: the session is of no use any more (e: 421, broken, out of step, MAIL refused for want of a
 * login or by a quota, all relay class; a body that cannot be read or a hook that failed, local
 * class); recipients that were not settled then are RCPT_PENDING with that reason, or
 * RCPT_UNKNOWN. true: all had their answers; those refused with 452 4.5.3 (too many recipients,
 * RFC 5321 4.5.3.1.10), when at least one was accepted, stay RCPT_PENDING without a reason: the
 * caller runs them in a further transaction.
 *
 * Message-wide refusals before anything is sent: SIZE (5.3.4, with the numbers), 8-bit body
 * without 8BITMIME (5.6.3), SMTPUTF8 needed by sender or header and not offered (5.6.7): class
 * message, code 0. An address that is no mailbox (5.1.3) or needs SMTPUTF8 in vain (5.6.7) is
 * refused alone: class recipient, code 0.
 */
bool
transaction_run(struct session *s, struct transaction *t, const struct transaction_hooks *hooks,
    struct err *e);

#endif
