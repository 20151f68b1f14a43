/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * faultn_calls.h - the system calls that matter to a queue: what they are called, what they do
 * something to, and what can go wrong with them.
 */
#ifndef TESTS_FAULTN_CALLS_H
#define TESTS_FAULTN_CALLS_H

#include <stdbool.h>
#include <stdint.h>

enum call_class {
	CALL_OTHER,
	CALL_STORAGE, /* files and directories */
	CALL_SOCKET,  /* sockets, and waiting for them */
	CALL_PROCESS, /* new processes, and pipes to them */
	CALL_BY_FD,   /* storage, or socket when the descriptor is one; a pipe counts as socket */
	/* only asked for */
	CALL_ALL,
	CALL_SPACE, /* those that may find a disk full */
	CALL_OPENS, /* those that want a new descriptor */
};

struct call {
	long nr;
	const char *name;
	enum call_class class;
	/* which argument, -1: none */
	int fd;    /* the descriptor it is about */
	int path;  /* the path it is about */
	int count; /* how many octets it may move */
};

/* Never NULL; an unknown call has the name "?". */
const struct call *
call_find(long nr);
/* Does that call, to that target (a path, or "socket:[1]"), belong to the class? */
bool
call_is_in(const struct call *c, const char *target, const uint64_t args[6],
    enum call_class wanted);
bool
call_class_parse(const char *name, enum call_class *out);

#endif
