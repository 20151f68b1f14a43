/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/notice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "deliver/logbook.h"
#include "deliver/notice_make.h"

/* Of one digest: each holds a descriptor. */
#define DIGEST_MAX 200

static bool
storage(struct err *e, const char *what)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "%s: %s", what, strerror(errno));
}

void
notice_init(struct notice *n, struct spool *sp, const struct config *c, const struct schedule *s,
    const struct account *a)
{
	*n = (struct notice){.spool = sp,
	    .schedule = s,
	    .config = c,
	    .bounce_to = config_queue(c)->bounce_to,
	    .bounce_from = account_address(a),
	    .host = a->ehlo_name};
}

static size_t
count_open(struct entry *en)
{
	return notice_make_count(en, CELL_PENDING) + notice_make_count(en, CELL_DOUBT);
}

bool
notice_is_due(const struct schedule *s, struct entry *en, int64_t now_ms)
{
	return count_open(en) == 0 || notice_make_count(en, CELL_FAILED) > 0 ||
	    schedule_wants_warning(s, entry_times(en), entry_arrival_ms(en), now_ms);
}

static struct logbook
book_of(struct entry *en)
{
	const struct envelope *env = entry_envelope(en);

	return (struct logbook){.env = env, .id = entry_id(en), .account = env->account};
}

/* Its time is over: everybody still open has failed. The last answer stays the reason. */
static bool
expire(struct entry *en, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	const struct logbook book = book_of(en);
	int64_t days = (clock_wall_ms() - entry_arrival_ms(en)) / 86400000;
	bool *noted = mem_array(NULL, env->nrcpts + 1, sizeof *noted);
	bool good = true;

	for (size_t i = 0; i < env->nrcpts; i++) {
		struct rcpt *r = &env->rcpts[i];
		struct err *why;

		noted[i] = true;
		if (r->state != RCPT_PENDING && r->state != RCPT_UNKNOWN)
			continue;
		why = arena_alloc(&env->mem, sizeof *why);
		err_set(why, ERR_MESSAGE, STAGE_QUEUE,
		    r->why != NULL && r->why->status[0] != '\0' ? r->why->status : "4.4.7",
		    "%s (given up after %lld days and %u tries)",
		    r->why != NULL ? r->why->text : "no answer", (long long)days,
		    entry_times(en)->attempts);
		why->code = r->why != NULL ? r->why->code : 0;
		r->state = RCPT_REFUSED;
		r->why = why;
		noted[i] = false;
		logbook_rcpt(&book, r, "refused");
	}
	if (!entry_mark(en, 0, env->nrcpts, false))
		good = storage(e, "cannot note that the message is given up");
	else
		entry_note(en, 0, env->nrcpts, noted);
	free(noted);
	return good;
}

/* Those that had failed are told of, durably. */
static bool
mark_told(struct entry *en, struct err *e)
{
	/* at once: the number of those told of makes the id of the next notice, so a crash that
	 * left half of them unmarked would have these told of again */
	return (entry_change_cells(en, CELL_FAILED, CELL_BOUNCED) && entry_sync(en)) ||
	    storage(e, "cannot note that the sender was told");
}

/*
 * What becomes of the file: it stays as long as somebody is open, or is to be told of when the hour
 * is over (later); else it goes, or, when somebody should have been told and could not be, to
 * dead/.
 */
static bool
leave(const struct notice *n, struct entry *en, int64_t later, struct err *e)
{
	const char *id = entry_id(en);
	const struct logbook book = book_of(en);
	bool good;

	if (count_open(en) > 0 || later > 0) {
		if (count_open(en) == 0)
			entry_times(en)->next_ms = later;
		return entry_save_times(en) || storage(e, "cannot write down the next try");
	}
	if (notice_make_count(en, CELL_FAILED) > 0) {
		logbook_message(&book, LOG_LEVEL_ERR, "dead",
		    "given up, and nobody can be told: kept in dead/");
		good = spool_move(n->spool, ROOM_QUEUE, ROOM_DEAD, id);
	} else {
		good = spool_remove(n->spool, ROOM_QUEUE, id) && spool_sync(n->spool, ROOM_QUEUE);
	}
	return good || storage(e, "cannot take a finished message out of the queue");
}

