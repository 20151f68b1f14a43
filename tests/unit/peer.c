/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "peer.h"

#include <errno.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIFE_S 20

unsigned peer_sends;

/* In place of libc's: the stream calls it for each write outside TLS. */
ssize_t
send(int fd, const void *data, size_t n, int flags)
{
	peer_sends++;
	return sendto(fd, data, n, flags, NULL, 0);
}

static bool
write_all(int fd, const char *data, size_t n)
{
	ssize_t r;

	for (; n > 0; data += r, n -= (size_t)r) {
		r = sendto(fd, data, n, MSG_NOSIGNAL, NULL, 0);
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r < 0)
			return false;
	}
	return true;
}

void
peer_say(int fd, const char *line)
{
	char buf[8192];
	int n = snprintf(buf, sizeof(buf), "%s\r\n", line);

	(void)write_all(fd, buf, (size_t)n);
}

/* Octet by octet: what stands behind the line must stay in the socket. */
const char *
peer_read_line(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && read(fd, buf + n, 1) == 1) {
		if (buf[n] == '\n') {
			if (n > 0 && buf[n - 1] == '\r')
				n--;
			buf[n] = '\0';
			return buf;
		}
		n++;
	}
	buf[n] = '\0';
	return NULL;
}

static bool
is_end(int fd)
{
	char c;
	ssize_t n = read(fd, &c, 1);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

static bool
read_octets(int fd, size_t n)
{
	char buf[65536];
	ssize_t got;

	for (; n > 0; n -= (size_t)got) {
		got = read(fd, buf, n < sizeof(buf) ? n : sizeof(buf));
		if (got <= 0)
			return false;
	}
	return true;
}

static void
read_to_end(int fd)
{
	char buf[65536];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

static bool
read_message(int fd)
{
	char line[8192];

	while (peer_read_line(fd, line, sizeof(line)) != NULL)
		if (strcmp(line, ".") == 0)
			return true;
	return false;
}

static bool
answer_rcpts(int fd, long n)
{
	char line[1024];

	for (; n > 0; n--) {
		if (peer_read_line(fd, line, sizeof(line)) == NULL ||
		    fnmatch("RCPT TO:<*>*", line, 0) != 0)
			return false;
		peer_say(fd, "250 2.1.5 ok");
	}
	return true;
}

static bool
expect_line(int fd, const char *pattern, char *got, size_t size)
{
	if (peer_read_line(fd, got, size) == NULL)
		return false;
	return fnmatch(pattern, got, 0) == 0;
}

static bool
play_line(int fd, const char *line, char *got, size_t size)
{
	const char *arg = line[1] != '\0' ? line + 2 : "";

	switch (line[0]) {
	case 'S':
		peer_say(fd, arg);
		return true;
	case 'R':
		return write_all(fd, arg, strlen(arg)) || true;
	case 'C':
		return expect_line(fd, arg, got, size);
	case 'N':
		return read_octets(fd, strtoul(arg, NULL, 10));
	case 'D':
		return read_message(fd);
	case 'M':
		return answer_rcpts(fd, strtol(arg, NULL, 10));
	case 'Q':
		return expect_line(fd, "QUIT", got, size) && is_end(fd);
	case 'E':
		return is_end(fd);
	case 'Z':
		read_to_end(fd);
		return true;
	case 'F':
		while (write_all(fd, arg, strlen(arg)) && write_all(fd, "\r\n", 2))
			;
		return true;
	case 'L':
		while (write_all(fd, arg, strlen(arg)))
			;
		return true;
	case 'X':
		(void)close(fd);
		return true;
	default:
		return false;
	}
}

/* What a child does: a script or a function. */
struct part {
	const char *const *script;
	const char *(*run)(int fd);
};

static void
complain(int complaints, const char *text)
{
	(void)!write(complaints, text, strlen(text));
}

static _Noreturn void
play(int fd, int complaints, const struct part *part)
{
	char got[16384] = "", text[20000];
	const char *said;

	(void)alarm(LIFE_S);
	if (part->run != NULL && (said = part->run(fd)) != NULL)
		complain(complaints, said);
	for (size_t i = 0; part->run == NULL && part->script[i] != NULL; i++) {
		if (play_line(fd, part->script[i], got, sizeof(got)))
			continue;
		(void)snprintf(text, sizeof(text), "script line %zu: \"%s\", got \"%s\"", i + 1,
		    part->script[i], got);
		complain(complaints, text);
		break;
	}
	_exit(0);
}

/* fork, and the pipe for complaints; true in the child. */
static bool
become_two(struct peer *p, int *complaints)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	(void)close(fds[p->pid == 0 ? 0 : 1]);
	/* whether we left in the middle of its words is for the script to say */
	if (p->pid == 0)
		(void)signal(SIGPIPE, SIG_IGN);
	*complaints = fds[1];
	p->complaints = fds[0];
	return p->pid == 0;
}

static void
make_pair(struct peer *p, const struct part *part, bool narrow)
{
	const int least = 1;
	int fds[2], complaints;

	*p = (struct peer){.fd = -1};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (int i = 0; narrow && i < 2; i++)
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	if (become_two(p, &complaints)) {
		(void)close(fds[0]);
		play(fds[1], complaints, part);
	}
	(void)close(fds[1]);
	p->fd = fds[0];
	peer_sends = 0;
}

void
peer_pair(struct peer *p, const char *const *script)
{
	make_pair(p, &(struct part){.script = script}, false);
}

void
peer_pair_narrow(struct peer *p, const char *const *script)
{
	make_pair(p, &(struct part){.script = script}, true);
}

void
peer_pair_run(struct peer *p, const char *(*run)(int fd))
{
	make_pair(p, &(struct part){.run = run}, false);
}

static int
make_listener(struct peer *p)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*p = (struct peer){.fd = -1};
	(void)snprintf(p->dir, sizeof(p->dir), "%s", "/tmp/postrider-peer-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", p->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(fd, 1), 0);
	peer_sends = 0;
	return fd;
}

