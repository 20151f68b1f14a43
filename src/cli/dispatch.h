/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dispatch.h - which grammar does this command line speak?
 *
 * The name we were called by decides; under our own name the first word that
 * is no shared option does: one with '@' or a dash begins a sendmail command
 * line, a known command its own, and any other word is an error. No command
 * will ever hold '@' or begin with a dash, so commands can be added for ever and
 * a mistyped one never turns into mail.
 */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/shared.h"

enum dispatch_grammar {
	DISPATCH_SENDMAIL,
	DISPATCH_COMMAND,
	DISPATCH_HELP,
	DISPATCH_VERSION,
	DISPATCH_USAGE, /* e tells what is wrong */
	DISPATCH_MAILQ,
	DISPATCH_NEWALIASES,
	DISPATCH_RUNQ,
	DISPATCH_NOTHING,     /* hoststat, purgestat: nothing to do, and no error */
	DISPATCH_UNSUPPORTED, /* rmail, bsmtp, smtpd */
};

struct dispatch {
	enum dispatch_grammar grammar;
	const char *program;      /* base name of argv[0]: the prefix of every message */
	bool own;                 /* our own name, not sendmail's */
	const char *command;      /* DISPATCH_COMMAND */
	const char *const *words; /* the rest: operands of the command, or the sendmail line */
	struct shared shared;     /* what stood in front */
	const char *unknown;      /* DISPATCH_USAGE because of this word, NULL: of something else */
	struct err err;
};

/*
 * argv ends in NULL and may be empty. tty: a person sits at our output. commands: the names known.
 * Pure: looks at nothing else.
 */
void
dispatch_decide(struct arena *mem, const char *const *argv, bool tty,
    const struct args_list *commands, struct dispatch *out);

#endif
