/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * str.h - text without a locale.
 *
 * Protocol text is ASCII whatever LANG says (a Turkish locale must not turn
 * "MAIL" into something else), so ctype.h and strcasecmp stay out of the house.
 * Every number from outside goes through one checked conversion here.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* ASCII only; bytes above 0x7f are never digits, letters or blanks. */
bool
str_is_digit(int c);
bool
str_is_alpha(int c);
bool
str_is_blank(int c); /* space, tab */
bool
str_is_space(int c); /* blank, CR, LF */
bool
str_is_ctl(int c); /* 0x00-0x1f, 0x7f */
int
str_lower(int c);

bool
str_eq(const char *a, const char *b);
bool
str_eq_nocase(const char *a, const char *b);
/* s[0..n) against the whole of word. */
bool
str_neq_nocase(const char *s, size_t n, const char *word);
bool
str_starts(const char *s, const char *prefix);
bool
str_starts_nocase(const char *s, const char *prefix);
bool
str_ends_nocase(const char *s, const char *suffix);
/* First place of needle in hay, ignoring case; NULL when absent. */
const char *
str_find_nocase(const char *hay, const char *needle);

/*
 * '*' any run, '?' one byte, '|' between alternatives; ASCII case ignored. Used for sender
 * patterns and hints. Runs in O(n*m): a hostile pattern cannot hang it.
 */
bool
str_glob(const char *pattern, const char *s);

/* Valid UTF-8 per RFC 3629: no overlong forms, surrogates, or code points above 10FFFF. */
bool
str_utf8_valid(const char *s, size_t n);
bool
str_has_8bit(const char *s, size_t n);
/* Any byte that str_is_ctl. */
bool
str_has_ctl(const char *s, size_t n);

/*
 * Appends s made safe to show or log: control bytes (C0, DEL, and C1 in UTF-8 or as
 * stray bytes) become \xNN, invalid UTF-8 bytes too; the rest stays. Stops with "..." after
 * max bytes of output (0: no limit). (reliability.md H34)
 */
void
str_escape(struct buf *out, const char *s, size_t n, size_t max);
/* xtext of RFC 3461 section 4: '+', '=' and everything outside 33-126 becomes +XX. */
void
str_xtext(struct buf *out, const char *s, size_t n);
/* Back from xtext; false (out untouched) on a bad escape. */
bool
str_unxtext(struct buf *out, const char *s, size_t n);

/* Decimal, digits only, whole string, min <= value <= max; *out untouched on failure. */
bool
str_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/* "30s", "5m", "4h", "5d", "250ms", "1h30m"; a bare number is seconds. At most 3650 days. */
bool
str_duration_ms(const char *s, int64_t *out);
/* "500", "64K", "10M", "2G": 1024-based bytes. */
bool
str_size(const char *s, uint64_t *out);
/* yes/no, on/off, true/false, 1/0. */
bool
str_bool(const char *s, bool *out);

/*
 * The candidate most like word (edit distance with transpositions at most 2, and less than
 * half of the word's length; a common prefix breaks ties), NULL when none is near.
 */
const char *
str_nearest(const char *word, const char *const *candidates, size_t n);

#endif
