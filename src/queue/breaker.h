/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * breaker.h - what all processes of one queue know about an account's server.
 *
 * When a server cannot be reached or refuses the login, no message is to blame
 * and none is touched: the account's breaker opens, and until it is due again
 * nobody connects. So a server that is down for hours costs a dozen connections
 * whatever the length of the queue, a wrong password does not lock the login,
 * and the first success makes everything due at once (queue.md 4.6).
 *
 * The same file, relay-<account>, counts what a rate limit allows. It has one
 * line of fixed length, rewritten in place under a lock; slot-<account>-<n> are
 * lock files, one a connection.
 */
#ifndef QUEUE_BREAKER_H
#define QUEUE_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rate.h"
#include "queue/spool.h"

/* Periods with a stamp of their own: second, minute, hour. Days are counted. */
#define BREAKER_STAMPS 3

/* Times are wall clock, ms. */
struct breaker {
	unsigned failures;    /* in a row; 0: closed */
	int64_t retry_ms;     /* nobody connects before */
	uint64_t fingerprint; /* of configuration and secret when it opened: a change closes it */
	int64_t last_ok_ms;   /* 0: never */
	int64_t rate_ms[BREAKER_STAMPS]; /* when the period's budget is even again (GCRA) */
	int64_t day;                     /* days since 1970 that day_count is for */
	unsigned day_count;
	struct err why; /* of the last failure: class, stage, code, status, text, hint */
};

/* A snapshot; all zero when there is none or it cannot be read: a lost state costs one connection.
 */
void
breaker_load(struct spool *sp, const char *account, struct breaker *out);

/* --- changes: under the file's lock, best effort --- */
void
breaker_failed(struct spool *sp, const char *account, const struct err *why, uint64_t fingerprint,
    int64_t now_ms);
void
breaker_succeeded(struct spool *sp, const char *account, int64_t now_ms);
/* By a person: closed, the rate's memory kept. */
void
breaker_reset(struct spool *sp, const char *account);
/*
 * Takes one message out of every budget, or none: 0 when it may go now, else when (wall ms) to ask
 * again.
 */
int64_t
breaker_take(struct spool *sp, const char *account, const struct rate *rates, size_t nrates,
    int64_t now_ms);

/* Messages that this budget counts against its limit now. */
unsigned
breaker_used(const struct breaker *b, const struct rate *r, int64_t now_ms);

/* Is it open now? A retry time beyond all waits means that the clock went back: closed. */
bool
breaker_is_open(const struct breaker *b, uint64_t fingerprint, int64_t now_ms);
/* Has it been refused at the login often enough that a person must look? */
bool
breaker_needs_person(const struct breaker *b);

/*
 * One of max connection slots: a descriptor to close when the connection is over, -1 when all are
 * taken (errno EAGAIN) or on trouble. The kernel frees it when we die.
 */
int
breaker_slot(struct spool *sp, const char *account, size_t max);

#endif
