/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "deliver/ask.h"
#include "deliver/logbook.h"
#include "deliver/notice.h"
#include "deliver/worker.h"
#include "queue/breaker.h"

#define WORKERS_MAX 8
/*
 * Removals become durable together. A power cut may bring so many files back, with cells that are
 * durable long since: the next run removes them, nothing is sent twice.
 */
#define SYNC_EVERY 256
#define GRACE_MS 5000
#define LOOK_MS 500

struct hand {
	pid_t pid; /* 0: no worker here */
	int sock;
	int slot;       /* lock of a connection slot, -1: none needed */
	const char *id; /* what it works on, NULL: idle */
	int64_t until;  /* monotonic ms: then it hangs and is killed */
};

struct shift {
	const struct crew *c;
	const struct account *account; /* the crew's, or a failover's */
	struct hand hands[WORKERS_MAX];
	size_t next; /* of c->ids */
	size_t unsynced;
	bool closing; /* no more orders: relay trouble, rate, stop */
	bool greeted; /* the server was reached in this shift */
	bool died;    /* a worker did, over a message: the next ones get another worker */
	uint64_t fingerprint;
	pid_t parent; /* of the workers: this process */
};

static void
note_trouble(struct shift *s, const struct err *e)
{
	struct err *t = &s->c->out->trouble;

	if (t->class == ERR_NONE || (e->class == ERR_LOCAL && t->class != ERR_LOCAL))
		*t = *e;
}

static void
run_worker(const struct shift *s, int sock)
{
	static const struct trace no_trace;
	const struct runner *r = s->c->runner;
	const struct queue_settings *q = config_queue(r->config);
	const struct drain d = {
	    .spool = r->spool,
	    .account = s->account,
	    .schedule = s->c->schedule,
	    .trace = r->trace != NULL ? r->trace : &no_trace,
	    .per_connection = q->per_connection,
	    .hold_doubtful = q->hold_doubtful,
	    .sock = sock,
	};

	worker_signals(s->parent);
	_exit(drain_main(&d));
}

static bool
cannot_start(struct err *e)
{
	return err_set(e, ERR_LOCAL, STAGE_NONE, "4.3.0", "cannot start the network process: %s",
	    strerror(errno));
}

/* false with e clear: all connection slots are taken, which is what they are there for. */
static bool
start_worker(struct shift *s, struct hand *h, struct err *e)
{
	int fds[2];

	err_clear(e);
	h->slot = -1;
	if (s->account->max_connections > 0) {
		h->slot = breaker_slot(s->c->runner->spool, s->account->name,
		    s->account->max_connections);
		if (h->slot < 0)
			return errno == EAGAIN ? false : cannot_start(e);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0) {
		h->pid = fork();
		if (h->pid == 0) {
			/* the ends of the others' sockets too: else they would not see their
			 * parent's end */
			for (size_t i = 0; i < WORKERS_MAX; i++)
				if (s->hands[i].pid > 0 && &s->hands[i] != h)
					close(s->hands[i].sock);
			close(fds[0]);
			run_worker(s, fds[1]);
		}
		close(fds[1]);
		h->sock = fds[0];
		h->id = NULL;
		if (h->pid > 0)
			return true;
		close(fds[0]);
	}
	cannot_start(e);
	h->pid = 0;
	if (h->slot >= 0)
		close(h->slot);
	return false;
}

static void
end_worker(struct hand *h)
{
	if (h->pid <= 0)
		return;
	close(h->sock);
	while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (h->slot >= 0)
		close(h->slot);
	h->pid = 0;
	h->id = NULL;
}

/* The next id for this worker, or word that there is none. */
static void
give_order(struct shift *s, struct hand *h)
{
	const struct crew *c = s->c;
	struct drain_order order = {""};
	int64_t at = 0;

	if (!s->closing && s->next < c->nids) {
		at = breaker_take(c->runner->spool, s->account->name, s->account->rates,
		    s->account->nrates, clock_wall_ms());
		if (at > 0) {
			s->closing = true;
			if (c->out->again_ms == 0 || at < c->out->again_ms)
				c->out->again_ms = at;
		}
	}
	if (!s->closing && s->next < c->nids) {
		h->id = c->ids[s->next++];
		memcpy(order.id, h->id, strlen(h->id) + 1);
		h->until = clock_mono_ms() + s->account->deadline_ms + GRACE_MS;
	}
	if (!file_write(h->sock, &order, sizeof order) || h->id == NULL)
		end_worker(h);
}