/* Before the cells forget who it was. */
static void
log_told(struct entry *en, const char *to)
{
	const struct envelope *env = entry_envelope(en);
	const struct logbook book = book_of(en);

	for (size_t i = 0; i < env->nrcpts; i++)
		if (entry_cell(en, i) == CELL_FAILED)
			logbook_bounced(&book, &env->rcpts[i], to);
}

/* Tells of these together, all for the same person; *later as in leave(). */
static bool
tell_failed(const struct notice *n, struct entry *const *entries, size_t nentries, int64_t *later,
    struct err *e)
{
	enum notice_kind kind = nentries > 1 ? NOTICE_DIGEST : NOTICE_BOUNCE;
	const char *to = notice_make_to(n, entries[0], kind);

	switch (notice_make(n, kind, entries, nentries, later, e)) {
	case NOTICE_TROUBLE:
		return false;
	case NOTICE_LATER:
		return true;
	case NOTICE_MADE:
		for (size_t i = 0; i < nentries; i++)
			log_told(entries[i], to);
		break;
	case NOTICE_NOBODY:
		break;
	}
	/* the first one last: as long as it is not marked, the digest is found by its id */
	for (size_t i = nentries; i-- > 0;)
		if (!mark_told(entries[i], e))
			return false;
	return true;
}

static bool
warn(const struct notice *n, struct entry *en, struct err *e)
{
	int64_t later = 0;

	switch (notice_make(n, NOTICE_WARNING, &en, 1, &later, e)) {
	case NOTICE_TROUBLE:
		return false;
	case NOTICE_LATER:
		return true; /* asked again at its next try */
	case NOTICE_NOBODY:
	case NOTICE_MADE:
		break;
	}
	entry_times(en)->warned = true;
	return entry_save_times(en) || storage(e, "cannot note that the sender was warned");
}

static bool
settle(const struct notice *n, struct entry *en, int64_t *later, struct err *e)
{
	const struct envelope *env = entry_envelope(en);
	const struct entry_times *t = entry_times(en);
	int64_t now = clock_wall_ms(), arrival = entry_arrival_ms(en);

	if (schedule_is_expired(n->schedule, t, arrival, env->lifetime_ms, now) && !expire(en, e))
		return false;
	if (notice_make_count(en, CELL_FAILED) > 0 &&
	    notice_make_to(n, en, NOTICE_BOUNCE) != NULL && !tell_failed(n, &en, 1, later, e))
		return false;
	if (count_open(en) > 0 && schedule_wants_warning(n->schedule, t, arrival, now) &&
	    !warn(n, en, e))
		return false;
	return leave(n, en, *later, e);
}

/* NULL: *how says why. */
static struct entry *
open_entry(const struct notice *n, const char *id, enum entry_open *how, struct err *e)
{
	struct entry *en = NULL;

	*how = entry_open(spool_fd(n->spool, ROOM_QUEUE), id, ENTRY_LOCK, &en, e);
	return en;
}

static bool
is_trouble(enum entry_open how)
{
	return how == ENTRY_CORRUPT || how == ENTRY_TROUBLE;
}

bool
notice_run(const struct notice *n, const char *id, struct err *e)
{
	enum entry_open how;
	struct entry *en = open_entry(n, id, &how, e);
	int64_t later = 0;
	bool good;

	if (en == NULL)
		return !is_trouble(how);
	good = settle(n, en, &later, e);
	entry_close(en);
	return good;
}

/* ---- several at once */

/* Opened and locked, waiting to be told of together. */
struct batch {
	const struct notice *n;
	struct entry *entries[DIGEST_MAX];
	size_t nentries;
	size_t *done;
};

