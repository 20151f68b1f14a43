/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/queue_list.h"
#include "cli/queue_run.h"
#include "cli/report.h"
#include "config/config.h"
#include "queue/spool.h"

struct queue_args {
	struct shared shared;
	bool now, is_long;
	int64_t every_ms;
};

/* What every verb gets. */
struct scene {
	const struct config *config;
	struct spool *spool;
	const struct queue_args *args;
	const struct ui *ui;
	const struct args_list *ids;
};

static bool
set_every(void *target, const char *value, struct err *e)
{
	struct queue_args *a = target;

	if (str_duration_ms(value, &a->every_ms) && a->every_ms > 0)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "--every is a time like 5m or 1h, not '%s'",
	    value);
}

static const struct args_option options[] = {
    {.name = "now",
	.kind = ARGS_FLAG,
	.at = offsetof(struct queue_args, now),
	.help = "run: also what is not due yet"},
    {.name = "every",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_every,
	.help = "run: again and again, at least so often, until a signal ends it"},
    {.name = "long",
	.kind = ARGS_FLAG,
	.at = offsetof(struct queue_args, is_long),
	.help = "list: a line for each recipient"},
};

size_t
cmd_queue_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	};
	out[1] = shared_group(NULL);
	return 2;
}

static int
trouble(const struct scene *s, const struct err *e)
{
	report_cause(s->ui, NULL, e);
	return err_sysexit(e);
}

/* ---- list, show */

static int
list(const struct scene *s)
{
	struct err e;
	bool good = queue_list_print(s->spool, s->config,
	    s->ui->json            ? QUEUE_LIST_JSON
		: s->args->is_long ? QUEUE_LIST_LONG
				   : QUEUE_LIST_TABLE,
	    &e);

	return good ? 0 : trouble(s, &e);
}

static int
show(const struct scene *s, const char *id, enum spool_room room)
{
	struct buf out;
	struct err e;
	bool good;

	buf_init(&out, SIZE_MAX);
	good = queue_list_show(s->spool, room, id, &out, &e);
	if (good)
		(void)ui_out(&out);
	buf_done(&out);
	return good ? 0 : trouble(s, &e);
}

/* ---- run */

static int
run_queue(const struct scene *s, const char *only)
{
	const struct queue_run_args args = {.now = s->args->now, .only = only};

	return queue_run_once(s->config, s->spool, s->ui, &args, NULL);
}

/* ---- hold, release, remove, retry */

static bool
said(struct err *e, const char *what)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "", "%s: %s", what, strerror(errno));
}

/* The lock first: what is being sent cannot be moved or removed. */
static struct entry *
lock_entry(const struct scene *s, const char *id, enum spool_room room, struct err *e)
{
	struct entry *en;

	switch (entry_open(spool_fd(s->spool, room), id, ENTRY_LOCK, &en, e)) {
	case ENTRY_GOOD:
		return en;
	case ENTRY_BUSY:
		err_set(e, ERR_LOCAL, STAGE_QUEUE, "",
		    "message %s is being sent now: try again in a moment", id);
		break;
	case ENTRY_GONE:
		err_set(e, ERR_USAGE, STAGE_QUEUE, "", "message %s is not in the queue any more",
		    id);
		break;
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		err_wrap(e, "message %s", id);
		break;
	}
	return NULL;
}

static bool
hold(const struct scene *s, const char *id, enum spool_room room, struct err *e)
{
	struct entry *en;
	bool good;

	if (room == ROOM_HOLD)
		return true;
	if (room != ROOM_QUEUE)
		return err_set(e, ERR_USAGE, STAGE_QUEUE, "",
		    "message %s is in %s/, not in the queue", id, spool_room_name(room));
	en = lock_entry(s, id, room, e);
	if (en == NULL)
		return false;
	good = spool_move(s->spool, ROOM_QUEUE, ROOM_HOLD, id) ||
	    said(e, "cannot hold the message");
	entry_close(en);
	return good;
}

/* Back into the queue, due at once: from hold/ or dead/. */
static bool
release(const struct scene *s, const char *id, enum spool_room room, struct err *e)
{
	struct entry *en;
	bool good = true;

	if (room == ROOM_CORRUPT)
		return err_set(e, ERR_USAGE, STAGE_QUEUE, "",
		    "message %s is damaged and cannot be sent", id);
	en = lock_entry(s, id, room, e);
	if (en == NULL)
		return false;
	for (size_t i = 0; room == ROOM_DEAD && good && i < entry_envelope(en)->nrcpts; i++)
		if (entry_cell(en, i) == CELL_FAILED)
			good = entry_set_cell(en, i, CELL_PENDING);
	entry_times(en)->next_ms = 0;
	entry_times(en)->begun = 0;
	good = good && entry_save_times(en) && entry_sync(en) &&
	    (room == ROOM_QUEUE || spool_move(s->spool, room, ROOM_QUEUE, id));
	if (!good)
		said(e, "cannot release the message");
	entry_close(en);
	return good;
}

