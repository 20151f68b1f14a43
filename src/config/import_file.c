/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "config/check.h"

#define SOURCE_MAX ((size_t)1 << 20)

struct import_kind {
	const char *name;
	import_fn *run;
	const char *places[6]; /* files, or with `folder` folders; "~/" and "$XDG/" in front */
	bool folder;
	const char *files[14]; /* the first must be there, its name is that of the source, too */
};

static const struct import_kind kinds[] = {
    {"msmtp", import_msmtp, {"~/.msmtprc", "$XDG/msmtp/config", "/etc/msmtprc"}, false,
	{"msmtprc"}},
    {"ssmtp", import_ssmtp, {"/etc/ssmtp/ssmtp.conf", "/usr/local/etc/ssmtp/ssmtp.conf"}, false,
	{"ssmtp.conf", "revaliases"}},
    {"nullmailer", import_nullmailer, {"/etc/nullmailer", "/usr/local/etc/nullmailer"}, true,
	{"remotes", "me", "defaulthost", "defaultdomain", "adminaddr", "allmailfrom", "helohost",
	    "pausetime", "maxpause", "queuelifetime", "idhost", "doublebounceto", "sendtimeout"}},
    {"dma", import_dma, {"/etc/dma", "/usr/local/etc/dma"}, true, {"dma.conf", "auth.conf"}},
};

const struct import_kind *
import_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_eq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *
import_kind_name(size_t i)
{
	return i < sizeof kinds / sizeof kinds[0] ? kinds[i].name : NULL;
}

/* ---- reading */

/* NULL: there is no home to look in. */
static const char *
expand(struct arena *mem, const char *place)
{
	const char *home = check_home(mem), *xdg = getenv("XDG_CONFIG_HOME");
	struct stat st;

	if (place[0] == '/')
		return place;
	if (str_starts(place, "$XDG/") && xdg != NULL && xdg[0] == '/' && stat(xdg, &st) == 0 &&
	    st.st_uid == geteuid())
		return arena_printf(mem, "%s%s", xdg, place + 4);
	if (home == NULL)
		return NULL;
	return str_starts(place, "$XDG/") ? arena_printf(mem, "%s/.config%s", home, place + 4)
					  : arena_printf(mem, "%s%s", home, place + 1);
}

/* false with errno. */
static bool
add_file(struct import *im, const char *name, const char *path)
{
	struct buf text;
	struct stat st;
	bool good;

	buf_init(&text, SOURCE_MAX);
	good = file_load(path, O_NOCTTY | O_NONBLOCK, &text, &st);
	if (good && !S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		errno = EINVAL;
		good = false;
	}
	if (good)
		import_add_source(im, name, path, buf_str(&text), text.len);
	buf_wipe(&text);
	buf_done(&text);
	return good;
}

static bool
cannot_read(const char *path, struct err *e)
{
	err_set(e, ERR_LOCAL, STAGE_INPUT, "", "cannot read %s: %s", path, strerror(errno));
	e->sysexit = EX_NOINPUT;
	return false;
}

/* The files beside the first one are read where they are there. */
static bool
read_place(struct import *im, const struct import_kind *k, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *dir = k->folder ? path
	    : slash != NULL         ? arena_strndup(&im->mem, path, (size_t)(slash - path))
				    : ".";
	const char *first = k->folder ? arena_printf(&im->mem, "%s/%s", path, k->files[0]) : path;

	if (!add_file(im, k->files[0], first))
		return cannot_read(first, e);
	for (size_t i = 1; i < sizeof k->files / sizeof k->files[0] && k->files[i] != NULL; i++) {
		const char *other = arena_printf(&im->mem, "%s/%s", dir, k->files[i]);
		struct import_place at = {other, 0};

		if (!add_file(im, k->files[i], other) && errno != ENOENT && errno != ENOTDIR)
			import_bad(im, &at, "cannot read it: %s", strerror(errno));
	}
	return true;
}

static const char *
usual_place(struct import *im, const struct import_kind *k, struct err *e)
{
	const char *looked = "";

	for (size_t i = 0; k->places[i] != NULL; i++) {
		const char *place = expand(&im->mem, k->places[i]), *file;

		if (place == NULL)
			continue;
		file = k->folder ? arena_printf(&im->mem, "%s/%s", place, k->files[0]) : place;
		if (access(file, F_OK) == 0 || errno == EACCES)
			return place;
		looked = arena_printf(&im->mem, "%s%s%s", looked, looked[0] != '\0' ? ", " : "",
		    file);
	}
	err_set(e, ERR_LOCAL, STAGE_INPUT, "", "there is no configuration of %s; looked for: %s",
	    k->name, looked);
	e->sysexit = EX_NOINPUT;
	return NULL;
}

bool
import_file(struct import *im, const struct import_kind *k, const char *path, const char **from,
    struct err *e)
{
	struct stat st;

	if (path == NULL)
		path = usual_place(im, k, e);
	else if (k->folder && stat(path, &st) == 0 && !S_ISDIR(st.st_mode) &&
	    strrchr(path, '/') != NULL) /* the file was named instead of its folder */
		path = arena_strndup(&im->mem, path, (size_t)(strrchr(path, '/') - path));
	if (path == NULL || !read_place(im, k, path, e))
		return false;
	*from = arena_strdup(&im->mem, path);
	k->run(im);
	return true;
}

/* ---- writing */

const char *
import_target(struct arena *mem)
{
	const char *dir;

	if (geteuid() == 0)
		return POSTRIDER_SYSCONFDIR "/postrider/postrider.conf";
	dir = expand(mem, "$XDG/postrider/postrider.conf");
	return dir;
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
