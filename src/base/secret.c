/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * Whole pages of their own: locks, core-dump marks and munmap work on pages.
 * The head remembers their size, as len may shrink.
 */
struct locked {
	size_t size;
	char data[];
};

static struct locked *
of_data(char *data)
{
	return (struct locked *)(void *)(data - offsetof(struct locked, data));
}

static char *
lock_pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (sizeof(struct locked) + n + page - 1) / page * page;
	struct locked *l;

	l = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (l == MAP_FAILED)
		mem_die("out of memory");
	/* Both may be refused (RLIMIT_MEMLOCK, an old kernel); a password is still better than
	 * none. */
	(void)mlock(l, size);
#if defined(MADV_DONTDUMP)
	(void)madvise(l, size, MADV_DONTDUMP);
#elif defined(MADV_NOCORE)
	(void)madvise(l, size, MADV_NOCORE);
#endif
	l->size = size;
	return l->data;
}

void
secret_zero(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

static bool
secret_add(struct secret *s, const char *data, size_t n)
{
	char *p;

	if (s->len > SECRET_MAX || n > SECRET_MAX - s->len)
		return false;
	p = lock_pages(s->len + n + 1);
	if (s->len > 0)
		memcpy(p, s->data, s->len);
	if (n > 0)
		memcpy(p + s->len, data, n);
	n += s->len;
	secret_wipe(s);
	s->data = p;
	s->len = n;
	return true;
}

bool
secret_set(struct secret *s, const char *data, size_t n)
{
	struct secret new = {NULL, 0};

	/* Copied before the old one goes: data may point into it. */
	if (!secret_add(&new, data, n))
		return false;
	secret_wipe(s);
	*s = new;
	return true;
}

void
secret_wipe(struct secret *s)
{
	struct locked *l;
	size_t size;

	if (s->data != NULL) {
		l = of_data(s->data);
		size = l->size;
		secret_zero(l, size);
		(void)munmap(l, size); /* unlocks, too */
	}
	s->data = NULL;
	s->len = 0;
}

void
secret_chomp(struct secret *s)
{
	size_t n = s->len;

	if (n == 0 || s->data[n - 1] != '\n')
		return;
	n--;
	if (n > 0 && s->data[n - 1] == '\r')
		n--;
	secret_zero(s->data + n, s->len - n);
	s->len = n;
}
