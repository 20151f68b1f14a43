/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <unistd.h>

#include "cli/addrarg.h"
#include "cli/alias_verbs.h"
#include "cli/cmd.h"
#include "cli/maillog.h"
#include "cli/mailq.h"
#include "cli/queue_run.h"
#include "cli/report.h"
#include "cli/report_json.h"
#include "cli/request.h"
#include "cli/sendmail_args.h"
#include "cli/smtp_stdio.h"

size_t
cmd_sendmail_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = sendmail_args_group(NULL);
	return 1;
}

/* The caller writes its message meanwhile: it gets our answer, not a SIGPIPE. */
static int
usage(const struct command_call *call, const struct ui *ui, const struct err *e)
{
	int status = ui_usage(ui, e, "nothing was sent");

	if (ui->json)
		report_json_trouble(e, status);
	else if (call->own)
		ui_label(ui, "hint:",
		    "without a command these are options of sendmail; to compose a message: "
		    "postrider send --help");
	maillog_settle_early(&call->shared);
	maillog_trouble(e);
	request_drain(STDIN_FILENO);
	return status;
}

static void
print_usage(void)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	command_usage(command_find("sendmail"), &b);
	(void)ui_out(&b);
	buf_done(&b);
}

static void
tell_person(const struct ui *ui, const struct sendmail_args *a)
{
	if (ui->own && ui->in_tty && ui->err_tty)
		ui_note(ui,
		    "reading the message, header and all, from the terminal; end it with Ctrl-D%s",
		    a->ignore_dots ? "" : ", or a line of a single dot");
	/* LSB and sendmail 8 would end it there, and callers without -i lose what follows */
	else if (ui->verbose > 0 && !ui->in_tty && !a->ignore_dots)
		ui_note(ui, "a line of a single dot is text: it ends a message only on a terminal");
}

/* The words of the command line as a request. false: e tells. */
static bool
understand(const struct command_call *call, struct sendmail_args *a, const struct ui *ui,
    struct request *r, struct err *e)
{
	*r = (struct request){
	    .shared = &call->shared,
	    .account = a->account != NULL ? a->account : call->shared.account,
	    .from = a->from,
	    .full_name = a->full_name,
	    .read_recipients = a->read_recipients,
	    .dot_ends = ui->in_tty && !a->ignore_dots,
	    .notify = a->notify,
	    .ret = a->ret,
	    .envid = a->envid,
	    .require_body = a->require_body,
	    .no_aliases = a->no_aliases,
	    .fd = STDIN_FILENO,
	    .when = a->when,
	    .when_given = a->when_given,
	    .background = a->background,
	};
	if (!a->read_recipients && a->operands.n == 0)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "", "no recipients");
	return addrarg_recipients(call->mem, &a->operands, &r->rcpts, &r->bad, e);
}

/* A loop is what systems without timers ask of us by our own name; as sendmail we come back. */
static int
run_queue(const struct command_call *call, struct sendmail_args *a, const struct ui *ui)
{
	if (a->queue.every_ms > 0 && !call->own) {
		if (ui->verbose > 0)
			ui_note(ui,
			    "the queue is run once; to run it again and again: postrider -q30m");
		a->queue.every_ms = 0;
	}
	return queue_run(&call->shared, ui, &a->queue);
}

static int
verify(const struct command_call *call, const struct sendmail_args *a, const struct ui *ui)
{
	const struct alias_verbs_query q = {
	    .mem = call->mem,
	    .words = &a->operands,
	    .account = a->account != NULL ? a->account : call->shared.account,
	    .from = a->from,
	    .no_aliases = a->no_aliases,
	};

	return alias_verbs_verify(&call->shared, ui, &q);
}

int
cmd_sendmail(const struct command_call *call)
{
	struct sendmail_args a = {.mem = call->mem};
	struct request r;
	struct ui ui;
	struct err e;

	ui_init(&ui, call->program, call->own, &call->shared);
	ui.sendmail = true;
	if (!sendmail_args_parse(call->words, &a, &e))
		return usage(call, &ui, &e);
	ui.verbose += a.verbose;
	ui.mute = a.mute;
	maillog_init(call->program, a.tag);
	if (a.help)
		print_usage();
	else if (a.version)
		return cmd_version_show(&call->shared, &ui);
	if (a.help || a.nothing)
		return 0;
	for (size_t i = 0; i < a.warnings.n; i++)
		ui_note(&ui, "%s", a.warnings.items[i]);
	if (a.list)
		return mailq_run(&call->shared, &ui);
	if (a.count)
		return mailq_count(&call->shared, &ui);
	if (a.run)
		return run_queue(call, &a, &ui);
	if (a.check_aliases)
		return alias_verbs_check(&call->shared, &ui);
	if (a.verify)
		return verify(call, &a, &ui);
	if (a.smtp)
		return smtp_stdio_run(call, &a, &ui);
	if (!understand(call, &a, &ui, &r, &e))
		return usage(call, &ui, &e);
	tell_person(&ui, &a);
	return request_run(&r, &ui);
}
