/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/ui.h"
#include "deliver/drain.h"
#include "message/header.h"
#include "queue/breaker.h"

#define HEADER_SHOWN ((size_t)65536)
/* A long queue is written in pieces of about this size: neither memory nor the reader waits for its
 * end. */
#define PIECE ((size_t)65536)

/* What all messages of an account share. */
struct server_state {
	const struct account *account;
	struct breaker breaker;
	bool is_open;
};

struct listing {
	struct spool *spool;
	const struct config *config;
	enum queue_list_form form;
	struct buf *out;
	int64_t now;
	size_t n;
	uint64_t size;
	bool deaf;                    /* nobody reads it any more */
	struct server_state *servers; /* of the configuration's accounts, in its order */
};

static void
add_age(struct buf *out, int64_t ms)
{
	int64_t min = ms > 0 ? ms / 60000 : 0;
	char text[24];
	struct buf b;

	buf_init(&b, sizeof(text));
	if (min < 120)
		(void)buf_addf(&b, "%dm", (int)min);
	else if (min < 48 * 60)
		(void)buf_addf(&b, "%dh", (int)(min / 60));
	else
		(void)buf_addf(&b, "%dd", (int)(min / 1440));
	(void)buf_addf(out, "%-5s", buf_str(&b));
	buf_done(&b);
}

/* Asked once: a hundred thousand messages have a handful of servers. */
static void
look_at_servers(struct listing *l)
{
	size_t n = config_naccounts(l->config);

	l->servers = mem_array(NULL, n + 1, sizeof(*l->servers));
	for (size_t i = 0; i < n; i++) {
		struct server_state *s = &l->servers[i];

		s->account = config_account(l->config, i);
		breaker_load(l->spool, s->account->name, &s->breaker);
		s->is_open = breaker_is_open(&s->breaker, config_fingerprint(l->config, s->account),
		    l->now);
	}
}

/* NULL: the configuration has no such account any more. */
static const struct server_state *
server_of(const struct listing *l, const char *name)
{
	for (size_t i = 0; name != NULL && i < config_naccounts(l->config); i++)
		if (str_eq(l->servers[i].account->name, name))
			return &l->servers[i];
	return NULL;
}

/* The first recipient that is still waited for, else the first. */
static const struct rcpt *
open_rcpt(struct entry *en)
{
	const struct envelope *env = entry_envelope(en);

	for (size_t i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].state == RCPT_PENDING || env->rcpts[i].state == RCPT_UNKNOWN)
			return &env->rcpts[i];
	return &env->rcpts[0];
}

static void
add_reason(const struct err *why, struct buf *out)
{
	if (why == NULL)
		return;
	if (why->code > 0)
		(void)buf_addf(out, "%d ", why->code);
	if (why->code > 0 && why->status[0] != '\0')
		(void)buf_addf(out, "%s ", why->status);
	(void)buf_adds(out, why->text);
}

/* Held for what it did to us, which is told by the entry itself. */
static bool
is_poisoned(struct entry *en, enum spool_room room)
{
	return room == ROOM_HOLD && entry_times(en)->begun >= DRAIN_POISON;
}

/* Why it is still here: its server, itself, or the last reason of those still open. */
static void
add_cause(struct entry *en, enum spool_room room, const struct err *held_by, struct buf *out)
{
	if (held_by == NULL && is_poisoned(en, room))
		(void)buf_addf(out, "the network process died over it %u times",
		    entry_times(en)->begun);
	else
		add_reason(held_by != NULL ? held_by : open_rcpt(en)->why, out);
}

/* due, deferred, held, dead; *held_by: why nobody connects for it now, else NULL. */
static const char *
state_of(const struct listing *l, struct entry *en, enum spool_room room,
    const struct err **held_by)
{
	const struct server_state *s = server_of(l, entry_envelope(en)->account);

	*held_by = NULL;
	if (room == ROOM_DEAD)
		return "dead";
	if (room == ROOM_HOLD || s == NULL)
		return "held";
	if (s->is_open) {
		*held_by = &s->breaker.why;
		return "held";
	}
	return entry_times(en)->next_ms <= l->now ? "due" : "deferred";
}

