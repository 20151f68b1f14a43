/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_survey.h"

#include <stdlib.h>

#include "base/holder.h"
#include "base/str.h"
#include "deliver/drain.h"

#define OPENED_MAX ((size_t)2000)

static void
look_at_accounts(struct arena *mem, struct spool *sp, const struct config *c, int64_t now,
    struct survey *out)
{
	out->naccounts = config_naccounts(c);
	out->accounts = arena_alloc(mem, (out->naccounts + 1) * sizeof(*out->accounts));
	for (size_t i = 0; i < out->naccounts; i++) {
		struct survey_account *a = &out->accounts[i];
		uint64_t print = config_fingerprint(c, config_account(c, i));

		a->account = config_account(c, i);
		if (sp != NULL)
			breaker_load(sp, a->account->name, &a->breaker);
		a->open = breaker_is_open(&a->breaker, print, now);
		a->needs_person = breaker_needs_person(&a->breaker) &&
		    a->breaker.fingerprint == print;
	}
}

static struct survey_account *
account_of(const struct survey *s, const char *name)
{
	for (size_t i = 0; name != NULL && i < s->naccounts; i++)
		if (str_eq(s->accounts[i].account->name, name))
			return &s->accounts[i];
	return NULL;
}

static void
count_time(struct survey *s, int64_t next_ms, int64_t now)
{
	if (next_ms <= now) {
		s->due++;
		return;
	}
	s->deferred++;
	if (s->next_ms == 0 || next_ms < s->next_ms)
		s->next_ms = next_ms;
}

static void
count_live(struct survey *s, struct entry *en, int64_t now)
{
	struct survey_account *a = account_of(s, entry_envelope(en)->account);
	int64_t came = entry_arrival_ms(en);

	if (s->oldest_ms == 0 || came < s->oldest_ms)
		s->oldest_ms = came;
	if (a != NULL)
		a->messages++;
	else if (entry_envelope(en)->unsettled)
		s->unsettled++;
	else
		s->orphans++;
	if (a == NULL || a->open)
		s->waiting++;
	else
		count_time(s, entry_times(en)->next_ms, now);
}

/* Was it held by the program: after it had killed its workers, or because it may have arrived? */
static void
count_held(struct survey *s, struct entry *en)
{
	bool doubt = entry_times(en)->begun >= DRAIN_POISON;

	for (size_t i = 0; i < entry_envelope(en)->nrcpts && !doubt; i++)
		doubt = entry_cell(en, i) == CELL_DOUBT;
	s->held++;
	s->poisoned += doubt;
}

static void
look_into(struct survey *s, struct spool *sp, enum spool_room room, const char *id, int64_t now)
{
	struct entry *en;
	struct err e;

	switch (entry_open(spool_fd(sp, room), id, 0, &en, &e)) {
	case ENTRY_GOOD:
		break;
	case ENTRY_GONE:
		return;
	case ENTRY_BUSY:
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		s->corrupt++;
		return;
	}
	if (room == ROOM_QUEUE)
		count_live(s, en, now);
	else
		count_held(s, en);
	entry_close(en);
}

static bool
look_at_room(struct survey *s, struct spool *sp, enum spool_room room, int64_t now, struct err *e)
{
	struct spool_item *items;
	size_t n;

	if (!spool_list(sp, room, &items, &n, e))
		return false;
	if (room == ROOM_CORRUPT)
		s->corrupt += n;
	else if (room == ROOM_DEAD)
		s->dead += n;
	for (size_t i = 0; i < n && room != ROOM_CORRUPT; i++) {
		s->size += items[i].size;
		if (room == ROOM_DEAD)
			continue;
		if (i < OPENED_MAX) {
			look_into(s, sp, room, items[i].id, now);
		} else if (room == ROOM_QUEUE) {
			s->unopened++;
			count_time(s, items[i].mtime_ms, now);
		} else {
			s->held++;
		}
	}
	free(items);
	return true;
}

bool
queue_survey(struct arena *mem, struct spool *sp, const struct config *c, int64_t now_ms,
    struct survey *out, struct err *e)
{
	*out = (struct survey){.due = 0};
	look_at_accounts(mem, sp, c, now_ms, out);
	if (sp == NULL)
		return true;
	out->runner_pid = holder_of(spool_root_fd(sp), "drain.lock");
	for (int room = 0; room < ROOM_MAX; room++)
		if (!look_at_room(out, sp, (enum spool_room)room, now_ms, e))
			return false;
	return true;
}
