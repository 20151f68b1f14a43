/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * aliases.h - alias files in the syntax of aliases(5), as text and nothing more.
 *
 *   name: target, target, "quoted target"
 *           , a line that begins with a blank goes on with the one before
 *   # a line of its own
 *
 * A target is an address, another name, \name (no further alias), or :include:/path. Commands
 * ("|cmd") and files ("/path") are known and refused: nothing is ever run or written for an alias.
 * A line that is wrong spoils its own names only: mail for the others must not stop. The first of
 * two lines with the same name holds, as with other mail systems.
 */
#ifndef CONFIG_ALIASES_H
#define CONFIG_ALIASES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/diag.h"

enum alias_kind { ALIAS_ADDRESS, ALIAS_FINAL, ALIAS_INCLUDE, ALIAS_REFUSED };

struct alias_target {
	enum alias_kind kind;
	/* address or name in wire form; of INCLUDE the path; of REFUSED a sentence */
	const char *text;
};

struct alias {
	const char *name; /* lower case */
	const char *file;
	int line;
	size_t order; /* of appearance, over all files */
	struct alias_target *targets;
	size_t n;
};

struct aliases;

/*
 * Reads the files in order; of the text nothing is kept outside mem. Findings go to d (NULL: nobody
 * asks): what is wrong with a line, and files that cannot be read unless may_lack.
 */
struct aliases *
aliases_load(struct arena *mem, const char *const *files, size_t n, bool may_lack, struct diags *d);
/* The same of a text that is at hand; file is its name in what is said. */
struct aliases *
aliases_parse(struct arena *mem, const char *file, const char *text, size_t n, struct diags *d);
/* A sentence about the first file that is there and cannot be read, or lacks and may not; or NULL.
 */
const char *
aliases_trouble(const struct aliases *a);
size_t
aliases_count(const struct aliases *a);
/* In the order of their names. */
const struct alias *
aliases_at(const struct aliases *a, size_t i);
/* By the local part, without case; NULL: none. */
const struct alias *
aliases_find(const struct aliases *a, const char *name, size_t n);
/*
 * The targets of an :include: file, a list over any number of lines. NULL: *why is a sentence. It
 * must belong to root or to the caller, and be writable by nobody else.
 */
struct alias_target *
aliases_include(struct arena *mem, const char *path, size_t *n, const char **why);

#endif
