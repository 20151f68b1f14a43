/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/drain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "deliver/ask.h"
#include "deliver/handover.h"
#include "deliver/logbook.h"
#include "deliver/relay.h"
#include "smtp/session.h"

struct line {
	const struct drain *d;
	struct session *session;
	size_t messages; /* over this session */
	struct ask ask;
};

/* The question goes the way of the answers: first what it is, then ask.h's own words. */
static bool
get_password(void *arg, struct secret *out, struct err *e)
{
	struct line *l = arg;
	struct drain_answer a = {.result = DRAIN_ASK};

	if (!file_write(l->d->sock, &a, sizeof a))
		return err_set(e, ERR_LOCAL, STAGE_SECRET, "4.3.0",
		    "the process that holds the password is gone");
	return ask_password(&l->ask, out, e);
}

static void
hang_up(struct line *l)
{
	session_close(l->session);
	l->session = NULL;
	l->messages = 0;
}

/* A session in working order: the kept one, or a new one. */
static bool
connect_up(struct line *l, struct err *e)
{
	const struct drain *d = l->d;
	struct server srv;

	if (l->session != NULL && d->per_connection > 0 && l->messages >= d->per_connection)
		hang_up(l);
	if (l->session != NULL)
		session_limit(l->session, clock_mono_ms() + d->account->deadline_ms);
	if (l->session != NULL && (session_is_broken(l->session) || !session_reset(l->session)))
		hang_up(l); /* an idle connection that was closed is no trouble: a new one is opened
			       (decisions.md 12) */
	if (l->session != NULL)
		return true;
	relay_server(d->account, &srv);
	srv.password = get_password;
	srv.password_arg = l;
	l->session = session_open(&srv, clock_mono_ms() + d->account->deadline_ms, d->trace, e);
	return l->session != NULL;
}

/* Reasons of earlier attempts make nobody wait now; those in doubt are tried again. */
static bool
reopen(struct entry *en)
{
	struct envelope *env = entry_envelope(en);
	bool doubt = false;

	for (size_t i = 0; i < env->nrcpts; i++) {
		struct rcpt *r = &env->rcpts[i];
		if (r->state != RCPT_PENDING && r->state != RCPT_UNKNOWN)
			continue;
		doubt = doubt || r->state == RCPT_UNKNOWN;
		r->state = RCPT_PENDING;
		r->why = NULL;
		r->server = NULL;
	}
	return doubt;
}

static bool
refused_as_null_sender(const struct envelope *env)
{
	for (size_t i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].state == RCPT_REFUSED && env->rcpts[i].why != NULL &&
		    env->rcpts[i].why->stage == STAGE_MAIL)
			return true;
	return false;
}

/*
 * Some relays take no null sender. What stops a loop is the class in the file, not the
 * envelope, so a notice may go out under the account's own address then.
 */
static bool
send_entry(struct line *l, struct handover *h, struct err *e)
{
	struct envelope *env = entry_envelope(h->entry);
	const char *own = account_address(l->d->account);
	bool good = handover_send(h, l->session, e);

	if (!good || !env->notice || env->from[0] != '\0' || own == NULL ||
	    !refused_as_null_sender(env))
		return good;
	for (size_t i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].state == RCPT_REFUSED && env->rcpts[i].why != NULL &&
		    env->rcpts[i].why->stage == STAGE_MAIL) {
			env->rcpts[i].state = RCPT_PENDING;
			env->rcpts[i].why = NULL;
			env->rcpts[i].server = NULL;
		}
	env->from = own;
	return handover_send(h, l->session, e);
}

static void
count_cells(const struct entry *en, size_t n, struct drain_answer *a)
{
	for (size_t i = 0; i < n; i++) {
		enum cell c = entry_cell(en, i);
		a->nsent += c == CELL_SENT;
		a->nfailed += c == CELL_FAILED;
		a->nopen += c == CELL_PENDING || c == CELL_DOUBT;
	}
}

/* Did anybody say something about this very message or its recipients, or was it all the relay's
 * trouble? */
static bool
was_judged(const struct envelope *env)
{
	for (size_t i = 0; i < env->nrcpts; i++) {
		const struct rcpt *r = &env->rcpts[i];
		if (r->state == RCPT_UNKNOWN)
			return true;
		if (r->state == RCPT_PENDING && r->why != NULL &&
		    (r->why->class == ERR_MESSAGE || r->why->class == ERR_RECIPIENT))
			return true;
	}
	return false;
}

/* What the cells say now decides what becomes of the file; the mutable line follows. */
static void
conclude(const struct drain *d, struct entry *en, struct drain_answer *a)
{
	struct envelope *env = entry_envelope(en);
	struct entry_times *t = entry_times(en);
	int64_t now = clock_wall_ms();
	uint32_t random;

	count_cells(en, env->nrcpts, a);
	t->begun = 0;
	if (a->nopen == 0 && a->nfailed == 0) {
		a->result = DRAIN_DONE;
		return;
	}
	if (a->nopen == 0) {
		t->last_ms = now;
		entry_save_times(en);
		entry_want_look(en);
		a->result = DRAIN_FAILED;
		return;
	}
	crypto_random(&random, sizeof random);
	if (was_judged(env))
		schedule_failed(d->schedule, t, entry_arrival_ms(en), now, random);
	/* a lost mutable line means "due now, never tried": an early try, no lost mail */
	entry_save_times(en);
	entry_sync(en);
	a->result = DRAIN_OPEN;
	if (a->nfailed > 0 ||
	    schedule_is_expired(d->schedule, t, entry_arrival_ms(en), env->lifetime_ms, now) ||
	    schedule_wants_warning(d->schedule, t, entry_arrival_ms(en), now)) {
		/* if its sender is not told now, the next run must see to that first */
		entry_want_look(en);
		a->result = DRAIN_FAILED;
	}
}

