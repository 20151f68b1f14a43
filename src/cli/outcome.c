/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/outcome.h"

#include <assert.h>
#include <sysexits.h>

static void
note_first(const struct err **first, const struct err *why)
{
	if (*first == NULL)
		*first = why;
}

void
outcome_count(const struct envelope *env, size_t bad, const struct err *why, struct outcome *out)
{
	*out = (struct outcome){.total = env->nrcpts + bad, .refused = bad};
	if (bad > 0)
		out->first_refused = why;
	for (size_t i = 0; i < env->nrcpts; i++) {
		const struct rcpt *r = &env->rcpts[i];

		switch (r->state) {
		case RCPT_SENT:
			out->sent++;
			break;
		case RCPT_QUEUED:
			out->queued++;
			note_first(&out->first_open, r->why);
			break;
		case RCPT_REFUSED:
			out->refused++;
			note_first(&out->first_refused, r->why);
			break;
		case RCPT_UNKNOWN:
			out->unknown++;
			note_first(&out->first_open, r->why);
			break;
		case RCPT_PENDING:
			/* nobody may be left without a word */
			assert(r->why != NULL);
			out->deferred++;
			note_first(&out->first_open, r->why);
			break;
		}
	}
	assert(out->sent + out->queued + out->refused + out->deferred + out->unknown == out->total);
}

/* The cause's own status, never 0: success is decided elsewhere. */
static int
status_of(const struct err *why, int otherwise)
{
	int status = why != NULL ? err_sysexit(why) : otherwise;

	return status == EX_OK ? otherwise : status;
}

int
outcome_exit(const struct outcome *o, bool sendmail)
{
	size_t good = o->sent + o->queued + (o->kept ? o->unknown : 0);

	if (good == o->total)
		return EX_OK;
	if (!sendmail && good > 0 && o->refused > 0)
		return 1;
	/* sendmail.md: who sends again because of the refused ones sends the others a second copy
	 */
	if (sendmail && o->told && good + o->refused == o->total)
		return EX_OK;
	/* reliability.md H16: without a queue an unknown fate is a temporary failure */
	if (o->unknown > 0)
		return EX_TEMPFAIL;
	if (o->deferred > 0)
		/* decisions.md 38: a mail program must not take the cause for a verdict on the mail
		 */
		return o->keep_failed ? EX_TEMPFAIL : status_of(o->first_open, EX_TEMPFAIL);
	return status_of(o->first_refused, EX_UNAVAILABLE);
}

const char *
outcome_status(const struct rcpt *r, bool dry_run)
{
	switch (r->state) {
	case RCPT_SENT:
		return dry_run ? "skipped" : "sent";
	case RCPT_QUEUED:
		return "queued";
	case RCPT_REFUSED:
		return "refused";
	case RCPT_UNKNOWN:
		return "unknown";
	case RCPT_PENDING:
		break;
	}
	return "deferred";
}
