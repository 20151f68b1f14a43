/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/attempt.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "deliver/ask.h"
#include "deliver/worker.h"

/* Beyond the attempt's own deadline: what only the parent's kill can end. */
#define GRACE_MS 2000
/* A signal that comes just before poll(2) is seen that late at most. */
#define LOOK_MS 500
#define TICK_MS 200

enum ending { ENDED, KILLED_DEADLINE, KILLED_STOP, KILLED_PATIENCE };

struct watch {
	struct entry *entry;
	const struct attempt *a;
	struct worker w;
	pid_t pid;
	int sock;
};

static const struct trace no_trace;

/* The account and, behind it, those that stand in for it. */
static const struct account **
servers_of(const struct account *a, size_t *n)
{
	const struct account **list = mem_array(NULL, a->nfailover + 1, sizeof *list);

	list[0] = a;
	for (size_t i = 0; i < a->nfailover; i++)
		list[i + 1] = a->failover[i];
	*n = a->nfailover + 1;
	return list;
}

static bool
is_stopped(const struct watch *p)
{
	return p->a->stop != NULL && *p->a->stop != 0;
}

/* Has the server been offered the message, so that to wait is worth it? */
static bool
is_under_way(struct watch *p)
{
	return entry_count(p->entry, CELL_DOUBT) + entry_count(p->entry, CELL_SENT) > 0;
}

static void
tick(const struct watch *p, bool hush)
{
	if (p->a->tick != NULL)
		p->a->tick(p->a->tick_arg, hush);
}

/* When to look up from the socket, at the latest. */
static int64_t
next_look(const struct watch *p, int64_t now)
{
	if (p->a->tick != NULL)
		return now + TICK_MS;
	return p->a->stop != NULL ? now + LOOK_MS : INT64_MAX;
}

/* The worker asks for a password, or is gone (false). */
static bool
answer(struct watch *p)
{
	tick(p, true);
	return ask_answer(p->sock, p->w.accounts, p->w.naccounts, p->a->may_ask);
}

/* How long it may take to come to its end: one that has offered the message has to be heard. */
static int64_t
stop_worker(struct watch *p)
{
	if (entry_count(p->entry, CELL_DOUBT) == 0)
		return 0;
	kill(p->pid, SIGTERM);
	return GRACE_MS;
}

/* Until the worker ends by itself, or has to be ended. */
static enum ending
watch_worker(struct watch *p)
{
	int64_t deadline = p->w.limit + GRACE_MS, grace = INT64_MAX;
	int64_t patience = p->a->patience_ms > 0 ? p->w.started + p->a->patience_ms : INT64_MAX;

	for (;;) {
		struct pollfd fd = {.fd = p->sock, .events = POLLIN};
		int64_t now = clock_mono_ms(), until = deadline;

		if (is_stopped(p) && grace == INT64_MAX)
			grace = now + stop_worker(p);
		if (now >= grace)
			return KILLED_STOP;
		if (now >= deadline)
			return KILLED_DEADLINE;
		if (now >= patience) {
			if (!is_under_way(p))
				return KILLED_PATIENCE;
			patience = INT64_MAX;
		}
		if (until > grace)
			until = grace;
		if (until > patience)
			until = patience;
		if (until > next_look(p, now))
			until = next_look(p, now);
		if (poll(&fd, 1, clock_left_ms(until)) > 0) {
			if (!answer(p))
				return ENDED;
		} else {
			tick(p, false);
		}
	}
}

static int
reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Why recipients without a word of the worker are as they are. */
static void
explain(const struct watch *p, enum ending how, int status, struct err *lost)
{
	switch (how) {
	case KILLED_DEADLINE:
		err_set(lost, ERR_RELAY, STAGE_CONNECT, "4.4.1", "gave up after %lld s",
		    (long long)((p->w.limit - p->w.started) / 1000));
		return;
	case KILLED_PATIENCE:
		err_set(lost, ERR_RELAY, STAGE_CONNECT, "4.4.1",
		    "the server was not ready to take a message within %lld s",
		    (long long)(p->a->patience_ms / 1000));
		return;
	case KILLED_STOP:
		err_set(lost, ERR_LOCAL, STAGE_NONE, "4.3.0", "interrupted");
		return;
	case ENDED:
		break;
	}
	if (WIFSIGNALED(status))
		err_set(lost, ERR_LOCAL, STAGE_NONE, "4.3.0",
		    "the network process died of signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		err_set(lost, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
		    "the network process could not write down what became of the message");
}

/* Whom we have cut off ourselves: the server is not in trouble. */
static void
blame_stop(struct envelope *env, const struct err *lost)
{
	for (size_t i = 0; i < env->nrcpts; i++) {
		struct rcpt *r = &env->rcpts[i];
		if (r->state == RCPT_PENDING && r->why->class == ERR_RELAY && r->why->code == 0)
			r->why = lost;
	}
}

static bool
start(struct watch *p, struct err *e)
{
	pid_t parent;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return err_set(e, ERR_LOCAL, STAGE_NONE, "4.3.0",
		    "cannot start the network process: %s", strerror(errno));
	parent = getpid();
	p->pid = fork();
	if (p->pid < 0) {
		err_set(e, ERR_LOCAL, STAGE_NONE, "4.3.0", "cannot start the network process: %s",
		    strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return false;
	}
	if (p->pid == 0) {
		close(fds[0]);
		p->w.ask = fds[1];
		worker_signals(parent);
		_exit(worker_main(&p->w));
	}
	close(fds[1]);
	p->sock = fds[0];
	return true;
}

bool
attempt_run(struct entry *en, const struct attempt *a, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	struct watch p = {.entry = en, .a = a};
	struct err *lost = arena_alloc(&env->mem, sizeof *lost);
	const struct account **servers;
	enum ending how;
	int status;

	servers = servers_of(a->account, &p.w.naccounts);
	p.w.entry = en;
	p.w.accounts = servers;
	p.w.trace = a->trace != NULL ? a->trace : &no_trace;
	p.w.dry_run = a->dry_run;
	p.w.started = clock_mono_ms();
	p.w.limit = p.w.started + a->account->deadline_ms;
	if (!start(&p, e)) {
		free(servers);
		return false;
	}
	how = watch_worker(&p);
	if (how != ENDED)
		kill(p.pid, SIGKILL);
	close(p.sock);
	status = reap(p.pid);
	free(servers);
	if (is_stopped(&p) && how == ENDED)
		how = KILLED_STOP;
	explain(&p, how, status, lost);
	if (!entry_reload(en, lost, e))
		return false;
	if (how == KILLED_STOP)
		blame_stop(env, lost);
	return true;
}
