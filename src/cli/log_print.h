/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log_print.h - a line of the log for a person, or for a program.
 */
#ifndef CLI_LOG_PRINT_H
#define CLI_LOG_PRINT_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/log_record.h"
#include "cli/ui.h"

/* The names of the columns. */
void
log_print_head(struct buf *out);
/* "2026-11-23 14:07:10  3KF9Q2  refused   bob@example.org  550 5.1.1 No such user" */
void
log_print_text(const struct ui *ui, struct arena *mem, const struct log_record *r, struct buf *out);
/*
 * {"v":1,"event":"log","time":...,"program":...,"pid":...} and the keys of the line: addresses
 * without brackets, code, ms, size, nrcpt and uid as numbers.
 */
void
log_print_json(struct arena *mem, const struct log_record *r, struct buf *out);

#endif
