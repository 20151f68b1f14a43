/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/race.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define STAGGER_MS 250

struct lane {
	int fd; /* -1: not started, or over */
	int64_t since;
};

struct race {
	const struct race_addr *addrs;
	const struct race_how *how;
	struct dial_report *report;
	struct lane lanes[DIAL_MAX_ADDRS];
	size_t n, started;
};

static void
name_addr(const struct race_addr *a, char *out, size_t size)
{
	const void *sa = &a->sa;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (a->sa.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = sa;
		inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof ip);
		snprintf(out, size, "[%s]:%u", ip, (unsigned)ntohs(in6->sin6_port));
	} else {
		const struct sockaddr_in *in = sa;
		inet_ntop(AF_INET, &in->sin_addr, ip, sizeof ip);
		snprintf(out, size, "%s:%u", ip, (unsigned)ntohs(in->sin_port));
	}
}

static bool
end_lane(struct race *r, size_t i, int error)
{
	struct dial_try *t = &r->report->tries[i];

	t->error = error;
	t->ms = clock_mono_ms() - r->lanes[i].since;
	if (error != 0 && r->lanes[i].fd >= 0) {
		close(r->lanes[i].fd);
		r->lanes[i].fd = -1;
	}
	return error == 0;
}

/* true: connected already (loopback). */
static bool
start_lane(struct race *r)
{
	size_t i = r->started++;
	const struct race_addr *a = &r->addrs[i], *source = r->how->source;
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	r->lanes[i] = (struct lane){fd, clock_mono_ms()};
	if (fd < 0)
		return end_lane(r, i, errno);
	if (r->how->on_try != NULL)
		r->how->on_try(r->how->arg, r->report->tries[i].addr);
	if (source != NULL && source->sa.ss_family == a->sa.ss_family &&
	    bind(fd, (const struct sockaddr *)&source->sa, source->len) < 0)
		return end_lane(r, i, errno);
	if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0)
		return end_lane(r, i, 0);
	return errno == EINPROGRESS ? false : end_lane(r, i, errno);
}

/* Waits up to `until` for any lane; the index of a winner, or -1. *ended: a lane failed, the next
 * may start. */
static int
watch_lanes(struct race *r, int64_t until, bool *ended)
{
	struct pollfd fds[DIAL_MAX_ADDRS];
	size_t who[DIAL_MAX_ADDRS];
	nfds_t n = 0;

	*ended = false;
	for (size_t i = 0; i < r->started; i++)
		if (r->lanes[i].fd >= 0) {
			who[n] = i;
			fds[n++] = (struct pollfd){.fd = r->lanes[i].fd, .events = POLLOUT};
		}
	if (poll(fds, n, clock_left_ms(until)) <= 0)
		return -1;
	for (nfds_t i = 0; i < n; i++) {
		int error = 0;
		socklen_t len = sizeof error;

		if (fds[i].revents == 0)
			continue;
		if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			error = errno;
		if (end_lane(r, who[i], error))
			return (int)who[i];
		*ended = true;
	}
	return -1;
}

static bool
any_open(const struct race *r)
{
	for (size_t i = 0; i < r->started; i++)
		if (r->lanes[i].fd >= 0)
			return true;
	return false;
}

/* Index of the winner, -1: none in time. */
static int
run(struct race *r)
{
	int64_t deadline = r->how->deadline, next = 0;
	bool ended;

	for (;;) {
		int64_t now = clock_mono_ms(), until = deadline;
		int winner;

		if (now >= deadline)
			return -1;
		if (r->started < r->n && now >= next) {
			next = now + STAGGER_MS;
			if (start_lane(r))
				return (int)r->started - 1;
			if (r->lanes[r->started - 1].fd < 0)
				next = 0;
			continue;
		}
		if (!any_open(r) && r->started == r->n)
			return -1;
		if (r->started < r->n && next < until)
			until = next;
		winner = watch_lanes(r, until, &ended);
		if (winner >= 0)
			return winner;
		if (ended)
			next = 0;
	}
}

int
race_connect(const struct race_addr *addrs, size_t n, const struct race_how *how,
    struct dial_report *report)
{
	struct race r = {.addrs = addrs, .how = how, .report = report};
	int winner;

	r.n = report->ntries = n < DIAL_MAX_ADDRS ? n : DIAL_MAX_ADDRS;
	for (size_t i = 0; i < r.n; i++) {
		r.lanes[i].fd = -1;
		report->tries[i] = (struct dial_try){.error = -1};
		name_addr(&addrs[i], report->tries[i].addr, sizeof report->tries[i].addr);
	}
	winner = run(&r);
	for (size_t i = 0; i < r.started; i++)
		if (r.lanes[i].fd >= 0 && (int)i != winner) {
			report->tries[i].ms = clock_mono_ms() - r.lanes[i].since;
			close(r.lanes[i].fd);
		}
	if (winner < 0)
		return -1;
	report->winner = (size_t)winner;
	return r.lanes[winner].fd;
}
