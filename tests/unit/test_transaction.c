/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "mailer.h"

static void
wait_for_input(void)
{
	struct stream *s = pipeline_stream(session_pipeline(fx.session));
	struct pollfd p = {.fd = stream_fd(s), .events = POLLIN};

	while (!stream_has_input(s))
		assert_int_equal(poll(&p, 1, 10000), 1);
}

static void
a_server_that_speaks_first_gets_nothing(void **state)
{
	static const char *const script[] = {"S 250 all", "S 250 in", "S 250 advance", "E", NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(1);
	wait_for_input();
	assert_false(mailer_run());
	assert_int_equal(fx.sends, 0);
	assert_int_equal(err_sysexit(&fx.e), EX_PROTOCOL);
	assert_string_equal(mailer_fates(), "P0r"); /* not unknown: nothing was written */
	assert_string_equal(fx.hooks, "sd");
	mailer_tear_down();
}

/* ---- large bodies */

#define BIG 1000000

static void
a_large_body_follows_the_replies_to_rcpt(void **state)
{
	static const char *const taken[] = {M, R0, R1, "S 250 a", "S 250 b", "S 550 c",
	    "C BDAT 1000000 LAST", "N 1000000", "S 250 ok", "Q", NULL};
	static const char *const nobody[] = {M, R0, R1, "S 250 a", "S 550 b", "S 550 c", "Q", NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, taken);
	mailer_add_rcpts(2);
	fx.t.body.size = BIG;
	fx.body = NULL;
	assert_true(mailer_run());
	assert_string_equal(mailer_fates(), "S250n R550c");
	assert_string_equal(fx.hooks, "sd");
	assert_true(fx.w.nprogress > 0);
	assert_non_null(
	    strstr(fx.w.text, ">BDAT 1000000 LAST\n#<1000000 octets of message>\n<250 ok\n"));
	mailer_tear_down();
	mailer_set_up(PIPE CHUNK, false, nobody);
	mailer_add_rcpts(2);
	fx.t.body.size = BIG;
	fx.body = NULL;
	assert_true(mailer_run());
	assert_string_equal(mailer_fates(), "R550c R550c");
	assert_string_equal(fx.hooks, "");
	mailer_tear_down();
}

static void
the_limit_between_small_and_large_is_64_kib(void **state)
{
	static const char *const small[] = {M, R0, "C BDAT 65536 LAST", "N 65536", "S 250 a",
	    "S 250 b", "S 250 ok", "Q", NULL};
	static const char *const large[] = {M, R0, "S 250 a", "S 250 b", "C BDAT 65537 LAST",
	    "N 65537", "S 250 ok", "Q", NULL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		mailer_set_up(PIPE CHUNK, false, i == 0 ? small : large);
		mailer_add_rcpts(1);
		fx.t.body.size = 65536 + i;
		fx.body = NULL;
		assert_true(mailer_run());
		assert_string_equal(mailer_fates(), "S250n");
		assert_int_equal(fx.sends, 1 + i);
		mailer_tear_down();
	}
}

static const struct {
	const char *name, *caps;
	const char *script[16];
	const char *fates;
} cuts[] = {
    {"a refusal in the middle of BDAT, then closed", PIPE CHUNK,
	{M, R0, "S 250 a", "S 250 b", "C BDAT 67108864 LAST", "N 100000", "S 552 5.3.4 too big",
	    "X"},
	"R552m"},
    {"a refusal in the middle of DATA, then closed", PIPE,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", "N 100000", "S 552 5.3.4 too big", "X"},
	"R552m"},
    {"a refusal in the middle, connection kept", PIPE,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", "N 100000", "S 452 4.3.1 full", "Z"},
	"P452m"},
    {"421 in the middle", PIPE,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", "N 100000", "S 421 4.3.2 bye", "X"},
	"P421r"},
    {"250 in the middle is no success", PIPE,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", "N 100000", "S 250 thanks", "Z"},
	"P0r"},
    {"250 right behind 354 is no success", PIPE,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "R 354 go\r\n250 ok\r\n", "Z"}, "P0r"},
    {"closed in the middle", PIPE CHUNK,
	{M, R0, "S 250 a", "S 250 b", "C BDAT 67108864 LAST", "N 100000", "X"}, "P0r"},
};

