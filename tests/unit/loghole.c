/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loghole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[80];
static int fd = -1;

static void
listen_there(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
}

void
loghole_open(enum log_level level)
{
	const struct log_settings s = {LOG_TARGET_SYSLOG, path, level};

	loghole_close();
	(void)snprintf(dir, sizeof(dir), "/tmp/loghole.XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	listen_there();
	log_settle(&s);
}

void
loghole_restart(void)
{
	close(fd);
	(void)unlink(path);
	listen_there();
}

const char *
loghole_next(int *priority)
{
	static char line[8192];
	ssize_t n = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT);
	char *end;

	if (n <= 0)
		return "";
	line[n] = '\0';
	assert_int_equal(strlen(line), n);
	assert_int_equal(line[0], '<');
	*priority = (int)strtol(line + 1, &end, 10);
	assert_int_equal(*end, '>');
	return end + 1;
}

const char *
loghole_path(void)
{
	return path;
}

int
loghole_fd(void)
{
	return fd;
}

void
loghole_close(void)
{
	log_close();
	if (fd < 0)
		return;
	close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
	fd = -1;
}
