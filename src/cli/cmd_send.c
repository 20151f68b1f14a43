/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/addrarg.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/letter.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/send_args.h"
#include "cli/textarg.h"
#include "cli/transcript.h"

size_t
cmd_send_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = send_args_group();
	out[1] = shared_group(NULL);
	return 2;
}

/* ---- who */

static bool
collect_recipients(struct arena *mem, const struct send_args *a, struct request *r, struct err *e)
{
	const struct args_list *lists[] = {&a->letter.to, &a->letter.cc, &a->bcc};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!addrarg_recipients(mem, lists[i], &r->rcpts, &r->bad, e))
			return false;
	/* a person can mend it at once: nothing is sent to half of a list */
	if (r->bad.n > 0)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "5.1.3", "%s", r->bad.first.text);
	if (r->rcpts.n == 0)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "", "no recipients");
	return true;
}

static bool
choose_sender(struct arena *mem, const struct send_args *a, struct request *r, struct err *e)
{
	const char *word = a->envelope_from != NULL ? a->envelope_from : a->letter.from;

	if (word == NULL)
		return true;
	r->from = addrarg_sender(mem, word, e);
	if (r->from == NULL)
		return false;
	if (r->from[0] == '\0' && a->envelope_from == NULL)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "--from names nobody; for a message without a sender there is --envelope-from '<>'");
	return true;
}

/* ---- what */

static bool
check_ready_message(const struct send_args *a, struct err *e)
{
	const char *beside = letter_option(&a->letter);

	if (a->message == NULL || beside == NULL)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "%s has no place beside --message, which is whole already", beside);
}

static bool
open_message(const struct send_args *a, const struct ui *ui, struct request *r, struct err *e)
{
	r->fd = STDIN_FILENO;
	if (textarg_is_stdin(a->message))
		return textarg_announce(ui, "the message", e);
	r->fd = open(a->message, O_RDONLY | O_CLOEXEC);
	if (r->fd >= 0)
		return true;
	return err_set(e, ERR_LOCAL, STAGE_INPUT, "", "cannot read %s: %s", a->message,
	    strerror(errno));
}

/* ---- */

static bool
reads_stdin(const struct send_args *a)
{
	return a->message != NULL ? textarg_is_stdin(a->message) : letter_reads_stdin(&a->letter);
}

/* A file that is asked for and cannot be written is known before anything is sent. */
static bool
open_transcript(const struct send_args *a, struct request *r, struct err *e)
{
	if (a->transcript == NULL || a->print)
		return true;
	if (textarg_is_stdin(a->transcript))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--transcript wants a file; on standard error -vv shows the conversation");
	r->transcript = transcript_open(a->transcript, e);
	return r->transcript >= 0;
}

/* --wait is for what is tried now. */
static bool
check_wait(const struct send_args *a, struct err *e)
{
	const char *beside = a->hold  ? "--hold"
	    : a->when == SUBMIT_QUEUE ? "--when queue"
	    : a->dry_run              ? "--dry-run"
				      : NULL;

	if (a->wait_ms == 0 || beside == NULL)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "--wait has nothing to wait for with %s",
	    beside);
}

static bool
open_input(struct send_args *a, const struct ui *ui, struct letter *letter, struct request *r,
    struct err *e)
{
	if (a->message != NULL)
		return open_message(a, ui, r, e);
	r->read = letter_read;
	r->read_arg = letter;
	r->read_trouble = letter_trouble(letter);
	return letter_open(letter, &a->letter, ui, e);
}

static int
send_message(const struct command_call *call, struct send_args *a, const struct ui *ui)
{
	struct request r = {
	    .shared = &a->shared,
	    .account = a->shared.account,
	    .dry_run = a->dry_run,
	    .print = a->print,
	    .timing = a->timing,
	    .require_body = a->letter.require_body,
	    .when = a->when,
	    .when_given = a->when_given,
	    .hold = a->hold,
	    .lifetime_ms = a->lifetime_ms,
	    .wait_ms = a->wait_ms,
	    .notify = a->notify,
	    .ret = a->ret,
	};
	struct letter *letter = letter_new(call->mem);
	struct err e;
	bool good;
	int status;

	good = check_ready_message(a, &e) && check_wait(a, &e) &&
	    collect_recipients(call->mem, a, &r, &e) && choose_sender(call->mem, a, &r, &e) &&
	    open_transcript(a, &r, &e) && open_input(a, ui, letter, &r, &e);
	status = good ? request_run(&r, ui) : report_trouble(ui, NULL, &e);
	/* the input of a message that came to nothing: its writer must not see SIGPIPE */
	if (status != 0 && reads_stdin(a))
		request_drain(STDIN_FILENO);
	if (r.fd > STDERR_FILENO)
		close(r.fd);
	if (r.transcript > 0)
		close(r.transcript);
	letter_free(letter);
	return status;
}

int
cmd_send(const struct command_call *call)
{
	struct send_args a = {.shared = call->shared, .when = SUBMIT_AUTO};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	bool attended;
	int status;

	args.ngroups = cmd_send_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	attended = ui.err_tty && !ui.quiet;
	/* whoever types a text may think better of it */
	if (attended)
		interrupt_end_with(
		    arena_printf(call->mem, "\n%s: interrupted; nothing was sent\n", ui.program));
	ui.report_to = a.report_to;
	for (size_t i = 0; i < a.letter.to.n; i++)
		args_push(call->mem, &args.operands, a.letter.to.items[i]);
	a.letter.to = args.operands;
	status = send_message(call, &a, &ui);
	if (attended)
		interrupt_release();
	return status;
}
