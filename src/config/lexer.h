/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lexer.h - the text of a configuration file, line by line (config.md 4.2).
 *
 * Values are raw to the end of the line: no escapes, no comments behind
 * them, so that a password with a '#' in it is what it looks like. Knows nothing
 * of keys and their meaning.
 */
#ifndef CONFIG_LEXER_H
#define CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/place.h"

struct lexer_item {
	bool section;     /* [kind name], else key = value */
	const char *kind; /* of a section, NULL: its header is broken (told already) */
	const char *name; /* of a section, "" when it has none; the key of a pair */
	const char *value;
	bool optional;        /* ?key: not an error when unknown */
	struct place at;      /* of the section's kind, or the key */
	struct place name_at; /* of the section's name */
	struct place value_at;
};

/*
 * Calls item for each section and pair of text[0..n), in order; adds what is wrong to d and goes on
 * behind it. Strings live in mem; file is kept as it is.
 */
void
lexer_run(struct arena *mem, const char *file, const char *text, size_t n,
    void (*item)(void *arg, const struct lexer_item *item), void *arg, struct diags *d);

#endif
