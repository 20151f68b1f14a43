/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal.h - the history at the end of an entry: texts for people.
 *
 *   @<unix.ms> <cell> <ranges> <class> <stage> <code> <status> <sysexit> <hint> <ms> <server>
 * <text> ~<sum>
 *
 * One line for all recipients that share a state and a reason, ranges as
 * 0-4,7, words in xtext, "-" for an empty one. Appended, never rewritten; a torn
 * or damaged line fails its sum and is skipped. State never depends on it.
 */
#ifndef QUEUE_JOURNAL_H
#define QUEUE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/envelope.h"
#include "queue/cell.h"

/*
 * Appends a line, LF included, for the recipients which[0..n) (indices, ascending). They
 * share what recipient which[0] has: its reason, its server, its time; cell is their state.
 */
void
journal_format(struct buf *out, const struct envelope *env, enum cell cell, const size_t *which,
    size_t n, int64_t wall_ms);
/*
 * Applies one line (without LF): its reason goes to the recipients it names whose cell is the
 * line's, for the cell is the truth and a line may be older. cells: one byte a recipient.
 * false: not a line of ours, nothing was changed.
 */
bool
journal_apply(const char *line, size_t n, struct envelope *env, const char *cells);

struct journal_line {
	int64_t at_ms; /* wall */
	enum cell cell;
	const char *ranges;
	const struct err *why; /* class ERR_NONE: there is none */
	const char *server;    /* "": none */
	int64_t ms;
};

/* One line for people to read: what is in it lives in mem. false: not a line of ours. */
bool
journal_parse(struct arena *mem, size_t nrcpts, const char *line, size_t n,
    struct journal_line *out);
/* The next range "a" or "a-b" at *ranges, below nrcpts; false at the end. */
bool
journal_range(const char **ranges, size_t nrcpts, size_t *first, size_t *last);

#endif
