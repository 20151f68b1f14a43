/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/schedule.h"

#define MIN ((int64_t)60000)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)

static const int64_t waits[] = {MIN, 5 * MIN, HOUR};
static const struct schedule plan = {waits, 3, 5 * DAY, 4 * HOUR};
static const int64_t start = 1700000000000;

static void
the_last_wait_repeats(void **state)
{
	(void)state;
	assert_int_equal(schedule_wait(&plan, 1), MIN);
	assert_int_equal(schedule_wait(&plan, 2), 5 * MIN);
	assert_int_equal(schedule_wait(&plan, 3), HOUR);
	assert_int_equal(schedule_wait(&plan, 99), HOUR);
}

static void
jitter_stays_within_a_fifth(void **state)
{
	(void)state;
	for (uint32_t r = 0; r < 100000; r += 777) {
		struct entry_times t = {.attempts = 2};
		schedule_failed(&plan, &t, start, start + HOUR, r * 40503u);
		assert_in_range(t.next_ms, start + HOUR + HOUR * 4 / 5,
		    start + HOUR + HOUR * 6 / 5);
	}
}

/* Tries at the planned times until it expires; returns how many there were. */
static unsigned
live(int64_t lifetime, int64_t *end)
{
	struct entry_times t = {.attempts = 0};
	int64_t now = start;

	while (!schedule_is_expired(&plan, &t, start, lifetime, now) && t.attempts < 10000) {
		schedule_failed(&plan, &t, start, now, 12345);
		now = t.next_ms;
	}
	*end = now;
	return t.attempts;
}

static void
a_message_expires_at_its_age_and_not_before(void **state)
{
	int64_t end;
	unsigned n = live(0, &end);

	(void)state;
	assert_in_range(n, 100, 160);
	assert_in_range(end - start, 5 * DAY, 5 * DAY + 2 * HOUR);
	n = live(MIN, &end); /* an own short lifetime still gets its six tries */
	assert_in_range(n, SCHEDULE_MIN_ATTEMPTS, SCHEDULE_MIN_ATTEMPTS + 1);
}

static void
a_jump_of_ten_years_bounces_nothing(void **state)
{
	struct entry_times t = {.attempts = 0};
	int64_t now = start;

	(void)state;
	for (int i = 0; i < 8; i++) {
		schedule_failed(&plan, &t, start, now, 0);
		now = t.next_ms;
	}
	assert_false(schedule_is_expired(&plan, &t, start, 0, now + 3650 * DAY));
	assert_false(schedule_wants_warning(&plan, &t, start + 3650 * DAY, now));
	/* and back: what was planned for then is due now */
	assert_true(schedule_is_due(&plan, start + 3650 * DAY, now));
	assert_false(schedule_is_due(&plan, now + MIN, now));
}

static void
the_sender_is_warned_once(void **state)
{
	struct entry_times t = {.attempts = 0};
	int64_t now = start;

	(void)state;
	while (!schedule_wants_warning(&plan, &t, start, now)) {
		assert_true(now - start < 7 * HOUR);
		schedule_failed(&plan, &t, start, now, 0);
		now = t.next_ms;
	}
	assert_true(now - start >= 4 * HOUR);
	t.warned = true;
	assert_false(schedule_wants_warning(&plan, &t, start, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_last_wait_repeats),
	    cmocka_unit_test(jitter_stays_within_a_fifth),
	    cmocka_unit_test(a_message_expires_at_its_age_and_not_before),
	    cmocka_unit_test(a_jump_of_ten_years_bounces_nothing),
	    cmocka_unit_test(the_sender_is_warned_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
