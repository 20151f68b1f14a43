/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "net/race.h"

/* How many addresses the sentence names; all are in the report. */
#define SHOWN 4

/* What the resolver process sends back. */
struct resolved {
	int error; /* of getaddrinfo, 0: fine */
	int sys_error;
	size_t n;
	struct race_addr addrs[DIAL_MAX_ADDRS];
};

static void
store(struct resolved *out, const struct addrinfo *ai)
{
	if (ai == NULL || out->n == DIAL_MAX_ADDRS || ai->ai_addrlen > sizeof out->addrs[0].sa)
		return;
	memcpy(&out->addrs[out->n].sa, ai->ai_addr, ai->ai_addrlen);
	out->addrs[out->n++].len = ai->ai_addrlen;
}

static const struct addrinfo *
next_of(const struct addrinfo *ai, int family)
{
	while (ai != NULL && ai->ai_family != family)
		ai = ai->ai_next;
	return ai;
}

/* The system's order, with the families taking turns (RFC 8305 4). */
static void
interleave(struct resolved *out, const struct addrinfo *list)
{
	int first = list->ai_family, second = first == AF_INET6 ? AF_INET : AF_INET6;
	const struct addrinfo *a = list, *b = next_of(list, second);

	while (a != NULL || b != NULL) {
		store(out, a);
		store(out, b);
		a = a != NULL ? next_of(a->ai_next, first) : NULL;
		b = b != NULL ? next_of(b->ai_next, second) : NULL;
	}
}

static void
resolve(const char *host, uint16_t port, int family, int flags, struct resolved *out)
{
	struct addrinfo hints = {.ai_family = family,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = flags};
	struct addrinfo *list = NULL;
	char service[8];

	memset(out, 0, sizeof *out);
	snprintf(service, sizeof service, "%u", (unsigned)port);
	hints.ai_flags |= AI_NUMERICSERV;
	out->error = getaddrinfo(host, service, &hints, &list);
	out->sys_error = errno;
	if (out->error == 0 && list != NULL) {
		interleave(out, list);
		freeaddrinfo(list);
	}
}

static bool
read_resolved(int fd, int64_t deadline, struct resolved *out)
{
	size_t got = 0;

	while (got < sizeof *out) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int r = poll(&p, 1, clock_left_ms(deadline));
		ssize_t n;

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		n = file_read(fd, (char *)out + got, sizeof *out - got);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

/*
 * getaddrinfo knows no deadline and no cancelling, so it runs in a process of its own: the one
 * thing that can be ended at any moment, whatever an NSS module is doing.
 */
static bool
resolve_within(const struct dial_opts *o, struct resolved *out)
{
	pid_t pid, parent = getpid();
	struct resolved whole;
	int fds[2];
	bool good;

	resolve(o->host, o->port, o->family, AI_NUMERICHOST, out);
	if (out->error == 0)
		return true;
	/* what it is when the resolver does not come back */
	memset(out, 0, sizeof *out);
	out->error = EAI_AGAIN;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
#ifdef __linux__
		/* not inherited by a fork: an orphan would keep our locks and our caller's pipes */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
#endif
		resolve(o->host, o->port, o->family, AI_ADDRCONFIG, out);
		if (out->error == EAI_NONAME || out->error == EAI_ADDRFAMILY)
			resolve(o->host, o->port, o->family, 0,
			    out); /* a machine with only a loopback address */
		file_write(fds[1], out, sizeof *out);
		_exit(0);
	}
	close(fds[1]);
	good = pid > 0 && read_resolved(fds[0], o->deadline, &whole);
	if (good)
		*out = whole;
	close(fds[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return good;
}

/* What the source address cannot reach is not reached from another one. */
static void
keep_family(struct resolved *r, int family)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->addrs[i].sa.ss_family == family)
			r->addrs[kept++] = r->addrs[i];
	r->n = kept;
}

static bool
resolver_error(const struct dial_opts *o, const struct resolved *r, struct err *e)
{
	switch (r->error) {
	case EAI_NONAME:
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
	case EAI_NODATA:
#endif
		err_set(e, ERR_RELAY, STAGE_DNS, "5.1.2",
		    "the name '%s' does not exist in DNS, or has no address", o->host);
		err_hint(e, "dns-name");
		break;
	case EAI_AGAIN:
		err_set(e, ERR_RELAY, STAGE_DNS, "4.4.3",
		    "no answer from DNS for '%s': this computer may be offline", o->host);
		break;
	default:
		err_set(e, ERR_RELAY, STAGE_DNS, "4.4.3", "cannot look up '%s': %s", o->host,
		    r->error == EAI_SYSTEM ? strerror(r->sys_error) : gai_strerror(r->error));
		break;
	}
	if (e != NULL)
		e->sysexit = 68;
	return false;
}

