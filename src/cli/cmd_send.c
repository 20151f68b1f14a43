/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/cmd.h"
#include "cli/letter.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/textarg.h"

struct send_args {
	struct shared shared;
	struct letter_want letter;
	const char *envelope_from, *message;
	struct args_list bcc;
	bool dry_run, print, timing, hold;
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

static bool
set_format(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	a->letter.format = value;
	if (str_eq(value, "text") || str_eq(value, "flowed"))
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "--format is text or flowed, not '%s'", value);
}

static bool
set_priority(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	if (str_eq(value, "high"))
		a->letter.priority = COMPOSE_HIGH;
	else if (str_eq(value, "normal"))
		a->letter.priority = COMPOSE_NORMAL;
	else if (str_eq(value, "low"))
		a->letter.priority = COMPOSE_LOW;
	else
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--priority is high, normal or low, not '%s'", value);
	return true;
}

static const struct args_option options[] = {
    {.name = "subject",
	.letter = 's',
	.arg = "TEXT",
	.kind = ARGS_TEXT,
	.at = AT(letter.subject),
	.help = "subject line"},
    {.name = "body",
	.values = "@text",
	.letter = 'm',
	.arg = "TEXT|@FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(letter.body),
	.help = "the text: as it stands, from a file, or (default) standard input"},
    {.name = "to",
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(letter.to),
	.help = "another recipient, as RECIPIENT"},
    {.name = "cc",
	.letter = 'c',
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(letter.cc),
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
	.at = AT(letter.from),
	.help = "sender: 'Name <user@example.org>' or an address"},
    {.name = "envelope-from",
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(envelope_from),
	.help = "where bounces go, if not to the sender; '' or '<>': nowhere"},
    {.name = "header",
	.arg = "'NAME: VALUE'",
	.kind = ARGS_LIST,
	.at = AT(letter.headers),
	.help = "another header field; replaces one of ours of that name"},
    {.name = "add-header",
	.arg = "'NAME: VALUE'",
	.kind = ARGS_LIST,
	.at = AT(letter.added),
	.help = "another header field; ours of that name stays"},
    {.name = "reply-to",
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(letter.reply_to),
	.help = "where answers go, if not to the sender"},
    {.name = "html",
	.values = "@text",
	.arg = "TEXT|@FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(letter.html),
	.help = "the text in HTML: beside that of --body, or alone"},
    {.name = "attach",
	.arg = "FILE[,name=NAME][,type=TYPE]",
	.kind = ARGS_LIST,
	.at = AT(letter.attach),
	.help = "a file to go along, of any size; - is standard input"},
    {.name = "inline",
	.arg = "FILE[,cid=ID]",
	.kind = ARGS_LIST,
	.at = AT(letter.inlines),
	.help = "a file that the HTML shows as cid:ID (default: its name)"},
    {.name = "charset",
	.values = "utf-8|iso-8859-1|iso-8859-15|windows-1252",
	.arg = "CHARSET",
	.kind = ARGS_TEXT,
	.at = AT(letter.charset),
	.help = "of the texts (default: UTF-8, else the locale's); they leave as UTF-8"},
    {.name = "format",
	.values = "text|flowed",
	.arg = "FORMAT",
	.kind = ARGS_CALL,
	.call = set_format,
	.help = "text (default: lines as they are) or flowed (readers fit them to the screen)"},
    {.name = "priority",
	.values = "high|normal|low",
	.arg = "PRIORITY",
	.kind = ARGS_CALL,
	.call = set_priority,
	.help = "high, normal or low"},
    {.name = "message",
	.arg = "FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(message),
	.help = "a ready message, header and all; the recipients are those given here"},
    {.name = "require-body",
	.kind = ARGS_FLAG,
	.at = AT(letter.require_body),
	.help = "refuse an empty text, or a message of no octets at all"},
    {.name = "dry-run",
	.letter = 'n',
	.kind = ARGS_FLAG,
	.at = AT(dry_run),
	.help = "ask the server about sender and recipients, and send nothing"},
    {.name = "when",
	.values = "auto|now|queue",
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
	};
	struct letter *letter = letter_new(call->mem);
	struct err e;
	bool good;
	int status;

	good = check_ready_message(a, &e) && collect_recipients(call->mem, a, &r, &e) &&
	    choose_sender(call->mem, a, &r, &e) && open_input(a, ui, letter, &r, &e);
	status = good ? request_run(&r, ui) : report_trouble(ui, NULL, &e);
	/* the input of a message that came to nothing: its writer must not see SIGPIPE */
	if (status != 0 && reads_stdin(a))
		request_drain(STDIN_FILENO);
	if (r.fd > STDERR_FILENO)
		close(r.fd);
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
	int status;

	args.ngroups = cmd_send_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	for (size_t i = 0; i < a.letter.to.n; i++)
		args_push(call->mem, &args.operands, a.letter.to.items[i]);
	a.letter.to = args.operands;
	return send_message(call, &a, &ui);
}
