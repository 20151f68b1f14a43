/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_verb.h - what the verbs of `postrider queue` get and how they are called.
 *
 * The table is in cmd_queue.c; each verb returns the exit status.
 */
#ifndef CLI_QUEUE_VERB_H
#define CLI_QUEUE_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/args.h"
#include "cli/shared.h"
#include "cli/ui.h"
#include "config/config.h"
#include "queue/spool.h"

struct queue_options {
	struct shared shared;
	bool now, is_long;
	bool headers, body, raw, history;
	bool write, systemd, cron;
	int64_t every_ms;          /* 0: once */
	const char *rcpt, *sender; /* patterns, NULL: not given */
};

struct queue_call {
	struct arena *mem;
	const struct queue_options *options;
	const struct ui *ui;
	struct args_list words; /* behind the verb */
	/* NULL for verbs that need none, and for those that can do without when it is broken */
	const struct config *config;
	struct spool *spool; /* the same */
};

/* Says what is wrong; returns the exit status. */
int
queue_verb_trouble(const struct queue_call *c, const struct err *e);

int
queue_change_hold(const struct queue_call *c);
int
queue_change_release(const struct queue_call *c);
int
queue_change_remove(const struct queue_call *c);
int
queue_run_due(const struct queue_call *c); /* run, and with ids retry */
int
queue_show(const struct queue_call *c);
int
queue_export(const struct queue_call *c);
int
queue_check(const struct queue_call *c);
int
queue_runner(const struct queue_call *c);

#endif
