/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rate.h - so many in a period: "30/min".
 */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_DAY_MS ((int64_t)86400 * 1000)

struct rate {
	unsigned count;    /* at least 1 */
	int64_t period_ms; /* a second, a minute, an hour; a day is counted by the calendar (UTC) */
};

/* "N/s", "N/min", "N/hour", "N/day" (also sec, m, minute, h, d), 1 <= N <= 1000000. */
bool
rate_parse(const char *s, struct rate *out);

#endif