static void
what_ends_a_body_in_the_middle(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		mailer_set_up(cuts[i].caps, false, cuts[i].script);
		mailer_add_rcpts(1);
		fx.t.body.size = (uint64_t)64 << 20;
		fx.body = NULL;
		if (mailer_run() || strcmp(mailer_fates(), cuts[i].fates) != 0 ||
		    strcmp(fx.hooks, "sd") != 0 || fx.e.class != ERR_RELAY ||
		    !session_is_broken(fx.session))
			fail_msg("%s: %s, hooks %s, %s", cuts[i].name, mailer_fates(), fx.hooks,
			    fx.e.text);
		mailer_tear_down();
	}
}

/* ---- trouble on our side */

static const struct {
	const char *name, *caps;
	const char *script[10];
	uint64_t size, fails;
	const char *hooks;
} troubles[] = {
    {"a small body that cannot be read: nothing is sent", PIPE CHUNK, {"Q"}, 12, 5, ""},
    {"a body for DATA: closed without the dot", PIPE,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", "E"}, 12, 5, "sd"},
    {"a body for BDAT: closed before its end", PIPE CHUNK, {M, R0, "S 250 a", "S 250 b", "Z"}, BIG,
	900000, "sd"},
};

static void
a_body_that_cannot_be_read_is_never_finished(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		mailer_set_up(troubles[i].caps, false, troubles[i].script);
		mailer_add_rcpts(1);
		fx.t.body.size = troubles[i].size;
		fx.body = troubles[i].size == 12 ? MAILER_MESSAGE : NULL;
		fx.fails = troubles[i].fails;
		if (mailer_run() || strcmp(mailer_fates(), "P0l") != 0 ||
		    strcmp(fx.hooks, troubles[i].hooks) != 0 || fx.e.class != ERR_LOCAL ||
		    fx.e.stage != STAGE_DATA)
			fail_msg("%s: %s, hooks %s, %s", troubles[i].name, mailer_fates(), fx.hooks,
			    fx.e.text);
		mailer_tear_down();
	}
}

