/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "deliver/crew.h"
#include "deliver/intake.h"
#include "deliver/logbook.h"
#include "deliver/notice.h"
#include "queue/breaker.h"

#define PASSES_MAX 10000
/* Messages of each kind, fresh and deferred, that are handed out at a time. */
#define PORTION 500

/* A message that is due, as far as its head tells. */
struct due {
	char id[ENTRY_ID_MAX];
	const struct account *account;
	bool fresh;
	bool send; /* somebody is open, and it is time */
	bool tell; /* its sender is to be told, or it is done with */
};

struct run {
	const struct runner *r;
	struct runner_result *out;
	struct schedule schedule;
	struct due *due;
	size_t ndue, cap;
	char after[2][ENTRY_ID_MAX]; /* deferred, fresh: the last one considered in this look */
	bool more;                   /* there are others behind them */
};

static int
lock_queue(struct spool *sp, bool *busy, struct err *e)
{
	int fd = openat(spool_root_fd(sp), "drain.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    0600);

	*busy = false;
	if (fd < 0) {
		err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "cannot open %s/drain.lock: %s",
		    spool_root(sp), strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		/* for whoever wonders whether a run was here lately */
		futimens(fd, NULL);
		return fd;
	}
	/* the mark for whoever has it: look again */
	*busy = true;
	futimens(fd, NULL);
	close(fd);
	return -1;
}

static int64_t
mark_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec
				   : 0;
}

static const struct account *
account_by_name(const struct config *c, const char *name)
{
	for (size_t i = 0; name != NULL && i < config_naccounts(c); i++)
		if (str_eq(config_account(c, i)->name, name))
			return config_account(c, i);
	return NULL;
}

static void
note_trouble(struct run *run, const struct err *e)
{
	struct err *t = &run->out->trouble;

	if (t->class == ERR_NONE || (e->class == ERR_LOCAL && t->class != ERR_LOCAL))
		*t = *e;
}

static void
set_aside(struct run *run, const char *id, enum spool_room to, const struct err *why)
{
	if (to == ROOM_CORRUPT)
		run->out->corrupt++;
	else
		run->out->poisoned++;
	note_trouble(run, why);
	spool_move(run->r->spool, ROOM_QUEUE, to, id);
}

/* A message that was taken in without a usable configuration: now there is one. */
static bool
settle(struct run *run, const char *id)
{
	struct entry *en;
	struct err e;
	bool good;

	/* claimed first: whoever else has it does the same */
	if (entry_open(spool_fd(run->r->spool, ROOM_QUEUE), id, ENTRY_LOCK | ENTRY_VERIFY, &en,
		&e) != ENTRY_GOOD)
		return false;
	good = !entry_envelope(en)->unsettled ||
	    intake_again(run->r->spool, run->r->config, en, &e);
	entry_close(en);
	if (!good) {
		run->out->held++;
		note_trouble(run, &e);
	}
	return good;
}

static bool
has_open(struct entry *en)
{
	for (size_t i = 0; i < entry_envelope(en)->nrcpts; i++)
		if (entry_cell(en, i) == CELL_PENDING || entry_cell(en, i) == CELL_DOUBT)
			return true;
	return false;
}

/* Looks into the file: whose account, was it tried before? Broken files leave the queue
 * here. again: it has been settled just now. */
