/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diag.h - all that is wrong with a configuration, at once.
 *
 * A list of findings with file, line and column, so that a person mends the
 * file in one go; cli prints them with the line and a caret.
 */
#ifndef CONFIG_DIAG_H
#define CONFIG_DIAG_H

#include <stddef.h>

#include "base/arena.h"

struct diag {
	const char *file;   /* path, or "--set", "POSTRIDER_URL", "--server" */
	int line, column;   /* from 1; 0: the finding has no place in the text */
	int width;          /* of the caret line, at least 1 */
	const char *source; /* the offending line, NULL: none */
	const char *text;   /* "unknown key 'prot' in section [account]" */
	const char *hint;   /* "did you mean 'port'?", NULL: none */
};

struct diags {
	struct arena mem;
	struct diag *items;
	size_t n;
};

void
diags_done(struct diags *d);
/* Appends a copy; all strings are copied into the list's arena. */
void
diags_add(struct diags *d, const struct diag *item);

#endif
