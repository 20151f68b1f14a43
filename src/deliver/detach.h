/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * detach.h - a run over the queue that outlives its sender.
 *
 * Whoever sends a message waits for that message only. What else there is to do is
 * done by a process in a session of its own which holds nothing of the caller's:
 * no pipe that somebody reads to its end, no terminal, no folder (decisions.md 13).
 */
#ifndef DELIVER_DETACH_H
#define DELIVER_DETACH_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Starts it over the queue in directory and does not wait. false: it could not be started, and the
 * next run of somebody else does the work. Descriptors from 3 on are closed in it: nothing that
 * the configuration holds needs one.
 */
bool
detach_run(const struct config *config, const char *directory);

#endif
