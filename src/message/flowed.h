/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flowed.h - text in format=flowed (RFC 3676).
 *
 * Each line of the input is a paragraph: what is longer than 78 is broken softly at blanks (behind
 * the blank, which stays), and readers join it again. A line that would be misread is stuffed with
 * a space. Lines that begin with '>' are quoted ones and stay so when they are broken. Blanks at
 * the end of a line mean a soft break here, so the input's own are dropped, save those of the
 * signature line "-- ".
 */
#ifndef MESSAGE_FLOWED_H
#define MESSAGE_FLOWED_H

#include <stddef.h>

#include "base/buf.h"

/* Appends the text s[0..n), LF or CRLF lines, as LF lines. */
void
flowed_add(struct buf *out, const char *s, size_t n);

#endif