static void
consider(struct run *run, const struct spool_item *item, bool again)
{
	int64_t now = clock_wall_ms();
	struct entry *en;
	struct due d;
	struct err e;

	if (!spool_is_id(item->id)) {
		err_set(&e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "'%s' is no name of a queue file",
		    item->id);
		set_aside(run, item->id, ROOM_CORRUPT, &e);
		return;
	}
	switch (entry_open(spool_fd(run->r->spool, ROOM_QUEUE), item->id, 0, &en, &e)) {
	case ENTRY_GOOD:
		break;
	case ENTRY_CORRUPT:
		err_wrap(&e, "queue file %s", item->id);
		set_aside(run, item->id, ROOM_CORRUPT, &e);
		return;
	case ENTRY_TROUBLE:
		note_trouble(run, &e);
		return;
	case ENTRY_BUSY:
	case ENTRY_GONE:
		return;
	}
	if (run->r->wanted != NULL &&
	    !run->r->wanted(run->r->wanted_arg, item->id, entry_envelope(en))) {
		entry_close(en);
		return;
	}
	if (entry_envelope(en)->unsettled && !again) {
		entry_close(en);
		if (settle(run, item->id))
			consider(run, item, true);
		return;
	}
	memcpy(d.id, item->id, sizeof d.id);
	d.account = account_by_name(run->r->config, entry_envelope(en)->account);
	d.fresh = entry_times(en)->attempts == 0;
	d.tell = notice_is_due(&run->schedule, en, now);
	/* the file's own time may be but a wish for a look */
	d.send = has_open(en) &&
	    (run->r->now || run->r->only != NULL ||
		schedule_is_due(&run->schedule, entry_times(en)->next_ms, now));
	if (d.account == NULL) {
		run->out->held++;
	} else {
		if (run->ndue == run->cap) {
			run->cap = run->cap > 0 ? 2 * run->cap : 64;
			run->due = mem_array(run->due, run->cap, sizeof *run->due);
		}
		run->due[run->ndue++] = d;
	}
	entry_close(en);
}

static bool
may_be_due(const struct run *run, const struct spool_item *item, int64_t now)
{
	const struct runner *r = run->r;

	if (r->only != NULL)
		return str_eq(item->id, r->only);
	return r->now || schedule_is_due(&run->schedule, item->mtime_ms, now);
}

/*
 * The next ones of each kind behind those considered before in this look. Only so many at a time:
 * the first mail leaves at once however long the queue is, and what came meanwhile is seen.
 */
static bool
find_due(struct run *run, struct err *e)
{
	int64_t now = clock_wall_ms();
	size_t n, taken[2] = {0, 0};
	struct spool_item *items;

	run->ndue = 0;
	run->more = false;
	if (!spool_list(run->r->spool, ROOM_QUEUE, &items, &n, e))
		return false;
	for (size_t i = 0; i < n && !(taken[0] == PORTION && taken[1] == PORTION); i++) {
		bool fresh = spool_looks_fresh(&items[i]);

		if (strcmp(items[i].id, run->after[fresh]) <= 0 || !may_be_due(run, &items[i], now))
			continue;
		if (taken[fresh] == PORTION) {
			run->more = true;
			continue;
		}
		taken[fresh]++;
		memcpy(run->after[fresh], items[i].id, sizeof items[i].id);
		consider(run, &items[i], false);
	}
	run->more = run->more || (taken[0] == PORTION && taken[1] == PORTION);
	free(items);
	return true;
}

/*
 * The ids of one account, fresh and deferred ones in turn, each oldest first: a backlog cannot
 * starve new mail, nor new mail a backlog.
 */
static size_t
ids_of(const struct run *run, const struct account *a, const char **ids)
{
	size_t next[2] = {0, 0}, n = 0;
	bool fresh = true, more = true;

	while (more) {
		more = false;
		for (int turn = 0; turn < 2; turn++, fresh = !fresh) {
			size_t *i = &next[fresh];
			while (*i < run->ndue &&
			    (run->due[*i].account != a || run->due[*i].fresh != fresh ||
				!run->due[*i].send))
				(*i)++;
			if (*i == run->ndue)
				continue;
			ids[n++] = run->due[(*i)++].id;
			more = true;
		}
	}
	return n;
}

static void
run_account(struct run *run, const struct account *a)
{
	const char **ids = mem_array(NULL, run->ndue + 1, sizeof *ids);
	struct crew crew = {.runner = run->r,
	    .out = run->out,
	    .schedule = &run->schedule,
	    .account = a,
	    .ids = ids};

	crew.nids = ids_of(run, a, ids);
	if (crew.nids > 0)
		crew_work(&crew);
	free(ids);
}

