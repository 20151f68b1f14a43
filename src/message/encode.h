/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * encode.h - quoted-printable and encoded words (RFC 2045 6.7, RFC 2047).
 */
#ifndef MESSAGE_ENCODE_H
#define MESSAGE_ENCODE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * A body as quoted-printable text with LF lines of at most 76; line ends of the input stay line
 * ends.
 */
void
encode_qp(struct buf *out, const char *s, size_t n);
/*
 * Unstructured text as RFC 2047 encoded words ("=?UTF-8?Q?...?=" or B, the shorter one), each at
 * most 75 long, never splitting a UTF-8 character, joined by "\n " folds. column: where on its
 * line it begins. Text without 8-bit octets (and not looking like an encoded word) is only folded
 * at blanks.
 */
void
encode_words(struct buf *out, const char *s, size_t n, size_t column);

#endif
