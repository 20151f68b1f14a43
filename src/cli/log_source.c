/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/log_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

#define CHUNK ((size_t)65536)
#define LINE_MAX_LEN ((size_t)16384) /* longer ones are none of ours */
#define LOOK_MS 250
#define CURSOR "-- cursor: "

/* ---- lines out of pieces */

struct cutter {
	struct log_source *s;
	struct buf part; /* a line that has not ended yet */
	bool wanted;     /* somebody takes them */
};

static void
cutter_init(struct cutter *c, struct log_source *s)
{
	c->s = s;
	c->wanted = true;
	buf_init(&c->part, LINE_MAX_LEN);
}

static void
give(struct cutter *c, const char *line, size_t n)
{
	struct log_source *s = c->s;

	/* journalctl's last line: where to go on */
	if (s->path == NULL && n > strlen(CURSOR) && memcmp(line, CURSOR, strlen(CURSOR)) == 0) {
		(void)snprintf(s->cursor, sizeof(s->cursor), "%.*s", (int)(n - strlen(CURSOR)),
		    line + strlen(CURSOR));
		return;
	}
	c->wanted = s->take(s->arg, line, n);
}

static void
feed(struct cutter *c, const char *data, size_t n)
{
	while (n > 0 && c->wanted) {
		const char *end = memchr(data, '\n', n);
		size_t k = end != NULL ? (size_t)(end - data) : n;

		(void)buf_add(&c->part, data, k);
		if (end == NULL)
			return;
		if (!c->part.overflow)
			give(c, buf_str(&c->part), c->part.len);
		buf_clear(&c->part);
		data += k + 1;
		n -= k + 1;
	}
}

/* All that fd gives now. false: errno tells. */
static bool
feed_all(struct cutter *c, int fd)
{
	char *chunk = mem_alloc(CHUNK);
	ssize_t n = 1;
	int saved;

	while (c->wanted && (n = file_read(fd, chunk, CHUNK)) > 0)
		feed(c, chunk, (size_t)n);
	saved = errno;
	free(chunk);
	errno = saved;
	return n >= 0;
}

/* ---- a file */

static int
open_log(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* What logrotate has put aside last, unless all of it is too old. false: there is none. */
static bool
read_moved(struct log_source *s, struct cutter *c)
{
	char path[4096];
	struct stat st;
	int fd;

	if (snprintf(path, sizeof(path), "%s.1", s->path) >= (int)sizeof(path))
		return false;
	fd = open_log(path);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && (int64_t)st.st_mtim.tv_sec * 1000 + 999 >= s->since_ms)
		(void)feed_all(c, fd);
	buf_clear(&c->part);
	close(fd);
	return true;
}

static bool
read_file(struct log_source *s, struct err *e)
{
	struct cutter c;
	int saved;
	bool good;

	cutter_init(&c, s);
	s->fd = open_log(s->path);
	saved = errno;
	good = (s->fd >= 0 || saved == ENOENT) && (read_moved(s, &c) || s->fd >= 0);
	if (s->fd >= 0 && !feed_all(&c, s->fd)) {
		saved = errno;
		good = false;
	}
	/* a line that is being written is read when it is whole */
	if (s->fd >= 0 && c.part.len > 0)
		(void)lseek(s->fd, -(off_t)c.part.len, SEEK_CUR);
	buf_done(&c.part);
	if (!good)
		err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot read %s: %s", s->path,
		    strerror(saved));
	errno = saved;
	return good;
}

/* Is another file in its place, or the same one shorter than what was read? */
static bool
was_replaced(const struct log_source *s, bool *cut)
{
	struct stat there, ours;

	*cut = false;
	if (s->fd < 0)
		return true;
	if (fstat(s->fd, &ours) < 0)
		return false;
	*cut = ours.st_size < lseek(s->fd, 0, SEEK_CUR);
	return stat(s->path, &there) == 0 &&
	    (there.st_ino != ours.st_ino || there.st_dev != ours.st_dev);
}

/* false: the reader of our output has gone. */
static bool
sleep_while_read(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	(void)poll(&out, 1, LOOK_MS);
	return (out.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

static bool
follow_file(struct log_source *s, struct err *e)
{
	struct cutter c;
	bool good = true, cut;

	cutter_init(&c, s);
	while (good && c.wanted) {
		bool replaced = was_replaced(s, &cut);

		if (cut)
			buf_clear(&c.part);
		/* what came to the old one before the new one was there */
		good = s->fd < 0 || (cut ? lseek(s->fd, 0, SEEK_SET) == 0 : feed_all(&c, s->fd));
		if (good && replaced) {
			if (s->fd >= 0)
				close(s->fd);
			buf_clear(&c.part);
			s->fd = open_log(s->path);
		}
		if (!cut && !(replaced && s->fd >= 0) && !sleep_while_read())
			break;
	}
	if (!good)
		err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot read %s: %s", s->path,
		    strerror(errno));
	buf_done(&c.part);
	return good;
}

/* ---- the journal */

/* argv is of 10; SYSLOG_FACILITY=2 is mail. */
static void
journal_argv(const struct log_source *s, bool follow, char since[40], char after[600],
    const char **argv)
{
	size_t n = 0;

	argv[n++] = "journalctl";
	argv[n++] = "--quiet";
	argv[n++] = "--no-pager";
	argv[n++] = "--output=short-iso";
	(void)snprintf(since, 40, "--since=@%lld", (long long)(s->since_ms / 1000));
	(void)snprintf(after, 600, "--after-cursor=%s", s->cursor);
	if (follow) {
		argv[n++] = "--follow";
		argv[n++] = s->cursor[0] != '\0' ? "--lines=all" : "--lines=0";
		if (s->cursor[0] != '\0')
			argv[n++] = after;
	} else {
		argv[n++] = "--show-cursor";
		if (s->since_ms > 0)
			argv[n++] = since;
	}
	argv[n++] = "SYSLOG_FACILITY=2";
	argv[n] = NULL;
}

static bool
run_journal(struct log_source *s, bool follow, struct err *e)
{
	const char *argv[10];
	char since[40], after[600];
	struct cutter c;
	int fd, status;
	pid_t pid;

	journal_argv(s, follow, since, after, argv);
	if (!proc_open(argv, &fd, &pid, e))
		return false;
	cutter_init(&c, s);
	(void)feed_all(&c, fd);
	close(fd);
	status = proc_close(pid, !c.wanted);
	buf_done(&c.part);
	errno = 0;
	return status == 0 || !c.wanted ||
	    err_set(e, ERR_LOCAL, STAGE_NONE, "", "journalctl ended with status %d", status);
}

/* ---- */

bool
log_source_read(struct log_source *s, struct err *e)
{
	s->fd = -1;
	s->cursor[0] = '\0';
	return s->path != NULL ? read_file(s, e) : run_journal(s, false, e);
}

bool
log_source_follow(struct log_source *s, struct err *e)
{
	return s->path != NULL ? follow_file(s, e) : run_journal(s, true, e);
}

void
log_source_close(struct log_source *s)
{
	if (s->path != NULL && s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
