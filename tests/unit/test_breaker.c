/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "queue/breaker.h"

#define SEC ((int64_t)1000)
#define MIN (60 * SEC)
#define HOUR (60 * MIN)

static const int64_t start = 1700000000000;

static char dir[] = "/tmp/test_breaker.XXXXXX";
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
each_period_has_a_budget_of_its_own(void **state)
{
	const struct rate rates[] = {{5, SEC}, {30, MIN}, {100, HOUR}};
	unsigned sent = 0, most_s = 0, in_s = 0;

	(void)state;
	/* asked ten times a second for an hour */
	for (int64_t t = 0; t < HOUR; t += 100) {
		if (t % SEC == 0)
			in_s = 0;
		if (breaker_take(sp, "three", rates, 3, start + t) != 0)
			continue;
		sent++;
		most_s = ++in_s > most_s ? in_s : most_s;
		if (t < MIN)
			assert_in_range(sent, 1, 60); /* a burst of 30, and 30 that it allows */
	}
	/* a burst of a period's worth and what comes back in the period, of each */
	assert_in_range(most_s, 5, 10);
	assert_in_range(sent, 199, 200);
}

static void
the_order_of_rates_decides_nothing(void **state)
{
	const struct rate a[] = {{30, MIN}, {5, SEC}}, b[] = {{5, SEC}, {30, MIN}};

	(void)state;
	for (int64_t t = start; t < start + 5 * MIN; t += 50)
		assert_int_equal(breaker_take(sp, "ab", a, 2, t), breaker_take(sp, "ba", b, 2, t));
}

static void
a_short_period_does_not_wait_for_a_long_one(void **state)
{
	/* with one stamp for both, the hour's steps ate the second's budget */
	const struct rate rates[] = {{1000, HOUR}, {5, SEC}};

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(breaker_take(sp, "short", rates, 2, start), 0);
	assert_int_equal(breaker_take(sp, "short", rates, 2, start), start + SEC / 5);
	assert_int_equal(breaker_take(sp, "short", rates, 2, start + SEC / 5), 0);
}

static void
of_two_limits_for_a_period_the_lower_one_counts(void **state)
{
	const struct rate rates[] = {{10, MIN}, {4, MIN}, {7, MIN}};
	unsigned sent = 0;

	(void)state;
	for (int64_t t = start; t < start + HOUR; t += SEC)
		sent += breaker_take(sp, "same", rates, 3, t) == 0;
	assert_in_range(sent, 4 * 60, 4 * 60 + 4);
}

static void
a_clock_that_went_back_stops_nobody(void **state)
{
	const struct rate rates[] = {{2, HOUR}, {3, MIN}};

	(void)state;
	assert_int_equal(breaker_take(sp, "back", rates, 2, start + 1000 * HOUR), 0);
	assert_int_equal(breaker_take(sp, "back", rates, 2, start + 1000 * HOUR), 0);
	assert_int_equal(breaker_take(sp, "back", rates, 2, start), 0);
	assert_int_equal(breaker_take(sp, "back", rates, 2, start), 0);
	assert_int_equal(breaker_take(sp, "back", rates, 2, start), start + HOUR / 2);
}

/* Four at once ask as fast as they can; together they may not get more than one would. */
static void
processes_share_one_budget(void **state)
{
	const struct rate rates[] = {{50, HOUR}, {40, SEC}};
	int total = 0;

	(void)state;
	for (int p = 0; p < 4; p++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			int got = 0;

			for (int i = 0; i < 40; i++)
				got += breaker_take(sp, "shared", rates, 2, start) == 0;
			_exit(got);
		}
	}
	for (int p = 0; p < 4; p++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		total += WEXITSTATUS(status);
	}
	assert_int_equal(total, 40);
}

static void
a_damaged_state_costs_a_connection_and_nothing_else(void **state)
{
	const struct rate rates[] = {{1, HOUR}};
	struct breaker b;
	char c = 'x';

	(void)state;
	for (off_t at = 0; at < 100; at++) {
		int fd;

		assert_int_equal(breaker_take(sp, "torn", rates, 1, start), 0);
		fd = openat(spool_root_fd(sp), "relay-torn", O_RDWR);
		assert_true(fd >= 0);
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c = (char)(c ^ 0x04);
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		breaker_load(sp, "torn", &b);
		/* behind the sum there are blanks: a damaged one is found out, or means nothing */
		assert_true(b.rate_ms[2] == 0 || b.rate_ms[2] == start + HOUR);
		assert_int_equal(ftruncate(fd, 0), 0);
		close(fd);
	}
}

/* Who has a slot holds it until it dies, however that comes. */
static void
a_slot_is_free_when_its_process_is_killed(void **state)
{
	int fds[2], slot;
	char c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		c = breaker_slot(sp, "one", 1) >= 0 ? 'y' : 'n';
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_int_equal(breaker_slot(sp, "one", 1), -1);
	assert_int_equal(errno, EAGAIN);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	slot = breaker_slot(sp, "one", 1);
	assert_true(slot >= 0);
	close(slot);
	close(fds[0]);
	close(fds[1]);
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
	    "relay-three", "relay-ab", "relay-ba", "relay-short", "relay-same", "relay-back",
	    "relay-shared", "relay-torn", "slot-slots-0", "slot-slots-1", "slot-one-0"};

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
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
	    cmocka_unit_test(a_server_down_for_five_hours_costs_a_dozen_connections),
	    cmocka_unit_test(a_refused_login_waits_for_a_change_after_three_tries),
	    cmocka_unit_test(a_rate_is_kept_across_processes),
	    cmocka_unit_test(each_period_has_a_budget_of_its_own),
	    cmocka_unit_test(the_order_of_rates_decides_nothing),
	    cmocka_unit_test(a_short_period_does_not_wait_for_a_long_one),
	    cmocka_unit_test(of_two_limits_for_a_period_the_lower_one_counts),
	    cmocka_unit_test(a_clock_that_went_back_stops_nobody),
	    cmocka_unit_test(processes_share_one_budget),
	    cmocka_unit_test(a_damaged_state_costs_a_connection_and_nothing_else),
	    cmocka_unit_test(a_slot_is_free_when_its_process_is_killed),
	    cmocka_unit_test(connection_slots_are_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
