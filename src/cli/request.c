/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/request.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/complain.h"
#include "cli/interrupt.h"
#include "cli/maillog.h"
#include "cli/report.h"
#include "cli/transcript.h"
#include "config/config.h"
#include "deliver/detach.h"
#include "deliver/insist.h"
#include "deliver/intake.h"
#include "queue/spool.h"

#define CHUNK 65536

/* Where a message stays that cannot go now. */
struct place_to_keep {
	const struct config *config;
	struct spool *spool; /* NULL: none is wanted, or there is trouble */
	struct err trouble;
};

void
request_drain(int fd)
{
	char chunk[4096];

	if (isatty(fd) == 1)
		return;
	while (file_read(fd, chunk, sizeof(chunk)) > 0)
		;
}

static void
drain_input(const struct request *r)
{
	if (r->read == NULL)
		request_drain(r->fd);
}

/*
 * May the message wait in the queue until the configuration is mended? What stood on the command
 * line is not found there by a later run, and can be mended by whoever reads our answer.
 */
static bool
may_wait(const struct request *r)
{
	const struct shared *s = r->shared;

	return r->when != SUBMIT_NOW && s->file == NULL && s->server == NULL && s->sets.n == 0;
}

static bool
take_in(const struct request *r, const struct config *c, struct spool *sp,
    struct intake_result *out, struct err *e)
{
	const struct intake in = {
	    .config = c,
	    .account = r->account,
	    .from = r->from,
	    .full_name = r->full_name,
	    .rcpts = r->rcpts.items,
	    .nrcpts = r->rcpts.n,
	    .read_recipients = r->read_recipients,
	    .no_aliases = r->no_aliases,
	    .dot_ends = r->dot_ends,
	    .notify = r->notify,
	    .ret = r->ret,
	    .envid = r->envid,
	    .require_body = r->require_body,
	    .read = r->read,
	    .read_arg = r->read_arg,
	    .fd = r->fd,
	    .lifetime_ms = r->lifetime_ms,
	    .queue_dir = sp != NULL ? spool_path(sp, ROOM_QUEUE) : NULL,
	    .may_wait = sp != NULL && may_wait(r),
	};

	if (r->bad.n > 0 && r->rcpts.n == 0 && !r->read_recipients) {
		drain_input(r);
		*e = r->bad.first;
		return false;
	}
	if (intake_run(&in, out, e))
		return true;
	/* it knows which file, and what was wrong with it */
	if (r->read != NULL && r->read_trouble->class != ERR_NONE)
		*e = *r->read_trouble;
	return false;
}

/* --print: the octets as they would go out, before dot-stuffing. */
static int
print_message(struct intake_result *in, const struct ui *ui)
{
	static char chunk[CHUNK];
	uint64_t off = 0;
	ssize_t n;
	struct err e;

	while ((n = entry_read(in->entry, chunk, sizeof(chunk), off)) > 0) {
		if (!file_write(STDOUT_FILENO, chunk, (size_t)n)) {
			err_set(&e, ERR_LOCAL, STAGE_NONE, "", "cannot print the message: %s",
			    strerror(errno));
			e.sysexit = EX_IOERR;
			return report_trouble(ui, in->account, &e);
		}
		off += (uint64_t)n;
	}
	if (n < 0) {
		err_set(&e, ERR_LOCAL, STAGE_QUEUE, "", "cannot read the message back: %s",
		    strerror(errno));
		return report_trouble(ui, in->account, &e);
	}
	return 0;
}

/* May a password be asked for? Only where a person sits who sees the question. */
static bool
may_ask(const struct ui *ui)
{
	return !ui->no_input && ui->err_tty && !ui->mute;
}

/* Nobody at a terminal: a program that waits for us, or cron. */
static bool
is_unattended(const struct ui *ui)
{
	return ui->sendmail && !ui->in_tty && !ui->out_tty && !ui->err_tty;
}

static bool
is_open(const struct envelope *env)
{
	return envelope_count(env, RCPT_PENDING) + envelope_count(env, RCPT_UNKNOWN) > 0;
}

/* What became of it. A first signal that comes now must not keep us from saying so. */
static int
tell(struct report *r, const struct place_to_keep *place, struct submit_result *result)
{
	if (place->spool == NULL && place->trouble.class != ERR_NONE)
		result->keep_error = place->trouble;
	if (result->keep_error.class != ERR_NONE && !result->tried)
		return report_trouble(r->ui, r->account, &result->keep_error);
	r->keep_failed = result->keep_error.class != ERR_NONE;
	if (r->keep_failed && is_open(r->env))
		report_cause(r->ui, r->account, &result->keep_error);
	r->id = result->kept ? result->id : NULL;
	r->next_ms = result->next_ms;
	r->told = result->told;
	r->queue = place->spool != NULL ? spool_root(place->spool) : NULL;
	return report_attempt(r);
}

