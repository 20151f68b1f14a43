/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wanted.h - what has to become of a message, by what the manual says and by nothing else.
 *
 * It shares nothing with the program but the C library: whoever compares the two finds out where
 * one of them is wrong. Address lists are not understood here: of them every character has to
 * be there still.
 */
#ifndef UNIT_WANTED_H
#define UNIT_WANTED_H

#include <stdbool.h>
#include <stddef.h>

/* Does the input, as a program wrote it, have a NUL where no encoding can help? */
bool
wanted_is_refused(const char *input, size_t n);
/* Is this text, CRLF lines, what the input becomes? NULL: yes; else a complaint (static). */
const char *
wanted_compare(const char *text, size_t len, const char *input, size_t n);

#endif
