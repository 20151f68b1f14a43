/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/schedule.h"

int64_t
schedule_wait(const struct schedule *s, unsigned attempts)
{
	size_t i = attempts > 0 ? attempts - 1 : 0;

	return s->retry_ms[i < s->nretry ? i : s->nretry - 1];
}

static int64_t
longest_wait(const struct schedule *s)
{
	int64_t max = 0;

	for (size_t i = 0; i < s->nretry; i++)
		if (s->retry_ms[i] > max)
			max = s->retry_ms[i];
	return max;
}

void
schedule_failed(const struct schedule *s, struct entry_times *t, int64_t arrival_ms, int64_t now_ms,
    uint32_t random)
{
	int64_t since = t->last_ms > 0 ? t->last_ms : arrival_ms, gap = now_ms - since;
	int64_t planned = t->attempts > 0 ? schedule_wait(s, t->attempts) : s->retry_ms[0], wait;

	if (gap < 0)
		gap = 0;
	t->active_ms += gap < 2 * planned ? gap : 2 * planned;
	t->attempts++;
	t->last_ms = now_ms;
	wait = schedule_wait(s, t->attempts);
	t->next_ms = now_ms + wait - wait / 5 +
	    (wait > 0 ? (int64_t)(random % (uint64_t)(2 * wait / 5 + 1)) : 0);
}

bool
schedule_is_due(const struct schedule *s, int64_t next_ms, int64_t now_ms)
{
	return next_ms <= now_ms || next_ms > now_ms + 2 * longest_wait(s);
}

bool
schedule_is_expired(const struct schedule *s, const struct entry_times *t, int64_t arrival_ms,
    int64_t lifetime_ms, int64_t now_ms)
{
	int64_t lifetime = lifetime_ms > 0 ? lifetime_ms : s->lifetime_ms;

	return now_ms - arrival_ms >= lifetime && t->attempts >= SCHEDULE_MIN_ATTEMPTS &&
	    t->active_ms >= lifetime / 2;
}

bool
schedule_wants_warning(const struct schedule *s, const struct entry_times *t, int64_t arrival_ms,
    int64_t now_ms)
{
	return s->warn_after_ms > 0 && !t->warned && t->attempts > 0 &&
	    now_ms - arrival_ms >= s->warn_after_ms && t->active_ms >= s->warn_after_ms / 2;
}
