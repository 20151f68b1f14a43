/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spool.h - the directories of a queue.
 *
 *   queue/<id>    live mail          hold/<id>     held by a person, or after it killed three
 * workers dead/<id>     given up, and nobody could be told      corrupt/<id>  no queue file of ours
 *   drain.lock    flock: one drainer           relay-<account>  see breaker.h
 *   notices       see ration.h
 *
 * Flat, without an index: the order is readable from the names (time first), the
 * schedule from the modification times. Names that begin with a dot are work in
 * progress and not mail. A queue can be copied, restored and archived by file tools.
 */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "queue/entry.h"

enum spool_room { ROOM_QUEUE, ROOM_HOLD, ROOM_DEAD, ROOM_CORRUPT, ROOM_MAX };

struct spool;

struct spool_item {
	char id[ENTRY_ID_MAX];
	int64_t mtime_ms; /* the next try, as far as the file's time tells it */
	uint64_t size;    /* of the file */
};

/*
 * Opens the tree at root, made (0700, parents synced) when create is set. NULL with e: ERR_LOCAL,
 * STAGE_QUEUE; errno is ENOENT when it is not there and was not to be made.
 */
struct spool *
spool_open(const char *root, bool create, struct err *e);
void
spool_close(struct spool *sp);
const char *
spool_root(const struct spool *sp);
const char *
spool_path(const struct spool *sp, enum spool_room room);
int
spool_fd(const struct spool *sp, enum spool_room room);
int
spool_root_fd(const struct spool *sp);
/* "queue", "hold", "dead", "corrupt". */
const char *
spool_room_name(enum spool_room room);
/* false: so little is free that nothing new is taken; e says so. */
bool
spool_has_space(const struct spool *sp, struct err *e);

/*
 * Makes the entry durable under a name: room for it on the file system, entry_seal, link, fsync of
 * the directory. id NULL: a new one; else exactly that, and an existing file of that name is
 * success with *existed set (a notice that was made before a crash). When the last fsync fails the
 * name is taken away again. false: nothing is queued, e says why (ERR_LOCAL, STAGE_QUEUE).
 */
bool
spool_commit(struct spool *sp, enum spool_room room, struct entry *en, const char *id,
    bool *existed, struct err *e);
/*
 * Puts a finished entry in the place of the one named id, at once and durably. The caller holds the
 * old one's lock. false: the old one stands, e says why.
 */
bool
spool_replace(struct spool *sp, enum spool_room room, struct entry *en, const char *id,
    struct err *e);
/* Is there anything in the room but the one named id (NULL: anything at all)? Cheap. */
bool
spool_has_other(struct spool *sp, enum spool_room room, const char *id);
/* Moves by rename, over nothing (EEXIST), and syncs both rooms. The caller holds the entry's lock.
 * false: errno tells. */
bool
spool_move(struct spool *sp, enum spool_room from, enum spool_room to, const char *id);
/* Removes the name; durable after spool_sync. false: errno tells. */
bool
spool_remove(struct spool *sp, enum spool_room room, const char *id);
bool
spool_sync(struct spool *sp, enum spool_room room);

/* Names in a room, oldest first; *items is the caller's to free. */
bool
spool_list(struct spool *sp, enum spool_room room, struct spool_item **items, size_t *n,
    struct err *e);
/*
 * Is its next try the time of its arrival, as far as name and time tell it: never tried, or never
 * blamed for anything?
 */
bool
spool_looks_fresh(const struct spool_item *item);
/* A name that may be mail: our alphabet, not too long, no dot in front. */
bool
spool_is_id(const char *name);
/* The form people see and type: the last six characters of the id, in capitals. */
void
spool_short_id(const char *id, char out[ENTRY_ID_MAX]);
/*
 * What a person typed, whole or the end of an id, case ignored, in any room. false: e says that it
 * is unknown or names the candidates.
 */
bool
spool_find(struct spool *sp, const char *typed, char id[ENTRY_ID_MAX], enum spool_room *room,
    struct err *e);
/* Removes what a killed writer left behind (".t-*" whose lock is free and that is an hour old).
 * Returns how many. */
size_t
spool_sweep(struct spool *sp, int64_t now_ms);

#endif