static int
submit(const struct request *r, const struct ui *ui, const struct place_to_keep *place,
    struct intake_result *in, const struct err *said)
{
	const struct config *c = place->config;
	struct spool *sp = place->spool;
	const struct err *waits = in->waits.class != ERR_NONE ? &in->waits : NULL;
	struct transcript t;
	struct submit s = {
	    .config = c,
	    .spool = sp,
	    .when = sp == NULL && r->when == SUBMIT_QUEUE ? SUBMIT_AUTO : r->when,
	    .hold = r->hold,
	    .background = r->background,
	    .by_mail = ui->sendmail,
	    .else_now = ui->sendmail,
	    .waits = waits,
	    .attempt = {.account = in->account,
		.trace = &t.hooks,
		.dry_run = r->dry_run,
		.patience_ms = sp != NULL && is_unattended(ui) ? REQUEST_PATIENCE_MS : 0,
		.tick_arg = &t,
		.may_ask = may_ask(ui),
		.stop = interrupt_flag()},
	};
	struct report report = {
	    .ui = ui,
	    .env = entry_envelope(in->entry),
	    .account = in->account,
	    .nbad = in->nbad + r->bad.n,
	    .bad = r->bad.n > 0 ? &r->bad.first : &in->bad,
	    .dry_run = r->dry_run,
	    .hold = r->hold,
	    .waits = waits,
	    .waits_said = said != NULL,
	};
	struct submit_result result;
	struct err e;
	const struct insist insist = {
	    .submit = &s,
	    .wait_ms = r->wait_ms,
	    .waiting = transcript_waiting,
	    .arg = &t,
	};
	bool good;
	int status;

	if (in->empty && ui->err_tty)
		ui_note(ui, "the message is empty: neither header nor body");
	transcript_init(&t, ui,
	    &(struct transcript_want){r->timing, r->transcript > 0 ? r->transcript : -1});
	if (!r->dry_run)
		maillog_received(&report);
	s.attempt.tick = t.progress.on ? transcript_tick : NULL;
	interrupt_catch();
	good = r->wait_ms > 0 ? insist_run(in->entry, &insist, &result, &e)
			      : submit_run(in->entry, &s, &result, &e);
	transcript_done(&t);
	if (good)
		status = tell(&report, place, &result);
	else
		status = report_trouble(ui, in->account, &e);
	interrupt_release();
	/* last: whoever waits for our answer has it by now */
	if (good && result.wants_run)
		(void)detach_run(c, spool_root(sp));
	return status;
}

static void
open_queue(const struct request *r, struct place_to_keep *place)
{
	const char *dir = config_queue(place->config)->directory;

	if ((r->when == SUBMIT_NOW && !r->hold) || r->dry_run || r->print)
		return;
	if (dir != NULL)
		place->spool = spool_open(dir, true, &place->trouble);
	else
		err_set(&place->trouble, ERR_CONFIG, STAGE_QUEUE, "",
		    "there is no place for a queue: no home directory of yours is known, and "
		    "[queue] directory is not set");
}

/* said: what is wrong with the configuration, when the caller has heard it already; else NULL. */
static int
run(const struct request *r, const struct ui *ui, const struct config *c, const struct err *said)
{
	struct place_to_keep place = {.config = c};
	struct intake_result in;
	struct err e;
	int status;

	open_queue(r, &place);
	/* else it is sent now, and only what cannot go is in trouble; the callers of sendmail hear
	 * of it only then */
	if (place.trouble.class != ERR_NONE && !ui->sendmail && r->when == SUBMIT_AUTO && !r->hold)
		ui_note(ui, "%s; it is sent now or not at all", place.trouble.text);
	else if (place.trouble.class != ERR_NONE && (!ui->sendmail || r->hold)) {
		drain_input(r);
		return report_trouble(ui, NULL, &place.trouble);
	}
	if (take_in(r, c, place.spool, &in, &e)) {
		if (said != NULL)
			in.waits = *said;
		if (in.repeated != NULL && ui->verbose > 0)
			ui_note(ui, "the message has more than one %s field: it leaves as it is",
			    in.repeated);
		status = r->print ? print_message(&in, ui) : submit(r, ui, &place, &in, said);
		entry_close(in.entry);
	} else {
		status = report_trouble(ui, NULL, &e);
	}
	spool_close(place.spool);
	return status;
}

/* When it goes, as far as neither the caller nor the command line has said it. */
static bool
settle_when(struct request *r, const struct config *c, struct err *e)
{
	if (r->dry_run || r->print) {
		r->when = SUBMIT_NOW;
		r->hold = false;
		return true;
	}
	if (!r->when_given)
		r->when = r->shared->server == NULL && config_queue(c)->enabled ? SUBMIT_AUTO
										: SUBMIT_NOW;
	if (r->shared->server != NULL && (r->when != SUBMIT_NOW || r->hold))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "with --server nothing can be kept: no later run would know that server");
	return true;
}

/* The configuration cannot be used: told, and the message kept until it can. */
static int
run_waiting(struct request *r, const struct ui *ui, const struct config_request *want,
    const struct diags *d)
{
	struct config *c = config_load_rest(want);
	struct err e;
	int status;

	maillog_settle(c);
	if (settle_when(r, c, &e) && may_wait(r)) {
		complain_config(ui, d, NULL);
		complain_as_error(d, &e);
		maillog_trouble(&e);
		status = run(r, ui, c, &e);
	} else {
		drain_input(r);
		status = complain_config(ui, d, "nothing was sent");
	}
	config_free(c);
	return status;
}

int
request_run(const struct request *asked, const struct ui *ui)
{
	struct request r = *asked;
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct err e;
	int status;

	err_clear(&e);
	shared_request(r.shared, &want);
	c = config_load(&want, &d);
	if (c != NULL)
		maillog_settle(c);
	if (c == NULL) {
		status = run_waiting(&r, ui, &want, &d);
		/* without any account who calls `send` is told so; the callers of sendmail could do
		 * nothing about it, and their mail waits */
	} else if (settle_when(&r, c, &e) &&
	    (config_naccounts(c) > 0 || (ui->sendmail && may_wait(&r)))) {
		status = run(&r, ui, c, NULL);
	} else {
		drain_input(&r);
		if (e.class == ERR_NONE)
			complain_no_account(c, &e);
		status = report_trouble(ui, NULL, &e);
	}
	config_free(c);
	diags_done(&d);
	return status;
}
