/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * buf.h - bytes that grow, up to a ceiling set at birth.
 *
 * What comes from outside (a reply, a header block, the output of a command)
 * is collected here, so no peer can make us grow for ever. Going over the
 * ceiling is sticky: later additions are dropped and `overflow` stays set, so a
 * run of additions needs one check at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NUL after data[len - 1]; NULL while nothing was added */
	size_t len, cap, max;
	bool overflow;
};

/* max: most bytes it may hold. */
void
buf_init(struct buf *b, size_t max);
void
buf_done(struct buf *b);
/* All additions return false when the ceiling was or is passed; nothing is added then. */
bool
buf_add(struct buf *b, const void *data, size_t n);
bool
buf_addc(struct buf *b, char c);
bool
buf_adds(struct buf *b, const char *s);
bool
buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes (n <= len). */
void
buf_drop(struct buf *b, size_t n);
/* Empties it, overflow forgotten, memory kept. */
void
buf_clear(struct buf *b);
/* Contents as a string, "" when empty; valid until the next call on b. */
const char *
buf_str(const struct buf *b);
/* Overwrites the contents before they are freed or forgotten: for anything near a secret. */
void
buf_wipe(struct buf *b);

#endif
