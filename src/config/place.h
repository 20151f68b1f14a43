/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place.h - where something stands in a configuration, fit to be shown.
 *
 * A place is made while the text is still there and outlives it, so it holds
 * its own copy of the line: one column a character, no control characters, and
 * nothing of a secret. Whoever prints a place cannot leak or garble anything.
 */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/diag.h"

#define PLACE_HIDDEN "(hidden)"

/* As in struct diag; a zeroed place with a file is "somewhere in that file". */
struct place {
	const char *file;
	int line, column, width;
	const char *source;
};

/* A line as it was written: valid as long as the text it was cut from. */
struct place_line {
	const char *file;
	int line;
	const char *text;
	size_t n;
	const char *source; /* what is shown of it: place_source() */
};

/*
 * What may be shown of text[0..n): blanks for tabs, '?' for what is not a printable UTF-8
 * character, passwords in URLs hidden, "..." behind 200 characters. From `secret` on (n: nothing)
 * PLACE_HIDDEN stands in place of the text.
 */
const char *
place_source(struct arena *mem, const char *text, size_t n, size_t secret);
/* The place of l->text[off, off + width). */
struct place
place_at(const struct place_line *l, size_t off, size_t width);
/* text[0..n) for use inside a sentence: escaped, cut at 60 octets, passwords in URLs hidden. */
const char *
place_quote(struct arena *mem, const char *text, size_t n);
/* Adds a finding; hint may be NULL. */
void
place_report(struct diags *d, const struct place *at, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
