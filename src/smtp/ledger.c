/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/ledger.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

void
ledger_init(struct ledger *l, const struct transaction *t, const struct transaction_hooks *hooks,
    const char *server)
{
	*l = (struct ledger){.t = t, .hooks = hooks};
	l->server = arena_strdup(&t->env->mem, server);
	l->slots = mem_array(NULL, t->n > 0 ? t->n : 1, sizeof(*l->slots));
}

void
ledger_done(struct ledger *l)
{
	free(l->slots);
}

/* ---- reasons */

void
ledger_reserve(struct ledger *l, size_t n)
{
	if (l->nstore >= n)
		return;
	l->store = arena_alloc(&l->t->env->mem, n * sizeof(*l->store));
	l->nstore = n;
}

static bool
same(const struct err *a, const struct err *b)
{
	return a->class == b->class && a->stage == b->stage && a->code == b->code &&
	    a->sysexit == b->sysexit && str_eq(a->status, b->status) && str_eq(a->text, b->text) &&
	    str_eq(a->hint, b->hint);
}

/* A copy of e that lives as long as the envelope. */
static const struct err *
keep(struct ledger *l, const struct err *e)
{
	struct err *kept;

	if (l->last != NULL && same(l->last, e))
		return l->last;
	if (l->nstore > 0) {
		kept = l->store++;
		l->nstore--;
	} else {
		kept = arena_alloc(&l->t->env->mem, sizeof(*kept));
	}
	*kept = *e;
	l->last = kept;
	return kept;
}

/* ---- recipients */

struct slot *
ledger_add(struct ledger *l, struct rcpt *r)
{
	struct slot *s = &l->slots[l->n];

	assert(l->n < l->t->n);
	l->n++;
	*s = (struct slot){.ledger = l, .rcpt = r, .state = SLOT_ASKED};
	return s;
}

static void
settle(const struct ledger *l, struct rcpt *r, enum rcpt_state state, const struct err *why)
{
	r->state = state;
	r->why = why;
	r->server = l->server;
	r->ms = clock_mono_ms() - l->t->started;
}

static void
settle_slot(struct slot *s, enum rcpt_state state, const struct err *why)
{
	settle(s->ledger, s->rcpt, state, why);
	s->state = SLOT_SETTLED;
}

static void
settle_all(struct ledger *l, enum slot_state which, enum rcpt_state state, const struct err *why)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->slots[i].state == which)
			settle_slot(&l->slots[i], state, why);
}

static enum rcpt_state
verdict(const struct err *e)
{
	return err_is_temporary(e) ? RCPT_PENDING : RCPT_REFUSED;
}

void
ledger_refuse(struct ledger *l, struct rcpt *r, const struct err *e)
{
	settle(l, r, verdict(e), keep(l, e));
}

static struct slot *
next_accepted(struct ledger *l)
{
	while (l->cursor < l->n && l->slots[l->cursor].state != SLOT_ACCEPTED)
		l->cursor++;
	return l->cursor < l->n ? &l->slots[l->cursor] : NULL;
}

bool
ledger_is_wanted(struct ledger *l)
{
	return next_accepted(l) != NULL;
}

/* ---- hooks, and the end without a reply */

bool
ledger_announce(struct ledger *l, struct err *e)
{
	if (l->hooks->sending != NULL && !l->hooks->sending(l->hooks->arg, l->t->first, l->t->n, e))
		return false;
	l->doubt = true;
	return true;
}

void
ledger_conclude(struct ledger *l)
{
	if (l->doubt && l->hooks->settled != NULL)
		l->hooks->settled(l->hooks->arg, l->t->first, l->t->n);
	l->doubt = false;
}

/*
 * Only 421 tells that the server did not take a message that it may have whole
 * (RFC 1047, RFC 5321 3.8).
 */
void
ledger_lose(struct ledger *l, const struct err *e)
{
	const struct err *why = keep(l, e), *open_why = why;
	enum rcpt_state open = RCPT_PENDING;
	struct err unknown = *e;

	if (l->whole && e->code != 421) {
		open = RCPT_UNKNOWN;
		unknown.stage = STAGE_FINAL;
		open_why = keep(l, &unknown);
	}
	settle_all(l, SLOT_ASKED, open, open_why);
	settle_all(l, SLOT_ACCEPTED, open, open_why);
	settle_all(l, SLOT_POSTPONED, RCPT_PENDING, why);
	ledger_conclude(l);
}

