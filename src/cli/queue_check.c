/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every file of a queue looked at: sums, names, owners, leftovers. Nothing is changed but what the
 * sweeper is sure of; what is broken is moved aside by the next run, under its lock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/queue_verb.h"
#include "cli/runner_setup.h"

#define FREE_MIN ((uint64_t)16 << 20) /* below it nothing new is kept (decisions.md 16) */

enum level { NOTE, WARNING, ERROR, LEVELS };

struct check {
	const struct queue_call *c;
	struct buf out;
	size_t files, swept, found[LEVELS];
};

/* where is below the queue's directory; todo: what a person can do, NULL: nothing has to be. */
static void
tell(struct check *k, enum level level, const char *where, const char *what, const char *todo)
{
	static const char *const names[LEVELS] = {"note", "warning", "error"};
	const struct ui *ui = k->c->ui;
	struct json *j;

	k->found[level]++;
	if (ui->quiet && level != ERROR)
		return;
	if (ui->json) {
		j = json_new();
		json_int(j, "v", 1);
		json_str(j, "event", "finding");
		json_str(j, "level", names[level]);
		json_str(j, "where", where);
		json_str(j, "what", what);
		json_str(j, "todo", todo);
		json_line(j, &k->out);
		return;
	}
	ui_painted(&k->out, ui->out_color,
	    level == ERROR         ? UI_BAD
		: level == WARNING ? UI_WARN
				   : UI_PLAIN,
	    names[level]);
	(void)buf_adds(&k->out, ": ");
	str_escape(&k->out, where, strlen(where), 0);
	(void)buf_adds(&k->out, ": ");
	str_escape(&k->out, what, strlen(what), 0);
	(void)buf_addc(&k->out, '\n');
	if (todo != NULL)
		(void)buf_addf(&k->out, "  %s\n", todo);
}

/* ---- a message */

static bool
has_account(const struct check *k, const char *name)
{
	/* of a broken configuration nothing is known */
	if (config_naccounts(k->c->config) == 0)
		return true;
	for (size_t i = 0; name != NULL && i < config_naccounts(k->c->config); i++)
		if (str_eq(config_account(k->c->config, i)->name, name))
			return true;
	return false;
}

static void
check_states(struct check *k, struct entry *en, enum spool_room room, const char *where)
{
	const char *account = entry_envelope(en)->account;
	size_t open = 0, doubt = 0;

	for (size_t i = 0; i < entry_envelope(en)->nrcpts; i++) {
		open += entry_cell(en, i) == CELL_PENDING;
		doubt += entry_cell(en, i) == CELL_DOUBT;
	}
	if (doubt > 0)
		tell(k, NOTE, where,
		    "an earlier try may have delivered it, no answer came: it is sent again", NULL);
	if (room == ROOM_QUEUE && !entry_envelope(en)->unsettled && !has_account(k, account))
		tell(k, WARNING, where,
		    arena_printf(k->c->mem,
			"its account '%s' is not in the configuration, so it is not sent",
			account != NULL ? account : ""),
		    "configure an account of that name, or: postrider queue export, and remove");
	if (room == ROOM_QUEUE && open + doubt == 0)
		tell(k, NOTE, where, "all its recipients are done with: the next run removes it",
		    NULL);
}

static const char *
remedy(const struct check *k, enum spool_room room, const char *id)
{
	return room == ROOM_QUEUE
	    ? "it is never sent; the next run moves it to corrupt/"
	    : arena_printf(k->c->mem,
		  "it is never sent; look at it: postrider queue show %s --raw, then: postrider queue remove %s",
		  id, id);
}

static void
check_entry(struct check *k, enum spool_room room, const char *id, const char *where)
{
	struct entry *en;
	struct err e;

	err_clear(&e);
	k->files++;
	switch (entry_open(spool_fd(k->c->spool, room), id, ENTRY_VERIFY, &en, &e)) {
	case ENTRY_GOOD:
		check_states(k, en, room, where);
		entry_close(en);
		break;
	case ENTRY_GONE: /* sent meanwhile */
	case ENTRY_BUSY:
		break;
	case ENTRY_CORRUPT:
		tell(k, ERROR, where, e.text, remedy(k, room, id));
		break;
	case ENTRY_TROUBLE:
		tell(k, ERROR, where, e.text, "it is not sent until it can be read");
		break;
	}
}

