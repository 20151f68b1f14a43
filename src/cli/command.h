/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command.h - THE table of commands: a name, a line of help, who does it.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/args.h"
#include "cli/shared.h"
#include "cli/ui.h"

#define COMMAND_GROUPS_MAX 2

struct command;

struct command_call {
	const struct command *command;
	struct arena *mem;
	const char *program;
	bool own;                 /* called by our own name */
	const char *const *words; /* behind the command, ends in NULL */
	struct shared shared;     /* the options in front of it */
};

struct command {
	const char *name;
	const char *synopsis; /* behind the name */
	/*
	 * For completions: "verb|verb SOURCE...|..." with the sources of what may follow, or the
	 * sources alone ("@accounts"); NULL: nothing is known.
	 */
	const char *operands;
	const char *help;     /* one line; NULL: works, but is shown nowhere */
	const char *examples; /* lines for -h, NULL: none */
	bool sends;           /* a usage error means that nothing was sent */
	/* Returns the exit status. */
	int (*run)(const struct command_call *call);
	/* Its option tables, without targets; returns how many. */
	size_t (*groups)(struct args_group out[COMMAND_GROUPS_MAX]);
};

extern const struct command command_table[];
extern const size_t command_table_count;

/* NULL: no such command. */
const struct command *
command_find(const char *name);
/* hidden: those that help does not show, too. */
void
command_names(struct arena *mem, bool hidden, struct args_list *out);
/* "Usage: ...", examples, options. */
void
command_usage(const struct command *c, struct buf *out);
/*
 * What each command of ours begins with: parses the words by its tables and sets up ui. false:
 * *status is the exit status; an error was told, or --help or --version was answered.
 */
bool
command_begin(const struct command_call *call, struct args *args, const struct shared *shared,
    struct ui *ui, int *status);

#endif
