/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * handover.h - an entry over an open session, slice by slice, written down at once.
 *
 * What a direct send and a drain share: the two hooks that keep the cells
 * true around the final reply, the slicing of long recipient lists, and the
 * journal.
 */
#ifndef DELIVER_HANDOVER_H
#define DELIVER_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "queue/entry.h"
#include "smtp/session.h"

struct handover {
	struct entry *entry;
	size_t max_recipients; /* a transaction, 0: no limit of ours */
	bool dry_run;
	int64_t started;     /* monotonic ms, for the times in the report */
	bool storage_failed; /* set when cells or journal could not be written */
	bool *noted;         /* by recipient: its reason is in the journal */
};

/* Fills a zeroed handover's memory; freed by handover_done. */
void
handover_init(struct handover *h, struct entry *en);
void
handover_done(struct handover *h);
/* Recipients that nobody has answered for yet: pending, without a reason. */
size_t
handover_open(const struct envelope *env);
/*
 * Runs transactions until no recipient is open. false: the session is over before that, e says
 * why; what was settled is settled.
 */
bool
handover_send(struct handover *h, struct session *s, struct err *e);
/* Gives all open recipients the reason e, from `server` (NULL: nobody in particular), and writes it
 * down. */
void
handover_settle_open(struct handover *h, const struct err *e, const char *server);

#endif
