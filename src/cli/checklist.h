/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checklist.h - what stands between a message and its server, found out without a message.
 *
 * Each check has a stable id and a verdict. Behind the first step that fails
 * the later ones were not reached: they are skipped, and only the cause counts. Of
 * secrets nothing is shown but that they are there and how long.
 */
#ifndef CLI_CHECKLIST_H
#define CLI_CHECKLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/args.h"
#include "cli/ui.h"
#include "config/config.h"
#include "deliver/checkup.h"

struct checklist {
	struct arena *mem;
	const struct ui *ui;
	const struct config *config;
	/* ids; only empty: all of them */
	struct args_list only, skip;
	const char *from, *to; /* for MAIL and RCPT, NULL: the account's own, none */
	int64_t expiry_warn_ms;
	bool strict, timing;
	/* results */
	size_t nwarnings, nfailed;
	int status;     /* of the first that failed, 0: none did */
	struct err why; /* of the failure whose hint is still to be told */
};

/* Is there a check of that id? */
bool
checklist_is_id(const char *id);
/* Ids for messages, a blank between them. */
void
checklist_ids(struct buf *out);
/* Configuration, aliases, queue, runner. */
void
checklist_machine(struct checklist *c);
/* The account with its server; a good one closes its breaker (decisions.md 8). */
void
checklist_account(struct checklist *c, const struct account *a);
/* The last line, and the exit status. */
int
checklist_end(struct checklist *c);

#endif
