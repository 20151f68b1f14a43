/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * submit.h - what happens to a message that has just been taken in.
 *
 * Sent at once, and what could not go is kept; or kept at once; or sent at once or
 * not at all. Exit 0 of the program means what this returns: everybody is
 * sent or durably in the queue.
 */
#ifndef DELIVER_SUBMIT_H
#define DELIVER_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "deliver/attempt.h"
#include "queue/spool.h"

enum submit_when {
	SUBMIT_NOW,   /* now, nothing is kept */
	SUBMIT_AUTO,  /* now, and what is temporary is kept */
	SUBMIT_QUEUE, /* kept; somebody else sends */
};

struct submit {
	const struct config *config;
	struct spool *spool; /* NULL: there is no queue */
	enum submit_when when;
	bool hold;       /* kept until a person releases it */
	bool else_now;   /* SUBMIT_QUEUE: a server is tried when it cannot be kept */
	bool background; /* SUBMIT_QUEUE: and a run is to follow at once */
	/*
	 * Nobody reads our words: a refused recipient of a message that others got, or that is
	 * kept, is told to the sender by mail.
	 */
	bool by_mail;
	const struct err *waits; /* an unsettled message: it is kept, and this is why; else NULL */
	struct attempt attempt;  /* its account is the message's */
};

struct submit_result {
	bool tried; /* a server was asked */
	bool kept;  /* it has a name in the queue */
	char id[ENTRY_ID_MAX];
	int64_t next_ms;       /* wall: next try, 0: with the next run */
	bool told;             /* a notice about the refused ones is in the queue */
	bool wants_run;        /* there is something to do for a run over the queue: detach_run */
	bool held_by_relay;    /* not tried because the account's breaker is open */
	struct err keep_error; /* class not ERR_NONE: it should have been kept and could not be */
};

/*
 * The states in the entry's envelope tell what became of each: RCPT_QUEUED is kept, RCPT_UNKNOWN is
 * kept if out->kept. false (e): nothing was done at all (no process could be started); nothing is
 * kept.
 */
bool
submit_run(struct entry *en, const struct submit *s, struct submit_result *out, struct err *e);
#endif
