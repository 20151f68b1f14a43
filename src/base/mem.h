/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem.h - allocation that does not fail.
 *
 * A mail program that has run out of memory can do one useful thing: say so and
 * leave before it has promised anything. What is promised is already on disk.
 * So these functions end the process (exit 75, one sentence) in place of
 * returning NULL, and no caller checks.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *
mem_alloc(size_t n); /* zeroed */
/* Room for n objects of size bytes each; an overflowing product ends the process too. */
void *
mem_array(void *p, size_t n, size_t size);
char *
mem_strdup(const char *s);
/* The end they come to: "postrider: WHY" on stderr, exit 75. For what must not and cannot go on. */
_Noreturn void
mem_die(const char *why);

#endif
