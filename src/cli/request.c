/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/request.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/complain.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/transcript.h"
#include "config/config.h"
#include "deliver/attempt.h"
#include "deliver/intake.h"

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
take_in(const struct request *r, const struct config *c, struct intake_result *out, struct err *e)
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
attempt(const struct request *r, const struct ui *ui, struct intake_result *in)
{
	struct transcript t;
	struct attempt a = {
	    .account = in->account,
	    .trace = &t.hooks,
	    .dry_run = r->dry_run,
	    .may_ask = may_ask(ui),
	    .stop = interrupt_flag(),
	};
	struct report report = {
	    .ui = ui,
	    .env = entry_envelope(in->entry),
	    .account = in->account,
	    .nbad = in->nbad + r->bad.n,
	    .bad = r->bad.n > 0 ? &r->bad.first : &in->bad,
	    .dry_run = r->dry_run,
	};
	struct err e;
	bool good;

	transcript_init(&t, ui, r->timing);
	interrupt_catch();
	good = attempt_run(in->entry, &a, &e);
	interrupt_release();
	return good ? report_attempt(&report) : report_trouble(ui, in->account, &e);
}

static int
run(const struct request *r, const struct ui *ui, const struct config *c)
{
	struct intake_result in;
	struct err e;
	int status;

	if (!take_in(r, c, &in, &e))
		return report_trouble(ui, NULL, &e);
	status = r->print ? print_message(&in, ui) : attempt(r, ui, &in);
	entry_close(in.entry);
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
