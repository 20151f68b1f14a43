/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * strict.h - a server that minds everything, written from RFC 5321 and 5322 alone.
 *
 * It shares nothing with the program but the C library, and looks at octets, not at lines: a bare
 * CR or LF, a NUL, a line over 998, a dot that should be two are faults. What it understood of
 * the last message, un-stuffed, lies in memory that it shares with its caller.
 */
#ifndef UNIT_STRICT_H
#define UNIT_STRICT_H

#include <stdbool.h>
#include <stddef.h>

#include "smtp/session.h"

struct strict_message {
	size_t messages; /* so many so far */
	char fault[200]; /* of the last message, or of the dialogue; empty: none */
	size_t size;
	char text[4 << 20];
};

struct strict;

/* A server, and a session with it; by BDAT or by DATA. */
struct strict *
strict_open(bool chunking);
void
strict_close(struct strict *s);
struct session *
strict_session(struct strict *s);
const struct strict_message *
strict_last(const struct strict *s);

/* Is this text, CRLF lines, what input[0..n) becomes? NULL: yes; else a complaint. */
const char *
strict_compare(const char *text, size_t len, const char *input, size_t n);

#endif
