/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry.h - a message on its file, from its first byte.
 *
 * The message is written here while it is read (nameless, unsynced), sent from
 * here by pread, and queued by giving this very file a name. A network
 * worker writes what became of each recipient into it; whoever started the
 * worker reads it afterwards. So a direct send and a drain are the same code, and
 * there is no result pipe.
 *
 *   octets 0-127    fixed line, written last: magic, lengths, recipient count, arrival, flags, sums
 *   octets 128-191  mutable line, rewritten by one pwrite: attempts, times, notices
 *   cells           one contiguous run, a byte a recipient (cell.h), then LF
 *   head lines      key SP value LF, then an empty line
 *   body            canonical CRLF message, header block first, not dot-stuffed
 *   journal         lines appended by attempts: texts and history; state never depends on it
 *
 * Sums (the first 8 hex digits of SHA-256) cover the fixed line with the head, and the body; cells,
 * mutable line and journal lie outside, for they change. (decisions.md 4)
 */
#ifndef QUEUE_ENTRY_H
#define QUEUE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "message/envelope.h"
#include "queue/cell.h"

#define ENTRY_ID_MAX 32

struct entry;

/* The mutable line. Times are wall clock, ms. */
struct entry_times {
	unsigned attempts; /* that reached this message: a server said something about it */
	unsigned begun; /* tries begun since the last one that ended: above 0 means a worker died in
			   it */
	int64_t next_ms;   /* 0: as soon as possible */
	int64_t last_ms;   /* 0: never tried */
	int64_t active_ms; /* time that counts towards expiry: gaps between tries, long ones cut */
	bool warned;       /* the sender was told of the delay */
};

/*
 * A new nameless file: O_TMPFILE in dir; without dir, or where that is full or cannot be written
 * to, in TMPDIR, else a memfd: it can be sent from there, but entry_seal says why it cannot be
 * queued. NULL with e (ERR_LOCAL, STAGE_QUEUE).
 */
struct entry *
entry_new(const char *dir, struct err *e);
/* Closes the file and drops its lock; a nameless one is gone then. NULL is fine. */
void
entry_close(struct entry *en);
/* The envelope that belongs to it: filled by the writer before entry_begin, by the parser on
 * opening. */
struct envelope *
entry_envelope(struct entry *en);
struct entry_times *
entry_times(struct entry *en);
/* Its name in the queue, "" while it has none. */
const char *
entry_id(const struct entry *en);
int64_t
entry_arrival_ms(const struct entry *en);

/* --- writing, in this order --- */
/* Not now, but then: for a message that takes another one's place. */
void
entry_set_arrival(struct entry *en, int64_t wall_ms);
/* Cells and head lines for the envelope; recipients cannot be added afterwards. */
bool
entry_begin(struct entry *en, struct err *e);
/* Octets of the canonical message. */
bool
entry_write(struct entry *en, const char *data, size_t n, struct err *e);
/* The message is complete: the facts of the envelope and the fixed line. ENOSPC strikes here at the
 * latest. */
bool
entry_finish(struct entry *en, struct err *e);

/* --- reading and reporting --- */
/* As pread of the message's octets. */
ssize_t
entry_read(struct entry *en, void *data, size_t n, uint64_t off);
/*
 * Writes the cells of recipients first..first+n from their states: with doubt, those pending
 * without a reason become CELL_DOUBT; else pending P, sent S, refused N (bounced and cancelled
 * stay), unknown D. One pwrite; fdatasync when the entry has a name; neither when
 * nothing changes. Allocates nothing. false: errno tells.
 */
bool
entry_mark(struct entry *en, size_t first, size_t n, bool doubt);
/* Sets one cell as it is told (bounced, cancelled, pending again); not synced. false: errno tells.
 */
bool
entry_set_cell(struct entry *en, size_t i, enum cell c);
/* All cells that are from become to, by one write: no crash sees some of them changed. Not synced.
 * false: errno tells. */
bool
entry_change_cells(struct entry *en, enum cell from, enum cell to);
/* The cell of recipient i as last read or written. */
enum cell
entry_cell(const struct entry *en, size_t i);
/* How many cells on the file hold c; 0 too when they cannot be read. For the process that watches a
 * worker. */
size_t
entry_count(struct entry *en, enum cell c);
/*
 * Appends to the journal why recipients of the slice are as they are: one line for all that share
 * state and reason. Left out are those without a reason and those with noted[i], which is set for
 * those written. Loss of the journal loses texts, never state. false: errno tells.
 */
bool
entry_note(struct entry *en, size_t first, size_t n, bool *noted);
/* Writes the mutable line by one pwrite and mirrors the next try in the file's mtime. false: errno
 * tells. */
bool
entry_save_times(struct entry *en);
/* Sets the mtime alone: whatever its next try, the next run has to look into it. */
void
entry_want_look(struct entry *en);
/* fdatasync(2). */
bool
entry_sync(struct entry *en);
/*
 * Reads cells and journal again after a worker has written them: states, reasons, servers, times
 * of all recipients. Those pending or in doubt for whom the journal has no reason get `lost`. The
 * texts live in the envelope's arena. false (e): the cells cannot be read.
 */
bool
entry_reload(struct entry *en, const struct err *lost, struct err *e);
struct journal_line;
/* Calls each for every line of the journal, oldest first; what is in them lives in mem. */
void
entry_history(struct entry *en, struct arena *mem,
    void (*each)(void *arg, const struct journal_line *l), void *arg);

/*
 * From now on no run takes it, also once it has a name, until it is unlocked, closed, or this
 * process ends. false: errno tells (EWOULDBLOCK: a run has it).
 */
bool
entry_lock(struct entry *en);
void
entry_unlock(struct entry *en);

/* --- with a name --- */
/*
 * Makes a finished entry complete on the disk: sums, fixed line, fsync. A failed fsync is never
 * tried again (reliability.md H11).
 */
bool
entry_seal(struct entry *en, struct err *e);
/* Gives a sealed entry the name id in that directory. -1 with errno, EEXIST among them. */
int
entry_link(struct entry *en, int dirfd, const char *id);

enum entry_open {
	ENTRY_GOOD,
	ENTRY_BUSY,    /* somebody else holds its lock */
	ENTRY_GONE,    /* not there any more, or another file by now */
	ENTRY_CORRUPT, /* torn, short, flipped, alien: e says what */
	ENTRY_TROUBLE, /* cannot be opened or read: e says why; the file may be fine */
};

enum { ENTRY_LOCK = 1, ENTRY_VERIFY = 2 };

/*
 * Opens dirfd/id: a regular file of ours, parsed strictly. ENTRY_LOCK: flock, not waited
 * for, and the name looked up again behind it. ENTRY_VERIFY: the body's sum too. *out is set for
 * ENTRY_GOOD only.
 */
enum entry_open
entry_open(int dirfd, const char *id, int flags, struct entry **out, struct err *e);

#endif
