/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver.c - a mail server to test against: well-behaved, or following a script.
 *
 * Binds a free port of 127.0.0.1 and says which one on stdout after listen(),
 * so nobody sleeps and nobody picks a number. One process a connection; the
 * parent accepts, counts and ends: when stdin does (whoever started us is
 * gone or satisfied), on SIGTERM, or after --limit. tests/lib/README tells all.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakeserver_conn.h"
#include "fakeserver_nursery.h"
#include "fakeserver_options.h"
#include "fakeserver_play.h"
#include "fakeserver_record.h"
#include "fakeserver_script.h"
#include "fakeserver_smtp.h"
#include "fakeserver_text.h"
#include "fakeserver_wire.h"

struct server {
	struct options options;
	struct script script;
	int listener;
	int64_t deadline;
	unsigned connections, failed;
	pid_t *children;
	size_t nchildren;
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	if (sig != SIGCHLD)
		stop = 1;
}

/* Blocked but inside ppoll(), there without SA_RESTART: no signal is missed. */
static void
signals_init(void)
{
	static const int caught[] = {SIGTERM, SIGINT, SIGCHLD};
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++) {
		sigaction(caught[i], &sa, NULL);
		sigaddset(&set, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- the socket */

static int
bind_tcp(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		text_die("bind: %s", strerror(errno));
	return fd;
}

static int
bind_unix(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(sun.sun_path))
		text_die("%s: path too long for a socket", path);
	memcpy(sun.sun_path, path, strlen(path));
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		text_die("%s: %s", path, strerror(errno));
	return fd;
}

static void
announce(const struct server *s)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	if (s->options.unix_path != NULL) {
		printf("PATH %s\n", s->options.unix_path);
	} else {
		if (getsockname(s->listener, (struct sockaddr *)&sin, &len) < 0)
			text_die("getsockname: %s", strerror(errno));
		printf("PORT %u\n", ntohs(sin.sin_port));
	}
	if (fflush(stdout) != 0)
		text_die("stdout: %s", strerror(errno));
}

static void
start(struct server *s)
{
	const struct options *o = &s->options;

	s->listener = o->unix_path != NULL ? bind_unix(o->unix_path) : bind_tcp();
	/* before listen(): accepted sockets inherit them, and the window is set at the handshake */
	if (o->sndbuf > 0)
		setsockopt(s->listener, SOL_SOCKET, SO_SNDBUF, &o->sndbuf, sizeof(o->sndbuf));
	if (o->rcvbuf > 0)
		setsockopt(s->listener, SOL_SOCKET, SO_RCVBUF, &o->rcvbuf, sizeof(o->rcvbuf));
	if (listen(s->listener, 128) < 0)
		text_die("listen: %s", strerror(errno));
	announce(s);
}

/* ---- connections */

/* In the child. Returns its exit status. */
static int
serve(struct server *s, int fd)
{
	struct record *r = record_new(s->connections);
	struct wire *w = wire_new(fd, &s->options, s->deadline);
	struct conn *c = conn_new(w, &s->options, r);
	bool ok = true;

	if (s->options.script != NULL)
		ok = play_script(c, &s->script, s->connections);
	else
		smtp_serve(c, s->connections);
	conn_free(c);
	wire_close(w, WIRE_CLOSE);
	record_end(r, wire_end(w));
	wire_free(w);
	record_write(r, s->options.record);
	return ok ? 0 : 1;
}

static void
accept_one(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return; /* the client was gone again */
	s->connections++;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		text_die("fork: %s", strerror(errno));
	if (pid == 0) {
		int status;

		close(s->listener);
		close(STDIN_FILENO);
		status = serve(s, fd);
		script_free(&s->script);
		options_done(&s->options);
		wire_done();
		free(s->children);
		exit(status);
	}
	close(fd);
	s->children = text_grow(s->children, s->nchildren + 1, sizeof(*s->children));
	s->children[s->nchildren++] = pid;
}

static void
reap(struct server *s)
{
	for (size_t i = 0; i < s->nchildren;) {
		int status;

		if (waitpid(s->children[i], &status, WNOHANG) <= 0) {
			i++;
			continue;
		}
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			s->failed++;
		if (WIFSIGNALED(status))
			fprintf(stderr, "fakeserver: a connection died of signal %d\n",
			    WTERMSIG(status));
		s->children[i] = s->children[--s->nchildren];
	}
}

/* ppoll() over n descriptors until then; signals get through. */
static int
wait_until(struct pollfd *p, nfds_t n, int64_t until)
{
	int64_t now = text_now(), left = now < until ? until - now : 0;
	struct timespec ts = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
	sigset_t none;

	sigemptyset(&none);
	return ppoll(p, n, &ts, &none);
}

/* true: stdin has ended. */
static bool
stdin_ended(void)
{
	char waste[512];
	ssize_t n = read(STDIN_FILENO, waste, sizeof(waste));

	return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

/* Accepts until it is time to go; false: because of --limit. */
static bool
run(struct server *s)
{
	struct pollfd p[2] = {
	    {.fd = s->listener, .events = POLLIN},
	    {.fd = s->options.ignore_stdin ? -1 : STDIN_FILENO, .events = POLLIN},
	};

	while (!stop) {
		int n = wait_until(p, 2, s->deadline);

		reap(s);
		if (n < 0)
			continue; /* a signal */
		if (n == 0)
			return false;
		if (p[0].revents != 0)
			accept_one(s);
		else if (p[1].revents != 0 && stdin_ended())
			break;
	}
	return true;
}

/* Gives the open connections their time, then stops them. */
static void
finish(struct server *s)
{
	int64_t until = text_now() + s->options.grace_ms;

	close(s->listener);
	if (s->options.unix_path != NULL)
		unlink(s->options.unix_path);
	for (int round = 0; s->nchildren > 0 && round < 2; round++) {
		for (reap(s); s->nchildren > 0 && text_now() < until; reap(s))
			wait_until(NULL, 0, until);
		if (round == 0)
			for (size_t i = 0; i < s->nchildren; i++)
				kill(s->children[i], SIGTERM);
		until += s->options.grace_ms;
	}
	for (size_t i = 0; i < s->nchildren; i++)
		kill(s->children[i], SIGKILL);
	s->failed += (unsigned)s->nchildren;
}

/* A script that was not played to its end, for want of connections, has failed. */
static void
check_script(struct server *s)
{
	if (s->options.script == NULL || s->connections >= s->script.nconnections)
		return;
	fprintf(stderr, "%s: wanted %u connections, got %u\n", s->script.file,
	    s->script.nconnections, s->connections);
	s->failed++;
}

int
main(int argc, char **argv)
{
	struct server s = {.listener = -1};
	bool in_time;

	if (argc == 2 && strcmp(argv[1], "--nursery") == 0 && (argv = nursery_run(argv[0])) == NULL)
		return 0;
	options_parse(&s.options, argv);
	if (s.options.script != NULL)
		script_load(&s.script, s.options.script);
	s.deadline = text_now() + s.options.limit_ms;
	signals_init();
	wire_init(&s.options);
	start(&s);
	in_time = run(&s);
	finish(&s);
	check_script(&s);
	record_write_end(s.options.record, s.connections, s.failed);
	if (!in_time)
		fprintf(stderr, "fakeserver: the limit of %d s is over\n",
		    s.options.limit_ms / 1000);
	script_free(&s.script);
	options_done(&s.options);
	wire_done();
	free(s.children);
	return !in_time ? 3 : s.failed > 0 ? 1 : 0;
}
