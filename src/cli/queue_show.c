/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One message: what became of it, its text, or its history. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/pager.h"
#include "cli/queue_list.h"
#include "cli/queue_pick.h"
#include "cli/queue_text.h"
#include "cli/queue_verb.h"
#include "cli/reason.h"
#include "queue/journal.h"

#define NAMES_SHOWN 3
#define FILE_MAX ((size_t)64 << 20)

struct telling {
	const struct envelope *env;
	int64_t now;
	struct buf *out;
	size_t n;
};

static const char *
word_of(enum cell c)
{
	switch (c) {
	case CELL_SENT:
		return "sent";
	case CELL_FAILED:
		return "refused";
	case CELL_BOUNCED:
		return "refused, sender told";
	case CELL_DOUBT:
		return "unknown: sent, but no answer came";
	case CELL_CANCELLED:
		return "cancelled";
	case CELL_PENDING:
		break;
	}
	return "not yet";
}

static void
tell_line(void *arg, const struct journal_line *l)
{
	struct telling *t = arg;
	const char *ranges = l->ranges;
	size_t first, last, n = 0;
	char when[40];

	clock_short(l->at_ms, t->now, when, sizeof(when));
	(void)buf_addf(t->out, "  %-16s  %s", when, word_of(l->cell));
	if (l->server[0] != '\0')
		(void)buf_addf(t->out, "  %s", l->server);
	if (l->why->class != ERR_NONE || l->why->text[0] != '\0') {
		(void)buf_adds(t->out, "  ");
		reason_words(l->why, t->out);
	}
	(void)buf_adds(t->out, "\n                    ");
	while (journal_range(&ranges, t->env->nrcpts, &first, &last))
		for (size_t i = first; i <= last; i++, n++)
			if (n < NAMES_SHOWN)
				(void)buf_addf(t->out, "%s%s", n > 0 ? ", " : "",
				    t->env->rcpts[i].addr);
	if (n > NAMES_SHOWN)
		(void)buf_addf(t->out, " and %zu more", n - NAMES_SHOWN);
	(void)buf_addc(t->out, '\n');
	t->n++;
}

static int
show_history(const struct queue_call *c, struct entry *en)
{
	const struct envelope *env = entry_envelope(en);
	int64_t lifetime = env->lifetime_ms > 0 ? env->lifetime_ms
						: config_queue(c->config)->lifetime_ms;
	char came[40], ends[40];
	struct buf out;
	struct telling t = {.env = env, .now = clock_wall_ms(), .out = &out};
	int status;

	buf_init(&out, SIZE_MAX);
	clock_short(entry_arrival_ms(en), t.now, came, sizeof(came));
	clock_short(entry_arrival_ms(en) + lifetime, t.now, ends, sizeof(ends));
	(void)buf_addf(&out, "message %s from %s, queued %s, given up %s at the earliest\n",
	    entry_id(en), env->from[0] != '\0' ? env->from : "<>", came, ends);
	entry_history(en, c->mem, tell_line, &t);
	if (t.n == 0)
		(void)buf_adds(&out, "  no server has said anything about it yet\n");
	status = pager_show(c->ui, &out);
	buf_done(&out);
	return status;
}

static int
show_part(const struct queue_call *c, struct entry *en, enum queue_text_part part)
{
	struct err e;

	if (queue_text_print(c->ui, en, part, &e))
		return 0;
	return errno == EPIPE ? EX_IOERR : queue_verb_trouble(c, &e);
}

/* What is no queue file has no parts: the file as it is, for whoever wants to save some of it. */
static int
show_damaged(const struct queue_call *c, const struct queue_picked *m)
{
	int fd = openat(spool_fd(c->spool, m->room), m->id,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct buf text;
	struct err e;
	int status;

	buf_init(&text, FILE_MAX);
	if (fd >= 0 && file_slurp(fd, &text)) {
		status = pager_show(c->ui, &text);
	} else {
		err_set(&e, ERR_LOCAL, STAGE_QUEUE, "", "cannot read file %s: %s", m->id,
		    strerror(errno));
		status = queue_verb_trouble(c, &e);
	}
	if (fd >= 0)
		close(fd);
	buf_done(&text);
	return status;
}

static int
show_parts(const struct queue_call *c, const struct queue_picked *m)
{
	const struct queue_options *o = c->options;
	struct entry *en;
	struct err e;
	int status;

	if (entry_open(spool_fd(c->spool, m->room), m->id, 0, &en, &e) != ENTRY_GOOD) {
		err_wrap(&e, "message %s", m->id);
		return queue_verb_trouble(c, &e);
	}
	if (o->history)
		status = show_history(c, en);
	else
		status = show_part(c, en,
		    o->raw           ? QUEUE_TEXT_RAW
			: o->headers ? QUEUE_TEXT_HEADERS
				     : QUEUE_TEXT_BODY);
	entry_close(en);
	return status;
}

static int
show_summary(const struct queue_call *c, const struct queue_picked *m)
{
	struct buf out;
	struct err e;
	int status;

	buf_init(&out, SIZE_MAX);
	status = queue_list_show(c->spool, m->room, m->id, &out, &e) ? pager_show(c->ui, &out)
								     : queue_verb_trouble(c, &e);
	buf_done(&out);
	return status;
}

int
queue_show(const struct queue_call *c)
{
	const struct queue_options *o = c->options;
	struct queue_pick pick;
	struct err e;

	if (o->headers + o->body + o->raw + o->history > 1) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "one of --headers, --body, --raw and --history at a time");
		return ui_usage(c->ui, &e, NULL);
	}
	if (!queue_pick(c, QUEUE_PICK(ROOM_QUEUE) | QUEUE_PICK(ROOM_HOLD) | QUEUE_PICK(ROOM_DEAD),
		&pick, &e))
		return queue_verb_trouble(c, &e);
	for (size_t i = 0; i < pick.n; i++) {
		const struct queue_picked *m = &pick.items[i];
		int status;

		if (m->room == ROOM_CORRUPT && o->raw)
			status = show_damaged(c, m);
		else if (o->headers || o->body || o->raw || o->history)
			status = show_parts(c, m);
		else
			status = show_summary(c, m);
		if (status != 0)
			pick.status = status;
	}
	return pick.status;
}
