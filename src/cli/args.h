/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * args.h - one parser for every command line, driven by tables.
 *
 * A row is an option: its names, its argument, where the value goes, one line
 * of help. The same rows make --help, the completions and the check of the
 * manual page, so nothing is listed twice. Names are never abbreviated: a script
 * that says --fro would change its meaning on the day of --frozen.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum args_kind {
	ARGS_FLAG,   /* bool: set */
	ARGS_COUNT,  /* unsigned: one more each time */
	ARGS_TEXT,   /* const char *: the last one wins */
	ARGS_LIST,   /* struct args_list: all, in order */
	ARGS_CALL,   /* call() decides */
	ARGS_IGNORE, /* taken and forgotten */
};

enum args_shape {
	ARGS_ANYWHERE, /* an argument in the same word or the next one */
	/* an argument only in the same word, and only if there is one: sendmail's -q15m and -q */
	ARGS_GLUED,
};

struct args_list {
	const char **items;
	size_t n;
};

struct args_option {
	const char *name; /* without dashes, NULL: none */
	char letter;      /* 0: none */
	const char *arg;  /* what --help calls the argument, NULL: takes none */
	const char *help; /* NULL: works, but is shown nowhere */
	/*
	 * For completions: "auto|always|never", or "@files", "@users", "@text" (maybe @FILE),
	 * "@keys=",
	 * "@NAME": a list of cmd_complete; a comma behind it: several, with commas between.
	 * NULL: files where arg says FILE, else nothing is known.
	 */
	const char *values;
	enum args_kind kind;
	size_t at; /* offset in the group's target */
	/* value is NULL without an argument. false: e is filled (ERR_USAGE). */
	bool (*call)(void *target, const char *value, struct err *e);
	enum args_shape shape;
};

/* A table, and the struct it fills. */
struct args_group {
	const char *title; /* in --help */
	const struct args_option *options;
	size_t noptions;
	void *target;
};

enum args_order {
	ARGS_MIXED,  /* options and operands in any order, "--" ends the options */
	ARGS_PREFIX, /* stop before the first word that is no option of these tables */
	/* options first: a word with a dash behind an operand is an error (decisions.md 18) */
	ARGS_STRICT,
};

struct args {
	struct arena *mem;
	const struct args_group *groups;
	size_t ngroups;
	enum args_order order;
	const char *const *words; /* ends in NULL; argv[0] is not part of it */
	/* results */
	struct args_list operands;
	size_t used; /* words eaten: all of them save with ARGS_PREFIX */
};

/*
 * Fills the targets and the operands. With ARGS_PREFIX a bundle like -vti, of which one letter is
 * unknown, is left whole. false: e tells (ERR_USAGE): unknown option (with the most similar
 * one), argument missing, argument not wanted, an option behind the operands.
 */
bool
args_parse(struct args *a, struct err *e);
/* Appends to a list of the arena. */
void
args_push(struct arena *mem, struct args_list *list, const char *item);
/* The options of --help, a line each, titles between the groups. */
void
args_help(const struct args_group *groups, size_t ngroups, struct buf *out);
/* "LONG<TAB>LETTER<TAB>ARGUMENT<TAB>HELP" a line, "-" for what is not there: for machines. */
void
args_dump(const struct args_group *groups, size_t ngroups, struct buf *out);

#endif
