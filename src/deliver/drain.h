/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drain.h - the worker that empties a queue over one connection.
 *
 * It is handed one id after the other by its parent, claims the file by flock
 * (after the fork: locks would be shared), sends what is open over a kept session, and
 * writes everything it learns into the entry. It cannot remove, rename or
 * create files; what the directory needs is done by the parent, which gets a
 * short answer for each id.
 */
#ifndef DELIVER_DRAIN_H
#define DELIVER_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "config/account.h"
#include "queue/schedule.h"
#include "queue/spool.h"

/* After so many tries that killed their worker a message is held (poison rule). */
#define DRAIN_POISON 3

enum drain_result {
	DRAIN_ASK,     /* not an answer: the question for a password follows (ask.h) */
	DRAIN_DONE,    /* every cell is final: the file can go */
	DRAIN_OPEN,    /* it stays; its next try is set */
	DRAIN_FAILED,  /* somebody is refused for good, or it has expired: a notice is due */
	DRAIN_SKIPPED, /* locked by somebody else, or gone */
	DRAIN_CORRUPT, /* no queue file: reason in err */
	DRAIN_POISONED,
	DRAIN_RELAY,   /* the server cannot be used: reason in err; the message is untouched */
	DRAIN_TROUBLE, /* this machine's fault: reason in err */
};

struct drain_order {
	char id[ENTRY_ID_MAX]; /* "" : no more, end */
};

struct drain_answer {
	enum drain_result result;
	char id[ENTRY_ID_MAX];
	size_t nsent, nopen, nfailed; /* recipients */
	bool in_doubt;  /* an earlier attempt may have delivered it: possible duplicate */
	bool connected; /* the server was reached and took our login */
	struct err err;
};

struct drain {
	struct spool *spool;
	const struct account *account;
	const struct schedule *schedule;
	const struct trace *trace; /* not NULL */
	size_t per_connection;     /* messages, then a new connection; 0: no limit */
	bool hold_doubtful;        /* in-doubt messages are not sent again: DRAIN_POISONED */
	int sock;                  /* orders in, answers out, passwords */
};

/* Runs until there is no more to do; returns the exit status of the process. */
int
drain_main(const struct drain *d);

#endif