/* The ids in the head of a digest that was made before a crash: all of them have been told of. */
static bool
mark_as_the_digest_says(const struct notice *n, const char *digest, struct err *e)
{
	struct entry *d = NULL;
	bool good = true;

	for (int room = ROOM_QUEUE; room <= ROOM_DEAD && d == NULL; room++)
		entry_open(spool_fd(n->spool, (enum spool_room)room), digest, 0, &d, e);
	if (d == NULL)
		return false;
	/* again the first one last: one that a person has locked leaves it to be found next time */
	for (size_t i = entry_envelope(d)->nabout; i-- > 0 && good;) {
		enum entry_open how;
		struct entry *en = open_entry(n, entry_envelope(d)->about[i], &how, e);

		good = !is_trouble(how);
		if (how == ENTRY_BUSY)
			break;
		if (en == NULL)
			continue;
		good = mark_told(en, e) && leave(n, en, 0, e);
		entry_close(en);
	}
	entry_close(d);
	return good;
}

/* Takes from the batch all that are for the same person as its first, in their order. */
static size_t
take_group(struct batch *b, struct entry **group)
{
	const char *to = notice_make_to(b->n, b->entries[0], NOTICE_BOUNCE);
	size_t k = 0, kept = 0;

	for (size_t i = 0; i < b->nentries; i++)
		if (str_eq(notice_make_to(b->n, b->entries[i], NOTICE_BOUNCE), to))
			group[k++] = b->entries[i];
		else
			b->entries[kept++] = b->entries[i];
	b->nentries = kept;
	return k;
}

static bool
tell_batch(struct batch *b, struct err *e)
{
	struct entry *group[DIGEST_MAX];
	bool good = true;

	while (b->nentries > 0) {
		size_t k = take_group(b, group);
		int64_t later = 0;

		good = good &&
		    (k == 1 ? settle(b->n, group[0], &later, e)
			    : tell_failed(b->n, group, k, &later, e));
		for (size_t i = 0; i < k; i++) {
			good = good && (k == 1 || leave(b->n, group[i], later, e));
			entry_close(group[i]);
		}
		*b->done += good && later == 0 ? k : 0;
	}
	return good;
}

/* Into the batch; dealt with here when there is nobody to tell, or a crash left it half done. */
static bool
consider(struct batch *b, struct entry *en, struct err *e)
{
	char id[ENTRY_ID_MAX];
	int64_t later = 0;
	bool good, warned;
	size_t failed;

	if (notice_make_count(en, CELL_FAILED) > 0 &&
	    notice_make_exists(b->n, en, NOTICE_DIGEST, id)) {
		entry_close(en);
		++*b->done;
		return mark_as_the_digest_says(b->n, id, e);
	}
	if (notice_make_count(en, CELL_FAILED) > 0 &&
	    notice_make_to(b->n, en, NOTICE_BOUNCE) != NULL &&
	    !notice_make_exists(b->n, en, NOTICE_BOUNCE, id)) {
		b->entries[b->nentries++] = en;
		return b->nentries < DIGEST_MAX || tell_batch(b, e);
	}
	failed = notice_make_count(en, CELL_FAILED);
	warned = entry_times(en)->warned;
	good = settle(b->n, en, &later, e);
	/* what stays as it was must not look like work, or a run would never end */
	*b->done += good &&
	    ((count_open(en) == 0 && later == 0) || notice_make_count(en, CELL_FAILED) < failed ||
		entry_times(en)->warned != warned);
	entry_close(en);
	return good;
}

bool
notice_run_all(const struct notice *n, const char *const *ids, size_t nids, size_t *done,
    struct err *e)
{
	struct batch *b = mem_alloc(sizeof *b);
	bool good = true;

	*done = 0;
	*b = (struct batch){.n = n, .done = done};
	/* one that makes trouble keeps nobody else from being told of */
	for (size_t i = 0; i <= nids; i++) {
		enum entry_open how = ENTRY_GOOD;
		struct entry *en = NULL;
		struct err why;
		bool ok = true;

		if (i < nids)
			en = open_entry(n, ids[i], &how, &why);
		if (en != NULL)
			ok = consider(b, en, &why);
		else if (i == nids)
			ok = tell_batch(b, &why);
		if ((!ok || is_trouble(how)) && good) {
			*e = why;
			good = false;
		}
	}
	free(b);
	return good;
}
