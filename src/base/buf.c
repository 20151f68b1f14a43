/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"

#define FIRST_CAP 128

void
buf_init(struct buf *b, size_t max)
{
	/* One octet is kept for the NUL, so cap = max + 1 must not wrap. */
	*b = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void
buf_done(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->overflow = false;
}

/*
 * Not realloc: that would leave a copy of the old contents in free memory, and
 * nobody could wipe it.
 */
static void
grow(struct buf *b, size_t cap)
{
	char *p = mem_alloc(cap);

	if (b->data != NULL) {
		memcpy(p, b->data, b->len);
		secret_zero(b->data, b->len);
		free(b->data);
	}
	b->data = p;
	b->cap = cap;
}

/* Room for n more bytes and a NUL; false when the ceiling forbids it. */
static bool
reserve(struct buf *b, size_t n)
{
	size_t need, cap;

	if (b->overflow || n > b->max - b->len) {
		b->overflow = true;
		return false;
	}
	need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap > 0 ? b->cap : FIRST_CAP;
	while (cap < need)
		cap = cap <= SIZE_MAX / 2 ? cap * 2 : SIZE_MAX;
	grow(b, cap <= b->max ? cap : b->max + 1);
	return true;
}

bool
buf_add(struct buf *b, const void *data, size_t n)
{
	if (!reserve(b, n))
		return false;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
	return true;
}

bool
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	/* n < 0: the result would not fit an int, so no ceiling of ours allows it. */
	if (n < 0) {
		b->overflow = true;
		return false;
	}
	if (!reserve(b, (size_t)n))
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return true;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len)
		n = b->len;
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

void
buf_wipe(struct buf *b)
{
	/* The whole capacity: what was dropped or cleared earlier is still behind len. */
	if (b->data != NULL)
		secret_zero(b->data, b->cap);
	buf_clear(b);
}
