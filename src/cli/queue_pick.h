/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_pick.h - which messages of the queue are meant.
 *
 * By ids, whole or their ends, or by patterns for recipient and sender.
 */
#ifndef CLI_QUEUE_PICK_H
#define CLI_QUEUE_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/queue_verb.h"
#include "queue/spool.h"

struct queue_picked {
	char id[ENTRY_ID_MAX];
	enum spool_room room;
};

struct queue_pick {
	struct queue_picked *items; /* in the call's arena */
	size_t n;
	int status; /* 0, or that of an id that was not found (which was said) */
};

/* Room r as a bit. */
#define QUEUE_PICK(r) (1u << (r))

/* Was anything chosen on the command line? */
bool
queue_pick_is_asked(const struct queue_call *c);
/*
 * Ids are looked for in all rooms, patterns only in those of the bits; without either all messages
 * of those rooms are meant. One id that cannot be found does not hinder the others. false: e tells.
 */
bool
queue_pick(const struct queue_call *c, unsigned rooms, struct queue_pick *out, struct err *e);

#endif
