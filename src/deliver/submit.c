/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/submit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "deliver/logbook.h"
#include "deliver/notice.h"
#include "deliver/runner.h"
#include "deliver/submit_steps.h"
#include "queue/breaker.h"
#include "queue/schedule.h"

#define LOOK_AGAIN_MS ((int64_t)60 * 1000)

struct schedule
submit_schedule(const struct submit *s)
{
	const struct queue_settings *q = config_queue(s->config);

	return (struct schedule){q->retry_ms, q->nretry, q->lifetime_ms, q->warn_after_ms};
}

bool
submit_is_open(const struct envelope *env)
{
	return envelope_count(env, RCPT_PENDING) + envelope_count(env, RCPT_UNKNOWN) > 0;
}

static void
reason_for_open(struct envelope *env, const struct err *why)
{
	struct err *copy = arena_alloc(&env->mem, sizeof *copy);

	*copy = *why;
	for (size_t i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].state == RCPT_PENDING && env->rcpts[i].why == NULL)
			env->rcpts[i].why = copy;
}

/* The account's breaker is open, or its rate used up: not tried now. */
bool
submit_must_wait(const struct submit *s, struct envelope *env, struct submit_result *out)
{
	const struct account *a = s->attempt.account;
	int64_t now = clock_wall_ms();
	struct breaker b;
	struct err why;

	if (s->spool == NULL || s->when == SUBMIT_NOW)
		return false;
	breaker_load(s->spool, a->name, &b);
	/* somebody at a terminal waits for an answer, and may just have mended what was wrong */
	if (breaker_is_open(&b, config_fingerprint(s->config, a), now) && !s->attempt.may_ask) {
		reason_for_open(env, &b.why);
		out->held_by_relay = true;
		out->next_ms = b.retry_ms;
		return true;
	}
	out->next_ms = breaker_take(s->spool, a->name, a->rates, a->nrates, now);
	if (out->next_ms == 0)
		return false;
	err_set(&why, ERR_LOCAL, STAGE_QUEUE, "4.7.0", "the rate of account '%s' is used up",
	    a->name);
	reason_for_open(env, &why);
	return true;
}

/* What this attempt tells everybody about the server. Returns whether it was reached. */
static bool
tell_breaker(const struct submit *s, const struct envelope *env)
{
	const struct account *a = s->attempt.account;
	const struct err *relay = NULL;
	bool reached = false;

	for (size_t i = 0; i < env->nrcpts; i++) {
		const struct rcpt *r = &env->rcpts[i];
		if (r->why != NULL && r->why->class == ERR_RELAY && r->state == RCPT_PENDING)
			relay = r->why;
		else if (r->state == RCPT_SENT || (r->why != NULL && r->why->code > 0))
			reached = true;
	}
	if (s->spool == NULL)
		return reached;
	if (reached)
		breaker_succeeded(s->spool, a->name, clock_wall_ms());
	else if (relay != NULL)
		breaker_failed(s->spool, a->name, relay, config_fingerprint(s->config, a),
		    clock_wall_ms());
	return reached;
}

static bool
was_judged(const struct envelope *env)
{
	for (size_t i = 0; i < env->nrcpts; i++) {
		const struct rcpt *r = &env->rcpts[i];
		if (r->state == RCPT_UNKNOWN)
			return true;
		if (r->state == RCPT_PENDING && r->why != NULL &&
		    (r->why->class == ERR_MESSAGE || r->why->class == ERR_RECIPIENT))
			return true;
	}
	return false;
}

/* The next try as the schedule has it; relay trouble leaves the message due, and its breaker waits.
 */
void
submit_plan(struct entry *en, const struct submit *s, struct submit_result *out)
{
	struct entry_times *t = entry_times(en);
	struct schedule schedule = submit_schedule(s);
	int64_t now = clock_wall_ms();
	uint32_t random;

	if (out->tried && was_judged(entry_envelope(en))) {
		crypto_random(&random, sizeof random);
		schedule_failed(&schedule, t, entry_arrival_ms(en), now, random);
		out->next_ms = t->next_ms;
	} else if (out->tried) {
		struct breaker b;
		breaker_load(s->spool, s->attempt.account->name, &b);
		out->next_ms = b.retry_ms;
	} else if (out->next_ms > now && !out->held_by_relay) {
		t->next_ms = out->next_ms;
	}
}

/* Refused recipients of an entry that goes to the queue: their sender is told by the exit status.
 */
