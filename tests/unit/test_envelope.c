/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/envelope.h"

static void
an_empty_envelope_has_the_null_sender(void **state)
{
	struct envelope env;

	(void)state;
	envelope_init(&env);
	assert_string_equal(env.from, "");
	assert_int_equal(env.nrcpts, 0);
	assert_int_equal(envelope_count(&env, RCPT_PENDING), 0);
	envelope_done(&env);
	assert_string_equal(env.from, "");
}

static const struct {
	const char *name, *first, *second;
	size_t want;
} pairs[] = {
    {"the same", "a@x.org", "a@x.org", 1},
    {"the domain in another case", "a@x.org", "a@X.ORG", 1},
    {"the local part in another case", "a@x.org", "A@x.org", 2},
    {"another domain", "a@x.org", "a@y.org", 2},
    {"no domain, the same", "root", "root", 1},
    {"no domain, another case", "root", "Root", 2},
    {"with and without a domain", "root", "root@x.org", 2},
    {"an @ in quotes is no domain", "\"a@X\"@x.org", "\"a@x\"@x.org", 2},
};

static void
equal_recipients_are_one_and_the_first_spelling_stays(void **state)
{
	struct envelope env;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		envelope_init(&env);
		envelope_add(&env, pairs[i].first)->notify = NOTIFY_NEVER;
		struct rcpt *again = envelope_add(&env, pairs[i].second);

		if (env.nrcpts != pairs[i].want)
			fail_msg("%s: %zu", pairs[i].name, env.nrcpts);
		assert_string_equal(env.rcpts[0].addr, pairs[i].first);
		assert_int_equal(again->notify, pairs[i].want == 1 ? NOTIFY_NEVER : 0);
		assert_int_equal(again->state, RCPT_PENDING);
		envelope_done(&env);
	}
}

static void
the_address_is_copied(void **state)
{
	char addr[] = "a@x.org";
	struct envelope env;

	(void)state;
	envelope_init(&env);
	envelope_add(&env, addr);
	addr[0] = 'b';
	assert_string_equal(env.rcpts[0].addr, "a@x.org");
	envelope_add(&env, addr);
	assert_int_equal(env.nrcpts, 2);
	envelope_done(&env);
}

static void
ten_thousand_keep_their_order_and_are_found_again(void **state)
{
	const size_t n = 10000;
	struct envelope env;
	char addr[64];

	(void)state;
	envelope_init(&env);
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(addr, sizeof(addr), "u%zu@%s.org", i, round == 0 ? "x" : "X");
			struct rcpt *r = envelope_add(&env, addr);

			assert_ptr_equal(r, &env.rcpts[i]);
			if (i % 4 == 0)
				r->state = RCPT_SENT;
		}
		assert_int_equal(env.nrcpts, n);
	}
	assert_string_equal(env.rcpts[n - 1].addr, "u9999@x.org");
	assert_int_equal(envelope_count(&env, RCPT_SENT), n / 4);
	assert_int_equal(envelope_count(&env, RCPT_PENDING), n - n / 4);
	assert_int_equal(envelope_count(&env, RCPT_REFUSED), 0);
	envelope_done(&env);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_envelope_has_the_null_sender),
	    cmocka_unit_test(equal_recipients_are_one_and_the_first_spelling_stays),
	    cmocka_unit_test(the_address_is_copied),
	    cmocka_unit_test(ten_thousand_keep_their_order_and_are_found_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
