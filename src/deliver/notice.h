/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice.h - telling the sender, when nobody waits for an exit status any more.
 *
 * Order is everything: the notice is durable before the recipient counts as
 * told, and its id is derived from the message's, so a crash in between makes no
 * second one. What can be told to nobody goes to dead/ and is never deleted by us.
 *
 * More than ration.h allows is not told at once: the message stays in the queue,
 * its refused recipients marked as such, due when the hour is over. What a run
 * finds in that state it tells together, one notice for all that have one sender.
 */
#ifndef DELIVER_NOTICE_H
#define DELIVER_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/account.h"
#include "config/config.h"
#include "queue/schedule.h"
#include "queue/spool.h"

struct notice {
	struct spool *spool;
	const struct schedule *schedule;
	const struct config *config; /* where mail for this machine's users goes, NULL: not asked */
	const char *bounce_to;       /* who hears of mail that was given up, NULL: its sender */
	const char
	    *bounce_from; /* for the From field of the notice, NULL: made from the host name */
	const char *host; /* Reporting-MTA, NULL: this machine's name */
};

/* As the configuration has it for that account. */
void
notice_init(struct notice *n, struct spool *sp, const struct config *c, const struct schedule *s,
    const struct account *a);
/*
 * For an entry in queue/ with refused recipients, or that has expired, or whose sender should hear
 * of a delay: makes the notice, marks, and removes the file, or moves it to dead/, when nothing is
 * open any more. true also when somebody else holds the entry. false (e): storage; the entry stays
 * as it is and is dealt with again.
 */
bool
notice_run(const struct notice *n, const char *id, struct err *e);
/*
 * The same for those that a run finds, oldest first, before it sends anything: for a notice that a
 * crash kept from being noted must not have gone out and be made again. *done counts those about
 * which something was done. false (e): storage, some of them stay.
 */
bool
notice_run_all(const struct notice *n, const char *const *ids, size_t nids, size_t *done,
    struct err *e);
/* Does notice_run have anything to do for it? */
bool
notice_is_due(const struct schedule *s, struct entry *en, int64_t now_ms);

#endif
