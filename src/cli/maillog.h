/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * maillog.h - what became of each message, in the system's log.
 *
 * A line a recipient, with names for all its parts: the answer to "did my
 * mail of Tuesday go out?" when nobody looked. Nothing that fails here changes
 * anything.
 */
#ifndef CLI_MAILLOG_H
#define CLI_MAILLOG_H

#include "base/err.h"
#include "cli/report.h"

/* program: basename of argv[0]; tag: -L, NULL: none. Copied. */
void
maillog_init(const char *program, const char *tag);
void
maillog_attempt(const struct report *r);
void
maillog_trouble(const struct err *e);

#endif
