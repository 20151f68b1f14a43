/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arena.h - memory that goes all at once.
 *
 * The strings of a message, a configuration or a queue entry live and die
 * together. One arena each, no free of single pieces. A zeroed struct is an
 * empty arena.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
};

void *
arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any type */
char *
arena_strdup(struct arena *a, const char *s);
char *
arena_strndup(struct arena *a, const char *s, size_t n); /* n bytes and a NUL */
char *
arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Makes room for one more element behind n elements of size bytes each that
 * this function handed out before (or NULL, 0). Returns the array, possibly at
 * a new place. Capacity grows by powers of two, so the old n tells it.
 */
void *
arena_grow(struct arena *a, void *array, size_t n, size_t size);
/* Frees everything; the arena is empty and usable again. */
void
arena_done(struct arena *a);

#endif