static void
set_aside(struct shift *s, const char *id, enum spool_room to, const struct err *why)
{
	logbook_id(LOG_LEVEL_ERR, id, to == ROOM_HOLD ? "held" : "corrupt", "moved to %s/: %s",
	    spool_room_name(to), why->text);
	note_trouble(s, why);
	if (!spool_move(s->c->runner->spool, ROOM_QUEUE, to, id))
		logbook_id(LOG_LEVEL_ERR, id, "failed", "it cannot be moved to %s/: %s",
		    spool_room_name(to), strerror(errno));
}

static void
remove_done(struct shift *s, const char *id)
{
	struct spool *sp = s->c->runner->spool;
	struct err e;

	/* its cells say that everybody has it: a file that cannot be removed is removed by a later
	 * run, never sent again */
	if (!spool_remove(sp, ROOM_QUEUE, id) && errno != ENOENT) {
		err_set(&e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "cannot remove %s: %s", id,
		    strerror(errno));
		note_trouble(s, &e);
	}
	if (++s->unsynced >= SYNC_EVERY) {
		spool_sync(sp, ROOM_QUEUE);
		s->unsynced = 0;
	}
}

static void
tell_sender(struct shift *s, const char *id)
{
	const struct runner *r = s->c->runner;
	struct notice n;
	struct err e;

	notice_init(&n, r->spool, r->config, s->c->schedule, s->account);
	if (!notice_run(&n, id, &e)) {
		logbook_id(LOG_LEVEL_ERR, id, "failed",
		    "the notice to its sender cannot be stored: %s", e.text);
		note_trouble(s, &e);
	}
}

/* The server was reached: a breaker that was open closes, and everything waiting for it is due. */
static void
greet(struct shift *s)
{
	if (s->greeted)
		return;
	s->greeted = true;
	breaker_succeeded(s->c->runner->spool, s->account->name, clock_wall_ms());
}

/* No more for this server; everybody learns it by the breaker. */
static void
relay_failed(struct shift *s, const struct drain_answer *a)
{
	s->closing = true;
	note_trouble(s, &a->err);
	breaker_failed(s->c->runner->spool, s->account->name, &a->err, s->fingerprint,
	    clock_wall_ms());
}

static void
act_on(struct shift *s, const struct drain_answer *a)
{
	struct runner_result *out = s->c->out;

	if (a->connected)
		greet(s);
	if (a->in_doubt)
		logbook_id(LOG_LEVEL_WARNING, a->id, "unknown",
		    "sent again after an attempt whose outcome is unknown: possible duplicate");
	out->messages += a->result != DRAIN_SKIPPED && a->result != DRAIN_RELAY;
	out->sent += a->nsent;
	out->open += a->nopen;
	out->failed += a->nfailed;
	switch (a->result) {
	case DRAIN_DONE:
		remove_done(s, a->id);
		break;
	case DRAIN_FAILED:
		tell_sender(s, a->id);
		/* the connection may have gone with it */
		if (a->err.class == ERR_RELAY)
			relay_failed(s, a);
		break;
	case DRAIN_CORRUPT:
		out->corrupt++;
		set_aside(s, a->id, ROOM_CORRUPT, &a->err);
		break;
	case DRAIN_POISONED:
		out->poisoned++;
		set_aside(s, a->id, ROOM_HOLD, &a->err);
		break;
	case DRAIN_RELAY:
		relay_failed(s, a);
		break;
	case DRAIN_TROUBLE:
		s->closing = true;
		note_trouble(s, &a->err);
		break;
	case DRAIN_OPEN:
	case DRAIN_SKIPPED:
	case DRAIN_ASK:
		break;
	}
	if (s->c->runner->done != NULL)
		s->c->runner->done(s->c->runner->arg, a);
}