static void
check_mode(struct check *k, const char *where, const struct stat *st, mode_t bits)
{
	if (st->st_uid != geteuid())
		tell(k, ERROR, where, "it does not belong to the owner of the queue",
		    "chown it, or remove it");
	else if ((st->st_mode & bits) != 0)
		tell(k, WARNING, where, "others have access to it",
		    arena_printf(k->c->mem, "chmod %s %s/%s", S_ISDIR(st->st_mode) ? "700" : "600",
			spool_root(k->c->spool), where));
}

static void
check_name(struct check *k, enum spool_room room, const char *name)
{
	const char *where = arena_printf(k->c->mem, "%s/%s", spool_room_name(room), name);
	struct stat st;

	if (fstatat(spool_fd(k->c->spool, room), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (str_starts(name, ".t-")) {
		tell(k, NOTE, where, "a message that is being written, or was left by a crash",
		    room == ROOM_QUEUE ? "an hour after a crash it is removed by itself"
				       : "remove it when no postrider runs");
		return;
	}
	if (name[0] == '.') {
		tell(k, NOTE, where, "not a file of the queue", NULL);
		return;
	}
	if (room == ROOM_CORRUPT) {
		k->files++;
		tell(k, ERROR, where, "moved aside as no message of the queue",
		    remedy(k, room, name));
		return;
	}
	if (!spool_is_id(name)) {
		tell(k, WARNING, where, "this is no name of a message",
		    strlen(name) < ENTRY_ID_MAX && room == ROOM_QUEUE
			? "the next run moves it to corrupt/"
			: "it is not looked at by anything: move it elsewhere");
		return;
	}
	if (S_ISREG(st.st_mode)) /* what is no file at all is told below */
		check_mode(k, where, &st, 077);
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		tell(k, WARNING, where, "it has a second name, and both are one message",
		    "copy a queue with its files, not with links (find -samefile)");
	check_entry(k, room, name, where);
}

/* ---- directories */

static bool
each_name(struct check *k, int dirfd, void (*check)(struct check *, int, const char *), int arg)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;
	bool good;

	if (dir == NULL && fd >= 0)
		close(fd);
	while (dir != NULL && (errno = 0, d = readdir(dir)) != NULL)
		if (!str_eq(d->d_name, ".") && !str_eq(d->d_name, ".."))
			check(k, arg, d->d_name);
	good = dir != NULL && errno == 0;
	if (dir != NULL)
		closedir(dir);
	return good;
}

static void
check_room_name(struct check *k, int room, const char *name)
{
	check_name(k, (enum spool_room)room, name);
}

/* "slot-gmail-3" belongs to gmail. */
static const char *
account_of(const struct check *k, const char *name)
{
	const char *dash = strrchr(name, '-');

	if (str_starts(name, "relay-"))
		return name + strlen("relay-");
	if (str_starts(name, "slot-") && dash > name + strlen("slot"))
		return arena_strndup(k->c->mem, name + strlen("slot-"),
		    (size_t)(dash - name) - strlen("slot-"));
	return NULL;
}

static bool
is_state(const char *name)
{
	static const char *const known[] = {"drain.lock", RUNNER_LOOP_LOCK, "notices"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(name, known[i]))
			return true;
	return false;
}

static void
check_root_name(struct check *k, int unused, const char *name)
{
	const char *account = account_of(k, name);
	struct stat st;

	(void)unused;
	for (int room = 0; room < ROOM_MAX; room++)
		if (str_eq(name, spool_room_name((enum spool_room)room)))
			return;
	if (fstatat(spool_root_fd(k->c->spool), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!S_ISREG(st.st_mode) || (account == NULL && !is_state(name))) {
		tell(k, NOTE, name, "not a part of the queue", NULL);
		return;
	}
	check_mode(k, name, &st, 077);
	if (account != NULL && !has_account(k, account))
		tell(k, NOTE, name,
		    arena_printf(k->c->mem,
			"what is known of account '%s', which is not in the configuration",
			account),
		    "remove it if the account does not come back");
}

static void
check_directories(struct check *k)
{
	struct spool *sp = k->c->spool;
	struct stat st;

	/* the system's queue lets others through to drop/, but not look */
	if (fstat(spool_root_fd(sp), &st) == 0 && (st.st_mode & 066) != 0)
		tell(k, WARNING, ".", "others may look into the queue's directory",
		    arena_printf(k->c->mem, "chmod 700 %s", spool_root(sp)));
	if (!each_name(k, spool_root_fd(sp), check_root_name, 0))
		tell(k, ERROR, ".", "the directory cannot be read", NULL);
	for (int room = 0; room < ROOM_MAX; room++) {
		const char *name = spool_room_name((enum spool_room)room);

		if (fstat(spool_fd(sp, (enum spool_room)room), &st) == 0)
			check_mode(k, name, &st, 077);
		if (!each_name(k, spool_fd(sp, (enum spool_room)room), check_room_name, room))
			tell(k, ERROR, name, "the directory cannot be read", NULL);
	}
}

/* ---- what it lies on */

static void
check_file_system(struct check *k)
{
	int fd = spool_root_fd(k->c->spool);
	struct statvfs v;
#ifdef __linux__
	struct statfs f;

	if (fstatfs(fd, &f) == 0 && (f.f_type == TMPFS_MAGIC || f.f_type == (long)RAMFS_MAGIC))
		tell(k, WARNING, ".", "it is volatile (tmpfs): a restart of the machine empties it",
		    "set directory in [queue] to a place on a disk");
	else if (fstatfs(fd, &f) == 0 && f.f_type == NFS_SUPER_MAGIC)
		tell(k, NOTE, ".", "it lies on NFS: run it on one machine only", NULL);
#endif
	if (fstatvfs(fd, &v) < 0)
		return;
	if ((v.f_flag & ST_RDONLY) != 0)
		tell(k, ERROR, ".", "the file system is mounted read-only: nothing is sent from it",
		    NULL);
	else if ((uint64_t)v.f_bavail * v.f_frsize < FREE_MIN)
		tell(k, ERROR, ".", "less than 16 MiB are free: nothing new is kept",
		    "make room on that file system");
}

static void
summarise(struct check *k, int status)
{
	struct json *j;

	if (k->c->ui->json) {
		j = json_new();
		json_int(j, "v", 1);
		json_str(j, "event", "result");
		json_str(j, "queue", spool_root(k->c->spool));
		json_int(j, "files", (int64_t)k->files);
		json_int(j, "swept", (int64_t)k->swept);
		json_int(j, "errors", (int64_t)k->found[ERROR]);
		json_int(j, "warnings", (int64_t)k->found[WARNING]);
		json_int(j, "notes", (int64_t)k->found[NOTE]);
		json_int(j, "exit", status);
		json_line(j, &k->out);
		return;
	}
	if (k->c->ui->quiet)
		return;
	(void)buf_addf(&k->out, "%s: %zu file%s looked at", spool_root(k->c->spool), k->files,
	    k->files == 1 ? "" : "s");
	if (k->swept > 0)
		(void)buf_addf(&k->out, ", %zu left by a crash removed", k->swept);
	if (k->found[ERROR] + k->found[WARNING] == 0)
		(void)buf_adds(&k->out, ", nothing wrong\n");
	else
		(void)buf_addf(&k->out, ", %zu error%s, %zu warning%s\n", k->found[ERROR],
		    k->found[ERROR] == 1 ? "" : "s", k->found[WARNING],
		    k->found[WARNING] == 1 ? "" : "s");
}

int
queue_check(const struct queue_call *c)
{
	struct check k = {.c = c};
	int status, printed;

	buf_init(&k.out, SIZE_MAX);
	k.swept = spool_sweep(c->spool, clock_wall_ms());
	check_file_system(&k);
	check_directories(&k);
	status = k.found[ERROR] + k.found[WARNING] > 0;
	summarise(&k, status);
	printed = ui_data(c->ui, &k.out);
	buf_done(&k.out);
	return printed != 0 ? printed : status;
}
