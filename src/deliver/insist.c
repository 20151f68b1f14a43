/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/insist.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "deliver/logbook.h"
#include "deliver/submit_steps.h"

#define LOOK_MS 200     /* a signal that comes just before poll(2) is seen that late at most */
#define WAIT_MIN_MS 100 /* whatever the schedule says */

/* Not what a person has to mend first. */
static bool
time_may_help(const struct rcpt *r)
{
	const struct err *why = r->why;

	if (r->state != RCPT_PENDING && r->state != RCPT_QUEUED)
		return false;
	if (why == NULL)
		return true;
	return err_is_temporary(why) && why->stage != STAGE_CERT &&
	    (why->stage != STAGE_AUTH || why->code < 500);
}

static bool
is_stopped(const struct insist *i)
{
	const volatile sig_atomic_t *stop = i->submit->attempt.stop;

	return stop != NULL && *stop != 0;
}

static bool
goes_on(const struct insist *i, const struct envelope *env, int64_t until)
{
	if (i->submit->waits != NULL || i->submit->hold || is_stopped(i) ||
	    clock_mono_ms() >= until)
		return false;
	for (size_t k = 0; k < env->nrcpts; k++)
		if (time_may_help(&env->rcpts[k]))
			return true;
	return false;
}

/* When to try again, monotonic ms: by the schedule, but once more when the time is over. */
static int64_t
next_try(const struct submit *s, const struct submit_result *out, unsigned tries, int64_t until)
{
	const struct schedule schedule = submit_schedule(s);
	int64_t wait = out->next_ms > 0 ? out->next_ms - clock_wall_ms()
					: schedule_wait(&schedule, tries);
	int64_t at = clock_mono_ms() + (wait > WAIT_MIN_MS ? wait : WAIT_MIN_MS);

	return at < until ? at : until;
}

/* false: somebody has stopped us. */
static bool
wait_until(const struct insist *i, int64_t at)
{
	int64_t left;

	for (bool first = true; (left = at - clock_mono_ms()) > 0; first = false) {
		if (is_stopped(i))
			return false;
		if (i->waiting != NULL)
			i->waiting(i->arg, left, first);
		poll(NULL, 0, (int)(left < LOOK_MS ? left : LOOK_MS));
	}
	return !is_stopped(i);
}

/* Those who are to be tried again. */
static void
reopen(struct envelope *env)
{
	for (size_t k = 0; k < env->nrcpts; k++) {
		struct rcpt *r = &env->rcpts[k];
		if (r->state != RCPT_PENDING && r->state != RCPT_QUEUED)
			continue;
		r->state = RCPT_PENDING;
		r->why = NULL;
		r->server = NULL;
	}
}

/* Everybody in the file is settled: it has done its work. */
static void
remove_done(struct entry *en, const struct submit *s, struct submit_result *out)
{
	/* its cells say so: a file that cannot be removed is removed by a later run, never sent
	 * again */
	if (spool_remove(s->spool, ROOM_QUEUE, entry_id(en)))
		spool_sync(s->spool, ROOM_QUEUE);
	out->kept = false;
	out->id[0] = '\0';
}

/* What a try has left of a message in the queue, on the disk again. */
static void
keep_again(struct entry *en, const struct submit *s, struct submit_result *out)
{
	struct envelope *env = entry_envelope(en);
	struct err e;

	entry_times(en)->begun = 0;
	if (!submit_count_told(en, &e))
		logbook_id(LOG_LEVEL_ERR, entry_id(en), "failed", "%s", e.text);
	if (!submit_is_open(env)) {
		/* durable, for nobody may hear of a refusal a second time */
		entry_sync(en);
		remove_done(en, s, out);
		return;
	}
	submit_plan(en, s, out);
	/* a lost mutable line means "due now, never tried": an early try, no lost mail */
	entry_save_times(en);
	entry_sync(en);
	for (size_t k = 0; k < env->nrcpts; k++)
		if (env->rcpts[k].state == RCPT_PENDING)
			env->rcpts[k].state = RCPT_QUEUED;
}

/* false: no further try makes sense. */
static bool
try_again(struct entry *en, const struct submit *s, struct submit_result *out, bool *reached)
{
	struct envelope *env = entry_envelope(en);
	struct err e;
	bool good;

	out->held_by_relay = false;
	if (submit_must_wait(s, env, out))
		return true;
	/* if this very message kills the network process, whoever tries next knows it from here */
	entry_times(en)->begun++;
	if (out->kept && !entry_save_times(en))
		return false;
	reopen(env);
	out->tried = true;
	out->next_ms = 0;
	good = submit_try(en, s, reached, &e);
	if (out->kept)
		keep_again(en, s, out);
	else if (!submit_is_open(env))
		err_clear(&out->keep_error);
	return good;
}

bool
insist_run(struct entry *en, const struct insist *i, struct submit_result *out, struct err *e)
{
	const struct submit *s = i->submit;
	bool reached = false, good = true;
	int64_t until;

	/* still without a name: nobody else can have it */
	entry_lock(en);
	if (!submit_run(en, s, out, e))
		return false;
	until = clock_mono_ms() + i->wait_ms;
	for (unsigned tries = 1; good && goes_on(i, entry_envelope(en), until); tries++) {
		if (!wait_until(i, next_try(s, out, tries, until)))
			break;
		good = try_again(en, s, out, &reached);
	}
	entry_unlock(en);
	out->wants_run = out->wants_run || submit_wants_run(s, out, reached);
	return true;
}
