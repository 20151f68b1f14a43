/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import_write.h"

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/putfile.h"
#include "config/import_file.h"
#include "config/vault.h"

const char *
import_write_target(struct arena *mem)
{
	if (geteuid() == 0)
		return POSTRIDER_SYSCONFDIR "/postrider/postrider.conf";
	return import_file_expand(mem, "$XDG/postrider/postrider.conf");
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
	enum putfile_how how = force ? PUTFILE_PRIVATE : PUTFILE_NEW;

	if (!force && !is_free(im, path, e))
		return false;
	for (size_t i = 0; i < im->nsections; i++) {
		const struct import_section *sec = im->sections[i];
		const char *file = password_path(sec);

		if (file != NULL && !vault_file_store(file, &sec->password, how, e))
			return false;
	}
	return putfile(path, text, how, e);
}
