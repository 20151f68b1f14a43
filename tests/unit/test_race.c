/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "place.h"

enum kind { GOOD, REFUSES, HOLE };

struct course {
	const char *claim;
	enum kind places[4];
	size_t n;
	int winner, min_ms, max_ms;
	int errors[4]; /* -1: not finished */
};

static const struct course courses[] = {
    {"the first that connects is taken", {GOOD, GOOD}, 2, 0, 0, 200, {0, -1}},
    {"one that refuses costs no time", {REFUSES, REFUSES, GOOD}, 3, 2, 0, 200,
	{ECONNREFUSED, ECONNREFUSED, 0}},
    {"one that is silent costs a stagger", {HOLE, GOOD}, 2, 1, 240, 900, {-1, 0}},
    {"a refusal cuts the stagger short", {HOLE, REFUSES, GOOD}, 3, 2, 240, 450,
	{-1, ECONNREFUSED, 0}},
    {"all refuse", {REFUSES, REFUSES}, 2, -1, 0, 200, {ECONNREFUSED, ECONNREFUSED}},
    {"silent ones share one deadline", {HOLE, HOLE, HOLE, HOLE}, 4, -1, 1190, 2500,
	{-1, -1, -1, -1}},
};

#define NCOURSES (sizeof(courses) / sizeof(courses[0]))

static void
raced(void **state)
{
	const struct course *c = *state;
	struct place places[4];
	struct race_addr addrs[4];
	struct dial_report r = {.ntries = 0};
	int64_t began, took;
	int fd, before;

	for (size_t i = 0; i < c->n; i++) {
		places[i] = c->places[i] == HOLE
		    ? place_make_hole("127.0.0.1")
		    : place_make("127.0.0.1", c->places[i] == GOOD ? 5 : -1);
		addrs[i] = places[i].addr;
	}
	before = place_count_fds();
	began = clock_mono_ms();
	fd = race_connect(addrs, c->n, &(struct race_how){.deadline = began + 1200}, &r);
	took = clock_mono_ms() - began;
	if (took < c->min_ms || took > c->max_ms)
		fail_msg("it took %d ms", (int)took);
	assert_int_equal(fd >= 0, c->winner >= 0);
	if (fd >= 0) {
		assert_int_equal(r.winner, c->winner);
		place_check(fd, &addrs[c->winner]);
		(void)close(fd);
	}
	assert_int_equal(r.ntries, c->n);
	for (size_t i = 0; i < c->n; i++)
		assert_int_equal(r.tries[i].error, c->errors[i]);
	assert_int_equal(place_count_fds(), before);
	for (size_t i = 0; i < c->n; i++)
		place_drop(&places[i]);
}

static void
no_more_than_sixteen_run(void **state)
{
	struct place bad = place_make("127.0.0.1", -1), good = place_make("127.0.0.2", 5);
	struct race_addr addrs[DIAL_MAX_ADDRS + 1];
	struct dial_report r = {.ntries = 0};

	(void)state;
	for (int i = 0; i < DIAL_MAX_ADDRS; i++)
		addrs[i] = bad.addr;
	addrs[DIAL_MAX_ADDRS] = good.addr;
	assert_int_equal(race_connect(addrs, DIAL_MAX_ADDRS + 1,
			     &(struct race_how){.deadline = clock_mono_ms() + 5000}, &r),
	    -1);
	assert_int_equal(r.ntries, DIAL_MAX_ADDRS);
	assert_string_equal(r.tries[0].addr, r.tries[DIAL_MAX_ADDRS - 1].addr);
	place_drop(&good);
}

static void
a_deadline_that_is_over_starts_nothing(void **state)
{
	struct place good = place_make("127.0.0.1", 5);
	struct dial_report r = {.ntries = 0};

	(void)state;
	assert_int_equal(
	    race_connect(&good.addr, 1, &(struct race_how){.deadline = clock_mono_ms() - 1}, &r),
	    -1);
	assert_int_equal(r.tries[0].error, -1);
	place_drop(&good);
}

static struct CMUnitTest
row(const char *claim, CMUnitTestFunction f, const void *data)
{
	return (struct CMUnitTest){.name = claim,
	    .test_func = f,
	    .initial_state = (void *)(uintptr_t)data};
}

int
main(void)
{
	struct CMUnitTest rows[NCOURSES + 2];
	size_t n = 0;

	for (size_t i = 0; i < NCOURSES; i++)
		rows[n++] = row(courses[i].claim, raced, &courses[i]);
	rows[n++] = row("no more than sixteen run", no_more_than_sixteen_run, NULL);
	rows[n++] = row("a deadline that is over starts nothing",
	    a_deadline_that_is_over_starts_nothing, NULL);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(rows, NULL, NULL);
}
