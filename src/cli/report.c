/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/certificate.h"
#include "cli/hint.h"
#include "cli/maillog.h"
#include "cli/outcome.h"
#include "cli/reason.h"
#include "cli/report_file.h"
#include "cli/report_json.h"
#include "cli/report_table.h"
#include "cli/runner_setup.h"
#include "deliver/relay.h"
#include "queue/spool.h"

#define HINTS_MAX 3 /* different ones, of a mail to many */

static bool
same_reason(const struct rcpt *a, const struct rcpt *b)
{
	return a->state == b->state &&
	    (a->why == b->why ||
		(a->why != NULL && b->why != NULL && a->why->code == b->why->code &&
		    a->why->stage == b->why->stage && str_eq(a->why->text, b->why->text)));
}

/* One trouble that is no recipient's own, and the same for all: said once in place of n times. */
static bool
has_one_cause(const struct report *r)
{
	const struct rcpt *first = r->env->rcpts;

	if (r->env->nrcpts == 0 || r->nbad > 0 || first->state == RCPT_SENT || first->why == NULL ||
	    first->why->class == ERR_RECIPIENT)
		return false;
	for (size_t i = 1; i < r->env->nrcpts; i++)
		if (!same_reason(first, &r->env->rcpts[i]))
			return false;
	return true;
}

/* In the sendmail grammar only a person who looks gets more than what is wrong. */
static bool
wants_hints(const struct ui *ui)
{
	return !ui->quiet && !ui->mute && (!ui->sendmail || ui->err_tty || ui->verbose > 0);
}

static void
print_hint(const struct ui *ui, const struct hint *h, const struct account *a, const struct err *e)
{
	struct buf b;

	if (h == NULL || !wants_hints(ui))
		return;
	buf_init(&b, SIZE_MAX);
	hint_advice(h, a, e, &b);
	ui_label(ui, "hint:", buf_str(&b));
	if (h->topic != NULL) {
		buf_clear(&b);
		(void)buf_addf(&b, "postrider help %s", h->topic);
		ui_label(ui, "see: ", buf_str(&b));
	}
	buf_done(&b);
}

static void
print_fact(const char *label, const char *text, void *arg)
{
	const struct ui *ui = arg;
	char head[16];

	(void)snprintf(head, sizeof(head), "  %-9s", label);
	ui_label(ui, head, text);
}

/* A person compares names, dates and pins: a line each. */
static void
print_certificate(const struct ui *ui, const struct err *e)
{
	struct buf head;

	buf_init(&head, SIZE_MAX);
	certificate_headline(e, &head);
	ui_say(ui, "%s", buf_str(&head));
	certificate_facts(e, clock_wall_ms(), print_fact, (void *)(uintptr_t)ui);
	buf_done(&head);
}

/* Whose words these are: of mail that was not tried again only the account is known. */
static const char *
server_of(struct arena *mem, const struct account *a, const char *server, const struct err *e)
{
	return server != NULL || a == NULL || e->class != ERR_RELAY ? server : relay_peer(mem, a);
}

/* What is wrong, the server's words, what to do about it. */
static void
print_cause(const struct ui *ui, const struct account *a, const struct reason *given)
{
	struct arena mem = {NULL};
	struct reason filled = *given, *why = &filled;
	struct buf sentence, words;
	bool said;

	filled.server = server_of(&mem, a, given->server, given->err);
	buf_init(&sentence, SIZE_MAX);
	buf_init(&words, SIZE_MAX);
	said = reason_sentence(why, &sentence);
	reason_words(why->err, &words);
	if (!said && certificate_is_refusal(why->err) && ui->err_tty && !ui->sendmail) {
		print_certificate(ui, why->err);
	} else if (!said) {
		ui_say(ui, "%s", buf_str(&sentence));
	} else if (ui->sendmail || !ui->err_tty) {
		ui_say(ui, "%s: %s", buf_str(&sentence), buf_str(&words));
	} else {
		ui_say(ui, "%s", buf_str(&sentence));
		ui_label(ui, "  server:", buf_str(&words));
	}
	print_hint(ui, hint_find(why->err, why->server), a, why->err);
	buf_done(&sentence);
	buf_done(&words);
	arena_done(&mem);
}

/* "postrider: bob@example.org: refused: 550 5.1.1 No such user" */
static void
print_rcpt(const struct report *r, const struct rcpt *rcpt, const char *words)
{
	enum ui_paint paint = rcpt->state == RCPT_REFUSED || rcpt->state == RCPT_UNKNOWN ? UI_BAD
											 : UI_WARN;
	struct buf b;

	if (r->ui->mute)
		return;
	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "%s: %s: ", r->ui->program, rcpt->addr);
	ui_painted(&b, r->ui->err_color, paint, outcome_status(rcpt, r->dry_run));
	(void)buf_adds(&b, ": ");
	str_escape(&b, words, strlen(words), 0);
	(void)buf_addc(&b, '\n');
	ui_err(&b);
	buf_done(&b);
}

