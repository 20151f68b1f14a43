/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * textarg.h - arguments that are a text or say where one is.
 *
 * TEXT is the text, @FILE a file, - standard input, and @@TEXT a text that
 * begins with '@'.
 */
#ifndef CLI_TEXTARG_H
#define CLI_TEXTARG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/ui.h"

#define TEXTARG_MAX ((size_t)64 * 1024 * 1024)

bool
textarg_is_stdin(const char *word);
/* The terminal as a source of text is a surprise: says so, or refuses (ERR_USAGE). */
bool
textarg_announce(const struct ui *ui, const char *what, struct err *e);
/* Appends the text to out. false: e (ERR_LOCAL, STAGE_INPUT: 66; ERR_MESSAGE when too big: 65). */
bool
textarg_load(const char *word, struct buf *out, struct err *e);
/*
 * The name of a file as a key of the configuration takes it: there a relative one is refused, for
 * nobody knows where the next run stands, but who types it means his folder. NULL stays NULL.
 */
const char *
textarg_path(struct arena *mem, const char *name);

#endif
