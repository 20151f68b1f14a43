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
#include "cli/report.h"
#include "cli/transcript.h"
#include "config/config.h"
#include "deliver/intake.h"
#include "queue/spool.h"

#define CHUNK 65536

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
	if (r->text == NULL)
		request_drain(r->fd);
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
	    .dot_ends = r->dot_ends,
	    .notify = r->notify,
	    .ret = r->ret,
	    .envid = r->envid,
	    .fd = r->fd,
	    .text = r->text,
	    .text_len = r->text_len,
	    .lifetime_ms = r->lifetime_ms,
	    .queue_dir = sp != NULL ? spool_path(sp, ROOM_QUEUE) : NULL,
	};

	if (r->bad.n > 0 && r->rcpts.n == 0 && !r->read_recipients) {
		drain_input(r);
		*e = r->bad.first;
		return false;
	}
	return intake_run(&in, out, e);
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

static int
submit(const struct request *r, const struct ui *ui, const struct config *c, struct spool *sp,
    struct intake_result *in)
{
	struct transcript t;
	struct submit s = {
	    .config = c,
	    .spool = sp,
	    .when = r->when,
	    .hold = r->hold,
	    .attempt = {.account = in->account,
		.trace = &t.hooks,
		.dry_run = r->dry_run,
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
	};
	struct submit_result result;
	struct err e;
	bool good;

	transcript_init(&t, ui, r->timing);
	interrupt_catch();
	good = submit_run(in->entry, &s, &result, &e);
	interrupt_release();
	if (good && result.keep_error.class != ERR_NONE) {
		report_cause(ui, in->account, &result.keep_error);
		if (!result.tried)
			return report_trouble(ui, in->account, &result.keep_error);
	}
	if (!good)
		return report_trouble(ui, in->account, &e);
	report.keep_failed = result.keep_error.class != ERR_NONE ||
	    (sp == NULL && r->when == SUBMIT_AUTO && !r->dry_run);
	report.id = result.kept ? result.id : NULL;
	report.next_ms = result.next_ms;
	return report_attempt(&report);
}

/* The queue, when something may have to be kept. NULL: none is wanted, or e tells. */
static struct spool *
open_queue(const struct request *r, const struct config *c, struct err *e)
{
	const char *dir = config_queue(c)->directory;

	err_clear(e);
	if ((r->when == SUBMIT_NOW && !r->hold) || r->dry_run || r->print)
		return NULL;
	if (dir != NULL)
		return spool_open(dir, true, e);
	err_set(e, ERR_CONFIG, STAGE_QUEUE, "",
	    "there is no place for a queue: no home directory of yours is known, and [queue] "
	    "directory is not set");
	return NULL;
}

static int
run(const struct request *r, const struct ui *ui, const struct config *c)
{
	struct intake_result in;
	struct err e;
	struct spool *sp = open_queue(r, c, &e);
	int status;

	if (sp == NULL && e.class != ERR_NONE) {
		if (r->when == SUBMIT_QUEUE || r->hold) {
			drain_input(r);
			return report_trouble(ui, NULL, &e);
		}
		ui_note(ui, "%s; it is sent now or not at all", e.text);
	}
	if (take_in(r, c, sp, &in, &e)) {
		status = r->print ? print_message(&in, ui) : submit(r, ui, c, sp, &in);
		entry_close(in.entry);
	} else {
		status = report_trouble(ui, NULL, &e);
	}
	spool_close(sp);
	return status;
}

int
request_run(const struct request *r, const struct ui *ui)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct err e;
	int status;

	shared_request(r->shared, &want);
	c = config_load(&want, &d);
	if (c == NULL) {
		drain_input(r);
		status = complain_config(ui, &d, "nothing was sent");
	} else if (config_naccounts(c) == 0) {
		drain_input(r);
		complain_no_account(c, &e);
		status = report_trouble(ui, NULL, &e);
	} else {
		status = run(r, ui, c);
	}
	config_free(c);
	diags_done(&d);
	return status;
}
