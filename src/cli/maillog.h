/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * maillog.h - what became of each message, in the log.
 *
 * A line a message that comes in, and a line a recipient, with names for all its
 * parts: the answer to "did my mail of Tuesday go out?" when nobody looked.
 * Nothing that fails here changes anything.
 */
#ifndef CLI_MAILLOG_H
#define CLI_MAILLOG_H

#include "base/err.h"
#include "cli/report.h"
#include "cli/shared.h"
#include "config/config.h"
#include "queue/entry.h"

/* program: basename of argv[0]; tag: -L, NULL: none. Copied. */
void
maillog_init(const char *program, const char *tag);
/* Where the log goes from now on: [log]. */
void
maillog_settle(const struct config *c);
/* The same for trouble that comes before the configuration is read. */
void
maillog_settle_early(const struct shared *shared);
/* It was taken in, and is about to be sent or kept. */
void
maillog_received(const struct report *r);
/* What became of it; with -v says when that could not be logged as it should. */
void
maillog_attempt(const struct report *r);
/*
 * A person has held, released or removed what is left of it: status. Of its recipients those who
 * have it already are left out.
 */
void
maillog_changed(struct entry *en, const char *status);
void
maillog_trouble(const struct err *e);

#endif
