/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void
pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {1, 3, 0, 17, 999, 1001, 3999, 4000, 4001, 70000, 5};
	const size_t n = sizeof sizes / sizeof sizes[0];
	struct arena a = {NULL};
	unsigned char *p[sizeof sizes / sizeof sizes[0]];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		p[i] = arena_alloc(&a, sizes[i]);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[i][k], i + 1);
	arena_done(&a);
}

static void
a_big_piece_leaves_the_rest_of_the_block_in_use(void **state)
{
	struct arena a = {NULL};
	char *small = arena_alloc(&a, 16), *next;

	(void)state;
	arena_alloc(&a, 100000);
	next = arena_alloc(&a, 16);
	assert_in_range(next - small, 16, 64);
	arena_done(&a);
}

static void
strings_end_in_a_nul(void **state)
{
	struct arena a = {NULL};

	(void)state;
	assert_string_equal(arena_strdup(&a, "all of it"), "all of it");
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, NULL, 0), "");
	assert_memory_equal(arena_strndup(&a, "a\0b", 3), "a\0b", 4);
	arena_done(&a);
}

static void
printed_text_has_any_length(void **state)
{
	static const int lengths[] = {0, 1, 126, 127, 128, 129, 4000, 50000};
	struct arena a = {NULL};

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		char *s = arena_printf(&a, "%*s", lengths[i], "");

		assert_int_equal(strlen(s), lengths[i]);
		assert_int_equal(strspn(s, " "), lengths[i]);
	}
	assert_string_equal(arena_printf(&a, "%s:%d", "host", 465), "host:465");
	arena_done(&a);
}

static void
a_growing_array_keeps_its_elements(void **state)
{
	struct arena a = {NULL};
	uint64_t *v = NULL;

	(void)state;
	for (size_t n = 0; n < 5000; n++) {
		v = arena_grow(&a, v, n, sizeof *v);
		v[n] = n * 3;
		/* something else in between, so that it cannot grow in place by luck */
		if (n % 7 == 0)
			memset(arena_alloc(&a, 40), 0xff, 40);
	}
	for (size_t n = 0; n < 5000; n++)
		assert_int_equal(v[n], n * 3);
	arena_done(&a);
}

static void
an_array_moves_at_powers_of_two_only(void **state)
{
	struct arena a = {NULL};
	int *v = arena_grow(&a, NULL, 0, sizeof *v), *next;

	(void)state;
	for (size_t n = 1; n < 300; n++) {
		next = arena_grow(&a, v, n, sizeof *v);
		if (n >= 4 && (n & (n - 1)) == 0)
			assert_ptr_not_equal(next, v);
		else
			assert_ptr_equal(next, v);
		v = next;
	}
	arena_done(&a);
}

static void
an_emptied_arena_serves_again(void **state)
{
	struct arena a = {NULL};

	(void)state;
	arena_done(&a);
	assert_string_equal(arena_strdup(&a, "one"), "one");
	arena_done(&a);
	assert_null(a.head);
	assert_string_equal(arena_strdup(&a, "two"), "two");
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
	    cmocka_unit_test(a_big_piece_leaves_the_rest_of_the_block_in_use),
	    cmocka_unit_test(strings_end_in_a_nul),
	    cmocka_unit_test(printed_text_has_any_length),
	    cmocka_unit_test(a_growing_array_keeps_its_elements),
	    cmocka_unit_test(an_array_moves_at_powers_of_two_only),
	    cmocka_unit_test(an_emptied_arena_serves_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
