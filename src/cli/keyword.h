/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyword.h - the keywords of EHLO in words.
 */
#ifndef CLI_KEYWORD_H
#define CLI_KEYWORD_H

#include "base/buf.h"

/* Appends what a line of EHLO ("SIZE 36700160") means; its own words where nobody knows. */
void
keyword_explain(const char *line, struct buf *out);

#endif