static bool
read_answer(int fd, struct drain_answer *a)
{
	char *p = (char *)a;
	size_t n = sizeof *a;

	while (n > 0) {
		ssize_t got = file_read(fd, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

/* Over this message: the count of tries begun in the file remembers that. */
static void
note_death(struct shift *s, struct hand *h)
{
	if (h->id != NULL) {
		logbook_id(LOG_LEVEL_ERR, h->id, "failed",
		    "the network process died while it worked on it");
		s->c->out->messages++;
		s->died = true;
	}
	end_worker(h);
}

static void
hear(struct shift *s, struct hand *h)
{
	struct drain_answer a;

	if (!read_answer(h->sock, &a)) {
		note_death(s, h);
		return;
	}
	if (a.result == DRAIN_ASK) {
		if (!ask_answer(h->sock, &s->account, 1, false))
			end_worker(h);
		return;
	}
	/* a worker that a server has taken over must not name files for us */
	a.id[sizeof a.id - 1] = a.err.text[sizeof a.err.text - 1] = '\0';
	a.err.status[sizeof a.err.status - 1] = a.err.hint[sizeof a.err.hint - 1] = '\0';
	if (h->id == NULL || strcmp(a.id, h->id) != 0) {
		kill(h->pid, SIGKILL);
		end_worker(h);
		return;
	}
	/* a message that no server has seen is among the next one's first; one in doubt is nobody's
	 */
	if (a.result == DRAIN_RELAY && !a.connected)
		s->c->ids[--s->next] = h->id;
	h->id = NULL;
	/* the next message goes while this one, which is done with, is removed */
	if (a.result == DRAIN_DONE)
		give_order(s, h);
	act_on(s, &a);
	if (a.result == DRAIN_RELAY || a.result == DRAIN_TROUBLE)
		end_worker(h);
	else if (a.result != DRAIN_DONE)
		give_order(s, h);
}

/* Waits for one answer, a worker's death, or the end of somebody's time. */
static void
wait_for_news(struct shift *s)
{
	struct pollfd fds[WORKERS_MAX];
	struct hand *who[WORKERS_MAX];
	int64_t now = clock_mono_ms(), until = now + LOOK_MS;
	nfds_t n = 0;

	for (size_t i = 0; i < WORKERS_MAX; i++) {
		struct hand *h = &s->hands[i];
		if (h->pid <= 0)
			continue;
		if (now >= h->until) {
			kill(h->pid, SIGKILL);
			note_death(s, h);
			continue;
		}
		who[n] = h;
		fds[n++] = (struct pollfd){.fd = h->sock, .events = POLLIN};
	}
	if (n == 0 || poll(fds, n, clock_left_ms(until)) <= 0)
		return;
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents != 0)
			hear(s, who[i]);
}

static size_t
staff(const struct shift *s)
{
	size_t n = 0;

	for (size_t i = 0; i < WORKERS_MAX; i++)
		n += s->hands[i].pid > 0;
	return n;
}

static void
stop_all(struct shift *s)
{
	for (size_t i = 0; i < WORKERS_MAX; i++)
		if (s->hands[i].pid > 0) {
			/* one that waits for a final reply may get it: killed, the message would be
			 * in doubt */
			if (s->hands[i].id == NULL)
				kill(s->hands[i].pid, SIGKILL);
		}
}

static void
start_all(struct shift *s)
{
	size_t parallel = config_queue(s->c->runner->config)->parallel;
	size_t left = s->c->nids - s->next;
	struct err e;

	if (parallel > WORKERS_MAX)
		parallel = WORKERS_MAX;
	for (size_t i = 0; i < parallel && i < left && !s->closing; i++) {
		if (!start_worker(s, &s->hands[i], &e)) {
			/* fewer workers than wished for cost time, none at all is trouble */
			if (i == 0 && e.class != ERR_NONE)
				note_trouble(s, &e);
			break;
		}
		give_order(s, &s->hands[i]);
	}
}

/* All ids that are left, through s->account. */
static void
work_shift(struct shift *s)
{
	const struct runner *r = s->c->runner;

	do {
		s->died = false;
		start_all(s);
		while (staff(s) > 0) {
			if (r->stop != NULL && *r->stop != 0 && !s->closing) {
				s->closing = true;
				stop_all(s);
			}
			wait_for_news(s);
		}
	} while (s->died && !s->closing && s->next < s->c->nids);
	if (s->unsynced > 0)
		spool_sync(r->spool, ROOM_QUEUE);
	s->unsynced = 0;
}

static bool
may_connect(const struct shift *s)
{
	struct breaker b;

	breaker_load(s->c->runner->spool, s->account->name, &b);
	return s->c->runner->now || !breaker_is_open(&b, s->fingerprint, clock_wall_ms());
}

void
crew_work(const struct crew *c)
{
	struct shift s = {.c = c, .parent = getpid()};

	for (size_t i = 0; i <= c->account->nfailover && s.next < c->nids; i++) {
		s.account = i == 0 ? c->account : c->account->failover[i - 1];
		s.fingerprint = config_fingerprint(c->runner->config, s.account);
		s.closing = s.greeted = false;
		if (!may_connect(&s))
			continue;
		work_shift(&s);
		if (c->runner->stop != NULL && *c->runner->stop != 0)
			return;
	}
	if (s.next < c->nids)
		c->out->held += c->nids - s.next;
}
