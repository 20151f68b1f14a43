/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mime.h - what the MIME fields of a header say about the body.
 *
 * As much as decides how a body may be encoded, and no more: parameters are not read.
 */
#ifndef MESSAGE_MIME_H
#define MESSAGE_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "message/header.h"

/* MIME_OTHER: none of RFC 2045's, or fields that contradict each other. */
enum mime_encoding {
	MIME_NONE,
	MIME_7BIT,
	MIME_8BIT,
	MIME_BINARY,
	MIME_QP,
	MIME_BASE64,
	MIME_OTHER,
};

struct mime {
	bool version;  /* MIME-Version is there */
	bool type;     /* Content-Type is there */
	bool in_parts; /* multipart/... or message/...: never encoded as a whole (RFC 2045 6.4) */
	enum mime_encoding encoding;
};

/* Of a field Content-Transfer-Encoding; one without a word means 7bit. */
enum mime_encoding
mime_encoding(const struct header_field *f);
/* Of a canonical header block. */
struct mime
mime_look(const char *block, size_t n);

#endif
