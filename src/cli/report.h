/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.h - tells whoever waits what became of the message.
 *
 * A table for a person, a line for each recipient in trouble for a program,
 * objects with --json; the last line is always the fate of the mail. Success is
 * silent wherever nobody looks (cron would mail it).
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/ui.h"
#include "config/account.h"
#include "message/envelope.h"

struct report {
	const struct ui *ui;
	const struct envelope *env;
	const struct account *account; /* NULL: none could be chosen, see waits */
	size_t nbad; /* recipients that could not even be taken, and the first one's reason */
	const struct err *bad;
	bool dry_run;
	const char *queue; /* its directory, NULL: none was needed */
	const char *id;    /* under which it is kept in the queue, NULL: it is not */
	int64_t next_ms;   /* wall: next try, 0: with the next run */
	bool hold;         /* kept until a person releases it */
	bool keep_failed;  /* it should have been kept and could not be */
	bool told;         /* a notice about the refused ones goes to the sender */
	const struct err
	    *waits;      /* why it cannot be tried before the configuration is mended, or NULL */
	bool waits_said; /* the reader knows that already */
};

/* After an attempt. Prints, logs a line a recipient, and returns the exit status. */
int
report_attempt(const struct report *r);
/* When there was none: what is wrong, and that nothing was sent. a may be NULL. Returns the status.
 */
int
report_trouble(const struct ui *ui, const struct account *a, const struct err *e);

/* What to do about it, as far as that is known; a may be NULL. */
void
report_hint(const struct ui *ui, const struct account *a, const struct err *e);
/* What is wrong and what to do about it, without a word about mail. */
void
report_cause(const struct ui *ui, const struct account *a, const struct err *e);

#endif