static void
print_lines(const struct report *r)
{
	struct buf words;

	buf_init(&words, SIZE_MAX);
	for (size_t i = 0; i < r->env->nrcpts; i++) {
		const struct rcpt *rcpt = &r->env->rcpts[i];

		if (rcpt->state == RCPT_SENT || rcpt->why == NULL)
			continue;
		buf_clear(&words);
		reason_words(rcpt->why, &words);
		print_rcpt(r, rcpt, buf_str(&words));
	}
	buf_done(&words);
}

static void
print_bad(const struct report *r)
{
	if (r->nbad == 1)
		ui_say(r->ui, "refused: %s", r->bad->text);
	else if (r->nbad > 1)
		ui_say(r->ui, "refused: %s, and %zu more like it", r->bad->text, r->nbad - 1);
}

/* Each different hint once. */
static void
print_hints(const struct report *r)
{
	const struct hint *said[HINTS_MAX];
	struct arena mem = {NULL};
	size_t n = 0;

	for (size_t i = 0; i < r->env->nrcpts && n < HINTS_MAX; i++) {
		const struct rcpt *rcpt = &r->env->rcpts[i];
		const struct hint *h;
		size_t k = 0;

		if (rcpt->state == RCPT_SENT || rcpt->why == NULL)
			continue;
		h = hint_find(rcpt->why, server_of(&mem, r->account, rcpt->server, rcpt->why));
		while (k < n && said[k] != h)
			k++;
		if (h == NULL || k < n)
			continue;
		said[n++] = h;
		print_hint(r->ui, h, r->account, rcpt->why);
	}
	arena_done(&mem);
}

static void
add_count(struct buf *out, size_t n, const char *words)
{
	if (n > 0)
		(void)buf_addf(out, ", %zu %s", n, words);
}

static void
fate_of_none(const struct outcome *o, struct buf *out)
{
	if (o->unknown > 0) {
		(void)buf_adds(out,
		    "unknown: the server may have taken the message or not, its answer did not come; "
		    "nothing is kept");
		return;
	}
	(void)buf_adds(out, "nothing was sent");
	if (o->deferred > 0 && outcome_exit(o, true) == EX_TEMPFAIL)
		(void)buf_adds(out, ", and nothing is kept: send it again later");
}

/* A next try is promised only where somebody will make it. */
static void
add_next_try(const struct report *r, struct buf *out)
{
	struct arena mem = {NULL};
	char when[40];

	if (r->next_ms > 0) {
		clock_short(r->next_ms, clock_wall_ms(), when, sizeof(when));
		(void)buf_addf(out, ", next try %s", when);
	}
	if (runner_setup_find(&mem, r->queue, true).kind == RUNNER_NONE)
		(void)buf_adds(out,
		    r->next_ms > 0
			? " or later: nothing runs the queue (see: postrider queue runner)"
			: "; to send it: postrider queue run");
	arena_done(&mem);
}

/* "kept in the queue as 3KF9Q2, next try 14:05" */
static void
add_place(const struct report *r, struct buf *out)
{
	char id[ENTRY_ID_MAX];

	spool_short_id(r->id, id);
	if (r->hold) {
		(void)buf_addf(out, "held in the queue as %s until: postrider queue release %s", id,
		    id);
		return;
	}
	if (r->waits != NULL) {
		(void)buf_addf(out,
		    "kept in the queue as %s until the configuration is repaired (see: postrider "
		    "config check)",
		    id);
		return;
	}
	(void)buf_addf(out, "kept in the queue as %s", id);
	add_next_try(r, out);
}

static void
fate_of_kept(const struct report *r, const struct outcome *o, struct buf *out)
{
	if (o->queued + o->unknown < o->total) {
		(void)buf_addf(out, "sent to %zu of %zu recipients", o->sent, o->total);
		add_count(out, o->refused,
		    r->told ? "refused (a notice goes to the sender)" : "refused");
		(void)buf_addf(out, ", %zu ", o->queued + o->unknown);
	}
	add_place(r, out);
	if (o->unknown > 0)
		(void)buf_adds(out,
		    "; the fate of what was sent is unknown: the answer did not come");
}