static bool
remove_entry(const struct scene *s, const char *id, enum spool_room room, struct err *e)
{
	struct entry *en = NULL;
	bool good;

	if (room != ROOM_CORRUPT) {
		en = lock_entry(s, id, room, e);
		if (en == NULL)
			return false;
	}
	good = (spool_remove(s->spool, room, id) && spool_sync(s->spool, room)) ||
	    said(e, "cannot remove the message");
	entry_close(en);
	return good;
}

static const struct verb {
	const char *name;
	bool (*change)(const struct scene *s, const char *id, enum spool_room room, struct err *e);
	const char *done;
} verbs[] = {
    {"hold", hold, "held until it is released"},
    {"release", release, "due now"},
    {"retry", release, "due now"},
    {"remove", remove_entry, "removed"},
};

/* Each id by itself: one that cannot be found keeps nobody else from being dealt with. */
static int
change(const struct scene *s, const struct verb *v)
{
	int status = 0;

	for (size_t i = 0; i < s->ids->n; i++) {
		char id[ENTRY_ID_MAX], shown[ENTRY_ID_MAX];
		enum spool_room room;
		struct err e;

		if (!spool_find(s->spool, s->ids->items[i], id, &room, &e) ||
		    !v->change(s, id, room, &e)) {
			status = trouble(s, &e);
			continue;
		}
		spool_short_id(id, shown);
		ui_note(s->ui, "message %s: %s", shown, v->done);
		if (str_eq(v->name, "retry"))
			status = run_queue(s, id);
	}
	return status;
}

static int
act(const struct scene *s, const char *verb)
{
	const struct verb *v = NULL;
	char id[ENTRY_ID_MAX];
	enum spool_room room;
	struct err e;

	if (verb == NULL || str_eq(verb, "list"))
		return list(s);
	if (str_eq(verb, "run"))
		return run_queue(s, NULL);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (str_eq(verb, verbs[i].name))
			v = &verbs[i];
	if (v == NULL && !str_eq(verb, "show")) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "'queue %s' is not known: list, show, run, retry, hold, release, remove", verb);
		return ui_usage(s->ui, &e, NULL);
	}
	if (s->ids->n == 0) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "'queue %s' wants the id of a message: postrider queue list", verb);
		return ui_usage(s->ui, &e, NULL);
	}
	if (v == NULL)
		return spool_find(s->spool, s->ids->items[0], id, &room, &e) ? show(s, id, room)
									     : trouble(s, &e);
	return change(s, v);
}

static int
with_spool(struct scene *s, const char *verb)
{
	const char *dir = config_queue(s->config)->directory;
	struct err e;
	int status;

	if (dir == NULL) {
		err_set(&e, ERR_CONFIG, STAGE_QUEUE, "",
		    "no place for a queue is known: set directory in [queue]");
		return trouble(s, &e);
	}
	s->spool = spool_open(dir, false, &e);
	if (s->spool == NULL && errno == ENOENT) {
		ui_note(s->ui, "the queue is empty: %s is not there", dir);
		return 0;
	}
	if (s->spool == NULL)
		return trouble(s, &e);
	status = act(s, verb);
	spool_close(s->spool);
	return status;
}

int
cmd_queue(const struct command_call *call)
{
	struct queue_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct scene s = {.args = &a};
	struct config_request want;
	struct args_list ids;
	struct diags d = {.n = 0};
	struct config *c;
	struct ui ui;
	int status;

	args.ngroups = cmd_queue_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	if (a.every_ms > 0 && args.operands.n > 0 && str_eq(args.operands.items[0], "run")) {
		const struct queue_run_args again = {.now = a.now, .every_ms = a.every_ms};
		return queue_run(&a.shared, &ui, &again);
	}
	shared_request(&a.shared, &want);
	c = config_load(&want, &d);
	if (c != NULL) {
		ids = (struct args_list){.items = args.operands.items + 1,
		    .n = args.operands.n > 0 ? args.operands.n - 1 : 0};
		s.config = c;
		s.ui = &ui;
		s.ids = &ids;
		status = with_spool(&s, args.operands.n > 0 ? args.operands.items[0] : NULL);
	} else {
		status = complain_config(&ui, &d, NULL);
	}
	config_free(c);
	diags_done(&d);
	return status;
}
