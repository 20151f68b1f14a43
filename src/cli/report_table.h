/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_table.h - the recipients of a message as a table for a person.
 */
#ifndef CLI_REPORT_TABLE_H
#define CLI_REPORT_TABLE_H

#include "base/buf.h"
#include "cli/report.h"

/* Header line and a row for each recipient. */
void
report_table_format(const struct report *r, struct buf *out);
/* The same on stdout. */
void
report_table_print(const struct report *r);

#endif