bool
submit_count_told(struct entry *en, struct err *e)
{
	const struct envelope *env = entry_envelope(en);

	for (size_t i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].state == RCPT_REFUSED && !entry_set_cell(en, i, CELL_BOUNCED))
			return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
			    "cannot store the message");
	return true;
}

/* The notice about the refused ones, from the entry that is in the queue with their cells. */
static void
tell_sender(const struct submit *s, const struct schedule *schedule, const char *id)
{
	struct notice n;
	struct err e;

	notice_init(&n, s->spool, s->config, schedule, s->attempt.account);
	/* what cannot be done now is done by the next run: the cells ask for it */
	if (!notice_run(&n, id, &e))
		logbook_id(LOG_LEVEL_ERR, id, "failed",
		    "the notice to its sender cannot be stored yet: %s", e.text);
}

/* Will somebody hear of it by mail, when it is kept with its refused recipients? */
static bool
can_tell(const struct submit *s, const struct envelope *env)
{
	size_t refused = envelope_count(env, RCPT_REFUSED);

	return s->by_mail && s->spool != NULL && refused > 0 && refused < env->nrcpts &&
	    (env->from[0] != '\0' || config_queue(s->config)->bounce_to != NULL);
}

static void
keep(struct entry *en, const struct submit *s, struct submit_result *out)
{
	struct envelope *env = entry_envelope(en);
	enum spool_room room = s->hold ? ROOM_HOLD : ROOM_QUEUE;
	const struct schedule schedule = submit_schedule(s);
	bool *noted, good, tell = can_tell(s, env);

	submit_plan(en, s, out);
	/* reasons that no worker has written: of a breaker, of a process that died */
	noted = mem_array(NULL, env->nrcpts + 1, sizeof *noted);
	memset(noted, out->tried ? 1 : 0, env->nrcpts + 1);
	entry_note(en, 0, env->nrcpts, noted);
	free(noted);
	good = (tell || submit_count_told(en, &out->keep_error)) &&
	    spool_commit(s->spool, room, en, NULL, NULL, &out->keep_error);
	if (!good)
		return;
	err_clear(&out->keep_error);
	out->kept = submit_is_open(env);
	out->told = tell;
	if (tell)
		tell_sender(s, &schedule, entry_id(en));
	memcpy(out->id, entry_id(en), sizeof out->id);
	for (size_t i = 0; i < env->nrcpts; i++)
		if (env->rcpts[i].state == RCPT_PENDING)
			env->rcpts[i].state = RCPT_QUEUED;
}

/* Is there work for a run that begins now? Other mail is looked for once a minute at most. */
bool
submit_wants_run(const struct submit *s, const struct submit_result *out, bool reached)
{
	if (s->spool == NULL)
		return false;
	if (out->told || (out->kept && s->background))
		return true;
	return reached && !runner_was_here(s->spool, LOOK_AGAIN_MS) &&
	    spool_has_other(s->spool, ROOM_QUEUE, out->kept ? out->id : NULL);
}

/* One try at the server. false: it could not be made, and nothing will be kept. */
bool
submit_try(struct entry *en, const struct submit *s, bool *reached, struct err *e)
{
	struct envelope *env = entry_envelope(en);

	if (!attempt_run(en, &s->attempt, e)) {
		reason_for_open(env, e);
		if (s->spool == NULL || s->when == SUBMIT_NOW)
			return false;
	}
	if (!s->attempt.dry_run)
		*reached = tell_breaker(s, env);
	return true;
}

bool
submit_run(struct entry *en, const struct submit *s, struct submit_result *out, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	bool reached = false;

	*out = (struct submit_result){.tried = false};
	if (s->waits != NULL) {
		reason_for_open(env, s->waits);
	} else if (s->when != SUBMIT_QUEUE && !s->hold && !submit_must_wait(s, env, out)) {
		out->tried = true;
		if (!submit_try(en, s, &reached, e))
			return false;
	}
	if (s->spool == NULL || (s->when == SUBMIT_NOW && !s->hold) || s->attempt.dry_run)
		return true;
	if (submit_is_open(env) || can_tell(s, env))
		keep(en, s, out);
	/* a full disk is no reason to lose what a server would take (queue.md 4.3) */
	if (out->keep_error.class != ERR_NONE && !out->tried && s->else_now && s->waits == NULL &&
	    !s->hold && !out->held_by_relay) {
		out->tried = true;
		if (!submit_try(en, s, &reached, e))
			return false;
		if (submit_is_open(env))
			keep(en, s, out);
	}
	out->wants_run = submit_wants_run(s, out, reached);
	return true;
}