static int
take_connection(int listener)
{
	int fd;

	(void)alarm(LIFE_S);
	fd = accept(listener, NULL, NULL);
	(void)close(listener);
	return fd;
}

static int
make_tcp_listener(struct peer *p)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*p = (struct peer){.fd = -1};
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	p->port = ntohs(in.sin_port);
	peer_sends = 0;
	return fd;
}

static void
listen_and_play(struct peer *p, int listener, const struct part *part)
{
	int complaints;

	if (become_two(p, &complaints))
		play(take_connection(listener), complaints, part);
	(void)close(listener);
}

void
peer_listen(struct peer *p, const char *const *script)
{
	int listener = make_listener(p);

	listen_and_play(p, listener, &(struct part){.script = script});
}

void
peer_listen_run(struct peer *p, const char *(*run)(int fd))
{
	int listener = make_listener(p);

	listen_and_play(p, listener, &(struct part){.run = run});
}

void
peer_listen_tcp(struct peer *p, const char *const *script)
{
	int listener = make_tcp_listener(p);

	listen_and_play(p, listener, &(struct part){.script = script});
}

void
peer_listen_tcp_run(struct peer *p, const char *(*run)(int fd))
{
	int listener = make_tcp_listener(p);

	listen_and_play(p, listener, &(struct part){.run = run});
}

void
peer_finish(struct peer *p)
{
	char said[20001];
	size_t n = 0;
	ssize_t got;
	int status = 0;

	while ((got = read(p->complaints, said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	(void)close(p->complaints);
	(void)waitpid(p->pid, &status, 0);
	if (p->path[0] != '\0') {
		(void)unlink(p->path);
		(void)rmdir(p->dir);
	}
	if (n > 0)
		fail_msg("the peer complains: %s", said);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the peer did not come to its end (status %d)", status);
}

static void
note(struct watch *w, char mark, const char *text, size_t n)
{
	if (w->len + n + 3 > sizeof(w->text))
		return;
	w->text[w->len++] = mark;
	memcpy(w->text + w->len, text, n);
	w->len += n;
	w->text[w->len++] = '\n';
	w->text[w->len] = '\0';
}

static void
watch_line(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n)
{
	struct watch *w = arg;

	w->encrypted = w->encrypted || encrypted;
	note(w, dir == TRACE_IN ? '<' : dir == TRACE_OUT ? '>' : '#', text, n);
}

static void
watch_stage(void *arg, const struct trace_stage *s)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s %s%s", err_stage_name(s->stage), s->detail,
	    s->err != NULL ? " failed" : "");

	note(arg, '=', text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static void
watch_progress(void *arg, uint64_t done, uint64_t total)
{
	struct watch *w = arg;

	assert_true(done <= total);
	w->nprogress++;
}

void
watch_init(struct watch *w)
{
	memset(w, 0, sizeof(*w));
	w->trace = (struct trace){.line = watch_line,
	    .stage = watch_stage,
	    .progress = watch_progress,
	    .arg = w};
}
