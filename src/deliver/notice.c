/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/notice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "message/canon.h"
#include "message/dsn.h"

/* Of the header of the message it is about; more helps nobody. */
#define HEADER_MAX ((size_t)64 * 1024)
#define NOTICE_MAX ((size_t)32 << 20)

static bool
storage(struct err *e, const char *what)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "%s: %s", what, strerror(errno));
}

/* The header block of the message, without the empty line behind it. */
static void
load_header(struct entry *en, struct buf *out)
{
	char *chunk = mem_alloc(HEADER_MAX);
	ssize_t n = entry_read(en, chunk, HEADER_MAX, 0);
	const char *end = n > 0 ? memmem(chunk, (size_t)n, "\r\n\r\n", 4) : NULL;

	if (end != NULL)
		buf_add(out, chunk, (size_t)(end - chunk) + 2);
	else if (n > 0)
		buf_add(out, chunk, (size_t)n);
	free(chunk);
}

static bool
to_entry(void *arg, const char *data, size_t n)
{
	return entry_write(arg, data, n, NULL);
}

/* The notice as an entry of its own: null sender, and the class that stops loops. */
static bool
store(const struct notice *n, const struct envelope *about, const char *to, const char *id,
    const struct buf *text, struct err *e)
{
	struct entry *en = entry_new(spool_path(n->spool, ROOM_QUEUE), e);
	struct envelope *env;
	struct canon c;
	bool good, existed;

	if (en == NULL)
		return false;
	env = entry_envelope(en);
	env->notice = true;
	env->account = about->account != NULL ? arena_strdup(&env->mem, about->account) : NULL;
	envelope_add(env, to);
	env->facts.utf8 = true;
	canon_init(&c, to_entry, en, &env->facts);
	good = entry_begin(en, e);
	if (good && !(canon_feed(&c, buf_str(text), text->len) && canon_end(&c)))
		good = storage(e, "cannot store a notice");
	good = good && entry_finish(en, e) &&
	    spool_commit(n->spool, ROOM_QUEUE, en, id, &existed, e);
	entry_close(en);
	return good;
}

static const char *
host_name(const struct notice *n, char *buffer, size_t size)
{
	if (n->host != NULL)
		return n->host;
	if (gethostname(buffer, size) < 0 || buffer[0] == '\0')
		snprintf(buffer, size, "localhost");
	buffer[size - 1] = '\0';
	return buffer;
}

static bool
write_notice(const struct notice *n, struct entry *en, const char *about_id, const char *id,
    const struct rcpt *const *rcpts, size_t nrcpts, bool delayed, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	char host[256], from[300];
	struct buf header, text;
	struct dsn d = {.to = n->bounce_to != NULL && !delayed ? n->bounce_to : env->from,
	    .id = about_id,
	    .message_id = env->message_id,
	    .envid = env->envid,
	    .arrival_ms = entry_arrival_ms(en),
	    .now_ms = clock_wall_ms(),
	    .delayed = delayed,
	    .rcpts = rcpts,
	    .nrcpts = nrcpts};
	bool good;

	d.host = host_name(n, host, sizeof host);
	d.until_ms = d.arrival_ms +
	    (env->lifetime_ms > 0 ? env->lifetime_ms : n->schedule->lifetime_ms);
	snprintf(from, sizeof from, "postmaster@%s", d.host);
	d.from = n->bounce_from != NULL ? n->bounce_from : from;
	buf_init(&header, HEADER_MAX);
	buf_init(&text, NOTICE_MAX);
	load_header(en, &header);
	d.header = buf_str(&header);
	d.header_len = header.len;
	dsn_format(&d, &text);
	good = !text.overflow ||
	    err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "the notice would be too long");
	good = good && store(n, env, d.to, id, &text, e);
	buf_done(&header);
	buf_done(&text);
	return good;
}

/* May be told at all: not of a notice, not without a sender to tell. */
static bool
can_tell(const struct notice *n, const struct envelope *env)
{
	return !env->notice && (env->from[0] != '\0' || n->bounce_to != NULL);
}

static size_t
cells(const struct entry *en, size_t nrcpts, enum cell c)
{
	size_t count = 0;

	for (size_t i = 0; i < nrcpts; i++)
		count += entry_cell(en, i) == c;
	return count;
}

/* Commits the notice for the refused recipients under its derived id, and marks them told. */
static bool
notice_failed(const struct notice *n, struct entry *en, const char *id, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	const struct rcpt **list = mem_array(NULL, env->nrcpts + 1, sizeof *list);
	char derived[ENTRY_ID_MAX];
	size_t k = 0;
	bool good = true;

	for (size_t i = 0; i < env->nrcpts; i++)
		if (entry_cell(en, i) == CELL_FAILED && env->rcpts[i].notify != NOTIFY_NEVER)
			list[k++] = &env->rcpts[i];
	/* the same recipients, the same id: a notice made before a crash is found, not made again
	 */
	snprintf(derived, sizeof derived, "%.24sb%zu", id, cells(en, env->nrcpts, CELL_BOUNCED));
	if (k > 0)
		good = write_notice(n, en, id, derived, list, k, false, e);
	for (size_t i = 0; i < env->nrcpts && good; i++)
		if (entry_cell(en, i) == CELL_FAILED && !entry_set_cell(en, i, CELL_BOUNCED))
			good = storage(e, "cannot note that the sender was told");
	if (good && entry_id(en)[0] != '\0' && !entry_sync(en))
		good = storage(e, "cannot note that the sender was told");
	free(list);
	return good;
}

