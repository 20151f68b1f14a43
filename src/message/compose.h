/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose.h - a message from the words of a command line.
 *
 * Builds a text message for `postrider send`; the result then takes the same
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

struct compose {
	const char *from;    /* 'Name <a@b>' in header syntax, NULL: fixup adds one */
	const char *subject; /* NULL: none */
	/* each in header syntax, may be lists; Bcc never appears */
	const char *const *to, *const *cc;
	size_t nto, ncc;
	const char *const *headers; /* "Name: value"; replaces a generated field of that name */
	size_t nheaders;
	const char *body; /* text, any line ends */
	size_t body_len;
};

/*
 * Appends the whole message (LF or CRLF lines, fixup makes them CRLF) to out. 8-bit text is UTF-8
 * when valid, else charset unknown-8bit; MIME-Version, Content-Type and Content-Transfer-Encoding
 * (7bit, 8bit, or quoted-printable when a line is over 998 octets or holds NUL) are added unless
 * given in headers. Subject and display names with 8-bit octets become RFC 2047 words; long ones
 * are folded. Errors: ERR_USAGE (a --header that is no field, or has a line break; an address
 * that cannot be parsed).
 */
bool
compose_text(const struct compose *c, struct buf *out, struct err *e);

#endif
