/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mimeparam.h - parameters of MIME fields (RFC 2045 5.1, RFC 2231).
 */
#ifndef MESSAGE_MIMEPARAM_H
#define MESSAGE_MIMEPARAM_H

#include "base/buf.h"

/*
 * Appends ";\n name=value" to a field. A value that a quoted string can hold stands there alone.
 * One with other octets is written in the words of RFC 2231 (UTF-8, else unknown-8bit), and behind
 * it once more in ASCII ('_' for each character that is none) for readers which do not know them.
 * Where it takes more than one line the second is left out: many readers would prefer it to the
 * whole one.
 */
void
mimeparam_add(struct buf *out, const char *name, const char *value);
/* The value in ASCII, as above, always as a quoted string. */
void
mimeparam_add_ascii(struct buf *out, const char *name, const char *value);

#endif
