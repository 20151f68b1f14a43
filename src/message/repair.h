/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * repair.h - a complete header block, read and mended.
 *
 * The second half of fixup.h, for the moment when the header is complete: what
 * is dropped, what is added, whom it names. Fields without a fault are
 * copied as they are.
 */
#ifndef MESSAGE_REPAIR_H
#define MESSAGE_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "message/fixup.h"

/*
 * raw[0..n): canonical lines, fields only. Appends the mended block with the empty line behind it
 * to out; *found as in fixup.h (zero it first). false (e): a mail loop, or a block over the
 * ceiling.
 */
bool
repair_block(struct arena *mem, const struct fixup_opts *opts, const char *raw, size_t n,
    struct fixup_found *found, struct buf *out, struct err *e);

#endif
