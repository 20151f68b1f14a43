/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * faultn_tree.h - a command and its descendants under ptrace(2): who they are, what they are about
 * to call, and what of it is changed.
 */
#ifndef TESTS_FAULTN_TREE_H
#define TESTS_FAULTN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "faultn_calls.h"

#define TREE_MAX 64

struct task {
	pid_t pid; /* 0: nobody here */
	unsigned ordinal;
	bool started; /* its first SIGSTOP, which is ours, has been seen */
	/* of the call it is in */
	const struct call *call;
	uint64_t args[6];
	char target[300]; /* the path, or what the descriptor is; "-" */
	unsigned long point;
	bool forced;
	int64_t result;
};

struct tree {
	struct task tasks[TREE_MAX];
	unsigned ntasks; /* so far */
	bool killed;
};

enum tree_stop { TREE_ENTRY, TREE_EXIT, TREE_NEITHER };

/* Starts the command stopped; -1: it cannot be traced. */
pid_t
tree_start(char **command);
/* The task of that number, a new one if need be. */
struct task *
tree_task(struct tree *tree, pid_t pid);
/* How many there are now. */
unsigned
tree_count(const struct tree *tree);
void
tree_forget(struct tree *tree, struct task *t);
/* SIGKILL for all there are; who is forked meanwhile shows up later. */
void
tree_kill(struct tree *tree);
/* To its next stop, with that signal (0: none). */
void
tree_go_on(const struct task *t, int sig);
/* What kind of stop; TREE_ENTRY fills call, args and target, TREE_EXIT *result. */
enum tree_stop
tree_look(struct task *t, int64_t *result);

/* --- at a TREE_ENTRY; false: not on this machine --- */
bool
tree_skip_call(const struct task *t);
bool
tree_set_arg(const struct task *t, int index, uint64_t value);
/* Writes into the memory of the task, read-only or not. */
bool
tree_poke(const struct task *t, uint64_t at, const char *data, size_t n);
/* --- at a TREE_EXIT --- */
bool
tree_set_result(const struct task *t, int64_t value);

#endif
