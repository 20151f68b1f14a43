/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

unsigned short
place_port(const struct race_addr *a)
{
	struct sockaddr_in in;

	memcpy(&in, &a->sa, sizeof(in));
	return ntohs(in.sin_port);
}

struct place
place_make(const char *ip, int backlog)
{
	struct place p = {.addr.len = sizeof(struct sockaddr_in), .fds = {-1, -1, -1, -1}};
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(inet_pton(AF_INET, ip, &in.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	memcpy(&p.addr.sa, &in, sizeof(in));
	if (backlog >= 0) {
		assert_int_equal(listen(fd, backlog), 0);
		p.fds[0] = fd;
	} else {
		(void)close(fd);
	}
	return p;
}

struct place
place_make_hole(const char *ip)
{
	struct place p = place_make(ip, 0);

	for (int i = 1; i < 4; i++) {
		p.fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(p.fds[i], (struct sockaddr *)&p.addr.sa, p.addr.len);
	}
	return p;
}

void
place_drop(struct place *p)
{
	for (int i = 0; i < 4; i++)
		if (p->fds[i] >= 0)
			(void)close(p->fds[i]);
}

int
place_count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

void
place_check(int fd, const struct race_addr *a)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	assert_int_equal(getpeername(fd, (struct sockaddr *)&in, &len), 0);
	assert_memory_equal(&in, &a->sa, sizeof(in));
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}
