/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/holder.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#ifdef __linux__

#define LIST_MAX ((size_t)16 << 20)

/* The next word of *p, ended by blank or colon, as a number to that base; false: it is none. */
static bool
take_number(const char **p, unsigned base, uint64_t *out)
{
	const char *s = *p;
	uint64_t v = 0;

	for (; *s != '\0' && *s != ' ' && *s != ':'; s++) {
		int c = str_lower((unsigned char)*s);
		unsigned digit = str_is_digit(c) ? (unsigned)(c - '0')
		    : c >= 'a' && c <= 'f'       ? (unsigned)(c - 'a' + 10)
						 : 99;
		if (digit >= base)
			return false;
		v = v * base + digit;
	}
	if (s == *p)
		return false;
	*out = v;
	*p = s + (*s != '\0');
	return true;
}

/*
 * "7: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF". Some file systems (btrfs, overlay) show
 * another device to stat than the kernel's list has; theirs has no major number.
 */
static long
holder_in(const char *line, const struct stat *st)
{
	const char *p = strstr(line, "FLOCK");
	uint64_t pid, maj, min, inode;

	if (p == NULL || strstr(line, "->") != NULL)
		return 0;
	for (int words = 0; words < 3; words++) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	if (!take_number(&p, 10, &pid) || !take_number(&p, 16, &maj) ||
	    !take_number(&p, 16, &min) || !take_number(&p, 10, &inode))
		return 0;
	if (inode != st->st_ino)
		return 0;
	if (major(st->st_dev) != 0 && (maj != major(st->st_dev) || min != minor(st->st_dev)))
		return 0;
	return (long)pid;
}

long
holder_of(int dirfd, const char *name)
{
	struct stat st;
	struct buf list;
	long pid = 0;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	buf_init(&list, LIST_MAX);
	if (file_load("/proc/locks", 0, &list, NULL)) {
		for (char *line = list.data; line != NULL && *line != '\0' && pid == 0;) {
			char *end = strchr(line, '\n');

			if (end != NULL)
				*end = '\0';
			pid = holder_in(line, &st);
			line = end != NULL ? end + 1 : NULL;
		}
	}
	buf_done(&list);
	return pid;
}

#else

long
holder_of(int dirfd, const char *name)
{
	(void)dirfd;
	(void)name;
	return 0;
}

#endif
