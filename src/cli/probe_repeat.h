/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe_repeat.h - the same walk many times, and how long its stages took.
 */
#ifndef CLI_PROBE_REPEAT_H
#define CLI_PROBE_REPEAT_H

#include <stdint.h>

#include "base/buf.h"
#include "cli/ui.h"
#include "deliver/probe.h"

/* n walks with a rest of interval ms in between: a line each, then the sums. Returns the status. */
int
probe_repeat(const struct probe *p, const struct ui *ui, uint64_t n, int64_t interval);
/* What became of one walk, as JSON. */
void
probe_repeat_result(const struct probe_result *r, int status, struct buf *out);

#endif