/* ---- what replies mean */

/*
 * A refused MAIL is the message's fault, unless the server wants a login or TLS first (RFC 4954
 * section 6) or has had enough of this account (decisions.md 9).
 */
static enum err_class
mail_blame(const struct reply *r)
{
	static const char *const quota[] = {
	    "quota",
	    "sending limit",
	    "daily limit",
	    "rate limit",
	    "too many messages",
	};

	if (r->code == 530 || r->code == 538)
		return ERR_RELAY;
	/* RFC 1870 section 7: 552 speaks of the size of this message. */
	if (r->code == 552)
		return ERR_MESSAGE;
	for (size_t i = 0; i < sizeof(quota) / sizeof(quota[0]); i++)
		if (str_find_nocase(buf_str(&r->words), quota[i]) != NULL)
			return ERR_RELAY;
	return ERR_MESSAGE;
}

void
ledger_on_mail(void *arg, const struct reply *r)
{
	struct ledger *l = arg;
	struct err e;

	if (reply_class(r) == 2)
		return;
	l->refused = true;
	(void)reply_error(r, mail_blame(r), STAGE_MAIL, &e);
	if (e.class == ERR_RELAY)
		l->fail = e;
	settle_all(l, SLOT_ASKED, verdict(&e), keep(l, &e));
}

/* RFC 5321 4.5.3.1.10: too many recipients for one transaction, which blames nobody. */
static bool
is_too_many(const struct ledger *l, const struct reply *r)
{
	return r->code == 452 && l->naccepted > 0 &&
	    (r->status[0] == '\0' || str_eq(r->status, "4.5.3"));
}

void
ledger_on_rcpt(void *arg, const struct reply *r)
{
	struct slot *s = arg;
	struct ledger *l = s->ledger;
	bool good = reply_class(r) == 2;
	struct err e;

	/* Behind a refused MAIL it can only be a 503 that explains nothing. */
	if (s->state != SLOT_ASKED)
		return;
	l->naccepted += good;
	if (good && !l->t->dry_run) {
		s->state = SLOT_ACCEPTED;
	} else if (is_too_many(l, r)) {
		s->state = SLOT_POSTPONED;
	} else {
		(void)reply_error(r, good ? ERR_NONE : ERR_RECIPIENT, STAGE_RCPT, &e);
		settle_slot(s, good ? RCPT_PENDING : verdict(&e), keep(l, &e));
	}
}

/* A refusal of the message for all whom it was for. */
static void
refuse_message(struct ledger *l, const struct reply *r)
{
	struct err e;

	(void)reply_error(r, ERR_MESSAGE, STAGE_DATA, &e);
	settle_all(l, SLOT_ACCEPTED, verdict(&e), keep(l, &e));
}

void
ledger_on_data(void *arg, const struct reply *r)
{
	struct ledger *l = arg;

	l->go_ahead = r->code == 354;
	l->odd = !l->go_ahead && reply_class(r) < 4;
	if (reply_class(r) >= 4)
		refuse_message(l, r);
}

void
ledger_on_early(void *arg, const struct reply *r)
{
	if (reply_class(r) >= 4)
		refuse_message(arg, r);
}

void
ledger_on_final(void *arg, const struct reply *r)
{
	struct ledger *l = arg;
	bool good = reply_class(r) == 2;
	struct slot *s = next_accepted(l);
	const struct err *why;
	enum rcpt_state state;
	struct err e;

	(void)reply_error(r, good ? ERR_NONE : ERR_MESSAGE, STAGE_FINAL, &e);
	state = good ? RCPT_SENT : verdict(&e);
	if (s != NULL) {
		why = keep(l, &e);
		l->sent = l->sent || good;
		if (l->lmtp)
			settle_slot(s, state, why);
		else
			settle_all(l, SLOT_ACCEPTED, state, why);
	}
	if (next_accepted(l) == NULL)
		ledger_conclude(l);
}
