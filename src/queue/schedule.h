/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schedule.h - when a message is tried again, and when it is given up.
 *
 * Pure arithmetic. Giving up needs age AND attempts AND active age, so a
 * clock that jumped, a fresh boot in 1970 or a laptop closed for two weeks
 * cannot bounce a queue (queue.md 4.6).
 */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/entry.h"

#define SCHEDULE_MIN_ATTEMPTS 6

struct schedule {
	const int64_t *retry_ms; /* waits between tries; the last one repeats */
	size_t nretry;           /* at least 1 */
	int64_t lifetime_ms;
	int64_t warn_after_ms; /* 0: no delay notice */
};

/* The planned wait behind the given number of attempts (at least 1), without jitter. */
int64_t
schedule_wait(const struct schedule *s, unsigned attempts);
/*
 * An attempt that reached the message ended without settling everybody: counts it and sets the
 * next try, +-20 % by `random`, and the active age (each gap cut to twice its planned wait).
 */
void
schedule_failed(const struct schedule *s, struct entry_times *t, int64_t arrival_ms, int64_t now_ms,
    uint32_t random);
/* May it be tried now? A next try too far in the future means that the clock went back: yes. */
bool
schedule_is_due(const struct schedule *s, int64_t next_ms, int64_t now_ms);
/* lifetime_ms: the message's own, 0: the schedule's. */
bool
schedule_is_expired(const struct schedule *s, const struct entry_times *t, int64_t arrival_ms,
    int64_t lifetime_ms, int64_t now_ms);
/* Is the delay notice due (once)? */
bool
schedule_wants_warning(const struct schedule *s, const struct entry_times *t, int64_t arrival_ms,
    int64_t now_ms);

#endif
