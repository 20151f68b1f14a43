/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_text.h - the few string tools of the fake server.
 *
 * The fake server shares no code with the program it tests: a fault in a helper
 * of src/ must not hide itself by being made on both sides of the wire.
 */
#ifndef FAKESERVER_TEXT_H
#define FAKESERVER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Prints "fakeserver: ..." on stderr and ends the process with status 2. */
_Noreturn void
text_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Zeroed memory; never NULL. */
void *
text_alloc(size_t n);
/* realloc for n items of the given size; never NULL. */
void *
text_grow(void *p, size_t n, size_t size);
/* A copy of n bytes with a NUL behind them. */
char *
text_dup(const char *s, size_t n);
/* A stream into *to, as open_memstream() but never NULL. */
FILE *
text_stream(char **to, size_t *len);

/* ASCII only, without case. */
bool
text_same(const char *a, const char *b);
bool
text_starts(const char *s, const char *prefix);
/* The first words are the same. */
bool
text_same_word(const char *a, const char *b);
/* Whole string, with case: '*' any run, '?' one character, '\' takes the next one as it is. */
bool
text_glob(const char *pattern, const char *s);
/* Digits only, at most max. *out untouched on failure. */
bool
text_number(const char *s, uint64_t max, uint64_t *out);
/*
 * Resolves \r \n \t \0 \e \\ and \xHH in place; returns the new length (NUL bytes may be inside),
 * or SIZE_MAX for an escape that is none of these.
 */
size_t
text_unescape(char *s);

/* Milliseconds on the monotonic clock. */
int64_t
text_now(void);

#endif