/* Those who were open before: of the others the log has told. */
static void
write_log(const struct line *l, struct entry *en, const bool *open, const char *id)
{
	static const char *const names[] = {
	    [RCPT_PENDING] = "queued",
	    [RCPT_SENT] = "sent",
	    [RCPT_QUEUED] = "queued",
	    [RCPT_REFUSED] = "refused",
	    [RCPT_UNKNOWN] = "unknown",
	};
	const struct envelope *env = entry_envelope(en);
	const struct logbook book = {.env = env, .id = id, .account = l->d->account->name};

	for (size_t i = 0; i < env->nrcpts; i++)
		if (open[i])
			logbook_rcpt(&book, &env->rcpts[i], names[env->rcpts[i].state]);
}

static bool *
open_rcpts(const struct envelope *env)
{
	bool *open = mem_array(NULL, env->nrcpts + 1, sizeof *open);

	for (size_t i = 0; i < env->nrcpts; i++)
		open[i] = env->rcpts[i].state == RCPT_PENDING;
	return open;
}

static void
deliver(struct line *l, struct entry *en, struct drain_answer *a)
{
	struct handover h = {.max_recipients = l->d->account->max_recipients};
	struct entry_times *t = entry_times(en);
	size_t sent_before;
	bool lost, *open;

	if (!connect_up(l, &a->err)) {
		a->result = DRAIN_RELAY;
		return;
	}
	a->connected = true;
	/* if this very message kills us, whoever tries next knows it from here */
	t->begun++;
	if (!entry_save_times(en)) {
		err_set(&a->err, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
		    "the queue cannot be written to, so nothing is sent: %s", strerror(errno));
		a->result = DRAIN_TROUBLE;
		return;
	}
	l->messages++;
	sent_before = entry_count(en, CELL_SENT);
	open = open_rcpts(entry_envelope(en));
	handover_init(&h, en);
	lost = !send_entry(l, &h, &a->err);
	if (lost) {
		handover_settle_open(&h, &a->err, NULL);
		hang_up(l);
	}
	conclude(l->d, en, a);
	write_log(l, en, open, a->id);
	free(open);
	a->nsent -= sent_before;
	/* the message is safe as it stands; what happened to the connection is the account's matter
	 */
	if (lost && a->result == DRAIN_OPEN && a->err.class == ERR_RELAY)
		a->result = DRAIN_RELAY;
	handover_done(&h);
	if (h.storage_failed) {
		err_set(&a->err, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
		    "what became of the message could not be written down: %s", strerror(errno));
		a->result = DRAIN_TROUBLE;
	}
}

static void
set_poisoned(struct drain_answer *a, unsigned begun)
{
	a->result = DRAIN_POISONED;
	if (begun >= DRAIN_POISON)
		err_set(&a->err, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
		    "the network process died over it %u times", begun);
	else
		err_set(&a->err, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
		    "an earlier try may have delivered it");
}

static void
work_on(struct line *l, const char *id, struct drain_answer *a)
{
	struct entry *en;

	switch (entry_open(spool_fd(l->d->spool, ROOM_QUEUE), id, ENTRY_LOCK | ENTRY_VERIFY, &en,
	    &a->err)) {
	case ENTRY_BUSY:
	case ENTRY_GONE:
		a->result = DRAIN_SKIPPED;
		return;
	case ENTRY_CORRUPT:
		a->result = DRAIN_CORRUPT;
		return;
	case ENTRY_TROUBLE:
		a->result = DRAIN_TROUBLE;
		return;
	case ENTRY_GOOD:
		break;
	}
	a->in_doubt = reopen(en);
	if (entry_times(en)->begun >= DRAIN_POISON || (a->in_doubt && l->d->hold_doubtful))
		set_poisoned(a, entry_times(en)->begun);
	else if (handover_open(entry_envelope(en)) == 0)
		conclude(l->d, en, a);
	else
		deliver(l, en, a);
	entry_close(en);
}

int
drain_main(const struct drain *d)
{
	struct line l = {.d = d, .ask = {d->sock, 0}};
	struct drain_order order;
	bool go_on = true;

	sandbox_no_core();
	log_ready();
	relay_confine(&d->account, 1, spool_path(d->spool, ROOM_QUEUE));
	while (go_on && file_read(d->sock, &order, sizeof order) == (ssize_t)sizeof order &&
	    order.id[0] != '\0') {
		struct drain_answer a = {.result = DRAIN_SKIPPED};

		snprintf(a.id, sizeof a.id, "%s", order.id);
		work_on(&l, order.id, &a);
		go_on = a.result != DRAIN_RELAY && a.result != DRAIN_TROUBLE;
		if (!file_write(d->sock, &a, sizeof a))
			break;
	}
	hang_up(&l);
	return 0;
}
