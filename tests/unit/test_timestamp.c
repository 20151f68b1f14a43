/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/timestamp.h"

/* An hour east of Greenwich, two in summer, whatever zones are installed. */
#define ZONE "CET-1CEST,M3.5.0,M10.5.0/3"
#define NOW INT64_C(1795416685000) /* 2026-11-23T06:51:25Z */

static void
stamps_of_logs_are_read(void **state)
{
	static const struct {
		const char *claim, *text;
		size_t used;
		const char *when; /* UTC */
	} rows[] = {
	    {"a date", "2026-11-23 rest", 10, "2026-11-22T23:00:00Z"},
	    {"a time", "2026-11-23T14:05 rest", 16, "2026-11-23T13:05:00Z"},
	    {"with seconds", "2026-11-23T14:05:09", 19, "2026-11-23T13:05:09Z"},
	    {"a blank between", "2026-11-23 14:05:09", 19, "2026-11-23T13:05:09Z"},
	    {"a fraction", "2026-11-23T14:05:09.123456 x", 26, "2026-11-23T13:05:09Z"},
	    {"UTC", "2026-11-23T14:05:09Z x", 20, "2026-11-23T14:05:09Z"},
	    {"a zone", "2026-11-23T14:05:09+05:30", 25, "2026-11-23T08:35:09Z"},
	    {"a zone without a colon", "2026-11-23T14:05:09-0500 h", 24, "2026-11-23T19:05:09Z"},
	    {"in summer", "2026-07-01T12:00:00", 19, "2026-07-01T10:00:00Z"},
	    {"a leap second", "2016-12-31T23:59:60Z", 20, "2017-01-01T00:00:00Z"},
	    {"syslog's", "Nov 23 07:05:09 host x", 15, "2026-11-23T06:05:09Z"},
	    {"with one digit", "Nov  3 07:05:09 host", 15, "2026-11-03T06:05:09Z"},
	    {"of the last year", "Dec 31 23:00:00 host", 15, "2025-12-31T22:00:00Z"},
	    {"a little ahead", "Nov 24 07:00:00 host", 15, "2026-11-24T06:00:00Z"},
	    {"a day of leap years", "Feb 29 12:00:00 h", 15, "2024-02-29T11:00:00Z"},
	    {"no such day", "2026-02-30T12:00:00Z", 0, NULL},
	    {"no such month", "2026-13-01", 0, NULL},
	    {"no such hour", "2026-11-23T24:00", 0, NULL},
	    {"no such minute", "2026-11-23T10:60", 0, NULL},
	    {"no such day of syslog's", "Nov 31 10:00:00", 0, NULL},
	    {"no month", "Now 23 10:00:00", 0, NULL},
	    {"half a zone", "2026-11-23T14:05:09+1", 0, NULL},
	    {"half a time", "2026-11-23T14", 0, NULL},
	    {"words", "hello", 0, NULL},
	    {"nothing", "", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t at = -1;
		char when[40] = "";
		size_t used = timestamp_read(rows[i].text, strlen(rows[i].text), NOW, &at);

		if (used > 0)
			clock_rfc3339(at, when, sizeof(when));
		if (used != rows[i].used || (used == 0 && at != -1) ||
		    (used > 0 && strcmp(when, rows[i].when) != 0))
			fail_msg("%s: %zu, %s", rows[i].claim, used, when);
	}
}

static void
every_prefix_is_read_within_its_bounds(void **state)
{
	static const char *const texts[] = {"2026-11-23T14:05:09.123+05:30", "Nov  3 07:05:09"};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n <= strlen(texts[i]); n++) {
			/* of its own size: a sanitizer sees what is read beyond */
			char *copy = malloc(n + 1);
			int64_t at;

			assert_non_null(copy);
			memcpy(copy, texts[i], n);
			assert_true(timestamp_read(copy, n, NOW, &at) <= n);
			free(copy);
		}
}

static void
what_a_person_types_is_understood(void **state)
{
	static const struct {
		const char *text, *when; /* NULL: it is not */
	} rows[] = {
	    {"now", "2026-11-23T06:51:25Z"},
	    {"2h", "2026-11-23T04:51:25Z"},
	    {"3d", "2026-11-20T06:51:25Z"},
	    {"1h30m", "2026-11-23T05:21:25Z"},
	    {"today", "2026-11-22T23:00:00Z"},
	    {"yesterday", "2026-11-21T23:00:00Z"},
	    {"14:00", "2026-11-23T13:00:00Z"},
	    {"14:00:30", "2026-11-23T13:00:30Z"},
	    {"2026-11-23", "2026-11-22T23:00:00Z"},
	    {"2026-11-23T14:00", "2026-11-23T13:00:00Z"},
	    {"2026-11-23 14:00:05", "2026-11-23T13:00:05Z"},
	    {"2026-11-23T14:00Z", "2026-11-23T14:00:00Z"},
	    {"", NULL},
	    {"5", NULL},
	    {"2026", NULL},
	    {"2026-11", NULL},
	    {"2026-11-23T14", NULL},
	    {"2026-11-23x", NULL},
	    {"25:00", NULL},
	    {"14:00x", NULL},
	    {"tomorrow", NULL},
	    {"-2h", NULL},
	    {"2 hours", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t at = -1;
		char when[40] = "";
		bool good = timestamp_parse(rows[i].text, NOW, &at);

		if (good)
			clock_rfc3339(at, when, sizeof(when));
		if (good != (rows[i].when != NULL) || (good && strcmp(when, rows[i].when) != 0) ||
		    (!good && at != -1))
			fail_msg("'%s': %s", rows[i].text, when);
	}
}

static void
yesterday_of_the_first_is_in_the_month_before(void **state)
{
	int64_t at, now;
	char when[40];

	(void)state;
	assert_true(timestamp_parse("2026-03-01T12:00", NOW, &now));
	assert_true(timestamp_parse("yesterday", now, &at));
	clock_rfc3339(at, when, sizeof(when));
	assert_string_equal(when, "2026-02-27T23:00:00Z");
}

/* What clock.h writes is read here. */
static void
stamps_of_our_own_come_back(void **state)
{
	char text[40];
	int64_t at;

	(void)state;
	clock_local(NOW, text, sizeof(text));
	assert_string_equal(text, "2026-11-23 07:51:25");
	assert_true(timestamp_parse(text, NOW, &at));
	assert_true(at == NOW);
	clock_syslog(NOW - INT64_C(20) * 86400000, text, sizeof(text));
	assert_string_equal(text, "Nov  3 07:51:25");
	assert_int_equal(timestamp_read(text, strlen(text), NOW, &at), 15);
	assert_true(at == NOW - INT64_C(20) * 86400000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stamps_of_logs_are_read),
	    cmocka_unit_test(every_prefix_is_read_within_its_bounds),
	    cmocka_unit_test(what_a_person_types_is_understood),
	    cmocka_unit_test(yesterday_of_the_first_is_in_the_month_before),
	    cmocka_unit_test(stamps_of_our_own_come_back),
	};

	setenv("TZ", ZONE, 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
