/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])

static void
the_monotonic_clock_does_not_go_back(void **state)
{
	int64_t last = clock_mono_ms(), now;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		now = clock_mono_ms();
		assert_true(now >= last);
		last = now;
	}
}

static void
the_wall_clock_counts_milliseconds(void **state)
{
	int64_t before = (int64_t)time(NULL), ms = clock_wall_ms(), after = (int64_t)time(NULL);

	(void)state;
	/* time(2) may lag by a tick of the kernel */
	assert_in_range(ms / 1000, before, after + 1);
}

static void
what_is_left_fits_poll(void **state)
{
	int64_t now = clock_mono_ms();

	(void)state;
	assert_int_equal(clock_left_ms(now - 1), 0);
	assert_int_equal(clock_left_ms(0), 0);
	assert_int_equal(clock_left_ms(INT64_MIN), 0);
	assert_int_equal(clock_left_ms(INT64_MAX), INT_MAX);
	assert_int_equal(clock_left_ms(now + 10 * (int64_t)INT_MAX), INT_MAX);
	assert_in_range(clock_left_ms(clock_mono_ms() + 100000), 90000, 100000);
}

static void
utc_times(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {999, "1970-01-01T00:00:00Z"},
	    {-1, "1969-12-31T23:59:59Z"},
	    {-1000, "1969-12-31T23:59:59Z"},
	    {-1001, "1969-12-31T23:59:58Z"},
	    {951782400000, "2000-02-29T00:00:00Z"},
	    {1795442830123, "2026-11-23T14:07:10Z"},
	    {253402300799999, "9999-12-31T23:59:59Z"},
	};
	char out[40], small[5];

	(void)state;
	setenv("TZ", "America/New_York", 1);
	for (size_t i = 0; i < NROWS(rows); i++) {
		clock_rfc3339(rows[i].ms, out, sizeof out);
		assert_string_equal(out, rows[i].text);
	}
	clock_rfc3339(0, small, sizeof small);
	assert_string_equal(small, "1970");
	/* a time that no calendar holds is still text */
	clock_rfc3339(INT64_MAX, out, sizeof out);
	assert_in_range(strlen(out), 1, sizeof out - 1);
}

static void
short_times(void **state)
{
	/* POSIX names, so that no file of time zones is wanted */
	static const struct {
		const char *claim, *zone;
		int64_t ms, now;
		const char *text;
	} rows[] = {
	    {"today is the time alone", "UTC0", 1795442830000, 1795442700000, "14:07"},
	    {"another day has a date", "UTC0", 1795442830000, 1795442830000 - 86400000,
		"Mon 23 Nov 14:07"},
	    {"the same day of another year has a date", "UTC0", 1795442830000,
		1795442830000 - INT64_C(365) * 86400000, "Mon 23 Nov 14:07"},
	    {"a minute behind midnight is another day", "UTC0", 1795478460000, 1795478340000,
		"Tue 24 Nov 00:01"},
	    {"the day is the local one", "EST5", 1795478460000, 1795478340000, "19:01"},
	    {"a day of one digit has no zero", "UTC0", 1793491200000, 0, "Sun 1 Nov 00:00"},
	    {"summer time is heeded", "CET-1CEST,M3.5.0,M10.5.0/3", 1782810000000, 0,
		"Tue 30 Jun 11:00"},
	    {"a time before 1970 rounds down", "UTC0", -1, 0, "Wed 31 Dec 23:59"},
	};
	char out[40];

	(void)state;
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	for (size_t i = 0; i < NROWS(rows); i++) {
		setenv("TZ", rows[i].zone, 1);
		clock_short(rows[i].ms, rows[i].now, out, sizeof out);
		if (strcmp(out, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].claim, out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_monotonic_clock_does_not_go_back),
	    cmocka_unit_test(the_wall_clock_counts_milliseconds),
	    cmocka_unit_test(what_is_left_fits_poll),
	    cmocka_unit_test(utc_times),
	    cmocka_unit_test(short_times),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
