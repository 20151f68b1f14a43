/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sendmail_args.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/sendmail_option.h"
#include "message/dsn_args.h"

bool
sendmail_args_warn(struct sendmail_args *a, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	args_push(a->mem, &a->warnings, arena_strdup(a->mem, text));
	return true;
}

static bool
set_from(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;
	const char *from = addrarg_sender(a->mem, value, e);

	if (from == NULL)
		return false;
	a->from = from;
	return true;
}

/* Only 8-bit octets in the body decide, and we count those ourselves. */
static bool
set_body(void *target, const char *value, struct err *e)
{
	(void)e;
	if (str_eq_nocase(value, "7BIT") || str_eq_nocase(value, "8BITMIME"))
		return true;
	return sendmail_args_warn(target, "body type '%s' of -B is not known and ignored", value);
}

/* ---- RFC 3461: -N, -R, -V */

static bool
set_notify(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	(void)e;
	return dsn_args_notify(value, &a->notify) ||
	    sendmail_args_warn(a,
		"'%s' of -N is neither never nor some of success,failure,delay, and ignored",
		value);
}

static bool
set_return(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	(void)e;
	return dsn_args_return(value, &a->ret) ||
	    sendmail_args_warn(a, "'%s' of -R is neither full nor hdrs, and ignored", value);
}

static bool
set_envid(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	(void)e;
	if (!dsn_args_is_envid(value))
		return sendmail_args_warn(a,
		    "the envelope id of -V is not 1 to %d printable characters, and ignored",
		    DSN_ARGS_ENVID_MAX);
	a->envid = value;
	return true;
}

/* ---- -b */

static bool
set_mode(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	switch (value[0]) {
	case 'm':
		a->smtp = false;
		return true;
	case 'V':
		a->version = true;
		return true;
	case 'h':
	case 'H':
		a->nothing = true;
		return true;
	case 'P':
		a->count = true;
		return true;
	case 'p':
		a->list = true;
		return true;
	case 's':
		a->smtp = true;
		return true;
	case 'i':
		a->check_aliases = true;
		return true;
	case 'v':
		a->verify = true;
		return true;
	case 'd':
	case 'D':
	case 'l':
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "-b%c is not supported: this is no daemon, it listens nowhere", value[0]);
	case 't':
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "-bt is not supported: there are no rules to test; -bv shows where an address goes");
	case 'S':
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "-bS is not supported: batches of SMTP belong to UUCP; -bs is a dialogue");
	default:
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "mode '-b%s' is not supported", value);
	}
}

/* ---- refused */

/* Exim's verbs for its queue stand where sendmail 8 has the value of a macro, which is ignored. */
static bool
set_macro(void *target, const char *value, struct err *e)
{
	static const char *const verbs[] = {"C", "G", "R", "ar", "c", "eb", "es", "f", "g", "mad",
	    "md", "rm", "set", "t", "vb", "vc", "vh", "vl"};

	(void)target;
	if (value == NULL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "-M is not supported");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (str_eq(value, verbs[i]))
			return err_set(e, ERR_USAGE, STAGE_NONE, "", "-M%s is not supported",
			    value);
	return true;
}

static bool
ignore_config(void *target, const char *value, struct err *e)
{
	(void)e;
	return sendmail_args_warn(target,
	    "-C %s is ignored: a configuration can be chosen only as 'postrider -C FILE ...'",
	    value);
}

static bool
ignore_log(void *target, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	return sendmail_args_warn(target,
	    "-X is ignored: no file is written for a caller; -vv shows the conversation");
}

/* -q, -qf, -q30m, -qIid, -qRpart, -qSpart, with '!' in front of I, R, S for all the others. */
static bool
set_queue_run(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	(void)e;
	a->run = true;
	return value == NULL || queue_run_parse(value, &a->queue) ||
	    sendmail_args_warn(a, "'-q%s' is not known: the whole queue is run once", value);
}

static bool
refuse_selection(void *target, const char *value, struct err *e)
{
	(void)target;
	(void)value;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "-S, -Q and -z are not supported");
}

/* decisions.md 17: an argument appended by a stranger must not reach the configuration. */
static bool
refuse_prefix(void *target, const char *value, struct err *e)
{
	(void)target;
	(void)value;
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "--config, --set and --server count only in front of a sendmail command line, under the name "
	    "postrider");
}

#define AT(field) offsetof(struct sendmail_args, field)
#define IGNORED "accepted and ignored"

