/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logline.h - what stands in a line of the log: KEY=VALUE, and blanks between.
 *
 * Made and read in one place, so what is written can be found again. A value
 * with a blank, a quote or a backslash is quoted; what a server said can forge
 * neither a line nor a key. What has no value is left out.
 */
#ifndef BASE_LOGLINE_H
#define BASE_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

struct logline {
	enum log_level level;
	struct buf text;
};

void
logline_init(struct logline *l, enum log_level level);
/* Control characters and what is no UTF-8 are escaped (str_escape), a long value is cut. */
void
logline_str(struct logline *l, const char *key, const char *value);
/* The same in angle brackets: "" is <>, the null reverse-path. */
void
logline_addr(struct logline *l, const char *key, const char *addr);
/* A sentence: quoted in any case. */
void
logline_text(struct logline *l, const char *key, const char *value);
void
logline_int(struct logline *l, const char *key, int64_t value);
/* Hands it to log_send and frees it. */
void
logline_send(struct logline *l);

#define LOGLINE_FIELDS_MAX 32

struct logline_fields {
	struct logline_field {
		const char *key, *value;
	} items[LOGLINE_FIELDS_MAX]; /* in the order of the line */
	size_t n;
};

/*
 * Reads s[0..n) back; strings are the arena's. false: it is no such line. Quotes are undone, what
 * was escaped with \xNN stays so: it was not fit to be shown. A quote that does not end was cut by
 * some daemon, and counts up to there.
 */
bool
logline_parse(struct arena *mem, const char *s, size_t n, struct logline_fields *out);
/* NULL: there is no such key. */
const char *
logline_get(const struct logline_fields *f, const char *key);

#endif
