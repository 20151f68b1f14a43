/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "mailer.h"

/* ---- what the server cannot take */

static void
set_facts(bool header_8bit, bool body_8bit, bool smtputf8)
{
	fx.env.facts.header_8bit = header_8bit;
	fx.env.facts.body_8bit = body_8bit;
	fx.env.smtputf8 = smtputf8;
}

static const struct {
	const char *name, *caps, *from;
	bool header_8bit, body_8bit, smtputf8;
	const char *status, *text;
} unfit[] = {
    {"too large, with the numbers", PIPE "250-SIZE 11\r\n", "s@a.example", false, false, false,
	"5.3.4", "12 octets"},
    {"8-bit text", PIPE, "s@a.example", false, true, false, "5.6.3", "8BITMIME"},
    {"8-bit text in the header alone", PIPE, "s@a.example", true, false, false, "5.6.3",
	"8BITMIME"},
    {"UTF-8 in the header", PIPE "250-8BITMIME\r\n", "s@a.example", true, false, true, "5.6.7",
	"SMTPUTF8"},
    {"UTF-8 in the sender", PIPE, "s\xc3\xa4@a.example", false, false, true, "5.6.7", "SMTPUTF8"},
    {"a sender with a newline", PIPE, "s@a.example>\r\nRCPT TO:<evil@x.example", false, false,
	false, "5.1.7", "no mail address"},
    {"a sender with a parameter", PIPE, "s@a.example> AUTH=<x", false, false, false, "5.1.7",
	"no mail address"},
};

static void
an_unfit_message_is_refused_before_anything_is_sent(void **state)
{
	static const char *const script[] = {"Q", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		const struct err *why;

		mailer_set_up(unfit[i].caps, false, script);
		mailer_add_rcpts(2);
		fx.env.from = unfit[i].from;
		set_facts(unfit[i].header_8bit, unfit[i].body_8bit, unfit[i].smtputf8);
		if (!mailer_run() || strcmp(mailer_fates(), "R0m R0m") != 0 || fx.sends != 0 ||
		    fx.hooks[0] != '\0')
			fail_msg("%s: %s, %u writes", unfit[i].name, mailer_fates(), fx.sends);
		why = fx.env.rcpts[1].why;
		assert_ptr_equal(why, fx.env.rcpts[0].why); /* one text for all who share it */
		if (strcmp(why->status, unfit[i].status) != 0 ||
		    strstr(why->text, unfit[i].text) == NULL)
			fail_msg("%s: %s %s", unfit[i].name, why->status, why->text);
		mailer_tear_down();
	}
}

static void
an_unfit_recipient_harms_nobody_else(void **state)
{
	static const char *const script[] = {M, "C RCPT TO:<good@b.example>", BDAT, "S 250 a",
	    "S 250 b", "S 250 ok", "Q", NULL};
	static const char *const bad[] = {
	    "evil@x.example>\r\nRCPT TO:<b@x.example",
	    "evil@x.example> SIZE=1",
	    "evil@x.example\n",
	    "evil",
	    "\x7f@x.example",
	    "j\xc3\xa4ger@x.example",
	    "",
	};
	const size_t n = sizeof(bad) / sizeof(bad[0]);

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	fx.env.smtputf8 = true; /* because of one of them */
	for (size_t i = 0; i < n; i++)
		(void)envelope_add(&fx.env, bad[i]);
	(void)envelope_add(&fx.env, "good@b.example");
	fx.t.n = fx.env.nrcpts;
	assert_int_equal(fx.t.n, n + 1);
	assert_true(mailer_run());
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(fx.env.rcpts[i].state, RCPT_REFUSED);
		assert_int_equal(fx.env.rcpts[i].why->class, ERR_RECIPIENT);
		assert_string_equal(fx.env.rcpts[i].why->status, i == 5 ? "5.6.7" : "5.1.3");
	}
	assert_int_equal(fx.env.rcpts[n].state, RCPT_SENT);
	mailer_tear_down();
}

/* ---- parameters */

#define ALL PIPE CHUNK "250-SIZE 0\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n"

static void
parameters_go_where_they_are_understood(void **state)
{
	static const char *const with[] = {
	    "C MAIL FROM:<s@a.example> SIZE=12 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+20b+3Dc",
	    "C RCPT TO:<r0@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@c.example",
	    "C RCPT TO:<r1@b.example> NOTIFY=NEVER ORCPT=utf-8;"
	    "j\\\\x{E4}ger\\\\x{2B}\\\\x{1F600}@c.example",
	    "C RCPT TO:<r2@b.example>", BDAT, "S 250 a", "S 250 b", "S 250 c", "S 250 c",
	    "S 250 ok", "Q", NULL};
	static const char *const without[] = {"C MAIL FROM:<s@a.example> BODY=8BITMIME", R0, R1, R2,
	    BDAT, "S 250 a", "S 250 b", "S 250 c", "S 250 c", "S 250 ok", "Q", NULL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		mailer_set_up(i == 0 ? ALL : PIPE CHUNK "250-8BITMIME\r\n", false,
		    i == 0 ? with : without);
		mailer_add_rcpts(3);
		set_facts(false, true, true);
		fx.env.ret = RETURN_HEADERS;
		fx.env.envid = "a b=c";
		fx.env.rcpts[0].notify = NOTIFY_SUCCESS | NOTIFY_DELAY;
		fx.env.rcpts[0].orcpt = "a+b@c.example";
		fx.env.rcpts[1].notify = NOTIFY_NEVER;
		fx.env.rcpts[1].orcpt = "j\xc3\xa4ger+\xf0\x9f\x98\x80@c.example";
		fx.env.rcpts[2].orcpt = "\xff@c.example";
		assert_true(mailer_run());
		assert_string_equal(mailer_fates(), "S250n S250n S250n");
		mailer_tear_down();
	}
}

static void
the_null_sender_is_a_sender(void **state)
{
	static const char *const script[] = {"C MAIL FROM:<>", R0, BDAT, "S 250 a", "S 250 b",
	    "S 250 ok", "Q", NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(1);
	fx.env.from = "";
	assert_true(mailer_run());
	mailer_tear_down();
}

static void
what_is_too_long_for_a_parameter_is_left_out(void **state)
{
	static const char *const script[] = {M, R0, BDAT, "S 250 a", "S 250 b", "S 250 ok", "Q",
	    NULL};
	char longer[502];

	(void)state;
	mailer_set_up(PIPE CHUNK "250-DSN\r\n", false, script);
	mailer_add_rcpts(1);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	fx.env.envid = longer;
	fx.env.rcpts[0].orcpt = longer;
	assert_true(mailer_run());
	mailer_tear_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unfit_message_is_refused_before_anything_is_sent),
	    cmocka_unit_test(an_unfit_recipient_harms_nobody_else),
	    cmocka_unit_test(parameters_go_where_they_are_understood),
	    cmocka_unit_test(the_null_sender_is_a_sender),
	    cmocka_unit_test(what_is_too_long_for_a_parameter_is_left_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
