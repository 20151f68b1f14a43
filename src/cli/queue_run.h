/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_run.h - a run over the queue for whoever asked: queue run, runq, -q, once or for ever.
 */
#ifndef CLI_QUEUE_RUN_H
#define CLI_QUEUE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/shared.h"
#include "cli/ui.h"
#include "config/config.h"
#include "deliver/runner.h"
#include "queue/spool.h"

/* A piece of text to look for, NULL: any; others: those without it. */
struct queue_run_part {
	const char *text;
	bool others;
};

struct queue_run_args {
	bool now;         /* also what is not due, and in spite of a breaker */
	const char *only; /* this id alone, whole; NULL: all */
	struct queue_run_part id, rcpt, sender; /* in ids and addresses, whatever the case */
	int64_t every_ms;                       /* again and again, at least so often; 0: once */
};

/*
 * What stands behind -q: "f", "30m", "IABC", "R@example.org", "!Sann"; added to what is in *out, so
 * that several of them have to hold. false: none of these, and *out is as it was.
 */
bool
queue_run_parse(const char *text, struct queue_run_args *out);
/* One run; tells what it did and returns the exit status. out may be NULL. */
int
queue_run_once(const struct config *c, struct spool *sp, const struct ui *ui,
    const struct queue_run_args *args, struct runner_result *out);
/* The same from nothing: configuration, queue, and with every_ms until a signal ends it. */
int
queue_run(const struct shared *shared, const struct ui *ui, const struct queue_run_args *args);

#endif