/* The last line. */
static void
fate(const struct report *r, const struct outcome *o, struct buf *out)
{
	size_t good = o->sent + o->queued;

	if (r->id != NULL) {
		fate_of_kept(r, o, out);
	} else if (r->dry_run) {
		(void)buf_addf(out,
		    "dry run, nothing was sent: the server would take it for %zu of %zu", o->sent,
		    o->total);
	} else if (good == o->total) {
		if (o->total == 1)
			(void)buf_addf(out, "sent to %s", r->env->rcpts[0].addr);
		else
			(void)buf_addf(out, "sent to all %zu recipients", o->total);
	} else if (good == 0) {
		fate_of_none(o, out);
	} else {
		(void)buf_addf(out, "sent to %zu of %zu recipients", good, o->total);
		add_count(out, o->refused,
		    r->told ? "refused (a notice goes to the sender)" : "refused");
		add_count(out, o->deferred, "put off and not kept: send it to them again later");
		add_count(out, o->unknown, "without an answer: it may have arrived there or not");
	}
}

static void
print_fate(const struct report *r, const struct outcome *o)
{
	bool good = o->sent + o->queued == o->total && o->queued == 0;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	fate(r, o, &b);
	/* a pipe has it where the steps are */
	if (!good || (!r->ui->out_tty && !r->dry_run)) {
		ui_say(r->ui, "%s", buf_str(&b));
	} else {
		(void)buf_addc(&b, '\n');
		(void)ui_out(&b);
	}
	buf_done(&b);
}

/*
 * Kept is success, and a program that calls sendmail hears nothing of it; but what no time heals
 * is said to whoever reads.
 */
static bool
needs_person(const struct outcome *o)
{
	const struct err *why = o->first_open;

	return why != NULL &&
	    (why->class == ERR_CONFIG || why->stage == STAGE_CERT ||
		(why->stage == STAGE_AUTH && why->code >= 500));
}

static void
print_text(const struct report *r, const struct outcome *o)
{
	bool person = r->ui->out_tty && !r->ui->sendmail && !r->ui->quiet;
	const struct rcpt *first = r->env->rcpts;
	struct reason why = {.from = r->env->from,
	    .user = r->account != NULL ? r->account->user : NULL};

	/* who asked for the steps wants to hear of the last one, too */
	if (o->sent == o->total && !person && !r->dry_run && r->ui->verbose == 0)
		return;
	if (r->ui->sendmail && o->sent + o->queued == o->total && !needs_person(o))
		return;
	print_bad(r);
	if (r->waits_said) {
		print_fate(r, o);
		return;
	}
	if (has_one_cause(r)) {
		why.err = first->why;
		why.server = first->server;
		print_cause(r->ui, r->account, &why);
	} else {
		if (person)
			report_table_print(r);
		else
			print_lines(r);
		print_hints(r);
	}
	print_fate(r, o);
}

static void
print_json(const struct report *r, const struct outcome *o, int status)
{
	struct buf b;

	if (!r->ui->json && r->ui->report_to == NULL)
		return;
	buf_init(&b, SIZE_MAX);
	report_json_format(r, o, status, &b);
	report_file_write(r->ui, &b);
	if (r->ui->json)
		(void)ui_out(&b);
	buf_done(&b);
}

int
report_attempt(const struct report *r)
{
	struct outcome o;
	int status;

	outcome_count(r->env, r->nbad, r->bad, &o);
	o.kept = r->id != NULL;
	o.keep_failed = r->keep_failed;
	o.told = r->told && r->nbad == 0;
	status = outcome_exit(&o, r->ui->sendmail);
	/* first: what these have to say must not stand behind the fate */
	if (!r->dry_run)
		maillog_attempt(r);
	print_json(r, &o, status);
	if (!r->ui->json)
		print_text(r, &o);
	return status;
}

void
report_hint(const struct ui *ui, const struct account *a, const struct err *e)
{
	struct arena mem = {NULL};

	print_hint(ui, hint_find(e, a != NULL ? relay_peer(&mem, a) : NULL), a, e);
	arena_done(&mem);
}

void
report_cause(const struct ui *ui, const struct account *a, const struct err *e)
{
	struct reason why = {.err = e, .from = ""};

	print_cause(ui, a, &why);
}

int
report_trouble(const struct ui *ui, const struct account *a, const struct err *e)
{
	int status = err_sysexit(e);

	struct buf b;

	maillog_trouble(e);
	buf_init(&b, SIZE_MAX);
	report_json_format_trouble(e, status, &b);
	report_file_write(ui, &b);
	if (ui->json)
		(void)ui_out(&b);
	buf_done(&b);
	if (ui->json)
		return status;
	if (e->class == ERR_USAGE)
		return ui_usage(ui, e, "nothing was sent");
	report_cause(ui, a, e);
	ui_say(ui, "nothing was sent");
	return status;
}
