/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * smtp_stdio.h - `sendmail -bs`: SMTP on standard input and output.
 *
 * Standard output holds replies and nothing else; what else there is to say goes to the
 * system's log, and with -v to standard error.
 */
#ifndef CLI_SMTP_STDIO_H
#define CLI_SMTP_STDIO_H

#include "cli/command.h"
#include "cli/sendmail_args.h"
#include "cli/ui.h"

/* Serves one session and returns the exit status. */
int
smtp_stdio_run(const struct command_call *call, const struct sendmail_args *a, const struct ui *ui);

#endif
