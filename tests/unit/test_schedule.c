/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "queue/breaker.h"
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

/* ---- breaker */

static char dir[] = "/tmp/test_schedule.XXXXXX";
static struct spool *sp;

static void
a_server_down_for_five_hours_costs_a_dozen_connections(void **state)
{
	struct err why;
	unsigned tries = 0;

	(void)state;
	err_set(&why, ERR_RELAY, STAGE_CONNECT, "4.4.1", "connection refused");
	for (int64_t now = start; now < start + 5 * HOUR; now += 1000) {
		struct breaker b;
		breaker_load(sp, "down", &b);
		if (breaker_is_open(&b, 1, now))
			continue;
		breaker_failed(sp, "down", &why, 1, now);
		tries++;
	}
	assert_in_range(tries, 10, 13);
	breaker_succeeded(sp, "down", start + 5 * HOUR);
	{
		struct breaker b;
		breaker_load(sp, "down", &b);
		assert_false(breaker_is_open(&b, 1, start + 5 * HOUR + 1));
		assert_int_equal(b.last_ok_ms, start + 5 * HOUR);
	}
}

static void
a_refused_login_waits_for_a_change_after_three_tries(void **state)
{
	struct breaker b;
	struct err why;

	(void)state;
	err_set(&why, ERR_RELAY, STAGE_AUTH, "5.7.8",
	    "Username and Password not accepted, see https://x.example/?a=b");
	why.code = 535;
	for (int i = 0; i < 3; i++)
		breaker_failed(sp, "login", &why, 1, start + i * 10 * MIN);
	breaker_load(sp, "login", &b);
	assert_true(breaker_needs_person(&b));
	assert_true(breaker_is_open(&b, 1, start + 20 * MIN + 59 * MIN));
	assert_false(
	    breaker_is_open(&b, 2, start + 21 * MIN)); /* password or configuration changed */
	assert_string_equal(b.why.text, why.text);
	assert_int_equal(b.why.code, 535);
	breaker_reset(sp, "login");
	breaker_load(sp, "login", &b);
	assert_int_equal(b.failures, 0);
}

static void
a_rate_is_kept_across_processes(void **state)
{
	const struct rate rates[] = {{10, MIN}, {25, RATE_DAY_MS}};
	int64_t now = start - start % RATE_DAY_MS, at;
	unsigned sent = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(breaker_take(sp, "rate", rates, 2, now), 0);
	at = breaker_take(sp, "rate", rates, 2, now);
	assert_in_range(at, now + 1, now + MIN / 10);
	assert_int_equal(breaker_take(sp, "rate", rates, 2, at), 0);
	for (int64_t t = now + 1000; t < now + HOUR; t += 1000)
		sent += breaker_take(sp, "rate", rates, 2, t) == 0;
	assert_int_equal(sent + 11, 25);
	assert_int_equal(breaker_take(sp, "rate", rates, 2, now + HOUR), now + RATE_DAY_MS);
	assert_int_equal(breaker_take(sp, "rate", rates, 2, now + RATE_DAY_MS), 0);
}

static void
connection_slots_are_counted(void **state)
{
	int a = breaker_slot(sp, "slots", 2), b = breaker_slot(sp, "slots", 2);

	(void)state;
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(breaker_slot(sp, "slots", 2), -1);
	close(a);
	a = breaker_slot(sp, "slots", 2);
	assert_true(a >= 0);
	close(a);
	close(b);
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	sp = spool_open(dir, true, &e);
	return sp != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const files[] = {"relay-down", "relay-login", "relay-rate",
	    "slot-slots-0", "slot-slots-1"};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		unlinkat(spool_root_fd(sp), files[i], 0);
	for (int r = 0; r < ROOM_MAX; r++)
		rmdir(spool_path(sp, (enum spool_room)r));
	spool_close(sp);
	return rmdir(dir);
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
	    cmocka_unit_test(a_server_down_for_five_hours_costs_a_dozen_connections),
	    cmocka_unit_test(a_refused_login_waits_for_a_change_after_three_tries),
	    cmocka_unit_test(a_rate_is_kept_across_processes),
	    cmocka_unit_test(connection_slots_are_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
