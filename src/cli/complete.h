/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * complete.h - what may stand at the cursor of a command line.
 *
 * Everything is decided here, from the tables of commands and options, so the
 * scripts of the three shells only ask and show. A candidate is a line,
 * "WORD<TAB>HELP"; ":files PREFIX" means: the names of files, behind PREFIX;
 * ":users" the users of the machine.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/shared.h"

/*
 * words: those behind "postrider", of which the last is the one at the cursor, maybe ""; ends in
 * NULL. Candidates begin with what that word has already.
 */
void
complete_words(struct arena *mem, const struct shared *shared, const char *const *words,
    struct buf *out);

#endif
