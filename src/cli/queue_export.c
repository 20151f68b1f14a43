/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queue as an mbox, which every mail program reads: mboxrd, LF. */
#include <errno.h>
#include <stdint.h>
#include <sysexits.h>
#include <time.h>

#include "base/str.h"
#include "cli/queue_pick.h"
#include "cli/queue_text.h"
#include "cli/queue_verb.h"

/* "From ann@example.org Thu Nov 26 16:03:58 2026"; a quoted local part may hold blanks. */
static void
add_from_line(struct entry *en, struct buf *out)
{
	const char *from = entry_envelope(en)->from;
	time_t at = (time_t)(entry_arrival_ms(en) / 1000);
	struct tm tm;
	char date[40] = "Thu Jan  1 00:00:00 1970";

	(void)buf_adds(out, "From ");
	if (from[0] == '\0')
		(void)buf_adds(out, "MAILER-DAEMON");
	for (; *from != '\0'; from++)
		(void)buf_addc(out, str_is_blank((unsigned char)*from) ? '-' : *from);
	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &tm);
	(void)buf_addf(out, " %s\n", date);
}

static bool
print_message(const struct queue_call *c, struct entry *en, struct err *e)
{
	struct buf line;
	bool good;

	buf_init(&line, SIZE_MAX);
	add_from_line(en, &line);
	good = ui_out(&line) ||
	    err_set(e, ERR_LOCAL, STAGE_NONE, "", "the output cannot be written");
	good = good && queue_text_print(c->ui, en, QUEUE_TEXT_MBOX, e);
	if (good) {
		(void)buf_addc(&line, '\n');
		good = ui_out(&line) ||
		    err_set(e, ERR_LOCAL, STAGE_NONE, "", "the output cannot be written");
	}
	buf_done(&line);
	return good;
}

/* 0, or the status of what went wrong with this one. *broken: nobody reads what we write. */
static int
export_one(const struct queue_call *c, const struct queue_picked *m, bool *broken)
{
	struct entry *en;
	struct err e;
	int status = 0;

	switch (entry_open(spool_fd(c->spool, m->room), m->id, ENTRY_VERIFY, &en, &e)) {
	case ENTRY_GOOD:
		break;
	case ENTRY_GONE: /* sent meanwhile */
		return 0;
	case ENTRY_BUSY:
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		err_wrap(&e, "message %s is left out", m->id);
		return queue_verb_trouble(c, &e);
	}
	if (!print_message(c, en, &e)) {
		*broken = errno == EPIPE;
		status = *broken ? EX_IOERR : queue_verb_trouble(c, &e);
	}
	entry_close(en);
	return status;
}

int
queue_export(const struct queue_call *c)
{
	struct queue_pick pick;
	bool broken = false;
	struct err e;

	if (!queue_pick(c, QUEUE_PICK(ROOM_QUEUE) | QUEUE_PICK(ROOM_HOLD) | QUEUE_PICK(ROOM_DEAD),
		&pick, &e))
		return queue_verb_trouble(c, &e);
	for (size_t i = 0; i < pick.n && !broken; i++) {
		int status = export_one(c, &pick.items[i], &broken);

		if (status != 0)
			pick.status = status;
	}
	return pick.status;
}
