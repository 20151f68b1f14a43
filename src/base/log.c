/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#ifdef _PATH_LOG
#define SYSTEM_SOCKET _PATH_LOG
#else
#define SYSTEM_SOCKET "/dev/log"
#endif
/* A daemon that is busy gets so long to take a line; after that none waits for it. */
#define PATIENCE_MS 200
#define LINE_MAX_LEN ((size_t)4000) /* below PIPE_BUF: a pipe takes it in one piece */

static struct {
	const char *ident;
	struct log_settings to; /* path is ours */
	int file, sock;         /* -1: not open */
	bool stuck;             /* the daemon let us wait in vain */
	char trouble[300];
} l = {.ident = "postrider", .to = {.level = LOG_LEVEL_INFO}, .file = -1, .sock = -1};

void
log_init(const char *ident)
{
	l.ident = ident;
}

void
log_settle(const struct log_settings *s)
{
	char *copy = s->path != NULL ? mem_strdup(s->path) : NULL;

	log_close();
	free((char *)(uintptr_t)l.to.path);
	l.to = *s;
	l.to.path = copy;
	l.stuck = false;
	l.trouble[0] = '\0';
}

/* Only the first: what follows is a consequence, or the same again. */
static void
note_trouble(const char *what, const char *path)
{
	if (l.trouble[0] == '\0')
		(void)snprintf(l.trouble, sizeof(l.trouble), "%s %s: %s", what, path,
		    strerror(errno));
}

static const char *
socket_path(void)
{
	return l.to.target == LOG_TARGET_SYSLOG && l.to.path != NULL ? l.to.path : SYSTEM_SOCKET;
}

/* A machine without any syslog daemon is in order, as a container often is. */
static void
note_silence(void)
{
	if (errno != ENOENT)
		note_trouble("cannot log to", socket_path());
}

static bool
open_socket(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (l.sock >= 0)
		return true;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", socket_path());
	l.sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l.sock >= 0 && connect(l.sock, (const struct sockaddr *)&sun, sizeof(sun)) == 0)
		return true;
	note_silence();
	if (l.sock >= 0)
		close(l.sock);
	l.sock = -1;
	return false;
}

/* O_NONBLOCK: nobody may read the fifo that it turns out to be. */
static bool
open_file(void)
{
	if (l.file >= 0)
		return true;
	l.file = open(l.to.path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (l.file < 0)
		note_trouble("cannot log to", l.to.path);
	return l.file >= 0;
}

void
log_ready(void)
{
	if (l.to.target == LOG_TARGET_FILE)
		(void)open_file();
	else if (l.to.target == LOG_TARGET_SYSLOG)
		(void)open_socket();
}

static bool
send_once(const struct buf *b)
{
	return send(l.sock, buf_str(b), b->len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* A full queue empties soon, or never. */
static bool
send_patiently(const struct buf *b)
{
	struct pollfd p = {.fd = l.sock, .events = POLLOUT};

	if (send_once(b)) {
		l.stuck = false;
		return true;
	}
	if ((errno != EAGAIN && errno != ENOBUFS) || l.stuck)
		return false;
	l.stuck = poll(&p, 1, PATIENCE_MS) <= 0 || !send_once(b);
	if (l.stuck)
		errno = EAGAIN;
	return !l.stuck;
}

/* A daemon that was restarted has another socket of the same name. */
static bool
reopen(void)
{
	if (errno == EAGAIN || errno == ENOBUFS)
		return false;
	close(l.sock);
	l.sock = -1;
	return open_socket();
}

static bool
to_syslog(enum log_level level, const char *line)
{
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
	char when[20];
	struct buf b;
	bool good;

	clock_syslog(clock_wall_ms(), when, sizeof(when));
	buf_init(&b, LINE_MAX_LEN);
	(void)buf_addf(&b, "<%d>%s %s[%ld]: ", LOG_MAIL | priorities[level], when, l.ident,
	    (long)getpid());
	(void)buf_add(&b, line, strnlen(line, LINE_MAX_LEN - 200));
	good = open_socket() && (send_patiently(&b) || (reopen() && send_patiently(&b)));
	if (!good)
		note_silence();
	buf_done(&b);
	return good;
}

/* One write(2), whole or not at all: of several processes none cuts the other's line. */
static bool
write_line(int fd, const char *when, const char *line)
{
	struct buf b;
	bool good;

	buf_init(&b, LINE_MAX_LEN);
	(void)buf_addf(&b, "%s%s%s[%ld]: ", when, when[0] != '\0' ? " " : "", l.ident,
	    (long)getpid());
	(void)buf_add(&b, line, strnlen(line, LINE_MAX_LEN - 200));
	(void)buf_addc(&b, '\n');
	good = write(fd, buf_str(&b), b.len) == (ssize_t)b.len;
	buf_done(&b);
	return good;
}

static bool
to_file(const char *line)
{
	char when[24];

	clock_rfc3339(clock_wall_ms(), when, sizeof(when));
	if (!open_file())
		return false;
	if (write_line(l.file, when, line))
		return true;
	note_trouble("cannot write to", l.to.path);
	return false;
}

bool
log_wants(enum log_level level)
{
	return l.to.target != LOG_TARGET_NONE && level <= l.to.level;
}

void
log_send(enum log_level level, const char *line)
{
	if (!log_wants(level))
		return;
	if (l.to.target == LOG_TARGET_STDERR)
		(void)write_line(STDERR_FILENO, "", line);
	else if (l.to.target != LOG_TARGET_FILE || !to_file(line))
		(void)to_syslog(level, line);
}

const char *
log_trouble(void)
{
	return l.trouble[0] != '\0' ? l.trouble : NULL;
}

void
log_close(void)
{
	if (l.file >= 0)
		close(l.file);
	if (l.sock >= 0)
		close(l.sock);
	l.file = l.sock = -1;
}
