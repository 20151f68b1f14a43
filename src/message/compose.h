/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose.h - the header of a message from the words of a command line.
 *
 * parts.h puts the MIME fields and the body behind it; the result then takes the same
 * way through fixup as what comes on stdin. No field value can start a new
 * field: line breaks in them are refused.
 */
#ifndef MESSAGE_COMPOSE_H
#define MESSAGE_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum compose_priority { COMPOSE_UNSAID, COMPOSE_HIGH, COMPOSE_NORMAL, COMPOSE_LOW };

struct compose {
	const char *from;    /* 'Name <a@b>' in header syntax, NULL: fixup adds one */
	const char *subject; /* NULL: none */
	/* each in header syntax, may be lists; Bcc never appears */
	const char *const *to, *const *cc, *const *reply_to;
	size_t nto, ncc, nreply_to;
	enum compose_priority priority;
	const char *const *headers; /* "Name: value"; replaces a generated field of that name */
	size_t nheaders;
	const char *const *added; /* the same, and ours stays */
	size_t nadded;
};

/* Is a field of that name in headers? Then ours is left out. */
bool
compose_gives(const struct compose *c, const char *name);
/*
 * Appends the fields to out, LF lines, without an empty line. Subject and display names with 8-bit
 * octets (UTF-8, else unknown-8bit) become RFC 2047 words; long ones are folded. Errors:
 * ERR_USAGE (a --header that is no field, or has a line break; an address that cannot be parsed).
 */
bool
compose_header(const struct compose *c, struct buf *out, struct err *e);

#endif