/* Before anything is sent: a notice that went out must not be made again (notice.h). */
static void
tell_account(struct run *run, const struct account *a)
{
	const char **ids = mem_array(NULL, run->ndue + 1, sizeof *ids);
	size_t n = 0, done = 0;
	struct notice notice;
	struct err e;

	for (size_t i = 0; i < run->ndue; i++)
		if (run->due[i].account == a && run->due[i].tell)
			ids[n++] = run->due[i].id;
	notice_init(&notice, run->r->spool, run->r->config, &run->schedule, a);
	if (n > 0 && !notice_run_all(&notice, ids, n, &done, &e))
		note_trouble(run, &e);
	run->out->messages += done;
	free(ids);
}

static bool
is_stopped(const struct runner *r)
{
	return r->stop != NULL && *r->stop != 0;
}

/* One look at the queue. *worked: messages were worked on, so another look is worth it. */
static bool
pass(struct run *run, bool *worked, struct err *e)
{
	size_t before = run->out->messages, n = config_naccounts(run->r->config);

	run->out->held = 0;
	run->after[0][0] = run->after[1][0] = '\0';
	do {
		if (!find_due(run, e))
			return false;
		for (size_t i = 0; i < n && !is_stopped(run->r); i++)
			tell_account(run, config_account(run->r->config, i));
		for (size_t i = 0; i < n && !is_stopped(run->r); i++)
			run_account(run, config_account(run->r->config, i));
	} while (run->more && !is_stopped(run->r) && run->out->trouble.class != ERR_LOCAL);
	*worked = run->out->messages > before;
	return true;
}

/* Until a look finds nothing to do and nobody has left a mark meanwhile. */
static bool
passes(struct run *run, int lock, struct err *e)
{
	for (int i = 0; i < PASSES_MAX; i++) {
		int64_t mark = mark_of(lock);
		bool worked;

		if (!pass(run, &worked, e))
			return false;
		/* this machine's fault: another look changes nothing */
		if (run->out->trouble.class == ERR_LOCAL)
			return true;
		/* what a person asked for is done once; what is due is looked for until there is
		 * none */
		if (run->r->now || run->r->only != NULL || is_stopped(run->r))
			return true;
		if (!worked && mark_of(lock) == mark)
			return true;
	}
	return true;
}

bool
runner_was_here(struct spool *sp, int64_t within_ms)
{
	struct stat st;
	int64_t age;

	if (fstatat(spool_root_fd(sp), "drain.lock", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	age = clock_wall_ms() - ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	return age >= 0 && age < within_ms;
}

bool
runner_run(const struct runner *r, struct runner_result *out, struct err *e)
{
	const struct queue_settings *q = config_queue(r->config);
	struct run run = {.r = r, .out = out};
	bool good, busy, again;

	*out = (struct runner_result){.busy = false};
	run.schedule = (struct schedule){q->retry_ms, q->nretry, q->lifetime_ms, q->warn_after_ms};
	do {
		int64_t mark;
		int lock = lock_queue(r->spool, &busy, e);

		if (lock < 0) {
			out->busy = busy && out->messages == 0;
			free(run.due);
			return busy;
		}
		spool_sweep(r->spool, clock_wall_ms());
		good = passes(&run, lock, e);
		mark = mark_of(lock);
		flock(lock, LOCK_UN);
		/* somebody may have found it locked between our last look and the unlock */
		again = good && mark_of(lock) != mark && !is_stopped(r);
		close(lock);
	} while (again);
	free(run.due);
	logbook_id(LOG_LEVEL_DEBUG, NULL, "run",
	    "%zu messages: sent to %zu recipients, %zu put off, %zu refused; %zu wait",
	    out->messages, out->sent, out->open, out->failed, out->held);
	return good;
}
