/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "message/date.h"

static const struct {
	const char *name, *zone;
	int64_t ms;
	const char *want;
} dates[] = {
    {"the epoch", "UTC0", 0, "Thu, 01 Jan 1970 00:00:00 +0000"},
    {"parts of a second are cut", "UTC0", 999, "Thu, 01 Jan 1970 00:00:00 +0000"},
    {"east", "CET-1", 1795438682000, "Mon, 23 Nov 2026 13:58:02 +0100"},
    {"summer", "CET-1CEST,M3.5.0,M10.5.0/3", 1782907200000, "Wed, 01 Jul 2026 14:00:00 +0200"},
    {"west, the day before", "EST5", 1767225600000, "Wed, 31 Dec 2025 19:00:00 -0500"},
    {"half an hour west", "NST3:30", 1767225600000, "Wed, 31 Dec 2025 20:30:00 -0330"},
    {"half an hour west of Greenwich", "XYZ0:30", 1767225600000, "Wed, 31 Dec 2025 23:30:00 -0030"},
    {"three quarters east", "NPT-5:45", 1767225600000, "Thu, 01 Jan 2026 05:45:00 +0545"},
    {"leap day", "UTC0", 1835481599000, "Tue, 29 Feb 2028 23:59:59 +0000"},
    {"behind 2038", "UTC0", 4102444800000, "Fri, 01 Jan 2100 00:00:00 +0000"},
};

static void
dates_are_local_and_in_english(void **state)
{
	char got[DATE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		assert_int_equal(setenv("TZ", dates[i].zone, 1), 0);
		tzset();
		date_format(dates[i].ms, got);
		if (strcmp(got, dates[i].want) != 0)
			fail_msg("%s: %s", dates[i].name, got);
	}
}

static void
no_clock_overflows_the_text(void **state)
{
	static const int64_t clocks[] = {INT64_MAX, INT64_MIN, -1, INT64_C(253402300800000)};
	char got[DATE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		date_format(clocks[i], got);
		assert_true(strlen(got) < DATE_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_are_local_and_in_english),
	    cmocka_unit_test(no_clock_overflows_the_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
