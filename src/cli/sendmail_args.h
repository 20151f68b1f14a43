/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sendmail_args.h - the sendmail(8) command line.
 *
 * Forty years of programs call it with letters of nine different MTAs, so
 * all of them are known here; most are taken and ignored, those that
 * would change what becomes of a message either work or are refused with a sentence.
 * None can name a file to read, write or run (decisions.md 17).
 */
#ifndef CLI_SENDMAIL_ARGS_H
#define CLI_SENDMAIL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/args.h"
#include "cli/queue_run.h"
#include "deliver/submit.h"
#include "message/envelope.h"

struct sendmail_args {
	struct arena *mem; /* the caller's */
	const char *account, *full_name, *tag, *envid;
	const char *from; /* in wire form; NULL: not given */
	unsigned notify;
	enum dsn_return ret;
	unsigned verbose;
	bool read_recipients, ignore_dots, mute, help, version;
	bool require_body;
	bool nothing; /* -bh, -bH: nothing to do, and no error */
	bool count;   /* -bP */
	bool list;    /* -bp */
	bool run;     /* -q: the queue, no message */
	struct queue_run_args queue;
	enum submit_when when; /* -od, -O DeliveryMode */
	bool when_given, background;
	struct args_list operands;
	/* What was taken but does not count: one sentence each. */
	struct args_list warnings;
};

/* The tables, for help and completions. a may be NULL there. */
struct args_group
sendmail_args_group(struct sendmail_args *a);
/* words ends in NULL. *out is filled from zero but for mem. false: e (ERR_USAGE). */
bool
sendmail_args_parse(const char *const *words, struct sendmail_args *out, struct err *e);
/* An option is taken but does not count: one sentence to be said, and the message goes its way.
 * Always true. */
bool
sendmail_args_warn(struct sendmail_args *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
