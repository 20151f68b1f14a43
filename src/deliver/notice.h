/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice.h - telling the sender, when nobody waits for an exit status any more.
 *
 * Order is everything: the notice is durable before the recipient counts as
 * told, and its id is derived from the message's, so a crash in between makes no
 * second one. What can be told to nobody goes to dead/ and is never deleted by us.
 */
#ifndef DELIVER_NOTICE_H
#define DELIVER_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "queue/schedule.h"
#include "queue/spool.h"

struct notice {
	struct spool *spool;
	const struct schedule *schedule;
	const char *bounce_to; /* who hears of mail that was given up, NULL: its sender */
	const char
	    *bounce_from; /* for the From field of the notice, NULL: made from the host name */
	const char *host; /* Reporting-MTA, NULL: this machine's name */
};

/*
 * For an entry in queue/ with refused recipients, or that has expired, or whose sender should hear
 * of a delay: makes the notice, marks, and removes the file, or moves it to dead/, when nothing is
 * open any more. true also when somebody else holds the entry. false (e): storage; the entry stays
 * as it is and is dealt with again.
 */
bool
notice_run(const struct notice *n, const char *id, struct err *e);

#endif
