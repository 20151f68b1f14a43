/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * request.h - a message and what is to be done with it.
 *
 * Both grammars end here; from here on nothing depends on how it was asked for.
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/addrarg.h"
#include "cli/args.h"
#include "cli/shared.h"
#include "cli/ui.h"
#include "deliver/submit.h"
#include "message/envelope.h"

/* decisions.md 15: a program that sends mail does not hang because a server does. */
#define REQUEST_PATIENCE_MS ((int64_t)60 * 1000)

struct request {
	const struct shared *shared; /* configuration asked for */
	const char *account;         /* NULL: chosen */
	const char *from;            /* in wire form; "" null sender; NULL: chosen */
	const char *full_name;
	struct args_list rcpts; /* in wire form */
	struct addrarg_bad bad;
	bool read_recipients; /* -t */
	bool dot_ends;
	unsigned notify;
	enum dsn_return ret;
	const char *envid;
	bool no_aliases;   /* -n */
	bool require_body; /* an empty input is refused */
	/* the message: as of struct intake, and why a read has failed; else it comes from fd */
	ssize_t (*read)(void *arg, char *chunk, size_t n);
	void *read_arg;
	const struct err *read_trouble;
	int fd;
	bool dry_run, print, timing;
	int transcript; /* file for the conversation, 0: none */
	enum submit_when when;
	bool when_given; /* no: now, and what is temporary is kept where there is a queue */
	bool background; /* SUBMIT_QUEUE: and a run begins at once, without the caller */
	bool hold;
	int64_t lifetime_ms; /* in the queue, 0: as configured */
	int64_t wait_ms;     /* so long it is tried again while the caller waits; 0: not */
};

/* Does it, tells about it, and returns the exit status. */
int
request_run(const struct request *r, const struct ui *ui);
/*
 * Reads a pipe to its end when nothing else will: a writer must not die of SIGPIPE because of our
 * trouble. Leaves a terminal alone.
 */
void
request_drain(int fd);

#endif
