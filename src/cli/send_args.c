/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/send_args.h"

#include "base/str.h"
#include "message/dsn_args.h"

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
set_wait(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	if (str_duration_ms(value, &a->wait_ms) && a->wait_ms > 0)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "--wait is a time like 90s or 10m, not '%s'",
	    value);
}

static bool
set_notify(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	return dsn_args_notify(value, &a->notify) ||
	    err_set(e, ERR_USAGE, STAGE_NONE, "",
		"--notify is never, or some of failure,success,delay, not '%s'", value);
}

static bool
set_return(void *target, const char *value, struct err *e)
{
	struct send_args *a = target;

	if (str_eq_nocase(value, "headers"))
		a->ret = RETURN_HEADERS;
	else if (!dsn_args_return(value, &a->ret))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--return is headers or full, not '%s'", value);
	return true;
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
    {.name = "wait",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_wait,
	.help = "wait that long for a temporary refusal to pass, and try again meanwhile"},
    {.name = "hold",
	.kind = ARGS_FLAG,
	.at = AT(hold),
	.help = "keep it in the queue until it is released"},
    {.name = "lifetime",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_lifetime,
	.help = "give it up after that time in the queue"},
    {.name = "notify",
	.values = "never|failure|success|delay,",
	.arg = "WHEN",
	.kind = ARGS_CALL,
	.call = set_notify,
	.help = "which notices the sender wants: never, or some of failure,success,delay"},
    {.name = "return",
	.values = "headers|full",
	.arg = "WHAT",
	.kind = ARGS_CALL,
	.call = set_return,
	.help = "how much of the message a notice holds: headers or full"},
    {.name = "print",
	.kind = ARGS_FLAG,
	.at = AT(print),
	.help = "print what would be sent; no connection is made"},
    {.name = "timing", .kind = ARGS_FLAG, .at = AT(timing), .help = "how long each stage took"},
    {.name = "transcript",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(transcript),
	.help = "add the conversation with the server to a file, as -vv shows it"},
    {.name = "report-to",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(report_to),
	.help = "write the report into a file too, as --json prints it"},
};

struct args_group
send_args_group(void)
{
	return (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	};
}
