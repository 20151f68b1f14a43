/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/promise.h"

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/envelope.h"

/* What became of all of them. */
struct tally {
	size_t total, good, queued, refused, open, unknown;
	const struct rcpt *first_refused, *first_open; /* NULL: none, or not in the envelope */
};

static void
say(struct promise *out, int code, const char *status, const char *text)
{
	out->code = code;
	(void)snprintf(out->status, sizeof out->status, "%s", status);
	(void)snprintf(out->text, sizeof out->text, "%s", text);
}

/* The status as far as it agrees with the code (RFC 2034 section 4). */
static const char *
status_for(int code, const char *status)
{
	static const char *const plain[] = {"2.0.0", "4.0.0", "5.0.0"};
	int class = code / 100;

	if (status[0] == '0' + class && status[1] == '.')
		return status;
	return plain[class == 2 ? 0 : class - 3];
}

/* Temporary trouble: a login that is refused, say, is no verdict on the message. */
static void
say_later(struct promise *out, const struct err *e, const char *text)
{
	int code = e->class != ERR_RELAY && e->code >= 400 && e->code < 500 ? e->code : 451;
	const char *status = e->class == ERR_CONFIG ? "4.3.5" : e->status;

	/* ours to say only when we go, too */
	if (code == 421)
		code = 451;
	say(out, code, status_for(code, status), text);
}

static void
say_never(struct promise *out, const struct err *e, const char *text)
{
	int code = 554;

	if (e->code >= 500 && e->code < 600)
		code = e->code;
	else if (str_starts(e->status, "5.1."))
		code = 553;
	else if (str_eq(e->status, "5.3.4"))
		code = 552;
	say(out, code, status_for(code, e->status), text);
}

/* It was not even taken in, or not submitted. */
static void
say_trouble(const struct service *s, struct promise *out, const struct err *e)
{
	/* of a message that broke off, whoever leads the dialogue tells */
	if (s->trouble != NULL && (e->class != ERR_LOCAL || e->stage != STAGE_INPUT))
		s->trouble(s->arg, e);
	if (e->class == ERR_CONFIG || err_is_temporary(e))
		say_later(out, e, e->text);
	else
		say_never(out, e, e->text);
}

static void
count_rcpt(struct tally *t, const struct rcpt *r, bool kept)
{
	bool good = r->state == RCPT_SENT || r->state == RCPT_QUEUED ||
	    (r->state == RCPT_UNKNOWN && kept);

	t->total++;
	t->good += good;
	t->queued += good && r->state != RCPT_SENT;
	if (r->state == RCPT_REFUSED) {
		t->refused++;
		t->first_refused = t->first_refused != NULL ? t->first_refused : r;
	} else if (r->state != RCPT_SENT) {
		t->open += !good;
		t->unknown += r->state == RCPT_UNKNOWN;
		t->first_open = t->first_open != NULL ? t->first_open : r;
	}
}

/* "sent to 2 of 3 recipients, 1 refused (a notice goes to the sender)" */
static void
add_shares(struct buf *b, const struct tally *t, bool told)
{
	(void)buf_addf(b, "sent to %zu of %zu recipients", t->good - t->queued, t->total);
	if (t->refused > 0)
		(void)buf_addf(b, ", %zu refused%s", t->refused,
		    told ? " (a notice goes to the sender)" : "");
}

static void
add_words(struct buf *b, const struct err *why)
{
	if (why == NULL)
		return;
	(void)buf_adds(b, ": ");
	if (why->code > 0)
		(void)buf_addf(b, "%d ", why->code);
	(void)buf_adds(b, why->text);
}

static void
say_good(struct promise *out, const struct envelope *env, const struct tally *t,
    const struct submit_result *r)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (t->queued > 0)
		(void)buf_addf(&b, "queued %s", r->id);
	if (t->queued > 0 && t->queued < t->total)
		(void)buf_adds(&b, ", ");
	if (t->queued == 0 && t->good == t->total)
		(void)buf_adds(&b, "sent");
	else if (t->queued < t->total)
		add_shares(&b, t, r->told);
	if (t->unknown > 0)
		(void)buf_adds(&b, ", the fate of what was sent is unknown");
	else if (t->first_open != NULL)
		add_words(&b, t->first_open->why);
	else if (t->good == t->total)
		add_words(&b, env->rcpts[0].why);
	say(out, 250, "2.0.0", buf_str(&b));
	buf_done(&b);
}

