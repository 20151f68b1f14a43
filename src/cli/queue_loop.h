/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_loop.h - the queue, run again and again, for machines without timers.
 *
 * Under runit, in a container, at the end of an rc script: a process that stays in the foreground,
 * looks when something is put into the queue (where the system tells), when a message or
 * a server is due, and at least every so often. The configuration is read anew each
 * time; one that is broken costs a complaint, not the loop.
 */
#ifndef CLI_QUEUE_LOOP_H
#define CLI_QUEUE_LOOP_H

#include "cli/queue_run.h"

/* SIGHUP: look now. SIGINT, SIGTERM: end, 0. 75 when another loop has this queue already. */
int
queue_loop(const struct shared *shared, const struct ui *ui, const struct queue_run_args *args);

#endif
