/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock.h - two clocks that must not be mixed up.
 *
 * Deadlines live on the monotonic clock, so a clock set back cannot prolong
 * them; dates and queue times live on the wall clock. Both in milliseconds.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t
clock_mono_ms(void);
int64_t
clock_wall_ms(void); /* since 1970-01-01T00:00:00Z */
/* Milliseconds left until deadline (monotonic), clipped to 0..INT_MAX: fit for poll(2). */
int
clock_left_ms(int64_t deadline);
/* "2026-11-23T14:07:10Z" (RFC 3339, UTC) into out. */
void
clock_rfc3339(int64_t wall_ms, char *out, size_t size);
/* "14:05", or "Sat 28 Nov 14:05" when it is another day, local time, English, no locale. */
void
clock_short(int64_t wall_ms, int64_t now_ms, char *out, size_t size);
/* "Nov  3 14:05:09", local time: the stamp of RFC 3164 4.1.2. */
void
clock_syslog(int64_t wall_ms, char *out, size_t size);
/* "2026-11-03 14:05:09", local time. */
void
clock_local(int64_t wall_ms, char *out, size_t size);

#endif
