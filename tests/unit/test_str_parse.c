/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rate.h"
#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])
#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static void
whole_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		bool good;
		uint64_t value;
	} rows[] = {
	    {"0", 0, 9, true, 0}, {"465", 1, 65535, true, 465}, {"65535", 1, 65535, true, 65535},
	    {"65536", 1, 65535, false, 0}, {"0", 1, 65535, false, 0}, {"007", 0, 9, true, 7},
	    {"18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX},
	    {"18446744073709551616", 0, UINT64_MAX, false, 0},
	    {"99999999999999999999999999", 0, UINT64_MAX, false, 0}, {"", 0, 9, false, 0},
	    {" 1", 0, 9, false, 0}, {"1 ", 0, 9, false, 0}, {"+1", 0, 9, false, 0},
	    {"-1", 0, UINT64_MAX, false, 0}, {"0x1", 0, 9, false, 0}, {"1.0", 0, 9, false, 0},
	    {"\xd9\xa1", 0, 9, false, 0}, /* a digit, but an Arabic one */
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		uint64_t got = 12345;

		if (str_u64(rows[i].text, rows[i].min, rows[i].max, &got) != rows[i].good ||
		    got != (rows[i].good ? rows[i].value : 12345))
			fail_msg("'%s' gives %llu", rows[i].text, (unsigned long long)got);
	}
}

static void
durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: no duration */
	} rows[] = {
	    {"30", 30 * SECOND},
	    {"0", 0},
	    {"30s", 30 * SECOND},
	    {"5m", 300 * SECOND},
	    {"4h", 4 * HOUR},
	    {"5d", 5 * DAY},
	    {"250ms", 250},
	    {"1h30m", HOUR + 1800 * SECOND},
	    {"1d2h3m4s5ms", DAY + 2 * HOUR + 184 * SECOND + 5},
	    {"3650d", 3650 * DAY},
	    {"315360000", 3650 * DAY},
	    {"315360001", -1},
	    {"3651d", -1},
	    {"3650d1ms", -1},
	    {"87600h1s", -1},
	    {"18446744073709551615d", -1},
	    {"213503982335d", -1},
	    {"", -1},
	    {"s", -1},
	    {"5x", -1},
	    {"5 m", -1},
	    {" 5m", -1},
	    {"-5m", -1},
	    {"5M", -1},
	    {"1.5h", -1},
	    {"1h30", -1},
	    {"30m1h", -1},
	    {"5m5m", -1},
	    {"1ms1s", -1},
	    {"5min", -1},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		int64_t got = -77;
		bool good = str_duration_ms(rows[i].text, &got);

		if (good != (rows[i].ms >= 0) || got != (rows[i].ms >= 0 ? rows[i].ms : -77))
			fail_msg("'%s' gives %lld", rows[i].text, (long long)got);
	}
}

static void
sizes(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t bytes;
	} rows[] = {
	    {"0", true, 0},
	    {"500", true, 500},
	    {"64K", true, 65536},
	    {"64k", true, 65536},
	    {"10M", true, 10485760},
	    {"2G", true, 2147483648},
	    {"17179869183G", true, UINT64_C(17179869183) << 30},
	    {"17179869184G", false, 0},
	    {"18446744073709551615", true, UINT64_MAX},
	    {"18446744073709551615K", false, 0},
	    {"", false, 0},
	    {"M", false, 0},
	    {"1T", false, 0},
	    {"1KB", false, 0},
	    {"1 K", false, 0},
	    {"-1K", false, 0},
	    {"1.5M", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		uint64_t got = 12345;

		if (str_size(rows[i].text, &got) != rows[i].good ||
		    got != (rows[i].good ? rows[i].bytes : 12345))
			fail_msg("'%s' gives %llu", rows[i].text, (unsigned long long)got);
	}
}

static void
booleans(void **state)
{
	static const char *const yes[] = {"yes", "on", "true", "1", "YES", "True"};
	static const char *const no[] = {"no", "off", "false", "0", "Off"};
	static const char *const neither[] = {"", "y", "yess", " yes", "2", "01", "nope"};
	bool got;

	(void)state;
	for (size_t i = 0; i < NROWS(yes); i++) {
		got = false;
		assert_true(str_bool(yes[i], &got));
		assert_true(got);
	}
	for (size_t i = 0; i < NROWS(no); i++) {
		got = true;
		assert_true(str_bool(no[i], &got));
		assert_false(got);
	}
	for (size_t i = 0; i < NROWS(neither); i++) {
		got = true;
		assert_false(str_bool(neither[i], &got));
		assert_true(got);
	}
}

static void
rates(void **state)
{
	static const struct {
		const char *text;
		unsigned count; /* 0: no rate */
		int64_t period_ms;
	} rows[] = {
	    {"1/s", 1, SECOND},
	    {"30/sec", 30, SECOND},
	    {"60/min", 60, 60 * SECOND},
	    {"60/m", 60, 60 * SECOND},
	    {"450/day", 450, DAY},
	    {"450/d", 450, DAY},
	    {"20/hour", 20, HOUR},
	    {"1000000/h", 1000000, HOUR},
	    {"1000001/h", 0, 0},
	    {"10000000/h", 0, 0},
	    {"99999999999999999999/h", 0, 0},
	    {"0/min", 0, 0},
	    {"-1/min", 0, 0},
	    {"/min", 0, 0},
	    {"5/", 0, 0},
	    {"5", 0, 0},
	    {"", 0, 0},
	    {"5/week", 0, 0},
	    {"5 / min", 0, 0},
	    {"5/min/s", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		struct rate got = {77, 88};
		bool good = rate_parse(rows[i].text, &got);

		if (good != (rows[i].count > 0) || got.count != (good ? rows[i].count : 77) ||
		    got.period_ms != (good ? rows[i].period_ms : 88))
			fail_msg("'%s' gives %u", rows[i].text, got.count);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_numbers),
	    cmocka_unit_test(durations),
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(booleans),
	    cmocka_unit_test(rates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
