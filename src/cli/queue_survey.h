/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_survey.h - the queue in figures, and what in it needs a person.
 *
 * Cheap: only so many files are opened, the oldest ones; of the others their time tells
 * whether they are due.
 */
#ifndef CLI_QUEUE_SURVEY_H
#define CLI_QUEUE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "queue/breaker.h"
#include "queue/spool.h"

struct survey_account {
	const struct account *account;
	struct breaker breaker;
	bool open; /* nobody connects for now */
	bool
	    needs_person; /* its login was refused again and again, and nothing was changed since */
	size_t messages;  /* in queue/, as far as files were opened */
};

struct survey {
	/* messages; waiting: their account's breaker is open, or it is not configured any more */
	size_t due, deferred, waiting, held, dead, corrupt;
	size_t poisoned;   /* of those held: not by a person */
	size_t orphans;    /* of those waiting: no such account */
	size_t unsettled;  /* of those waiting: taken in without a usable configuration */
	size_t unopened;   /* files in queue/ that were not looked into */
	uint64_t size;     /* of all files but corrupt ones */
	int64_t oldest_ms; /* wall: arrival of the oldest in queue/, 0: there is none */
	int64_t next_ms;   /* wall: the next try of one that is deferred, 0: there is none */
	long runner_pid;   /* of the run that is going on, 0: none is known */
	struct survey_account *accounts; /* as in the configuration */
	size_t naccounts;
};

/* sp NULL: there is no queue yet. false: e tells. */
bool
queue_survey(struct arena *mem, struct spool *sp, const struct config *c, int64_t now_ms,
    struct survey *out, struct err *e);

#endif
