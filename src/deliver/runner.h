/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runner.h - one run over the queue.
 *
 * One runner per queue (flock on drain.lock). It reads the directory, asks the
 * breakers, hands ids to workers (drain.h), and does what needs the directory:
 * removing what is done, moving what is broken, notices. Whoever finds the lock taken
 * leaves a mark on it, and the runner looks again before and after it lets go, so no
 * wake-up is lost (decisions.md 13).
 */
#ifndef DELIVER_RUNNER_H
#define DELIVER_RUNNER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/trace.h"
#include "config/config.h"
#include "deliver/drain.h"
#include "message/envelope.h"
#include "queue/spool.h"

struct runner {
	struct spool *spool;
	const struct config *config;
	bool now;         /* by a person: next tries and breakers are ignored, once */
	const char *only; /* this id alone, NULL: all */
	/* Is this message among those asked for? NULL: all are. */
	bool (*wanted)(void *arg, const char *id, const struct envelope *env);
	void *wanted_arg;
	const struct trace *trace; /* NULL: nobody watches */
	const volatile sig_atomic_t *stop;
	/* Called in this process after each message was worked on; may be NULL. */
	void (*done)(void *arg, const struct drain_answer *a);
	void *arg;
};

struct runner_result {
	bool busy;                 /* somebody else is running: it will look again */
	size_t messages;           /* worked on */
	size_t sent, open, failed; /* recipients */
	size_t corrupt, poisoned,
	    held;         /* messages; held: their account's breaker is open, or it is gone */
	int64_t again_ms; /* wall: a rate limit or a slot stopped the run, 0: no */
	struct err
	    trouble; /* the first of ours (ERR_LOCAL), else the first of a relay; ERR_NONE: none */
};

/* false (e): the run could not begin. */
bool
runner_run(const struct runner *r, struct runner_result *out, struct err *e);
/* Has a run begun, or been asked for, within that time? */
bool
runner_was_here(struct spool *sp, int64_t within_ms);
#endif