/* The words about one, behind the name where there are several. */
static void
add_reason(struct buf *b, const struct tally *t, const struct rcpt *r, const struct err *why)
{
	if (t->good > 0)
		(void)buf_addf(b, "sent to %zu of %zu recipients; ", t->good, t->total);
	if (t->total > 1 && r != NULL)
		(void)buf_addf(b, "<%s>: ", r->addr);
	(void)buf_adds(b, why->text);
}

static void
say_bad(struct promise *out, const struct tally *t, const struct intake_result *in,
    const struct submit_result *r)
{
	static const struct err silent = {.class = ERR_LOCAL, .text = "temporary trouble"};
	const struct rcpt *which = t->open > 0 ? t->first_open : t->first_refused;
	const struct err *why = which != NULL ? which->why : NULL;
	struct buf b;

	if (t->open == 0 && in->nbad > 0) {
		which = NULL;
		why = &in->bad;
	}
	if (why == NULL)
		why = &silent;
	buf_init(&b, SIZE_MAX);
	add_reason(&b, t, which, why);
	if (t->open == 0) {
		say_never(out, why, buf_str(&b));
	} else {
		if (t->unknown > 0)
			(void)buf_adds(&b, "; the server may have taken it");
		if (r->keep_error.class != ERR_NONE)
			(void)buf_addf(&b, "; not kept: %s", r->keep_error.text);
		say_later(out, why, buf_str(&b));
	}
	buf_done(&b);
}

static void
judge(const struct envelope *env, const struct intake_result *in, const struct submit_result *r,
    struct promise *out)
{
	struct tally t = {.total = in->nbad, .refused = in->nbad};

	for (size_t i = 0; i < env->nrcpts; i++)
		count_rcpt(&t, &env->rcpts[i], r->kept);
	/* of an address that we could not take no notice tells */
	if (t.good == t.total ||
	    (r->told && in->nbad == 0 && t.good > 0 && t.good + t.refused == t.total))
		say_good(out, env, &t, r);
	else
		say_bad(out, &t, in, r);
}

static void
submit(const struct service *s, struct intake_result *in, struct promise *out)
{
	const struct envelope *env = entry_envelope(in->entry);
	bool can_keep = s->spool != NULL;
	struct submit how = {
	    .config = s->config,
	    .spool = s->spool,
	    .when = !can_keep && s->when == SUBMIT_QUEUE ? SUBMIT_AUTO : s->when,
	    .background = s->background,
	    .by_mail = true,
	    .else_now = true,
	    .waits = in->waits.class != ERR_NONE ? &in->waits : NULL,
	    .attempt = {.account = in->account,
		.trace = s->trace,
		.patience_ms = can_keep ? s->patience_ms : 0,
		.stop = s->stop},
	};
	struct submit_result r;
	struct err e;

	if (!submit_run(in->entry, &how, &r, &e)) {
		say_trouble(s, out, &e);
		return;
	}
	if (!can_keep && s->spool_trouble.class != ERR_NONE)
		r.keep_error = s->spool_trouble;
	if (s->told != NULL)
		s->told(s->arg, in, &r);
	judge(env, in, &r, out);
	out->wants_run = r.wants_run;
}

void
promise_run(const struct service *s, const struct parcel *p,
    ssize_t (*read)(void *arg, char *chunk, size_t n), void *arg, struct promise *out)
{
	const struct intake how = {
	    .config = s->config,
	    .account = s->account,
	    .from = p->from,
	    .full_name = s->full_name,
	    .rcpts = p->rcpts,
	    .nrcpts = p->n,
	    .wishes = p->wishes,
	    .smtputf8 = p->mail.smtputf8,
	    .ret = p->mail.ret,
	    .envid = p->mail.envid,
	    .read = read,
	    .read_arg = arg,
	    .queue_dir = s->spool != NULL ? spool_path(s->spool, ROOM_QUEUE) : NULL,
	    .may_wait = s->may_wait,
	};
	struct intake_result in;
	struct err e;

	*out = (struct promise){.code = 0};
	if (!intake_run(&how, &in, &e)) {
		say_trouble(s, out, &e);
		return;
	}
	if (s->waits.class != ERR_NONE)
		in.waits = s->waits;
	submit(s, &in, out);
	entry_close(in.entry);
}
