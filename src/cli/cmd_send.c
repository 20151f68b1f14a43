/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/cmd.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/textarg.h"
#include "message/compose.h"

#define MESSAGE_MAX (4 * TEXTARG_MAX) /* quoted-printable may take three octets for one */

struct send_args {
	struct shared shared;
	const char *subject, *body, *from, *envelope_from, *message;
	struct args_list to, cc, bcc, headers;
	bool dry_run, print, timing, hold, require_body;
	enum submit_when when;
	bool when_given;
	int64_t lifetime_ms;
};

#define AT(field) offsetof(struct send_args, field)

static bool
set_when(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	a->when_given = true;
	if (str_eq(value, "now"))
		a->when = SUBMIT_NOW;
	else if (str_eq(value, "auto"))
		a->when = SUBMIT_AUTO;
	else if (str_eq(value, "queue"))
		a->when = SUBMIT_QUEUE;
	else
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--when is now, auto or queue, not '%s'", value);
	return true;
}

static bool
set_lifetime(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	if (str_duration_ms(value, &a->lifetime_ms) && a->lifetime_ms > 0)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "--lifetime is a time like 4h or 5d, not '%s'",
	    value);
}

static const struct args_option options[] = {
    {.name = "subject",
	.letter = 's',
	.arg = "TEXT",
	.kind = ARGS_TEXT,
	.at = AT(subject),
	.help = "subject line"},
    {.name = "body",
	.letter = 'm',
	.arg = "TEXT|@FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(body),
	.help = "the text: as it stands, from a file, or (default) standard input"},
    {.name = "to",
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(to),
	.help = "another recipient, as RECIPIENT"},
    {.name = "cc",
	.letter = 'c',
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(cc),
	.help = "recipient of a copy"},
    {.name = "bcc",
	.letter = 'b',
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(bcc),
	.help = "recipient whom the others do not see"},
    {.name = "from",
	.letter = 'f',
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(from),
	.help = "sender: 'Name <user@example.org>' or an address"},
    {.name = "envelope-from",
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(envelope_from),
	.help = "where bounces go, if not to the sender; '' or '<>': nowhere"},
    {.name = "header",
	.arg = "'NAME: VALUE'",
	.kind = ARGS_LIST,
	.at = AT(headers),
	.help = "another header field; replaces one of ours of that name"},
    {.name = "message",
	.arg = "FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(message),
	.help = "a ready message, header and all; the recipients are those given here"},
    {.name = "require-body",
	.kind = ARGS_FLAG,
	.at = AT(require_body),
	.help = "refuse an empty text, or a message of no octets at all"},
    {.name = "dry-run",
	.letter = 'n',
	.kind = ARGS_FLAG,
	.at = AT(dry_run),
	.help = "ask the server about sender and recipients, and send nothing"},
    {.name = "when",
	.arg = "WHEN",
	.kind = ARGS_CALL,
	.call = set_when,
	.help = "auto (default: now, and what cannot go is kept), now (or not at all), queue"},
    {.name = "hold",
	.kind = ARGS_FLAG,
	.at = AT(hold),
	.help = "keep it in the queue until it is released"},
    {.name = "lifetime",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_lifetime,
	.help = "give it up after that time in the queue"},
    {.name = "print",
	.kind = ARGS_FLAG,
	.at = AT(print),
	.help = "print what would be sent; no connection is made"},
    {.name = "timing", .kind = ARGS_FLAG, .at = AT(timing), .help = "how long each stage took"},
};

size_t
cmd_send_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	};
	out[1] = shared_group(NULL);
	return 2;
}

/* ---- who */

static bool
collect_recipients(struct arena *mem, const struct send_args *a, struct request *r, struct err *e)
{
	const struct args_list *lists[] = {&a->to, &a->cc, &a->bcc};

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
	const char *word = a->envelope_from != NULL ? a->envelope_from : a->from;

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
	const char *beside = a->subject != NULL ? "--subject"
	    : a->body != NULL                   ? "--body"
	    : a->headers.n > 0                  ? "--header"
						: NULL;

	if (a->message == NULL || beside == NULL)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "%s has no place beside --message, which is whole already", beside);
}

/* The terminal as a source of text is a surprise: say so, or refuse. */
static bool
announce_terminal(const struct ui *ui, const char *what, struct err *e)
{
	if (!ui->in_tty)
		return true;
	if (ui->no_input)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "%s would be read from the terminal, and --no-input forbids it", what);
	ui_note(ui, "reading %s from the terminal; end it with Ctrl-D", what);
	return true;
}

static bool
open_message(const struct send_args *a, const struct ui *ui, struct request *r, struct err *e)
{
	r->fd = STDIN_FILENO;
	if (textarg_is_stdin(a->message))
		return announce_terminal(ui, "the message", e);
	r->fd = open(a->message, O_RDONLY | O_CLOEXEC);
	if (r->fd >= 0)
		return true;
	return err_set(e, ERR_LOCAL, STAGE_INPUT, "", "cannot read %s: %s", a->message,
	    strerror(errno));
}

static bool
compose_message(const struct send_args *a, const struct ui *ui, struct buf *out, struct err *e)
{
	struct compose c = {
	    .from = a->from,
	    .subject = a->subject,
	    .to = a->to.items,
	    .nto = a->to.n,
	    .cc = a->cc.items,
	    .ncc = a->cc.n,
	    .headers = a->headers.items,
	    .nheaders = a->headers.n,
	};
	const char *body = a->body != NULL ? a->body : "-";
	struct buf text;
	bool good;

	buf_init(&text, TEXTARG_MAX);
	good = (!textarg_is_stdin(body) || announce_terminal(ui, "the text", e)) &&
	    textarg_load(body, &text, e);
	if (good && a->require_body && text.len == 0)
		good = err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0", "the text is empty");
	if (good) {
		c.body = buf_str(&text);
		c.body_len = text.len;
		good = compose_text(&c, out, e);
	}
	buf_done(&text);
	return good;
}

/* ---- */

static bool
reads_stdin(const struct send_args *a)
{
	const char *source = a->message != NULL ? a->message : a->body;

	return source == NULL || textarg_is_stdin(source);
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
	    .require_body = a->require_body,
	    .when = a->when,
	    .when_given = a->when_given,
	    .hold = a->hold,
	    .lifetime_ms = a->lifetime_ms,
	};
	struct buf message;
	struct err e;
	bool good;
	int status;

	buf_init(&message, MESSAGE_MAX);
	good = check_ready_message(a, &e) && collect_recipients(call->mem, a, &r, &e) &&
	    choose_sender(call->mem, a, &r, &e);
	if (good && a->message != NULL) {
		good = open_message(a, ui, &r, &e);
	} else if (good) {
		good = compose_message(a, ui, &message, &e);
		r.text = buf_str(&message);
		r.text_len = message.len;
	}
	status = good ? request_run(&r, ui) : report_trouble(ui, NULL, &e);
	if (!good && reads_stdin(a))
		request_drain(STDIN_FILENO);
	if (r.fd > STDERR_FILENO)
		close(r.fd);
	buf_done(&message);
	return status;
}

int
cmd_send(const struct command_call *call)
{
	struct send_args a = {.shared = call->shared, .when = SUBMIT_AUTO};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	int status;

	args.ngroups = cmd_send_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	for (size_t i = 0; i < a.to.n; i++)
		args_push(call->mem, &args.operands, a.to.items[i]);
	a.to = args.operands;
	return send_message(call, &a, &ui);
}