/* Its time is over: everybody still open has failed, with the last reason in the words. */
static bool
expire(const struct notice *n, struct entry *en, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	int64_t days = (clock_wall_ms() - entry_arrival_ms(en)) / 86400000;
	bool *noted = mem_array(NULL, env->nrcpts + 1, sizeof *noted);
	bool good = true;

	(void)n;
	for (size_t i = 0; i < env->nrcpts; i++) {
		struct rcpt *r = &env->rcpts[i];
		struct err *why;

		noted[i] = true;
		if (r->state != RCPT_PENDING && r->state != RCPT_UNKNOWN)
			continue;
		why = arena_alloc(&env->mem, sizeof *why);
		err_set(why, ERR_MESSAGE, STAGE_QUEUE, "4.4.7",
		    "given up after %lld days and %u tries; the last answer: %s", (long long)days,
		    entry_times(en)->attempts, r->why != NULL ? r->why->text : "none");
		r->state = RCPT_REFUSED;
		r->why = why;
		noted[i] = false;
	}
	if (!entry_mark(en, 0, env->nrcpts, false))
		good = storage(e, "cannot note that the message is given up");
	else
		entry_note(en, 0, env->nrcpts, noted);
	free(noted);
	return good;
}

static bool
warn(const struct notice *n, struct entry *en, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	const struct rcpt **list = mem_array(NULL, env->nrcpts + 1, sizeof *list);
	char derived[ENTRY_ID_MAX];
	size_t k = 0;
	bool good = true;

	for (size_t i = 0; i < env->nrcpts; i++) {
		const struct rcpt *r = &env->rcpts[i];
		if (r->state == RCPT_PENDING && (r->notify == 0 || (r->notify & NOTIFY_DELAY) != 0))
			list[k++] = r;
	}
	snprintf(derived, sizeof derived, "%.24sw0", entry_id(en));
	if (k > 0 && can_tell(n, env) && env->from[0] != '\0')
		good = write_notice(n, en, entry_id(en), derived, list, k, true, e);
	free(list);
	if (!good)
		return false;
	entry_times(en)->warned = true;
	return entry_save_times(en) || storage(e, "cannot note that the sender was warned");
}

/* Nothing is open any more: the file goes, or, when somebody should have been told and could not
 * be, to dead/. */
static bool
leave(const struct notice *n, struct entry *en, const char *id, struct err *e)
{
	size_t nrcpts = entry_envelope(en)->nrcpts;
	bool good;

	if (cells(en, nrcpts, CELL_PENDING) + cells(en, nrcpts, CELL_DOUBT) > 0)
		return true;
	if (cells(en, nrcpts, CELL_FAILED) > 0) {
		log_line(LOG_LEVEL_ERR, "%s: given up, and nobody can be told: kept in dead/", id);
		good = spool_move(n->spool, ROOM_QUEUE, ROOM_DEAD, id);
	} else {
		good = spool_remove(n->spool, ROOM_QUEUE, id) && spool_sync(n->spool, ROOM_QUEUE);
	}
	return good || storage(e, "cannot take a finished message out of the queue");
}

static bool
settle(const struct notice *n, struct entry *en, const char *id, struct err *e)
{
	const struct envelope *env = entry_envelope(en);
	const struct entry_times *t = entry_times(en);
	int64_t now = clock_wall_ms(), arrival = entry_arrival_ms(en);

	if (schedule_is_expired(n->schedule, t, arrival, env->lifetime_ms, now) &&
	    !expire(n, en, e))
		return false;
	if (cells(en, env->nrcpts, CELL_FAILED) > 0 && can_tell(n, env) &&
	    !notice_failed(n, en, id, e))
		return false;
	if (schedule_wants_warning(n->schedule, t, arrival, now) && !warn(n, en, e))
		return false;
	return leave(n, en, id, e);
}

bool
notice_run(const struct notice *n, const char *id, struct err *e)
{
	struct entry *en;
	bool good;

	switch (entry_open(spool_fd(n->spool, ROOM_QUEUE), id, ENTRY_LOCK, &en, e)) {
	case ENTRY_BUSY:
	case ENTRY_GONE:
		return true;
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		return false;
	case ENTRY_GOOD:
		break;
	}
	good = settle(n, en, id, e);
	entry_close(en);
	return good;
}
