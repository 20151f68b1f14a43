/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run, and retry: what is due, or what a person wants to go now. */
#include "cli/queue_change.h"
#include "cli/queue_pick.h"
#include "cli/queue_run.h"
#include "cli/queue_verb.h"
#include "queue/breaker.h"

static int
run(const struct queue_call *c, bool now, const char *only)
{
	const struct queue_run_args args = {.now = now, .only = only};

	return queue_run_once(c->config, c->spool, c->ui, &args, NULL);
}

/* Whoever wants this very message sent now does not want to hear that its server was down. */
static void
close_breaker(const struct queue_call *c, struct entry *en)
{
	const char *account = entry_envelope(en)->account;

	if (account != NULL)
		breaker_reset(c->spool, account);
}

int
queue_run_due(const struct queue_call *c)
{
	struct queue_pick pick;
	size_t n = 0;
	struct err e;
	int status;

	if (!queue_pick_is_asked(c))
		return run(c, c->options->now, NULL);
	if (!queue_pick(c, QUEUE_PICK(ROOM_QUEUE), &pick, &e))
		return queue_verb_trouble(c, &e);
	for (size_t i = 0; i < pick.n; i++) {
		if (queue_change_make_due(c, &pick.items[i], pick.n > 1 ? close_breaker : NULL, &e))
			n++;
		else
			pick.status = queue_verb_trouble(c, &e);
	}
	if (pick.n == 0 && pick.status == 0)
		ui_note(c->ui, "no message fits, nothing was tried");
	if (n == 0)
		return pick.status;
	/* several go in one run over one connection, with whatever else is due */
	status = run(c, pick.n == 1, pick.n == 1 ? pick.items[0].id : NULL);
	return status != 0 ? status : pick.status;
}
