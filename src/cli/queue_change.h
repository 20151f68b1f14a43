/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_change.h - the one change that `queue run ID` needs too. The verbs are in queue_verb.h.
 */
#ifndef CLI_QUEUE_CHANGE_H
#define CLI_QUEUE_CHANGE_H

#include <stdbool.h>

#include "cli/queue_pick.h"
#include "cli/queue_verb.h"

/*
 * The message is in queue/ and due at once, wherever it was, its recipients that were given up are
 * tried again. each (NULL: nothing) sees it while it is locked. false: e tells.
 */
bool
queue_change_make_due(const struct queue_call *c, const struct queue_picked *m,
    void (*each)(const struct queue_call *c, struct entry *en), struct err *e);

#endif
