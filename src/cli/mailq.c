/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/mailq.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "cli/complain.h"
#include "cli/reason.h"
#include "cli/report.h"
#include "config/config.h"
#include "queue/spool.h"

struct mailq {
	struct spool *spool;
	const struct ui *ui;
	struct buf out;
	bool count; /* their number alone */
	size_t n;
	uint64_t size;
};

/* '!' held, '#' given up, as Postfix marks what will not be tried. */
static char
mark_of(enum spool_room room)
{
	return room == ROOM_HOLD ? '!' : room == ROOM_QUEUE ? ' ' : '#';
}

static void
add_time(struct buf *out, int64_t ms)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	    "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	/* no strftime: what programs read does not depend on a locale */
	if (localtime_r(&t, &tm) == NULL)
		tm = (struct tm){.tm_mday = 1};
	(void)buf_addf(out, "%s %s %2d %02d:%02d:%02d", days[tm.tm_wday], months[tm.tm_mon],
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
add_rcpts(struct mailq *q, struct entry *en)
{
	const struct envelope *env = entry_envelope(en);

	for (size_t i = 0; i < env->nrcpts; i++) {
		const struct rcpt *r = &env->rcpts[i];
		enum cell c = entry_cell(en, i);

		if (c != CELL_PENDING && c != CELL_DOUBT && c != CELL_FAILED)
			continue;
		if (r->why != NULL && (i == 0 || env->rcpts[i - 1].why != r->why)) {
			(void)buf_adds(&q->out, "         (");
			if (r->why->code > 0)
				(void)buf_addf(&q->out, "host %s said: ",
				    r->server != NULL ? r->server : "of the account");
			reason_words(r->why, &q->out);
			(void)buf_adds(&q->out, ")\n");
		}
		(void)buf_addf(&q->out, "%41s%s\n", "", r->addr);
	}
}

static void
add_item(struct mailq *q, enum spool_room room, const struct spool_item *item)
{
	char id[ENTRY_ID_MAX];
	struct entry *en;
	struct err e;

	switch (entry_open(spool_fd(q->spool, room), item->id, 0, &en, &e)) {
	case ENTRY_GOOD:
		break;
	case ENTRY_GONE:
	case ENTRY_BUSY:
		return;
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		(void)buf_addf(&q->out, "%s# unreadable: %s\n\n", item->id, e.text);
		q->n++;
		return;
	}
	spool_short_id(item->id, id);
	(void)buf_addf(&q->out, "%s%c %*s%8" PRIu64 " ", id, mark_of(room), 4, "",
	    entry_envelope(en)->facts.size);
	add_time(&q->out, entry_arrival_ms(en));
	(void)buf_addf(&q->out, "  %s\n",
	    entry_envelope(en)->from[0] != '\0' ? entry_envelope(en)->from : "MAILER-DAEMON");
	add_rcpts(q, en);
	(void)buf_addc(&q->out, '\n');
	q->n++;
	q->size += entry_envelope(en)->facts.size;
	entry_close(en);
}

static bool
add_room(struct mailq *q, enum spool_room room, struct err *e)
{
	struct spool_item *items;
	size_t n;

	if (!spool_list(q->spool, room, &items, &n, e))
		return false;
	if (q->count)
		q->n += n;
	for (size_t i = 0; i < n && !q->count; i++) {
		if (q->n == 0 && q->out.len == 0)
			(void)buf_adds(&q->out,
			    "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n");
		add_item(q, room, &items[i]);
		(void)ui_out(&q->out);
	}
	free(items);
	return true;
}

/* dir NULL: there is no place for a queue. */
static int
list(struct mailq *q, const char *dir)
{
	struct err e;
	bool good = true;

	errno = ENOENT;
	q->spool = dir != NULL ? spool_open(dir, false, &e) : NULL;
	if (q->spool == NULL && errno != ENOENT) {
		report_cause(q->ui, NULL, &e);
		return err_sysexit(&e);
	}
	for (int room = 0; q->spool != NULL && good && room < ROOM_MAX; room++)
		good = add_room(q, (enum spool_room)room, &e);
	spool_close(q->spool);
	if (!good) {
		report_cause(q->ui, NULL, &e);
		return err_sysexit(&e);
	}
	if (q->count)
		(void)buf_addf(&q->out, "%zu\n", q->n);
	else if (q->n == 0)
		(void)buf_adds(&q->out, "Mail queue is empty\n");
	else
		(void)buf_addf(&q->out, "-- %" PRIu64 " Kbytes in %zu Request%s.\n",
		    (q->size + 1023) / 1024, q->n, q->n == 1 ? "" : "s");
	return ui_data(q->ui, &q->out);
}

static int
run(const struct shared *shared, const struct ui *ui, bool count)
{
	struct mailq q = {.ui = ui, .count = count};
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	int status;

	shared_request(shared, &want);
	c = config_load(&want, &d);
	/* what is kept can be seen while the configuration is broken */
	if (c == NULL) {
		(void)complain_config(ui, &d, NULL);
		c = config_load_rest(&want);
	}
	buf_init(&q.out, SIZE_MAX);
	status = list(&q, config_queue(c)->directory);
	buf_done(&q.out);
	config_free(c);
	diags_done(&d);
	return status;
}

int
mailq_run(const struct shared *shared, const struct ui *ui)
{
	return run(shared, ui, false);
}

int
mailq_count(const struct shared *shared, const struct ui *ui)
{
	return run(shared, ui, true);
}
