/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outcome.h - what became of a message, counted, and the exit status that says so.
 *
 * The one place where recipients' states turn into a number for whoever waits
 * (cli.md 2.5, decisions.md 7 and 38). A recipient whose trouble is temporary,
 * and who is not kept, weighs more than one refused for good in the sendmail
 * grammar: a second copy is better than a lost message.
 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "message/envelope.h"

struct outcome {
	size_t total; /* recipients asked for, those that could not be taken included */
	size_t sent, queued;
	size_t refused;   /* for good, by the server or, not being addresses, by us */
	size_t deferred;  /* temporary trouble, not kept: class config too, as it goes away by
			     mending */
	size_t unknown;   /* the server may have the message */
	bool kept;        /* those queued or unknown are in the queue: set by the caller */
	bool told;        /* a notice about the refused ones is on its way: set by the caller */
	bool keep_failed; /* it should have been kept and could not be: set by the caller */
	const struct err *first_refused, *first_open; /* reasons (open: queued ones too), or NULL */
};

/* bad: recipients that could not even be taken, why: the first one's reason (NULL when bad is 0).
 */
void
outcome_count(const struct envelope *env, size_t bad, const struct err *why, struct outcome *out);
/* sendmail: by the rules of that grammar. */
int
outcome_exit(const struct outcome *o, bool sendmail);
/*
 * The status of a recipient in JSON and log: sent, queued, refused, deferred, unknown; in a dry run
 * "skipped" for one whom the server would take.
 */
const char *
outcome_status(const struct rcpt *r, bool dry_run);

#endif
