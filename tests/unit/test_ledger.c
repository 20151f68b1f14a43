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

struct row {
	const char *name, *caps;
	bool lmtp;
	size_t nrcpts;
	const char *script[MAILER_LINES];
	const char *fates, *hooks;
	bool good;
	int sysexit; /* of e when not good */
	unsigned sends;
};

static const struct row rows[] = {
    /* BDAT in the window */
    {"one write and nothing more", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 2.1.0 a", "S 250 2.1.5 b", "S 250 2.0.0 taken as 7", "Q"}, "S250n",
	"sd", true, 0, 1},
    {"each recipient has its own fate", PIPE CHUNK, false, 3,
	{M, R0, R1, R2, BDAT, "S 250 a", "S 250 b", "S 550 5.1.1 no", "S 450 4.2.1 later",
	    "S 250 ok", "Q"},
	"S250n R550c P450c", "sd", true, 0, 1},
    {"all refused: the refused BDAT is no error of its own", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 550 5.1.1 b", "S 551 c", "S 503 5.5.1 nobody", "Q"},
	"R550c R551c", "sd", true, 0, 1},
    {"251 and 252 accept", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 251 will forward", "S 252 will try", "S 250 ok", "Q"},
	"S250n S250n", "sd", true, 0, 1},
    {"the message refused for good", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 250 b", "S 550 5.1.1 c", "S 554 5.7.1 spam", "Q"},
	"R554m R550c", "sd", true, 0, 1},
    {"the message refused for now", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 a", "S 250 b", "S 451 4.3.0 later", "Q"}, "P451m", "sd", true, 0, 1},
    {"421 in place of the final reply takes nothing", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 a", "S 250 b", "S 421 4.3.2 bye", "E"}, "P421r", "sd", false,
	EX_TEMPFAIL, 1},
    {"lost before the final reply: unknown, but not the refused one", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 250 b", "S 550 c", "X"}, "U0r R550c", "sd", false,
	EX_TEMPFAIL, 1},
    {"a final reply without its line end is none", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 a", "S 250 b", "R 250 2.0.0 ok", "X"}, "U0r", "sd", false, EX_TEMPFAIL,
	1},
    {"a final reply that lacks its last line is none", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 a", "S 250 b", "S 250-ok", "X"}, "U0r", "sd", false, EX_TEMPFAIL, 1},
    {"a final reply that contradicts itself tells nothing", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 a", "S 250 b", "R 250-ok\r\n550 no\r\n", "E"}, "U0r", "sd", false,
	EX_PROTOCOL, 1},
    {"354 in place of the final reply tells nothing", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 250 a", "S 250 b", "S 354 more", "E"}, "U0r", "sd", false, EX_PROTOCOL, 1},
    {"lost before any reply, with the message written", PIPE CHUNK, false, 1, {M, R0, BDAT, "X"},
	"U0r", "sd", false, EX_TEMPFAIL, 1},
    /* MAIL */
    {"a refused MAIL is the reason for all", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 550 5.7.1 not you", "S 503 a", "S 503 b", "S 503 c", "Q"},
	"R550m R550m", "sd", true, 0, 1},
    {"MAIL refused for now", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 451 4.7.1 greylisted", "S 503 a", "S 503 c", "Q"}, "P451m", "sd", true, 0,
	1},
    {"530 to MAIL is nobody's message's fault", PIPE CHUNK, false, 1,
	{M, R0, BDAT, "S 530 5.7.0 log in first", "S 503 a", "S 503 c", "Q"}, "P530r", "sd", false,
	EX_NOPERM, 1},
    {"538 to MAIL too", PIPE, false, 1,
	{M, R0, "C DATA", "S 538 5.7.11 TLS first", "S 503 a", "S 503 c", "Q"}, "P538r", "", false,
	EX_NOPERM, 1},
    {"the account's quota is not the message's fault", PIPE, false, 1,
	{M, R0, "C DATA", "S 550 5.4.5 Daily user sending quota exceeded", "S 503 a", "S 503 c",
	    "Q"},
	"P550r", "", false, EX_TEMPFAIL, 1},
    {"552 to MAIL is", PIPE, false, 1,
	{M, R0, "C DATA", "S 552 5.3.4 exceeds the size limit and quota", "S 503 a", "S 503 c",
	    "Q"},
	"R552m", "", true, 0, 1},
    {"421 to MAIL", PIPE CHUNK, false, 2, {M, R0, R1, BDAT, "S 421 4.7.0 slow down", "E"},
	"P421r P421r", "sd", false, EX_TEMPFAIL, 1},
    {"354 for a refused MAIL: lone dot", PIPE, false, 1,
	{M, R0, "C DATA", "S 550 no", "S 503 a", "S 354 go", "C .", "S 503 what", "Q"}, "R550m", "",
	true, 0, 2},
    /* RCPT */
    {"421 to RCPT: those before it and behind it are pending", PIPE CHUNK, false, 3,
	{M, R0, R1, R2, BDAT, "S 250 a", "S 550 b", "S 250 b", "S 421 bye", "E"},
	"R550c P421r P421r", "sd", false, EX_TEMPFAIL, 1},
    {"too many recipients: the rest needs another transaction", PIPE CHUNK, false, 3,
	{M, R0, R1, R2, BDAT, "S 250 a", "S 250 b", "S 452 4.5.3 too many", "S 452 too many",
	    "S 250 ok", "Q"},
	"S250n P-- P--", "sd", true, 0, 1},
    {"too many already at the first is a reason", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 452 4.5.3 too many", "S 452 4.5.3 too many", "S 503 no",
	    "Q"},
	"P452c P452c", "sd", true, 0, 1},
    {"452 for a full mailbox is a reason", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 250 b", "S 452 4.2.2 mailbox full", "S 250 ok", "Q"},
	"S250n P452c", "sd", true, 0, 1},
    {"the postponed are lost with the connection", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 250 b", "S 452 4.5.3 too many", "X"}, "U0r P0r", "sd",
	false, EX_TEMPFAIL, 1},
    {"a malformed reply to RCPT, with the message written", PIPE CHUNK, false, 2,
	{M, R0, R1, BDAT, "S 250 a", "S 250 b", "S hello", "E"}, "U0r U0r", "sd", false,
	EX_PROTOCOL, 1},
    /* DATA */
    {"DATA in the window, the message behind 354", PIPE, false, 2,
	{M, R0, R1, "C DATA", "S 250 a", "S 250 b", "S 550 c", "S 354 go", BODY, "S 250 ok", "Q"},
	"S250n R550c", "sd", true, 0, 2},
    {"354 for nobody: lone dot, no body", PIPE, false, 2,
	{M, R0, R1, "C DATA", "S 250 a", "S 550 b", "S 450 c", "S 354 go", "C .", "S 554 nobody",
	    "Q"},
	"R550c P450c", "", true, 0, 2},
    {"503 for nobody", PIPE, false, 1, {M, R0, "C DATA", "S 250 a", "S 550 b", "S 503 nobody", "Q"},
	"R550c", "", true, 0, 1},
    {"250 to DATA sends no body", PIPE, false, 1,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 250 whatever", "E"}, "P0r", "", false,
	EX_PROTOCOL, 1},
    {"350 to DATA sends no body", PIPE, false, 1,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 350 go on", "E"}, "P0r", "", false, EX_PROTOCOL,
	1},
    {"DATA refused for good", PIPE, false, 2,
	{M, R0, R1, "C DATA", "S 250 a", "S 250 b", "S 550 c", "S 554 5.5.1 no", "Q"},
	"R554m R550c", "", true, 0, 1},
    {"DATA refused for now", PIPE, false, 1,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 451 no", "Q"}, "P451m", "", true, 0, 1},
    {"421 to DATA", PIPE, false, 1, {M, R0, "C DATA", "S 250 a", "S 250 b", "S 421 no", "E"},
	"P421r", "", false, EX_TEMPFAIL, 1},
    {"lost while 354 is awaited is pending", PIPE, false, 1, {M, R0, "C DATA", "S 250 a", "X"},
	"P0r", "", false, EX_TEMPFAIL, 1},
    {"lost behind the final dot is unknown", PIPE, false, 1,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", BODY, "X"}, "U0r", "sd", false,
	EX_TEMPFAIL, 2},
    {"421 behind the final dot takes nothing", PIPE, false, 1,
	{M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", BODY, "S 421 bye", "E"}, "P421r", "sd",
	false, EX_TEMPFAIL, 2},
    /* without PIPELINING */
    {"step by step", "", false, 2,
	{M, "S 250 a", R0, "S 250 b", R1, "S 550 c", "C DATA", "S 354 go", BODY, "S 250 ok", "Q"},
	"S250n R550c", "sd", true, 0, 5},
    {"no RCPT behind a refused MAIL", "", false, 2, {M, "S 550 5.7.1 no", "Q"}, "R550m R550m", "",
	true, 0, 1},
    {"no DATA for nobody", "", false, 2, {M, "S 250 a", R0, "S 550 b", R1, "S 550 c", "Q"},
	"R550c R550c", "", true, 0, 3},
    {"BDAT only for somebody", CHUNK, false, 1, {M, "S 250 a", R0, "S 550 b", "Q"}, "R550c", "",
	true, 0, 2},
    {"BDAT step by step", CHUNK, false, 1, {M, "S 250 a", R0, "S 250 b", BDAT, "S 250 ok", "Q"},
	"S250n", "sd", true, 0, 3},
    {"BDAT step by step, lost", CHUNK, false, 1, {M, "S 250 a", R0, "S 250 b", BDAT, "X"}, "U0r",
	"sd", false, EX_TEMPFAIL, 3},
    {"RCPT step by step, lost", CHUNK, false, 1, {M, "S 250 a", R0, "X"}, "P0r", "", false,
	EX_TEMPFAIL, 2},
    /* LMTP */
    {"a final reply for each accepted one", PIPE, true, 3,
	{M, R0, R1, R2, "C DATA", "S 250 a", "S 250 b", "S 550 5.1.1 c", "S 250 d", "S 354 go",
	    BODY, "S 250 2.0.0 one", "S 552 5.2.2 full", "Q"},
	"S250n R550c R552m", "sd", true, 0, 2},
    {"LMTP by BDAT", PIPE CHUNK, true, 3,
	{M, R0, R1, R2, "S 250 a", "S 250 b", "S 550 5.1.1 c", "S 250 d", BDAT, "S 450 4.2.0 busy",
	    "S 250 two", "Q"},
	"P450m R550c S250n", "sd", true, 0, 2},
    {"LMTP lost between the replies", PIPE, true, 2,
	{M, R0, R1, "C DATA", "S 250 a", "S 250 b", "S 250 c", "S 354 go", BODY, "S 250 one", "X"},
	"S250n U0r", "sd", false, EX_TEMPFAIL, 2},
    {"LMTP 421 between the replies", PIPE, true, 2,
	{M, R0, R1, "C DATA", "S 250 a", "S 250 b", "S 250 c", "S 354 go", BODY, "S 250 one",
	    "S 421 bye", "E"},
	"S250n P421r", "sd", false, EX_TEMPFAIL, 2},
    {"LMTP wants a message for nobody", PIPE, true, 1,
	{M, R0, "C DATA", "S 250 a", "S 550 b", "S 354 go", "E"}, "R550c", "", false, EX_PROTOCOL,
	1},
    {"LMTP with nobody accepted", PIPE, true, 1,
	{M, R0, "C DATA", "S 250 a", "S 550 b", "S 503 nobody", "Q"}, "R550c", "", true, 0, 1},
};

static void
every_recipient_has_its_fate(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		bool good;

		mailer_set_up(row->caps, row->lmtp, row->script);
		mailer_add_rcpts(row->nrcpts);
		good = mailer_run();
		if (good != row->good || strcmp(mailer_fates(), row->fates) != 0 ||
		    strcmp(fx.hooks, row->hooks) != 0 || fx.sends != row->sends ||
		    (!good && err_sysexit(&fx.e) != row->sysexit))
			fail_msg("%s: %s, fates %s, hooks \"%s\", %u writes, sysexit %d: %s",
			    row->name, good ? "true" : "false", mailer_fates(), fx.hooks, fx.sends,
			    err_sysexit(&fx.e), fx.e.text);
		if (!good && (fx.e.class != ERR_RELAY || fx.e.text[0] == '\0'))
			fail_msg("%s: class %s", row->name, err_class_name(fx.e.class));
		if (row->hooks[0] != '\0' && strcmp(fx.settled, row->fates) != 0)
			fail_msg("%s: the hook saw %s", row->name, fx.settled);
		for (size_t k = 0; k < fx.env.nrcpts; k++)
			if (fx.env.rcpts[k].why != NULL &&
			    strcmp(fx.env.rcpts[k].server, fx.peer.path) != 0)
				fail_msg("%s: server of %zu", row->name, k);
		mailer_tear_down();
	}
}

/* Not even the transcript, which may block, comes between the final reply and the mark. */
static void
the_mark_comes_before_anything_else(void **state)
{
	static const char *const bdat[] = {M, R0, BDAT, "S 250 a", "S 250 b", "S 250 final", "Q",
	    NULL};
	static const char *const data[] = {M, R0, "C DATA", "S 250 a", "S 250 b", "S 354 go", BODY,
	    "S 250 final", "Q", NULL};

	(void)state;
	for (int i = 0; i < 2; i++) {
		mailer_set_up(i == 0 ? PIPE CHUNK : PIPE, false, i == 0 ? bdat : data);
		mailer_add_rcpts(1);
		assert_true(mailer_run());
		assert_string_equal(fx.settled, "S250n");
		assert_non_null(strstr(fx.w.text, "<250 final"));
		assert_true(fx.w.text + fx.settled_len <= strstr(fx.w.text, "<250 final"));
		mailer_tear_down();
	}
}

static void
the_reason_is_the_reply_that_decided(void **state)
{
	static const char *const script[] = {M, R0, R1, BDAT, "S 250 2.1.0 a", "S 250 2.1.5 b",
	    "S 550-5.1.1 no such", "S 550 5.1.1 user", "S 250 2.0.0 queued as 77", "Q", NULL};
	const struct err *why;

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(2);
	assert_true(mailer_run());
	why = fx.env.rcpts[0].why;
	assert_int_equal(why->stage, STAGE_FINAL);
	assert_string_equal(why->status, "2.0.0");
	assert_string_equal(why->text, "queued as 77");
	why = fx.env.rcpts[1].why;
	assert_int_equal(why->stage, STAGE_RCPT);
	assert_string_equal(why->status, "5.1.1");
	assert_string_equal(why->text, "no such user");
	assert_int_equal(err_sysexit(why), EX_NOUSER);
	assert_true(fx.env.rcpts[0].ms >= 0);
	mailer_tear_down();
}

static void
an_unknown_fate_names_the_stage(void **state)
{
	static const char *const script[] = {M, R0, BDAT, "S 250 a", "X", NULL};

	(void)state;
	mailer_set_up(PIPE CHUNK, false, script);
	mailer_add_rcpts(1);
	assert_false(mailer_run());
	assert_int_equal(fx.env.rcpts[0].why->stage, STAGE_FINAL);
	assert_true(session_is_broken(fx.session));
	mailer_tear_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_recipient_has_its_fate),
	    cmocka_unit_test(the_mark_comes_before_anything_else),
	    cmocka_unit_test(the_reason_is_the_reply_that_decided),
	    cmocka_unit_test(an_unknown_fate_names_the_stage),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