static void
connect_error(const struct dial_opts *o, const struct dial_report *r, struct err *e)
{
	struct buf b;

	buf_init(&b, 300);
	for (size_t i = 0; i < r->ntries && i < SHOWN; i++) {
		const struct dial_try *t = &r->tries[i];

		buf_addf(&b, "%s%s ", i > 0 ? "; " : "", t->addr);
		if (t->error > 0)
			buf_adds(&b, strerror(t->error));
		else if (t->ms >= 1000)
			buf_addf(&b, "no answer within %d s", (int)(t->ms / 1000));
		else
			buf_adds(&b, t->ms > 0 ? "no answer in time" : "not tried");
	}
	if (r->ntries > SHOWN)
		buf_addf(&b, "; and %zu more", r->ntries - SHOWN);
	err_set(e, ERR_RELAY, STAGE_CONNECT, "4.4.1", "cannot reach %s port %u: %s", o->host,
	    (unsigned)o->port, buf_str(&b));
	err_hint(e, "connect");
	buf_done(&b);
}

static bool
parse_source(const char *text, struct race_addr *out)
{
	struct resolved r;

	resolve(text, 0, AF_UNSPEC, AI_NUMERICHOST, &r);
	if (r.error != 0 || r.n == 0)
		return false;
	*out = r.addrs[0];
	return true;
}

int
dial_tcp(const struct dial_opts *o, struct dial_report *report, struct err *e)
{
	struct dial_report own;
	struct race_addr source;
	const struct race_how how = {
	    .source = o->source != NULL ? &source : NULL,
	    .deadline = o->deadline,
	    .on_try = o->on_try,
	    .arg = o->arg,
	};
	struct resolved names;
	int64_t began = clock_mono_ms();
	int fd, one = 1;

	if (report == NULL)
		report = &own;
	memset(report, 0, sizeof *report);
	if (o->source != NULL && !parse_source(o->source, &source)) {
		err_set(e, ERR_CONFIG, STAGE_CONNECT, "",
		    "'%s' is no address of this computer (source-address)", o->source);
		return -1;
	}
	memset(&names, 0, sizeof names);
	names.error = EAI_AGAIN; /* what it is when the resolver does not come back */
	if (!resolve_within(o, &names) && names.error == 0)
		names.error = EAI_AGAIN;
	report->resolve_ms = clock_mono_ms() - began;
	if (names.error != 0 || names.n == 0) {
		if (names.error == 0)
			names.error = EAI_NONAME;
		resolver_error(o, &names, e);
		return -1;
	}
	if (o->source != NULL) {
		keep_family(&names, source.sa.ss_family);
		if (names.n == 0) {
			err_set(e, ERR_RELAY, STAGE_CONNECT, "4.4.1",
			    "%s has no address that can be reached from %s (source-address)",
			    o->host, o->source);
			return -1;
		}
	}
	fd = race_connect(names.addrs, names.n, &how, report);
	if (fd < 0) {
		connect_error(o, report, e);
		return -1;
	}
	/* with Nagle's algorithm a small message would wait 40 ms for a delayed acknowledgement */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

int
dial_unix(const char *path, int64_t deadline, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof sun.sun_path) {
		err_set(e, ERR_CONFIG, STAGE_CONNECT, "", "the path of the socket is too long: %s",
		    path);
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err_set(e, ERR_LOCAL, STAGE_CONNECT, "4.3.0", "cannot make a socket: %s",
		    strerror(errno));
		return -1;
	}
	/* a full backlog gives EAGAIN and no event to wait for: a few looks, then it is a server
	 * that is down */
	while (connect(fd, (const struct sockaddr *)&sun, sizeof sun) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN && clock_left_ms(deadline) > 0) {
			poll(NULL, 0, 20);
			continue;
		}
		err_set(e, ERR_RELAY, STAGE_CONNECT, "4.4.1", "cannot connect to %s: %s", path,
		    strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}
