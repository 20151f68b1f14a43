/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pager.h - long texts on a terminal, a screen at a time.
 */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include "base/buf.h"
#include "cli/ui.h"

/*
 * ui_data, through $PAGER (less where it is not set; with it empty or "cat": none) when a person
 * looks and the text is longer than the screen. A pager that cannot be started is done without.
 * Returns the exit status.
 */
int
pager_show(const struct ui *ui, struct buf *b);

#endif
