/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_list.h - the queue as people and programs want to see it (decisions.md 39).
 */
#ifndef CLI_QUEUE_LIST_H
#define CLI_QUEUE_LIST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"
#include "queue/spool.h"

enum queue_list_form { QUEUE_LIST_TABLE, QUEUE_LIST_LONG, QUEUE_LIST_JSON };

/*
 * All rooms, to stdout, piece by piece; it stops when nobody reads it any more. Files that cannot
 * be read are listed too, as what they are.
 */
bool
queue_list_print(struct spool *sp, const struct config *c, enum queue_list_form form,
    struct err *e);
/* One message: its envelope, what became of each recipient, the header fields people know it by. */
bool
queue_list_show(struct spool *sp, enum spool_room room, const char *id, struct buf *out,
    struct err *e);

#endif
