/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/putfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"

static bool
cannot(const char *path, struct err *e)
{
	int error = errno;

	err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot write %s: %s", path, strerror(error));
	if (e != NULL)
		e->sysexit = EX_IOERR;
	errno = error;
	return false;
}

/* What the path means in the end: a link of a person who keeps his files elsewhere stays. */
static const char *
real_path(struct arena *mem, const char *path)
{
	char *real = realpath(path, NULL);
	const char *out = real != NULL ? arena_strdup(mem, real) : path;

	free(real);
	return out;
}

static bool
make_folders(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ||
	    file_mkdirs(arena_strndup(mem, path, (size_t)(slash - path)), 0700);
}

/* Mode and owner of what is replaced; whose file it becomes must not depend on who edits it. */
static bool
set_mode(int fd, const char *path, enum putfile_how how)
{
	struct stat st;

	if (how != PUTFILE_REPLACE || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return fchmod(fd, 0600) == 0;
	if ((st.st_uid != geteuid() || st.st_gid != getegid()) &&
	    fchown(fd, st.st_uid, st.st_gid) < 0)
		return false;
	return fchmod(fd, st.st_mode & 0777) == 0;
}

const char *
putfile_draft(struct arena *mem, const char *path, const struct buf *text, enum putfile_how how,
    struct err *e)
{
	const char *real = how != PUTFILE_NEW ? real_path(mem, path) : path;
	char *draft = arena_printf(mem, "%s.XXXXXX", real);
	int fd = -1, error;

	if (make_folders(mem, real))
		fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0) {
		cannot(path, e);
		return NULL;
	}
	if (file_write(fd, buf_str(text), text->len) && set_mode(fd, real, how) && fsync(fd) == 0 &&
	    close(fd) == 0)
		return draft;
	error = errno;
	(void)close(fd);
	(void)unlink(draft);
	errno = error;
	cannot(path, e);
	return NULL;
}

static bool
sync_folder(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir = slash == NULL ? "."
	    : slash == path             ? "/"
					: arena_strndup(mem, path, (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

/* link(2) does not replace what is there, rename(2) does. */
static bool
put(const char *draft, const char *path, enum putfile_how how)
{
	if (how != PUTFILE_NEW)
		return rename(draft, path) == 0;
	if (link(draft, path) < 0)
		return false;
	(void)unlink(draft);
	return true;
}

bool
putfile_commit(const char *draft, const char *path, enum putfile_how how, struct err *e)
{
	struct arena mem = {NULL};
	const char *real = how != PUTFILE_NEW ? real_path(&mem, path) : path;
	bool good = put(draft, real, how);
	int error = errno;

	if (!good)
		(void)unlink(draft);
	else if (!(good = sync_folder(&mem, real)))
		error = errno;
	arena_done(&mem);
	errno = error;
	return good || cannot(path, e);
}

void
putfile_drop(const char *draft)
{
	(void)unlink(draft);
}

bool
putfile(const char *path, const struct buf *text, enum putfile_how how, struct err *e)
{
	struct arena mem = {NULL};
	const char *draft = putfile_draft(&mem, path, text, how, e);
	bool good = draft != NULL && putfile_commit(draft, path, how, e);
	int error = errno;

	arena_done(&mem);
	errno = error;
	return good;
}