static void
what_cannot_be_noted_is_not_sent(void **state)
{
	static const struct {
		const char *name, *caps;
		const char *script[10];
	} cases[] = {
	    {"small BDAT", PIPE CHUNK, {"Q"}},
	    {"DATA", PIPE, {M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", "E"}},
	    {"BDAT step by step", CHUNK, {M, "S 250 a", R0, "S 250 b", "Q"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mailer_set_up(cases[i].caps, false, cases[i].script);
		mailer_add_rcpts(1);
		fx.refuse_sending = true;
		if (mailer_run() || strcmp(mailer_fates(), "P0l") != 0 ||
		    strcmp(fx.hooks, "s") != 0 || fx.e.stage != STAGE_QUEUE)
			fail_msg("%s: %s, hooks %s, %s", cases[i].name, mailer_fates(), fx.hooks,
			    fx.e.text);
		mailer_tear_down();
	}
}

/* ---- slices, dry runs, several transactions */

static void
only_the_open_ones_of_the_slice_take_part(void **state)
{
	static const char *const script[] = {M, R1, BDAT, "S 250 a", "S 250 b", "S 250 ok", "Q",
	    NULL};
	static const struct err earlier = {.class = ERR_RECIPIENT, .code = 450};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(5);
	fx.env.rcpts[2].why = &earlier;
	fx.env.rcpts[3].state = RCPT_SENT;
	fx.t.first = 1;
	fx.t.n = 3;
	assert_true(mailer_run());
	assert_string_equal(mailer_fates(), "P-- S250n P450c S-- P--");
	fx.t.first = 2;
	fx.t.n = 2;
	assert_true(mailer_run()); /* nobody: nothing is said */
	assert_int_equal(fx.sends, 0);
	mailer_tear_down();
}

static void
a_dry_run_ends_in_rset(void **state)
{
	static const char *const window[] = {M, R0, R1, "C RSET", "S 250 a", "S 250 2.1.5 b",
	    "S 550 c", "S 250 d", "Q", NULL};
	static const char *const steps[] = {M, "S 250 a", R0, "S 250 2.1.5 b", R1, "S 550 c",
	    "C RSET", "S 250 d", "Q", NULL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		mailer_set_up(i == 0 ? PIPE CHUNK : "", false, i == 0 ? window : steps);
		mailer_add_rcpts(2);
		fx.t.dry_run = true;
		assert_true(mailer_run());
		assert_string_equal(mailer_fates(), "P250n R550c");
		assert_string_equal(fx.env.rcpts[0].why->status, "2.1.5");
		assert_string_equal(fx.hooks, "");
		mailer_tear_down();
	}
}

static void
the_next_transaction_resets_what_was_left_open(void **state)
{
	static const char *const script[] = {M, R0, "S 250 a", "S 550 b", "C RSET",
	    "C MAIL FROM:<s@a.example>", R1, "S 250 r", "S 250 a", "S 250 b", "C BDAT 65537 LAST",
	    "N 65537", "S 250 ok", M, R2, "S 250 a", "S 550 b", "C RSET", "S 250 reset", "Q", NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(3);
	fx.t.body.size = 65537;
	fx.body = NULL;
	fx.t.n = 1;
	assert_true(mailer_run());
	fx.t.first = 1;
	assert_true(mailer_run());
	fx.t.first = 2;
	assert_true(mailer_run()); /* the second was taken: no RSET before this one */
	assert_string_equal(mailer_fates(), "R550c S250n R550c");
	assert_true(session_reset(fx.session));
	assert_true(session_reset(fx.session)); /* nothing is left open now */
	mailer_tear_down();
}

static void
a_server_that_hung_up_is_found_out_before_the_next(void **state)
{
	static const char *const script[] = {M, R0, BDAT, "S 250 a", "S 250 b", "S 250 ok",
	    "S 421 4.4.2 idle", "X", NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(1);
	assert_true(mailer_run());
	peer_finish(&fx.peer);
	assert_false(session_reset(fx.session));
	assert_true(session_is_broken(fx.session));
	session_close(fx.session);
	envelope_done(&fx.env);
}

static void
thousands_of_recipients_go_in_a_few_windows(void **state)
{
	static const struct {
		size_t n;
		unsigned sends;
		const char *script[12];
	} cases[] = {
	    {1000, 1, {M, "S 250 a", "M 1000", BDAT, "S 250 ok", "Q"}},
	    {1024, 1, {M, "S 250 a", "M 1024", BDAT, "S 250 ok", "Q"}},
	    {1025, 2, {M, "S 250 a", "M 1025", BDAT, "S 250 ok", "Q"}},
	    {2500, 3, {M, "S 250 a", "M 2500", BDAT, "S 250 ok", "Q"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mailer_set_up(PIPE CHUNK, false, cases[i].script);
		mailer_add_rcpts(cases[i].n);
		assert_true(mailer_run());
		assert_int_equal(envelope_count(&fx.env, RCPT_SENT), cases[i].n);
		assert_ptr_equal(fx.env.rcpts[0].why, fx.env.rcpts[cases[i].n - 1].why);
		assert_string_equal(fx.hooks, "sd");
		assert_int_equal(fx.sends, cases[i].sends);
		mailer_tear_down();
	}
}

static void
a_refused_mail_stops_further_windows(void **state)
{
	static const char *const script[] = {M, "S 550 no", "M 1024", "C RSET", "S 250 ok", "Q",
	    NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(2000);
	assert_true(mailer_run());
	assert_int_equal(envelope_count(&fx.env, RCPT_REFUSED), 2000);
	assert_string_equal(fx.hooks, "sd");
	assert_true(session_reset(fx.session));
	mailer_tear_down();
}

static void
the_transcript_shows_the_message_as_one_note(void **state)
{
	static const char *const script[] = {M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go",
	    BODY, "S 250 ok", "Q", NULL};

	(void)state;
	mailer_set_up(PIPE, false, script);
	mailer_add_rcpts(1);
	assert_true(mailer_run());
	assert_string_equal(fx.w.text,
	    ">MAIL FROM:<s@a.example>\n>RCPT TO:<r0@b.example>\n>DATA\n<250 a\n"
	    "<250 b\n<354 go\n#<12 octets of message>\n<250 ok\n=final DATA\n");
	mailer_tear_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_server_that_speaks_first_gets_nothing),
	    cmocka_unit_test(a_large_body_follows_the_replies_to_rcpt),
	    cmocka_unit_test(the_limit_between_small_and_large_is_64_kib),
	    cmocka_unit_test(what_ends_a_body_in_the_middle),
	    cmocka_unit_test(a_body_that_cannot_be_read_is_never_finished),
	    cmocka_unit_test(what_cannot_be_noted_is_not_sent),
	    cmocka_unit_test(only_the_open_ones_of_the_slice_take_part),
	    cmocka_unit_test(a_dry_run_ends_in_rset),
	    cmocka_unit_test(the_next_transaction_resets_what_was_left_open),
	    cmocka_unit_test(a_server_that_hung_up_is_found_out_before_the_next),
	    cmocka_unit_test(thousands_of_recipients_go_in_a_few_windows),
	    cmocka_unit_test(a_refused_mail_stops_further_windows),
	    cmocka_unit_test(the_transcript_shows_the_message_as_one_note),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
