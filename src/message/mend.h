/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mend.h - one header field, as it may leave.
 *
 * A field without a fault is copied octet for octet. What is changed: names
 * without a domain get one, domains become A-labels, 8-bit text becomes encoded words where RFC
 * 2047 allows them (unstructured fields, display names, comments), lines over 998 octets are
 * folded, and "To :" becomes "To:".
 */
#ifndef MESSAGE_MEND_H
#define MESSAGE_MEND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/header.h"

#define MEND_LINE_MAX ((size_t)998) /* RFC 5322 2.1.1 */

/*
 * Appends the field with its CRLF to out. addrs: its value is an address list; domain is for names
 * without one, NULL: they stay. A list that cannot be read is left as it is, but for its line
 * lengths.
 */
void
mend_field(struct arena *mem, const struct header_field *f, bool addrs, const char *domain,
    struct buf *out);
/*
 * "NAME: value" with the value as unstructured text: encoded when it has 8-bit octets, folded.
 */
void
mend_text(const char *name, const char *value, struct buf *out);

#endif
