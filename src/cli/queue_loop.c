/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include "base/clock.h"
#include "cli/complain.h"
#include "cli/interrupt.h"
#include "cli/maillog.h"
#include "cli/report.h"
#include "cli/runner_setup.h"
#include "queue/breaker.h"

struct loop {
	const struct shared *shared;
	const struct ui *ui;
	const struct queue_run_args *args;
	struct spool *spool; /* NULL until the configuration has told where it is */
	int lock;            /* only one loop a queue */
	int watch;           /* tells of new messages, -1: nobody does */
	int64_t wake_ms;     /* wall: when something is due */
	bool complained;     /* the configuration is broken, and that was said */
};

static int
watch_room(struct spool *sp)
{
#ifdef __linux__
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0 &&
	    inotify_add_watch(fd, spool_path(sp, ROOM_QUEUE), IN_CREATE | IN_MOVED_TO) >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
#else
	(void)sp;
#endif
	return -1;
}

static bool
take_lock(struct loop *l, struct err *e)
{
	l->lock = openat(spool_root_fd(l->spool), RUNNER_LOOP_LOCK,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (l->lock >= 0 && flock(l->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
	    errno == EWOULDBLOCK ? "another loop runs the queue in %s already"
				 : "cannot lock the queue in %s",
	    spool_root(l->spool));
}

/* The queue of the configuration as it is now: it may have moved since the last look. */
static bool
enter(struct loop *l, const struct config *c, struct err *e)
{
	const char *dir = config_queue(c)->directory;

	if (dir == NULL)
		return err_set(e, ERR_CONFIG, STAGE_QUEUE, "",
		    "no place for a queue is known: set directory in [queue]");
	if (l->spool != NULL && strcmp(spool_root(l->spool), dir) == 0)
		return true;
	if (l->spool != NULL) {
		close(l->lock);
		if (l->watch >= 0)
			close(l->watch);
		spool_close(l->spool);
	}
	l->lock = l->watch = -1;
	l->spool = spool_open(dir, true, e);
	if (l->spool == NULL || !take_lock(l, e))
		return false;
	l->watch = watch_room(l->spool);
	return true;
}

static void
wake_by(struct loop *l, int64_t at_ms)
{
	if (at_ms > 0 && at_ms < l->wake_ms)
		l->wake_ms = at_ms;
}

/* When is the next message, or the next try at a server that did not answer? */
static void
plan(struct loop *l, const struct config *c, const struct runner_result *out)
{
	int64_t now = clock_wall_ms();
	struct spool_item *items;
	size_t n;
	struct err e;

	l->wake_ms = now + l->args->every_ms;
	wake_by(l, out->again_ms);
	for (size_t i = 0; out->held > 0 && i < config_naccounts(c); i++) {
		struct breaker b;
		breaker_load(l->spool, config_account(c, i)->name, &b);
		wake_by(l, b.failures > 0 ? b.retry_ms : 0);
	}
	if (!spool_list(l->spool, ROOM_QUEUE, &items, &n, &e))
		return;
	/* what is due and still there waits for something else */
	for (size_t i = 0; i < n; i++)
		wake_by(l, items[i].mtime_ms > now ? items[i].mtime_ms : 0);
	free(items);
}

/* false: the loop cannot go on. */
static bool
look(struct loop *l, int *status)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct runner_result out;
	struct config *c;
	struct err e;
	bool good = true;

	shared_request(l->shared, &want);
	c = config_load(&want, &d);
	if (c != NULL) {
		l->complained = false;
		maillog_settle(c);
		good = enter(l, c, &e);
		if (good) {
			(void)queue_run_once(c, l->spool, l->ui, l->args, &out);
			plan(l, c, &out);
		} else {
			report_cause(l->ui, NULL, &e);
			*status = err_sysexit(&e);
		}
	} else if (!l->complained) {
		maillog_settle_early(l->shared);
		(void)complain_config(l->ui, &d, "nothing is sent until it is repaired");
		l->complained = true;
	}
	config_free(c);
	diags_done(&d);
	return good;
}

static void
forget_events(int fd)
{
	char events[4096];

	while (fd >= 0 && read(fd, events, sizeof(events)) > 0)
		;
}

/* Until it is time, a message comes, or a signal. */
static void
wait_for_work(struct loop *l, const sigset_t *unblocked)
{
	struct pollfd fd = {.fd = l->watch, .events = POLLIN};
	int64_t left = l->wake_ms - clock_wall_ms();
	struct timespec t;

	/* a clock that was set must not make us sleep for ever */
	if (left > l->args->every_ms)
		left = l->args->every_ms;
	if (left < 0)
		left = 0;
	t = (struct timespec){.tv_sec = (time_t)(left / 1000), .tv_nsec = left % 1000 * 1000000};
	(void)ppoll(&fd, l->watch >= 0 ? 1 : 0, &t, unblocked);
	forget_events(l->watch);
}

int
queue_loop(const struct shared *shared, const struct ui *ui, const struct queue_run_args *args)
{
	struct loop l = {.shared = shared, .ui = ui, .args = args, .lock = -1, .watch = -1};
	const volatile sig_atomic_t *stop = interrupt_flag();
	sigset_t blocked, before;
	int status = 0;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGHUP);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	for (;;) {
		/* each of them finds the default when it comes a second time: caught anew */
		interrupt_catch();
		if (*stop != 0 && *stop != SIGHUP)
			break;
		interrupt_forget();
		l.wake_ms = clock_wall_ms() + args->every_ms;
		if (!look(&l, &status))
			break;
		/* a signal that comes between the question and the sleep ends the sleep */
		sigprocmask(SIG_BLOCK, &blocked, &before);
		if (*stop == 0)
			wait_for_work(&l, &before);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	spool_close(l.spool);
	return status;
}
