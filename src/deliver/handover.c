/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/handover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/mem.h"
#include "smtp/transaction.h"

static bool
hook_sending(void *arg, size_t first, size_t n, struct err *e)
{
	struct handover *h = arg;

	if (entry_mark(h->entry, first, n, true))
		return true;
	h->storage_failed = true;
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0",
	    "cannot note that the message is on its way, so it is not sent: %s", strerror(errno));
}

static void
hook_settled(void *arg, size_t first, size_t n)
{
	struct handover *h = arg;

	/* a failure leaves D cells, "in doubt": true enough, and said aloud by who reads the entry
	 */
	if (!entry_mark(h->entry, first, n, false))
		h->storage_failed = true;
}

static ssize_t
read_message(void *arg, void *data, size_t n, uint64_t off)
{
	return entry_read(arg, data, n, off);
}

static bool
is_open(const struct rcpt *r)
{
	return r->state == RCPT_PENDING && r->why == NULL;
}

size_t
handover_open(const struct envelope *env)
{
	size_t n = 0;

	for (size_t i = 0; i < env->nrcpts; i++)
		n += is_open(&env->rcpts[i]);
	return n;
}

/* The slice that holds the next max open recipients (0: all of them). */
static size_t
next_slice(const struct envelope *env, size_t max, size_t *first)
{
	size_t last = 0, taken = 0;

	for (size_t i = 0; i < env->nrcpts && (max == 0 || taken < max); i++) {
		if (!is_open(&env->rcpts[i]))
			continue;
		if (taken++ == 0)
			*first = i;
		last = i;
	}
	return taken > 0 ? last - *first + 1 : 0;
}

/* Nothing was sent, but to whom it would have been is what was asked. */
static void
count_as_taken(struct envelope *env, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++) {
		struct rcpt *r = &env->rcpts[i];
		if (r->state == RCPT_PENDING && r->why != NULL && r->why->code / 100 == 2)
			r->state = RCPT_SENT;
	}
}

/* Writes down what is known of the slice now. */
static void
record(struct handover *h, size_t first, size_t n)
{
	if (h->dry_run)
		count_as_taken(entry_envelope(h->entry), first, n);
	if (!entry_mark(h->entry, first, n, false) || !entry_note(h->entry, first, n, h->noted))
		h->storage_failed = true;
}

void
handover_init(struct handover *h, struct entry *en)
{
	h->entry = en;
	h->started = clock_mono_ms();
	h->noted = mem_array(NULL, entry_envelope(en)->nrcpts + 1, sizeof *h->noted);
	memset(h->noted, 0, entry_envelope(en)->nrcpts + 1);
}

void
handover_done(struct handover *h)
{
	free(h->noted);
	h->noted = NULL;
}

void
handover_settle_open(struct handover *h, const struct err *e, const char *server)
{
	struct envelope *env = entry_envelope(h->entry);
	struct err *why = arena_alloc(&env->mem, sizeof *why);

	*why = *e;
	for (size_t i = 0; i < env->nrcpts; i++) {
		struct rcpt *r = &env->rcpts[i];
		if (!is_open(r))
			continue;
		r->why = why;
		r->server = server;
		r->ms = clock_mono_ms() - h->started;
		h->noted[i] = false;
	}
	record(h, 0, env->nrcpts);
}

/* Ours, and the server's own: RFC 9422 RCPTMAX. 0: there is none. */
static size_t
slice_max(const struct handover *h, const struct session *s)
{
	uint64_t theirs = session_caps(s)->rcpt_max;

	if (theirs == 0 || (h->max_recipients > 0 && h->max_recipients < theirs))
		return h->max_recipients;
	return theirs < SIZE_MAX ? (size_t)theirs : SIZE_MAX;
}

bool
handover_send(struct handover *h, struct session *s, struct err *e)
{
	struct envelope *env = entry_envelope(h->entry);
	const struct transaction_hooks hooks = {hook_sending, hook_settled, h};
	size_t first = 0, n, open = handover_open(env), max = slice_max(h, s);

	while ((n = next_slice(env, max, &first)) > 0) {
		struct transaction t = {.env = env, .first = first, .n = n, .dry_run = h->dry_run};
		bool good;

		for (size_t i = first; i < first + n; i++)
			h->noted[i] = h->noted[i] && !is_open(&env->rcpts[i]);
		t.started = h->started;
		t.body = (struct body_source){read_message, h->entry, env->facts.size};
		good = transaction_run(s, &t, &hooks, e);
		record(h, first, n);
		if (!good)
			return false;
		if (handover_open(env) >= open) /* 452 for everybody is no progress */
			return err_set(e, ERR_RELAY, STAGE_RCPT, "4.5.3",
			    "%s takes no recipient at all", session_peer(s));
		open = handover_open(env);
	}
	return true;
}
