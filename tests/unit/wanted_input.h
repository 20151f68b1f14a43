/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wanted_input.h - a message as wanted*.c see it: fields, and a body of CRLF lines.
 */
#ifndef UNIT_WANTED_INPUT_H
#define UNIT_WANTED_INPUT_H

#include <stdbool.h>
#include <stddef.h>

enum wanted_encoding {
	WANTED_NONE,
	WANTED_7BIT,
	WANTED_8BIT,
	WANTED_BINARY,
	WANTED_QP,
	WANTED_BASE64,
	WANTED_OTHER
};

struct wanted_field {
	const char *name, *value; /* the value with its folds, without its last CRLF */
	size_t name_len, value_len;
};

struct wanted_input {
	char *head; /* fields alone */
	size_t head_len;
	char *body;
	size_t body_len;
	struct wanted_field *fields;
	size_t nfields;
	bool version, type, parts;
	enum wanted_encoding encoding;
};

/* What a program wrote, its line ends of any kind; or what came over the wire. */
void
wanted_input(struct wanted_input *in, const char *s, size_t n);
void
wanted_input_done(struct wanted_input *in);

bool
wanted_is(const struct wanted_field *f, const char *name);
/* Nothing but blanks in it. */
bool
wanted_is_empty(const struct wanted_field *f);
bool
wanted_has_8bit(const char *s, size_t n);
/* The longest line. */
size_t
wanted_longest(const char *s, size_t n);
/* May be encoded as a whole (RFC 2045 6.4). */
bool
wanted_is_plain(const struct wanted_input *in);

#endif
