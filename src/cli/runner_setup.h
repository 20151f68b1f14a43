/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runner_setup.h - what runs a person's queue when nobody thinks of it.
 *
 * A timer of systemd where there is systemd, else a line in the crontab: both call
 * this very program, which does one run and ends. Nothing of ours stays in memory.
 * Who loops for himself (-q30m) holds a lock on loop.lock in the queue's directory.
 */
#ifndef CLI_RUNNER_SETUP_H
#define CLI_RUNNER_SETUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define RUNNER_TIMER "postrider-queue.timer"
#define RUNNER_LOOP_LOCK "loop.lock"

/* What a runner found is. */
enum runner_kind { RUNNER_NONE, RUNNER_TIMER_UNIT, RUNNER_CRONTAB, RUNNER_LOOP };

struct runner_found {
	enum runner_kind kind;
	const char *words; /* "systemd user timer", "crontab", "postrider -q loop" */
	const char *where; /* a path, or the line */
};

/* Where systemd's units of this person (of the system, for root) belong. */
struct runner_units {
	const char *dir; /* NULL: no home */
	const char *service, *timer, *link;
	bool user;
};

/* How this program is to be called. */
struct runner_call {
	const char *const *words; /* ends in NULL; the first one is a whole path */
	const char *const *env;   /* NAME=VALUE, ends in NULL */
};

/*
 * Is there anything that runs the queue in queue_dir (NULL: not known) from time to time? A few
 * stat calls; only when they find nothing and `ask` is set, crontab is run (some 10 ms). kind is
 * RUNNER_NONE when there is none. A file that is there counts, whether or not systemd or cron runs.
 */
struct runner_found
runner_setup_find(struct arena *mem, const char *queue_dir, bool ask);

void
runner_setup_units(struct arena *mem, struct runner_units *out);
/*
 * The program itself, -C with the whole path of `file` (NULL: none), and what of the environment
 * says where configuration and queue are. false: e tells.
 */
bool
runner_setup_call(struct arena *mem, const char *file, struct runner_call *out, struct err *e);
void
runner_setup_service(const struct runner_call *c, struct buf *out);
void
runner_setup_timer(struct buf *out);
/* A line for a crontab, with the mark that tells it from others; no line end. */
void
runner_setup_cron_line(const struct runner_call *c, struct buf *out);

#endif
