/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* Errors of writing may come as late as close(2). */
static bool
write_and_close(int fd, const struct buf *report)
{
	bool good = file_write(fd, buf_str(report), report->len);
	int error = errno;

	if (close(fd) < 0 && good)
		return false;
	errno = error;
	return good;
}

static bool
write_through(const char *path, const struct buf *report)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);

	return fd >= 0 && write_and_close(fd, report);
}

/* mkstemp makes it 0600. */
static bool
replace(const char *path, const struct buf *report)
{
	struct buf name;
	int fd, error;
	bool good;

	buf_init(&name, SIZE_MAX);
	(void)buf_addf(&name, "%s.XXXXXX", path);
	fd = mkostemp(name.data, O_CLOEXEC);
	good = fd >= 0 && write_and_close(fd, report) && rename(name.data, path) == 0;
	error = errno;
	if (fd >= 0 && !good)
		(void)unlink(name.data);
	buf_done(&name);
	errno = error;
	return good;
}

void
report_file_write(const struct ui *ui, const struct buf *report)
{
	const char *path = ui->report_to;
	struct stat st;
	bool good;

	if (path == NULL)
		return;
	/* a link is followed, not replaced: /dev/stdout is one */
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		good = write_through(path, report);
	else
		good = replace(path, report);
	if (!good)
		ui_say(ui, "the report cannot be written to %s: %s", path, strerror(errno));
}
