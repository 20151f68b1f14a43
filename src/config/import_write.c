/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "config/import_file.h"

const char *
import_write_target(struct arena *mem)
{
	if (geteuid() == 0)
		return POSTRIDER_SYSCONFDIR "/postrider/postrider.conf";
	return import_file_expand(mem, "$XDG/postrider/postrider.conf");
}

static bool
cannot_write(const char *path, struct err *e)
{
	err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot write %s: %s", path, strerror(errno));
	e->sysexit = EX_IOERR;
	return false;
}

/* link(2) does not replace what is there, rename(2) does. */
static bool
put_in_place(const char *temporary, const char *path, bool force)
{
	if (force)
		return rename(temporary, path) == 0;
	if (link(temporary, path) < 0)
		return false;
	(void)unlink(temporary);
	return true;
}

static bool
write_file(const char *path, const char *data, size_t n, bool force, struct err *e)
{
	struct arena mem = {NULL};
	char *temporary = arena_printf(&mem, "%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC), error;
	bool good = fd >= 0;

	if (good) {
		good = fchmod(fd, 0600) == 0 && file_write(fd, data, n) && fsync(fd) == 0;
		error = errno;
		good = close(fd) == 0 && good && put_in_place(temporary, path, force);
		if (!good) {
			error = errno != 0 ? errno : error;
			(void)unlink(temporary);
			errno = error;
		}
	}
	if (!good)
		cannot_write(path, e);
	arena_done(&mem);
	return good;
}

static bool
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

static const char *
password_path(const struct import_section *sec)
{
	return sec->password.data != NULL && !sec->broken ? import_get(sec, "password-file") : NULL;
}

/* Is something there already? All of it is looked at before anything is written. */
static bool
is_free(const struct import *im, const char *path, struct err *e)
{
	const char *there = NULL;
	struct stat st;

	if (lstat(path, &st) == 0)
		there = path;
	for (size_t i = 0; i < im->nsections && there == NULL; i++) {
		const char *file = password_path(im->sections[i]);

		if (file != NULL && lstat(file, &st) == 0)
			there = file;
	}
	if (there == NULL)
		return true;
	err_set(e, ERR_LOCAL, STAGE_NONE, "",
	    "%s is there already, and nothing was written: --force replaces it", there);
	e->sysexit = EX_USAGE;
	return false;
}

/* The passwords first: a configuration that is there works. */
bool
import_write(const struct import *im, const char *path, const struct buf *text, bool force,
    struct err *e)
{
	if (!force && !is_free(im, path, e))
		return false;
	if (!file_mkdirs(im->dir, 0700))
		return cannot_write(im->dir, e);
	for (size_t i = 0; i < im->nsections; i++) {
		const struct import_section *sec = im->sections[i];
		const char *file = password_path(sec);

		if (file != NULL &&
		    !write_file(file, sec->password.data, sec->password.len, force, e))
			return false;
	}
	if (!write_file(path, buf_str(text), text->len, force, e))
		return false;
	return sync_dir(im->dir) || cannot_write(im->dir, e);
}