static void
add_row(struct listing *l, struct entry *en, enum spool_room room, uint64_t size)
{
	const struct envelope *env = entry_envelope(en);
	const struct rcpt *r = open_rcpt(en);
	char id[ENTRY_ID_MAX], next[40] = "";
	const struct err *held_by;
	const char *state = state_of(l, en, room, &held_by);

	spool_short_id(entry_id(en), id);
	if (str_eq(state, "deferred"))
		clock_short(entry_times(en)->next_ms, l->now, next, sizeof(next));
	(void)buf_addf(l->out, "%-8s", id);
	add_age(l->out, l->now - entry_arrival_ms(en));
	(void)buf_addf(l->out, "%7lluK  %-26s %-26s %5u  %-9s ",
	    (unsigned long long)(size + 1023) / 1024, env->from[0] != '\0' ? env->from : "<>",
	    r->addr, entry_times(en)->attempts, next[0] != '\0' ? next : state);
	if (held_by != NULL)
		(void)buf_adds(l->out, "held by: ");
	add_cause(en, room, held_by, l->out);
	(void)buf_addc(l->out, '\n');
	for (size_t i = 0; l->form == QUEUE_LIST_LONG && i < env->nrcpts; i++) {
		(void)buf_addf(l->out, "        %c %s  ", entry_cell(en, i), env->rcpts[i].addr);
		add_reason(env->rcpts[i].why, l->out);
		(void)buf_addc(l->out, '\n');
	}
}

static void
add_time(struct json *j, const char *key, int64_t ms)
{
	char text[40];

	if (ms <= 0)
		return;
	clock_rfc3339(ms, text, sizeof(text));
	json_str(j, key, text);
}

static const char *
rcpt_word(enum cell c)
{
	switch (c) {
	case CELL_PENDING:
		return "pending";
	case CELL_DOUBT:
		return "unknown";
	case CELL_SENT:
		return "sent";
	case CELL_FAILED:
	case CELL_BOUNCED:
		return "refused";
	case CELL_CANCELLED:
		break;
	}
	return "cancelled";
}

static void
add_object(struct listing *l, struct entry *en, enum spool_room room, uint64_t size)
{
	const struct envelope *env = entry_envelope(en);
	struct json *j = json_new();
	char id[ENTRY_ID_MAX];
	const struct err *held_by;
	struct buf reason;

	spool_short_id(entry_id(en), id);
	json_int(j, "v", 1);
	json_str(j, "id", entry_id(en));
	json_str(j, "short", id);
	json_str(j, "state", state_of(l, en, room, &held_by));
	json_str(j, "from", env->from);
	for (size_t i = 0; i < env->nrcpts; i++) {
		struct json *to = json_new();

		json_str(to, "addr", env->rcpts[i].addr);
		json_str(to, "status", rcpt_word(entry_cell(en, i)));
		json_str(to, "text", env->rcpts[i].why != NULL ? env->rcpts[i].why->text : NULL);
		json_push(j, "to", to);
	}
	json_int(j, "size", (int64_t)size);
	add_time(j, "arrived", entry_arrival_ms(en));
	json_int(j, "attempts", entry_times(en)->attempts);
	add_time(j, "next", entry_times(en)->next_ms);
	json_str(j, "account", env->account);
	buf_init(&reason, SIZE_MAX);
	add_cause(en, room, held_by, &reason);
	json_str(j, "reason", reason.len > 0 ? buf_str(&reason) : NULL);
	buf_done(&reason);
	json_line(j, l->out);
}

/* What is no queue file still takes a line: nothing in the queue is invisible. */
static void
add_broken(struct listing *l, const char *name, const char *why)
{
	struct json *j;

	if (l->form != QUEUE_LIST_JSON) {
		(void)buf_addf(l->out, "%-20s corrupt: %s\n", name, why);
		return;
	}
	j = json_new();
	json_int(j, "v", 1);
	json_str(j, "id", name);
	json_str(j, "state", "corrupt");
	json_str(j, "reason", why);
	json_line(j, l->out);
}

static void
add_item(struct listing *l, enum spool_room room, const struct spool_item *item)
{
	struct entry *en;
	struct err e;

	switch (entry_open(spool_fd(l->spool, room), item->id, 0, &en, &e)) {
	case ENTRY_GOOD:
		break;
	case ENTRY_GONE:
	case ENTRY_BUSY:
		return;
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		add_broken(l, item->id, e.text);
		return;
	}
	if (l->n++ == 0 && l->form != QUEUE_LIST_JSON)
		(void)buf_addf(l->out, "%-8s%-5s%8s  %-26s %-26s %5s  %-9s %s\n", "ID", "AGE",
		    "SIZE", "FROM", "TO", "TRIES", "NEXT", "LAST REASON");
	l->size += item->size;
	if (l->form == QUEUE_LIST_JSON)
		add_object(l, en, room, item->size);
	else
		add_row(l, en, room, item->size);
	entry_close(en);
}

