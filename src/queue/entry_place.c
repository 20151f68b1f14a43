/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the file of a new message lies: in the queue's directory; where that is
 * full or cannot be written to, in TMPDIR; where that is so too, in memory. From
 * the last two a message can still be sent, but not queued (queue.md 4.3).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "queue/entry_file.h"

/* More than any provider takes; a message must not take all the memory of a small machine. */
#define MEMORY_MAX ((uint64_t)64 << 20)
#define CHUNK ((size_t)128 * 1024)

/*
 * A file without a name, so that nothing is left behind whatever happens to us. Where that cannot
 * be (NFS, BSD), one whose name no reader of the queue takes for mail: locked as long as we live,
 * so that the sweeper knows a leftover from work in progress. *temp is its path then.
 */
static int
open_nameless(const char *dir, char **temp)
{
	char path[4096];
	int fd = -1, n;

#ifdef O_TMPFILE
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
#endif
	n = snprintf(path, sizeof path, "%s/.t-XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -1;
	flock(fd, LOCK_EX | LOCK_NB);
	*temp = mem_strdup(path);
	return fd;
}

static int
open_place(enum entry_place place, const char *dir, char **temp)
{
	const char *tmp = getenv("TMPDIR");

	switch (place) {
	case PLACE_QUEUE:
		break;
	case PLACE_TMP:
		dir = tmp != NULL && tmp[0] == '/' ? tmp : "/tmp";
		break;
	case PLACE_MEMORY:
#ifdef MFD_CLOEXEC
		return memfd_create("postrider", MFD_CLOEXEC);
#else
		errno = ENOSYS;
		return -1;
#endif
	}
	return open_nameless(dir, temp);
}

bool
entry_settle(struct entry *en, const char *dir, struct err *e)
{
	en->fd = -1;
	for (int p = dir != NULL ? PLACE_QUEUE : PLACE_TMP; p <= PLACE_MEMORY && en->fd < 0; p++) {
		en->place = (enum entry_place)p;
		en->fd = open_place(en->place, dir, &en->temp);
		if (en->fd < 0 && p == PLACE_QUEUE)
			entry_storage_error(&en->astray, "cannot write to the queue");
	}
	return en->fd >= 0 ||
	    entry_storage_error(e, "cannot create a temporary file for the message");
}

/* What has been written so far. */
static bool
copy(const struct entry *en, int to)
{
	char *chunk = mem_alloc(CHUNK);
	uint64_t at = 0;
	bool good = true;

	while (at < en->written && good) {
		uint64_t left = en->written - at;
		ssize_t n = file_pread(en->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, at);
		good = n > 0 && file_pwrite(to, chunk, (size_t)n, at);
		at += good ? (uint64_t)n : 0;
	}
	free(chunk);
	return good;
}

static void
leave(const struct entry *en)
{
	if (en->temp != NULL)
		unlink(en->temp);
	free(en->temp);
	close(en->fd);
}

/* To the next place that takes what is there; errno stays when there is none. */
static bool
move_on(struct entry *en)
{
	int saved = errno;

	for (int p = (int)en->place + 1; p <= PLACE_MEMORY; p++) {
		char *temp = NULL;
		int fd = open_place((enum entry_place)p, NULL, &temp);

		if (fd >= 0 && copy(en, fd)) {
			leave(en);
			en->fd = fd;
			en->temp = temp;
			en->place = (enum entry_place)p;
			return true;
		}
		if (temp != NULL)
			unlink(temp);
		free(temp);
		if (fd >= 0)
			close(fd);
	}
	errno = saved;
	return false;
}

bool
entry_retreat(struct entry *en, struct err *e)
{
	if (en->place == PLACE_QUEUE)
		entry_storage_error(&en->astray, "cannot store the message in the queue");
	return move_on(en) || entry_storage_error(e, "cannot store the message");
}

bool
entry_store(struct entry *en, const void *data, size_t n, struct err *e)
{
	for (;;) {
		bool fits = en->place != PLACE_MEMORY || en->written + n <= MEMORY_MAX;

		if (fits && file_pwrite(en->fd, data, n, en->written))
			break;
		if (!fits)
			errno = ENOSPC;
		if (!entry_retreat(en, e))
			return false;
	}
	en->written += n;
	return true;
}
