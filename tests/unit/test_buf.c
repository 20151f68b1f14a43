/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
an_empty_buffer_is_an_empty_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_str(&b), "");
	assert_true(buf_add(&b, NULL, 0));
	assert_string_equal(buf_str(&b), "");
	buf_drop(&b, 0);
	buf_clear(&b);
	buf_wipe(&b);
	buf_done(&b);
	buf_done(&b);
}

static void
the_ceiling_is_the_last_length_that_fits(void **state)
{
	static const size_t ceilings[] = {0, 1, 126, 127, 128, 129, 1000, 65536};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof ceilings / sizeof ceilings[0]; i++) {
		buf_init(&b, ceilings[i]);
		for (size_t k = 0; k < ceilings[i]; k++)
			assert_true(buf_addc(&b, 'x'));
		assert_false(b.overflow);
		assert_int_equal(strlen(buf_str(&b)), ceilings[i]);
		assert_false(buf_addc(&b, 'x'));
		assert_true(b.overflow);
		assert_int_equal(b.len, ceilings[i]);
		buf_done(&b);
	}
}

static void
what_goes_over_is_not_added_in_part_and_sticks(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_adds(&b, "abc"));
	assert_false(buf_adds(&b, "def"));
	assert_string_equal(buf_str(&b), "abc");
	/* this one would fit, but a gap in the middle is worse than an end */
	assert_false(buf_adds(&b, "g"));
	assert_false(buf_add(&b, "", 0));
	assert_false(buf_addf(&b, "%d", 1));
	assert_string_equal(buf_str(&b), "abc");
	buf_clear(&b);
	assert_true(buf_adds(&b, "fghij"));
	assert_string_equal(buf_str(&b), "fghij");
	buf_done(&b);
}

static void
formatted_text_meets_the_same_ceiling(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 300);
	assert_true(buf_addf(&b, "%s=%d;", "a", 1));
	assert_true(buf_addf(&b, "%*s", 296, ""));
	assert_int_equal(b.len, 300);
	assert_false(b.overflow);
	assert_false(buf_addf(&b, "%c", 'x'));
	assert_memory_equal(buf_str(&b), "a=1; ", 5);
	assert_int_equal(strlen(buf_str(&b)), 300);
	buf_done(&b);
}

static void
the_highest_ceiling_does_not_wrap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_true(buf_adds(&b, "x"));
	assert_false(buf_add(&b, "x", SIZE_MAX));
	assert_string_equal(buf_str(&b), "x");
	buf_done(&b);
}

static void
nul_bytes_are_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_add(&b, "a\0b", 3);
	buf_addc(&b, '\0');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 5);
	buf_done(&b);
}

static void
dropping_moves_the_rest_to_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_adds(&b, "0123456789");
	buf_drop(&b, 4);
	assert_string_equal(buf_str(&b), "456789");
	assert_true(buf_adds(&b, "abcd"));
	assert_string_equal(buf_str(&b), "456789abcd");
	buf_drop(&b, 10);
	assert_string_equal(buf_str(&b), "");
	buf_done(&b);
}

static void
wiping_reaches_what_was_dropped_before(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_adds(&b, "secret-and-more");
	buf_drop(&b, 10);
	buf_clear(&b);
	buf_wipe(&b);
	for (size_t i = 0; i < b.cap; i++)
		assert_int_equal(b.data[i], 0);
	assert_true(buf_adds(&b, "next"));
	assert_string_equal(buf_str(&b), "next");
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_buffer_is_an_empty_string),
	    cmocka_unit_test(the_ceiling_is_the_last_length_that_fits),
	    cmocka_unit_test(what_goes_over_is_not_added_in_part_and_sticks),
	    cmocka_unit_test(formatted_text_meets_the_same_ceiling),
	    cmocka_unit_test(the_highest_ceiling_does_not_wrap),
	    cmocka_unit_test(nul_bytes_are_bytes),
	    cmocka_unit_test(dropping_moves_the_rest_to_the_front),
	    cmocka_unit_test(wiping_reaches_what_was_dropped_before),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
