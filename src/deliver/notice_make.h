/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notice_make.h - a notice, made as an entry of its own.
 *
 * Its id is derived from that of the message it tells of, or of the first of them,
 * and its head names all of them. So whoever comes after a crash finds that it was
 * made, and who has been told by it.
 */
#ifndef DELIVER_NOTICE_MAKE_H
#define DELIVER_NOTICE_MAKE_H

#include "deliver/notice.h"
#include "queue/entry.h"

enum notice_kind {
	NOTICE_BOUNCE = 'b', /* recipients of one message have failed */
	NOTICE_DIGEST = 'd', /* of several messages */
	NOTICE_WARNING = 'w' /* a message is late */
};

enum notice_made {
	NOTICE_MADE,    /* durable, now or already before a crash */
	NOTICE_NOBODY,  /* no recipient of whom its sender wants to hear */
	NOTICE_LATER,   /* too many in this hour */
	NOTICE_TROUBLE, /* storage: e */
};

/* Who hears of it: NULL nobody, for a notice or mail without a sender. */
const char *
notice_make_to(const struct notice *n, struct entry *en, enum notice_kind kind);
/* The id that a notice about this entry has, and whether there is one of that name. */
bool
notice_make_exists(const struct notice *n, struct entry *en, enum notice_kind kind,
    char id[ENTRY_ID_MAX]);
/* Cells that hold c, as last read. */
size_t
notice_make_count(struct entry *en, enum cell c);
/*
 * Makes it, for the entries (locked, all for the same person) and those of their recipients that
 * have failed and were not told of, or that are late. NOTICE_LATER: *at is when to ask again, wall
 * ms.
 */
enum notice_made
notice_make(const struct notice *n, enum notice_kind kind, struct entry *const *entries,
    size_t nentries, int64_t *at, struct err *e);

#endif
