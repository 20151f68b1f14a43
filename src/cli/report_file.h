/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_file.h - the report of --report-to, for a program that reads it later.
 *
 * Written whole under another name, then put in its place: a reader sees the old
 * report or the new one. What is no plain file (a pipe, /dev/fd/3) is
 * written to as it is.
 */
#ifndef CLI_REPORT_FILE_H
#define CLI_REPORT_FILE_H

#include "base/buf.h"
#include "cli/ui.h"

/* To ui->report_to, if that is set. Trouble is one warning: the fate of the mail stays. */
void
report_file_write(const struct ui *ui, const struct buf *report);

#endif
