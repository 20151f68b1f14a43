/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * header.h - the fields of a header block, found and kept byte-exact.
 *
 * The block is canonical text (CRLF lines) in memory. Fields are views into
 * it; nothing is decoded, nothing re-wrapped.
 */
#ifndef MESSAGE_HEADER_H
#define MESSAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* A name cannot be folded: with its colon it is a line of 998 at most (RFC 5322 2.1.1). */
#define HEADER_NAME_MAX 997

struct header_field {
	const char *start; /* first byte of the field */
	size_t len;        /* up to and with the CRLF of its last line */
	size_t name_len;   /* without blanks before the colon */
	const char *value; /* behind the colon, folds included */
	size_t value_len;  /* without the last CRLF */
};

/*
 * Iterates: *pos is 0 at first. False at the end of the block.
 */
bool
header_next(const char *block, size_t n, size_t *pos, struct header_field *out);
bool
header_is(const struct header_field *f, const char *name);
/* The first field of that name at or after *pos (may be NULL: from the beginning). */
bool
header_find(const char *block, size_t n, const char *name, struct header_field *out);
/*
 * Is line[0..n) (no line end) the first line of a field: printable name that fits a line,
 * optional blanks, colon? (RFC 5322 2.2, 4.5)
 */
bool
header_is_field_line(const char *line, size_t n);
/* The value unfolded (CRLF before blanks dropped) and trimmed, appended. */
void
header_unfold(const struct header_field *f, struct buf *out);

#endif
