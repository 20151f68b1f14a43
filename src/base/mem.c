/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"

void
mem_die(const char *why)
{
	static const char name[] = "postrider: ";

	/* No stdio: it may want memory, and its buffers may belong to a forked child's parent. */
	(void)(file_write(STDERR_FILENO, name, sizeof(name) - 1) &&
	    file_write(STDERR_FILENO, why, strlen(why)) && file_write(STDERR_FILENO, "\n", 1));
	_exit(EX_TEMPFAIL);
}

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n > 0 ? n : 1);

	if (p == NULL)
		mem_die("out of memory");
	return p;
}

static void *
mem_resize(void *p, size_t n)
{
	/* realloc(p, 0) may free p and return NULL: never ask for that. */
	void *q = realloc(p, n > 0 ? n : 1);

	if (q == NULL)
		mem_die("out of memory");
	return q;
}

void *
mem_array(void *p, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / size)
		mem_die("out of memory");
	return mem_resize(p, n * size);
}

char *
mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = mem_alloc(n);

	memcpy(p, s, n);
	return p;
}