static const struct args_option options[] = {
    {.name = "read-recipients",
	.letter = 't',
	.kind = ARGS_FLAG,
	.at = AT(read_recipients),
	.help = "take recipients from To, Cc and Bcc, beside those given"},
    {.name = "from",
	.letter = 'f',
	.arg = "ADDRESS",
	.kind = ARGS_CALL,
	.call = set_from,
	.help = "sender of the envelope; '' or '<>' is the null sender"},
    {.letter = 'r', .arg = "ADDRESS", .kind = ARGS_CALL, .call = set_from, .help = "the same"},
    {.letter = 'F',
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(full_name),
	.help = "full name, for a From field that has to be added"},
    {.letter = 'i',
	.kind = ARGS_FLAG,
	.at = AT(ignore_dots),
	.help = "a line of a single dot does not end the message (it does only on a terminal)"},
    {.name = "account",
	.letter = 'a',
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(account),
	.help = "send through this account"},
    {.letter = 'N',
	.arg = "EVENTS",
	.kind = ARGS_CALL,
	.call = set_notify,
	.help = "when to report: never, or some of success,failure,delay"},
    {.letter = 'R',
	.arg = "PART",
	.kind = ARGS_CALL,
	.call = set_return,
	.help = "what a report returns: full or hdrs"},
    {.letter = 'V',
	.arg = "ENVID",
	.kind = ARGS_CALL,
	.call = set_envid,
	.help = "envelope id that reports mention"},
    {.letter = 'v',
	.kind = ARGS_COUNT,
	.at = AT(verbose),
	.help = "show the steps on stderr; twice: the conversation with the server"},
    {.letter = 'o',
	.arg = "X",
	.kind = ARGS_CALL,
	.call = sendmail_option_short,
	.help =
	    "old options: -oi, -oem; -odi now, -odb from the queue at once, -odq with its next run"},
    {.letter = 'O',
	.arg = "NAME=VALUE",
	.kind = ARGS_CALL,
	.call = sendmail_option_long,
	.help = "IgnoreDots and DeliveryMode count; requiretls=yes is refused, others are ignored"},
    {.letter = 'b',
	.arg = "MODE",
	.kind = ARGS_CALL,
	.call = set_mode,
	.help =
	    "-bm, to send a message, is the default; -bs speaks SMTP on standard input and output; "
	    "-bp lists the queue, -bV shows the version"},
    {.letter = 'q',
	.arg = "[X]",
	.kind = ARGS_CALL,
	.call = set_queue_run,
	.shape = ARGS_GLUED,
	.help = "run the queue; -qf: also what is not due; -qITEXT, -qRTEXT, -qSTEXT: of this id, "
		"recipient, sender; -q30m: again and again (only as postrider)"},
    {.letter = 'e',
	.arg = "MODE",
	.kind = ARGS_CALL,
	.call = sendmail_option_errors,
	.help = "-eq says nothing about errors; m, p, w, e change nothing"},
    {.letter = 'B',
	.arg = "TYPE",
	.kind = ARGS_CALL,
	.call = set_body,
	.help = "7BIT or 8BITMIME; the message itself decides"},
    {.letter = 'n', .kind = ARGS_FLAG, .at = AT(no_aliases), .help = "follow no aliases"},
    {.letter = 'I', .kind = ARGS_FLAG, .at = AT(check_aliases), .help = "as -bi"},
    {.letter = 'L',
	.arg = "TAG",
	.kind = ARGS_TEXT,
	.at = AT(tag),
	.help = "tag for the system's log"},
    {.name = "read-envelope-from",
	.kind = ARGS_IGNORE,
	.help =
	    "accepted: without -f the account's own address is the sender, else the one in From"},
    {.letter = 'C',
	.arg = "FILE",
	.kind = ARGS_CALL,
	.call = ignore_config,
	.help = "ignored with a warning"},
    {.letter = 'X',
	.arg = "FILE",
	.kind = ARGS_CALL,
	.call = ignore_log,
	.help = "ignored with a warning"},
    {.letter = 'A', .arg = "X", .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'c', .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'D', .arg = "X", .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'd', .arg = "[X]", .kind = ARGS_IGNORE, .shape = ARGS_GLUED, .help = IGNORED},
    {.letter = 'E', .arg = "[X]", .kind = ARGS_IGNORE, .shape = ARGS_GLUED, .help = IGNORED},
    {.letter = 'G', .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'h', .arg = "N", .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'J', .arg = "[X]", .kind = ARGS_IGNORE, .shape = ARGS_GLUED, .help = IGNORED},
    {.letter = 'M',
	.arg = "[X]",
	.kind = ARGS_CALL,
	.call = set_macro,
	.shape = ARGS_GLUED,
	.help = IGNORED},
    {.letter = 'm', .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'p', .arg = "X", .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 's', .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'T', .arg = "[X]", .kind = ARGS_IGNORE, .shape = ARGS_GLUED, .help = IGNORED},
    {.letter = 'U', .kind = ARGS_IGNORE, .help = IGNORED},
    {.letter = 'x', .kind = ARGS_IGNORE, .help = IGNORED},
    {.name = "require-body",
	.kind = ARGS_FLAG,
	.at = AT(require_body),
	.help = "refuse an empty input: neither header nor body"},
    {.name = "help", .kind = ARGS_FLAG, .at = AT(help), .help = "this help"},
    {.name = "version", .kind = ARGS_FLAG, .at = AT(version), .help = "the version"},
    /* known so that the answer is a sentence */

    {.letter = 'Q', .arg = "X", .kind = ARGS_CALL, .call = refuse_selection},
    {.letter = 'S', .arg = "X", .kind = ARGS_CALL, .call = refuse_selection},
    {.letter = 'z', .arg = "X", .kind = ARGS_CALL, .call = refuse_selection},
    {.name = "config", .arg = "FILE", .kind = ARGS_CALL, .call = refuse_prefix},
    {.name = "set", .arg = "KEY=VALUE", .kind = ARGS_CALL, .call = refuse_prefix},
    {.name = "server", .arg = "URL", .kind = ARGS_CALL, .call = refuse_prefix},
};

struct args_group
sendmail_args_group(struct sendmail_args *a)
{
	return (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	    .target = a,
	};
}

bool
sendmail_args_parse(const char *const *words, struct sendmail_args *out, struct err *e)
{
	const struct args_group group = sendmail_args_group(out);
	struct args args = {
	    .mem = out->mem,
	    .groups = &group,
	    .ngroups = 1,
	    .order = ARGS_STRICT,
	    .words = words,
	};

	if (!args_parse(&args, e))
		return false;
	out->operands = args.operands;
	return true;
}
