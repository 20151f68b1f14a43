/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import_file.h"

#include <errno.h>
#include <fcntl.h>
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
import_file_kind(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_eq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *
import_file_kind_name(size_t i)
{
	return i < sizeof kinds / sizeof kinds[0] ? kinds[i].name : NULL;
}

/* ---- reading */

const char *
import_file_expand(struct arena *mem, const char *place)
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

/* looked: the files that are not there, NULL: of no interest. */
static const char *
usual_place(struct arena *mem, const struct import_kind *k, const char **looked)
{
	for (size_t i = 0; k->places[i] != NULL; i++) {
		const char *place = import_file_expand(mem, k->places[i]), *file;

		if (place == NULL)
			continue;
		file = k->folder ? arena_printf(mem, "%s/%s", place, k->files[0]) : place;
		if (access(file, F_OK) == 0 || errno == EACCES)
			return place;
		if (looked != NULL)
			*looked = arena_printf(mem, "%s%s%s", *looked,
			    (*looked)[0] != '\0' ? ", " : "", file);
	}
	return NULL;
}

const char *
import_file_found(struct arena *mem, const struct import_kind *k)
{
	const char *place = usual_place(mem, k, NULL);

	return place != NULL && access(place, R_OK) == 0 ? place : NULL;
}

static bool
nothing_found(const struct import_kind *k, const char *looked, struct err *e)
{
	err_set(e, ERR_LOCAL, STAGE_INPUT, "", "there is no configuration of %s; looked for: %s",
	    k->name, looked);
	e->sysexit = EX_NOINPUT;
	return false;
}

bool
import_file_read(struct import *im, const struct import_kind *k, const char *path,
    const char **from, struct err *e)
{
	const char *looked = "";
	struct stat st;

	if (path == NULL)
		path = usual_place(&im->mem, k, &looked);
	else if (k->folder && stat(path, &st) == 0 && !S_ISDIR(st.st_mode) &&
	    strrchr(path, '/') != NULL) /* the file was named instead of its folder */
		path = arena_strndup(&im->mem, path, (size_t)(strrchr(path, '/') - path));
	if (path == NULL)
		return nothing_found(k, looked, e);
	if (!read_place(im, k, path, e))
		return false;
	*from = arena_strdup(&im->mem, path);
	k->run(im);
	return true;
}