/* Who closed the pipe has read enough; a full disk is an error. */
static bool
write_piece(struct listing *l, struct err *e)
{
	if (ui_out(l->out))
		return true;
	l->deaf = errno == EPIPE;
	err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot write the output: %s", strerror(errno));
	e->sysexit = EX_IOERR;
	return false;
}

/* *more: somebody still reads it. */
static bool
add_room(struct listing *l, enum spool_room room, bool *more, struct err *e)
{
	struct spool_item *items;
	size_t n;

	if (!spool_list(l->spool, room, &items, &n, e))
		return false;
	for (size_t i = 0; i < n && *more; i++) {
		if (room == ROOM_CORRUPT)
			add_broken(l, items[i].id, "moved aside, never sent");
		else
			add_item(l, room, &items[i]);
		if (l->out->len >= PIECE)
			*more = write_piece(l, e);
	}
	free(items);
	return true;
}

bool
queue_list_print(struct spool *sp, const struct config *c, enum queue_list_form form, struct err *e)
{
	struct buf out;
	struct listing l = {.spool = sp,
	    .config = c,
	    .form = form,
	    .out = &out,
	    .now = clock_wall_ms()};
	bool good = true, more = true;

	buf_init(&out, SIZE_MAX);
	look_at_servers(&l);
	for (int room = 0; room < ROOM_MAX && good && more; room++)
		good = add_room(&l, (enum spool_room)room, &more, e);
	if (form != QUEUE_LIST_JSON && l.n == 0)
		(void)buf_adds(&out, "The queue is empty.\n");
	else if (form != QUEUE_LIST_JSON)
		(void)buf_addf(&out, "%zu message%s, %llu KB\n", l.n, l.n == 1 ? "" : "s",
		    (unsigned long long)(l.size + 1023) / 1024);
	if (good && more)
		more = write_piece(&l, e);
	free(l.servers);
	buf_done(&out);
	return good && (more || l.deaf);
}

static void
show_fields(struct entry *en, struct buf *out)
{
	static const char *const names[] = {"Date", "From", "To", "Subject", "Message-ID"};
	char *block = mem_alloc(HEADER_SHOWN);
	ssize_t n = entry_read(en, block, HEADER_SHOWN, 0);
	struct buf value;

	buf_init(&value, HEADER_SHOWN);
	for (size_t i = 0; n > 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		struct header_field f;

		if (!header_find(block, (size_t)n, names[i], &f))
			continue;
		buf_clear(&value);
		header_unfold(&f, &value);
		(void)buf_addf(out, "%s: ", names[i]);
		str_escape(out, buf_str(&value), value.len, 300);
		(void)buf_addc(out, '\n');
	}
	buf_done(&value);
	free(block);
}

bool
queue_list_show(struct spool *sp, enum spool_room room, const char *id, struct buf *out,
    struct err *e)
{
	const struct envelope *env;
	struct entry *en;
	char when[40];

	if (entry_open(spool_fd(sp, room), id, 0, &en, e) != ENTRY_GOOD)
		return err_wrap(e, "message %s", id);
	env = entry_envelope(en);
	clock_short(entry_arrival_ms(en), clock_wall_ms(), when, sizeof(when));
	(void)buf_addf(out, "message %s from %s, account %s, %llu octets, queued %s, in %s/\n", id,
	    env->from[0] != '\0' ? env->from : "<>", env->account != NULL ? env->account : "?",
	    (unsigned long long)env->facts.size, when, spool_room_name(room));
	if (is_poisoned(en, room)) {
		(void)buf_adds(out, "held: ");
		add_cause(en, room, NULL, out);
		(void)buf_addc(out, '\n');
	}
	show_fields(en, out);
	for (size_t i = 0; i < env->nrcpts; i++) {
		(void)buf_addf(out, "  %-9s %s  ", rcpt_word(entry_cell(en, i)),
		    env->rcpts[i].addr);
		add_reason(env->rcpts[i].why, out);
		(void)buf_addc(out, '\n');
	}
	if (entry_times(en)->next_ms > 0) {
		clock_short(entry_times(en)->next_ms, clock_wall_ms(), when, sizeof(when));
		(void)buf_addf(out, "next try %s, after %u %s\n", when, entry_times(en)->attempts,
		    entry_times(en)->attempts == 1 ? "try" : "tries");
	}
	entry_close(en);
	return true;
}
