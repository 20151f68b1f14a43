/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crontab.h - one line of ours in a person's crontab.
 *
 * Read and written by crontab(1), which knows where it is and tells cron. The line
 * is known by the comment at its end; no other line is touched.
 */
#ifndef CLI_CRONTAB_H
#define CLI_CRONTAB_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define CRONTAB_MARK "# postrider queue runner"

/* Appended to out; a person without a crontab has an empty one. */
bool
crontab_read(struct buf *out, struct err *e);
bool
crontab_write(const char *text, struct err *e);
/* Appends our line, without its end; false: there is none. */
bool
crontab_find(const char *text, struct buf *line);
/* The text with our lines taken out and, unless NULL, this one added at the end. */
void
crontab_edit(const char *text, const char *line, struct buf *out);

#endif
