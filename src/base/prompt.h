/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prompt.h - a question on the terminal, whatever standard input and output are.
 */
#ifndef BASE_PROMPT_H
#define BASE_PROMPT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/* Is there a terminal to ask on? */
bool
prompt_possible(void);
/*
 * Asks on /dev/tty without echo, which comes back even after Ctrl-C. false: e (ERR_CONFIG,
 * STAGE_SECRET): no terminal, or nothing was given.
 */
bool
prompt_secret(const char *question, struct secret *out, struct err *e);
/* The answer without its line end and the blanks around it. false: no terminal, or end of file. */
bool
prompt_line(const char *question, struct buf *out);

#endif
