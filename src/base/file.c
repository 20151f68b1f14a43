/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"

#define CHUNK 16384

/*
 * Descriptors we inherit (standard output, standard input) may be non-blocking
 * because somebody else, who shares them, made them so. Waits until fd is ready
 * when that is the reason of the failure, true when the call should be tried again.
 */
static bool
may_retry(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

bool
file_write(int fd, const void *data, size_t n)
{
	const char *p = data;
	ssize_t k;

	while (n > 0) {
		k = write(fd, p, n);
		if (k < 0 && may_retry(fd, POLLOUT))
			continue;
		if (k == 0)
			errno = EIO; /* not known to happen, but it must not become a loop */
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

bool
file_pwrite(int fd, const void *data, size_t n, uint64_t off)
{
	const char *p = data;
	ssize_t k;

	if (off > INT64_MAX || n > INT64_MAX - off) {
		errno = EFBIG;
		return false;
	}
	while (n > 0) {
		k = pwrite(fd, p, n, (off_t)off);
		if (k < 0 && errno == EINTR)
			continue;
		if (k == 0)
			errno = EIO;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
		off += (uint64_t)k;
	}
	return true;
}

ssize_t
file_read(int fd, void *data, size_t n)
{
	ssize_t k;

	do
		k = read(fd, data, n);
	while (k < 0 && may_retry(fd, POLLIN));
	return k;
}

ssize_t
file_pread(int fd, void *data, size_t n, uint64_t off)
{
	char *p = data;
	size_t done = 0;
	ssize_t k;

	if (off > INT64_MAX || n > SSIZE_MAX || n > INT64_MAX - off) {
		errno = EINVAL;
		return -1;
	}
	while (done < n) {
		k = pread(fd, p + done, n - done, (off_t)(off + done));
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		done += (size_t)k;
	}
	return (ssize_t)done;
}

/* Reads up to the end; what was added before a failure stays in b. */
static bool
slurp(int fd, struct buf *b, char *chunk)
{
	ssize_t k;

	for (;;) {
		k = read(fd, chunk, CHUNK);
		if (k < 0 && may_retry(fd, POLLIN))
			continue;
		if (k <= 0)
			return k == 0;
		if (!buf_add(b, chunk, (size_t)k)) {
			errno = EFBIG;
			return false;
		}
	}
}

bool
file_slurp(int fd, struct buf *b)
{
	size_t before = b->len;
	char chunk[CHUNK];
	bool ok = slurp(fd, b, chunk);

	/* Configurations and password files pass through here. */
	secret_zero(chunk, sizeof(chunk));
	if (!ok && b->len > before) {
		secret_zero(b->data + before, b->len - before);
		b->len = before;
	}
	return ok;
}

static int
open_read(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static void
close_keep_errno(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
}

bool
file_load(const char *path, int flags, struct buf *b, struct stat *st)
{
	struct stat own;
	int fd = open_read(path, flags);
	bool ok;

	if (fd < 0)
		return false;
	ok = fstat(fd, &own) == 0 && file_slurp(fd, b);
	close_keep_errno(fd);
	if (ok && st != NULL)
		*st = own;
	return ok;
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
sync_dir(const char *path)
{
	int fd = open_read(path, O_DIRECTORY);
	bool ok;

	if (fd < 0)
		return false;
	/* EINVAL: this file system has nothing to sync. */
	ok = fsync(fd) == 0 || errno == EINVAL;
	close_keep_errno(fd);
	return ok;
}

/* One directory below parent, which exists. */
static bool
make_dir(const char *path, const char *parent, mode_t mode)
{
	int saved;

	if (mkdir(path, mode) == 0)
		return sync_dir(parent);
	/*
	 * Any reason is forgiven when the directory is there: somebody else was faster, or the
	 * system says EROFS or EACCES before it says EEXIST.
	 */
	saved = errno;
	if (is_dir(path))
		return true;
	errno = saved == EEXIST ? ENOTDIR : saved;
	return false;
}

/* Length of the part of path before its component that ends at end; 0: there is none. */
static size_t
parent_len(const char *path, size_t end)
{
	while (end > 0 && path[end - 1] != '/')
		end--;
	while (end > 1 && path[end - 1] == '/')
		end--;
	return end;
}

/* Makes the directory path[0..end). */
static bool
make_prefix(const char *path, size_t end, mode_t mode)
{
	char *dir = mem_alloc(end + 1), *parent = mem_alloc(end + 2);
	size_t n = parent_len(path, end);
	bool ok;
	int saved;

	memcpy(dir, path, end);
	if (n > 0)
		memcpy(parent, path, n);
	else
		parent[0] = '.';
	ok = make_dir(dir, parent, mode);
	saved = errno;
	free(dir);
	free(parent);
	errno = saved;
	return ok;
}

bool
file_mkdirs(const char *path, mode_t mode)
{
	size_t i = 0;

	if (is_dir(path))
		return true;
	if (path[0] == '\0') {
		errno = ENOENT;
		return false;
	}
	for (;;) {
		while (path[i] == '/')
			i++;
		if (path[i] == '\0')
			return true;
		while (path[i] != '/' && path[i] != '\0')
			i++;
		if (!make_prefix(path, i, mode))
			return false;
	}
}

void
file_fix_std(void)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/*
		 * Write-only also for descriptor 0: a closed standard input is an error when it
		 * is read (decisions.md 37), not an empty message. open(2) takes the lowest free
		 * number, which is fd, as those below are in use by now.
		 */
		got = open("/dev/null", O_WRONLY);
		if (got < 0)
			got = open("/", O_RDONLY); /* an empty chroot: cannot be read or written */
		if (got > fd)
			(void)close(got);
	}
}
