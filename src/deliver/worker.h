/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker.h - the process that speaks to servers for one entry.
 *
 * It has the entry and a list of servers, writes what became of each recipient
 * into the entry, and asks its parent for passwords. It is confined before the
 * first octet of a server is parsed.
 */
#ifndef DELIVER_WORKER_H
#define DELIVER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/trace.h"
#include "config/account.h"
#include "queue/entry.h"

struct worker {
	struct entry *entry;
	const struct account *const *accounts; /* tried in order */
	size_t naccounts;
	const struct trace *trace; /* not NULL */
	bool dry_run;
	int64_t started, limit; /* monotonic ms */
	int ask;                /* socket to the parent */
};

/* Signals of a process that only speaks to servers: the terminal's are its parent's business. */
void
worker_signals(pid_t parent);
/* Runs to the end; returns the exit status of the process: 0, or 1 when the entry could not be
 * written. */
int
worker_main(const struct worker *w);

#endif
