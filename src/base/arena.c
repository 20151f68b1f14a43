/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_SIZE 4000 /* with header and malloc's own word about a page */
#define GROW_MIN 4

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t data[];
};

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		mem_die("out of memory");
	b = mem_alloc(sizeof(*b) + size);
	b->size = size;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = sizeof(max_align_t);
	struct arena_block *b = a->head;
	char *p;

	if (n > SIZE_MAX - align)
		mem_die("out of memory");
	n = (n + align - 1) / align * align;
	if (b == NULL || n > b->size - b->used) {
		b = block_new(n > BLOCK_SIZE ? n : BLOCK_SIZE);
		if (n > BLOCK_SIZE / 4 && a->head != NULL) {
			/* A big piece goes behind the head: the room left there stays in use. */
			b->next = a->head->next;
			a->head->next = b;
		} else {
			b->next = a->head;
			a->head = b;
		}
	}
	p = (char *)b->data + b->used;
	b->used += n;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	if (n == SIZE_MAX)
		mem_die("out of memory");
	p = arena_alloc(a, n + 1);
	if (n > 0)
		memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_die("text too long");
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

/* The capacity behind n elements is n rounded up to a power of two, at least GROW_MIN. */
static bool
is_full(size_t n)
{
	return n >= GROW_MIN && (n & (n - 1)) == 0;
}

void *
arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	size_t cap = GROW_MIN;
	void *p;

	if (array != NULL && !is_full(n))
		return array;
	if (n >= GROW_MIN)
		cap = n > SIZE_MAX / 2 ? SIZE_MAX : n * 2;
	if (size > 0 && cap > SIZE_MAX / size)
		mem_die("out of memory");
	p = arena_alloc(a, cap * size);
	if (array != NULL && n > 0)
		memcpy(p, array, n * size);
	return p;
}

void
arena_done(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
}
