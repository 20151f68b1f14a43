/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

bool
queue_pick_is_asked(const struct queue_call *c)
{
	return c->words.n > 0 || c->options->rcpt != NULL || c->options->sender != NULL;
}

static void
add(const struct queue_call *c, struct queue_pick *out, const char *id, enum spool_room room)
{
	struct queue_picked *p;

	out->items = arena_grow(c->mem, out->items, out->n, sizeof(*out->items));
	p = &out->items[out->n++];
	memcpy(p->id, id, strlen(id) + 1);
	p->room = room;
}

static bool
fits(const struct queue_call *c, struct entry *en)
{
	const struct queue_options *o = c->options;
	const struct envelope *env = entry_envelope(en);
	bool hit = o->rcpt == NULL;

	if (o->sender != NULL && !str_glob(o->sender, env->from[0] != '\0' ? env->from : "<>"))
		return false;
	for (size_t i = 0; i < env->nrcpts && !hit; i++)
		hit = str_glob(o->rcpt, env->rcpts[i].addr);
	return hit;
}

static void
consider(const struct queue_call *c, struct queue_pick *out, const char *id, enum spool_room room)
{
	struct entry *en;
	struct err e;

	if (!spool_is_id(id))
		return;
	if (c->options->rcpt == NULL && c->options->sender == NULL) {
		add(c, out, id, room);
		return;
	}
	if (entry_open(spool_fd(c->spool, room), id, 0, &en, &e) != ENTRY_GOOD)
		return;
	if (fits(c, en))
		add(c, out, id, room);
	entry_close(en);
}

static bool
pick_rooms(const struct queue_call *c, unsigned rooms, struct queue_pick *out, struct err *e)
{
	for (int room = 0; room < ROOM_MAX; room++) {
		struct spool_item *items;
		size_t n;

		if ((rooms & QUEUE_PICK(room)) == 0)
			continue;
		if (!spool_list(c->spool, (enum spool_room)room, &items, &n, e))
			return false;
		for (size_t i = 0; i < n; i++)
			consider(c, out, items[i].id, (enum spool_room)room);
		free(items);
	}
	return true;
}

bool
queue_pick(const struct queue_call *c, unsigned rooms, struct queue_pick *out, struct err *e)
{
	bool patterns = c->options->rcpt != NULL || c->options->sender != NULL;

	*out = (struct queue_pick){.n = 0};
	if (patterns && c->words.n > 0)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "give ids, or --rcpt and --sender, not both");
	if (c->words.n == 0)
		return pick_rooms(c, rooms, out, e);
	for (size_t i = 0; i < c->words.n; i++) {
		char id[ENTRY_ID_MAX];
		enum spool_room room;

		if (spool_find(c->spool, c->words.items[i], id, &room, e))
			add(c, out, id, room);
		else
			out->status = queue_verb_trouble(c, e);
	}
	return true;
}
