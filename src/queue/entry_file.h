/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry_file.h - the inside of an entry, for the files that implement entry.h.
 */
#ifndef QUEUE_ENTRY_FILE_H
#define QUEUE_ENTRY_FILE_H

#include "base/buf.h"
#include "queue/entry.h"

#define ENTRY_MAGIC "PRQ1"
#define ENTRY_FIXED_LEN 128
#define ENTRY_MUTABLE_LEN 64
#define ENTRY_CELLS_AT (ENTRY_FIXED_LEN + ENTRY_MUTABLE_LEN)

enum entry_place { PLACE_QUEUE, PLACE_TMP, PLACE_MEMORY };

struct entry {
	int fd;
	enum entry_place place;
	struct err astray; /* why it cannot get a name in the queue: it does not lie there although
			      it was meant to, or the disk has failed it */
	char id[ENTRY_ID_MAX]; /* its name in a queue, "" while it has none: marks must be durable
				  once it has */
	char
	    *temp; /* path of a named stand-in for a nameless file (no O_TMPFILE here), else NULL */
	struct envelope env;
	struct entry_times times;
	uint64_t body_at; /* where the message begins */
	uint64_t body_len;
	int64_t arrival_ms;
	struct buf out;   /* octets on their way to the file while it is written */
	uint64_t written; /* octets of the file so far, without those in out */
	char *cells;      /* as on the file; scratch for entry_mark: nothing is allocated there */
	bool unsure;      /* the disk may have other cells: marks are written in any case */
};

/* ERR_LOCAL, STAGE_QUEUE from errno: "WHAT: REASON". Returns false. */
bool
entry_storage_error(struct err *e, const char *what);
/* Opens the nameless file: in dir (NULL: not there), else in TMPDIR, else in memory. */
bool
entry_settle(struct entry *en, const char *dir, struct err *e);
/* Appends; a message for which there is no room moves to the next place that has it. */
bool
entry_store(struct entry *en, const void *data, size_t n, struct err *e);
/* Moves to the next place what cannot be written where it lies (errno). false (e): there is none.
 */
bool
entry_retreat(struct entry *en, struct err *e);
/* Writes a line of exactly size octets: text, blanks, LF. */
bool
entry_put_line(struct entry *en, uint64_t at, size_t size, const char *text);
/* The fixed line up to its sums, as text into out (ENTRY_FIXED_LEN octets). */
void
entry_fixed_text(const struct entry *en, char *out);
/*
 * The head lines n octets long into the envelope. false: e says what is wrong with them.
 */
bool
entry_parse_head(struct entry *en, const char *head, size_t n, size_t nrcpts, struct err *e);
/*
 * States from the cells as they are in memory, reasons from the journal: n octets, or NULL when
 * they are to be read from the file.
 */
void
entry_recall(struct entry *en, const char *journal, size_t n);
/* The mutable line; a damaged one means "due now, never tried". */
void
entry_parse_times(struct entry *en, const char *line);

#endif
