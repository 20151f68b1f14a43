/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timestamp.h - points in time that stand in text, read.
 *
 * Those that programs write at the beginning of a line of a log, and those that a
 * person types behind --since. Local time where the text names no zone.
 */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads one at the start of s[0..n) into *out, wall ms: "2026-11-23", and behind it 'T' or a blank,
 * "14:05" or "14:05:09" with or without a fraction, and with or without a zone ("Z", "+01:00",
 * "+0100"), the zone without a blank; or "Nov 23 14:05:09" (RFC 3164 4.1.2), which has no year: the
 * latest that is not over a day after now. Returns its octets, 0: there is none.
 */
size_t
timestamp_read(const char *s, size_t n, int64_t now_ms, int64_t *out);
/*
 * What a person types: "2h", "3d" (so long ago), "now", "today", "yesterday" (their midnight),
 * "14:05" (of today), or a date as above. false: it is nothing of this; *out is untouched.
 */
bool
timestamp_parse(const char *s, int64_t now_ms, int64_t *out);

#endif
