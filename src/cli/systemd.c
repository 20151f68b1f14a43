/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"

#define TIMEOUT_MS 60000
#define UNIT_MAX ((size_t)65536)

/* A unit file of ours begins so; another one of that name is left alone. */
static const char written[] = SYSTEMD_WRITTEN;

static bool
said(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s %s: %s", what, path, strerror(errno));
}

/* systemctl [--user] WORD..., its words in *r. false: it did not end well. */
bool
systemd_ctl(bool user, const char *const words[3], struct proc_result *r)
{
	const char *argv[6];
	size_t n = 0;
	struct err e;

	argv[n++] = "systemctl";
	if (user)
		argv[n++] = "--user";
	for (size_t i = 0; i < 3 && words[i] != NULL; i++)
		argv[n++] = words[i];
	argv[n] = NULL;
	return proc_run(argv, NULL, TIMEOUT_MS, r, &e) && r->status == 0;
}

void
systemd_add_command(struct buf *out, bool user, const char *const words[3])
{
	(void)buf_addf(out, "systemctl%s", user ? " --user" : "");
	for (size_t i = 0; i < 3 && words[i] != NULL; i++)
		(void)buf_addf(out, " %s", words[i]);
	(void)buf_addc(out, '\n');
}

/* Runs it, or tells the person to. */
bool
systemd_do_or_tell(const struct ui *ui, bool user, const char *const words[3], bool works)
{
	struct proc_result r;
	struct buf line;
	bool good = false;

	buf_init(&line, SIZE_MAX);
	systemd_add_command(&line, user, words);
	line.len--; /* the line end */
	proc_result_init(&r);
	if (works && systemd_ctl(user, words, &r)) {
		ui_note(ui, "done: %.*s", (int)line.len, line.data);
		good = true;
	} else if (works) {
		const char *why = buf_str(&r.errors);

		ui_say(ui, "%.*s: %.*s", (int)line.len, line.data, (int)strcspn(why, "\n"), why);
	} else {
		ui_say(ui, "still to be done, where systemd runs: %.*s", (int)line.len, line.data);
	}
	proc_result_done(&r);
	buf_done(&line);
	return good;
}

/* Does a manager answer, the person's own or, for root, the system's? */
bool
systemd_works(bool user)
{
	static const char *const words[3] = {"is-system-running"};
	static const char *const good[] = {"running", "degraded", "starting", "initializing",
	    "maintenance"};
	struct proc_result r;
	bool works = false;

	if (!proc_exists("systemctl"))
		return false;
	proc_result_init(&r);
	(void)systemd_ctl(user, words, &r); /* the status of a degraded system is not 0 */
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		works = works || str_starts(buf_str(&r.out), good[i]);
	proc_result_done(&r);
	return works;
}

/* Is there a file of that name that we did not write? */
static bool
is_foreign(const char *path)
{
	struct buf text;
	bool foreign;

	buf_init(&text, UNIT_MAX);
	foreign = file_load(path, 0, &text, NULL) ? !str_starts(buf_str(&text), written)
						  : errno != ENOENT;
	buf_done(&text);
	return foreign;
}

/* Under another name first: systemd never sees half a file. */
bool
systemd_write_unit(struct arena *mem, const char *path, const struct buf *text, struct err *e)
{
	const char *temp = arena_printf(mem, "%s.new", path);
	int fd;
	bool good;

	if (is_foreign(path))
		return err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "%s is there and was not written by postrider: it is left alone", path);
	(void)unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return said(e, "cannot make", temp);
	good = fchmod(fd, 0644) == 0 && file_write(fd, buf_str(text), text->len) && fsync(fd) == 0;
	if (close(fd) < 0 || !good || rename(temp, path) < 0) {
		said(e, "cannot write", path);
		(void)unlink(temp);
		return false;
	}
	return true;
}

bool
systemd_remove_unit(const struct ui *ui, const char *path, struct err *e)
{
	if (access(path, F_OK) < 0)
		return true;
	if (is_foreign(path))
		return err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "%s was not written by postrider: it is left alone", path);
	if (unlink(path) < 0)
		return said(e, "cannot remove", path);
	ui_note(ui, "removed %s", path);
	return true;
}
