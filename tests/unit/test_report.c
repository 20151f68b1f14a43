/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/reason.h"
#include "cli/report_json.h"
#include "cli/report_table.h"

static const struct err ok = {.code = 250,
    .stage = STAGE_FINAL,
    .status = "2.1.5",
    .text = "OK, queued as 4F3aB1, thanks"};
static const struct err no_user = {.class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 550,
    .status = "5.1.1",
    .text = "No such user"};
static const struct err grey = {.class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 450,
    .status = "4.2.1",
    .text = "Greylisted, come back in 5 minutes"};
static const struct err lost = {.class = ERR_RELAY,
    .stage = STAGE_FINAL,
    .status = "4.4.2",
    .text = "smtp.example.org:465 closed the connection"};
static const struct err no_address = {.class = ERR_RECIPIENT,
    .stage = STAGE_INPUT,
    .status = "5.1.3",
    .text = "'c@@d' is not an address"};

static const char server[] = "smtp.example.org:465";

static struct rcpt rcpts[] = {
    {.addr = "bob@example.org", .state = RCPT_SENT, .why = &ok, .server = server, .ms = 212},
    {.addr = "nobody@example.org",
	.state = RCPT_REFUSED,
	.why = &no_user,
	.server = server,
	.ms = 214},
    {.addr = "later@example.net", .state = RCPT_PENDING, .why = &grey, .server = server, .ms = 215},
    {.addr = "\xc3\xa4@example.net",
	.state = RCPT_UNKNOWN,
	.why = &lost,
	.server = server,
	.ms = 9},
};

static const struct envelope env = {.from = "ann@example.org",
    .rcpts = rcpts,
    .nrcpts = 4,
    .message_id = "<1@example.org>",
    .facts = {.size = 182 * 1024}};
static const struct account account = {.name = "work", .auth = true, .user = "ann"};

static void
the_table_lines_up(void **state)
{
	const struct ui ui = {.program = "postrider"};
	const struct report r = {.ui = &ui, .env = &env, .account = &account};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	report_table_format(&r, &b);
	assert_string_equal(buf_str(&b),
	    "smtp.example.org:465 as ann, 182 KB\n"
	    "  bob@example.org     sent      250 2.1.5 OK, queued as 4F3aB1, thanks\n"
	    "  nobody@example.org  REFUSED   550 5.1.1 No such user\n"
	    "  later@example.net   deferred  450 4.2.1 Greylisted, come back in 5 minutes\n"
	    "  \xc3\xa4@example.net       UNKNOWN   smtp.example.org:465 closed the connection\n");
	buf_done(&b);
}

static void
a_narrow_terminal_wraps_the_reasons(void **state)
{
	const struct ui ui = {.program = "postrider",
	    .out_tty = true,
	    .out_color = true,
	    .width = 60};
	const struct envelope one = {.from = "",
	    .rcpts = &rcpts[2],
	    .nrcpts = 1,
	    .facts = {.size = 1229}};
	const struct report r = {.ui = &ui, .env = &one, .account = &account, .dry_run = true};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	report_table_format(&r, &b);
	assert_string_equal(buf_str(&b),
	    "smtp.example.org:465 as ann, 1.2 KB\n"
	    "  later@example.net  \033[33mdeferred\033[0m  450 4.2.1 Greylisted, come\n"
	    "                               back in 5 minutes\n");
	buf_done(&b);
}

static void
json_says_the_same(void **state)
{
	const struct ui ui = {.program = "postrider", .json = true};
	const struct report r = {.ui = &ui,
	    .env = &env,
	    .account = &account,
	    .nbad = 1,
	    .bad = &no_address};
	struct outcome o;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	outcome_count(&env, 1, &no_address, &o);
	report_json_format(&r, &o, 1, &b);
	assert_string_equal(buf_str(&b),
	    "{\"v\":1,\"event\":\"error\",\"enhanced\":\"5.1.3\",\"text\":\"'c@@d' is not an address\","
	    "\"stage\":\"input\",\"class\":\"recipient\",\"recipients\":1}\n"
	    "{\"v\":1,\"event\":\"recipient\",\"to\":\"bob@example.org\",\"status\":\"sent\",\"code\":250,"
	    "\"enhanced\":\"2.1.5\",\"text\":\"OK, queued as 4F3aB1, thanks\",\"remote_id\":\"4F3aB1\","
	    "\"server\":\"smtp.example.org:465\",\"ms\":212}\n"
	    "{\"v\":1,\"event\":\"recipient\",\"to\":\"nobody@example.org\",\"status\":\"refused\","
	    "\"code\":550,\"enhanced\":\"5.1.1\",\"text\":\"No such user\",\"stage\":\"rcpt\","
	    "\"class\":\"recipient\",\"server\":\"smtp.example.org:465\",\"ms\":214}\n"
	    "{\"v\":1,\"event\":\"recipient\",\"to\":\"later@example.net\",\"status\":\"deferred\","
	    "\"kept\":false,\"code\":450,\"enhanced\":\"4.2.1\","
	    "\"text\":\"Greylisted, come back in 5 minutes\",\"stage\":\"rcpt\",\"class\":\"recipient\","
	    "\"hint_id\":\"greylist\",\"server\":\"smtp.example.org:465\",\"ms\":215}\n"
	    "{\"v\":1,\"event\":\"recipient\",\"to\":\"\xc3\xa4@example.net\",\"status\":\"unknown\","
	    "\"kept\":false,\"enhanced\":\"4.4.2\",\"text\":\"smtp.example.org:465 closed the connection\","
	    "\"stage\":\"final\",\"class\":\"relay\",\"server\":\"smtp.example.org:465\",\"ms\":9}\n"
	    "{\"v\":1,\"event\":\"result\",\"message_id\":\"<1@example.org>\",\"sent\":1,\"queued\":0,"
	    "\"refused\":2,\"deferred\":1,\"unknown\":1,\"exit\":1}\n");
	buf_done(&b);
}

static void
a_dry_run_has_sent_nothing(void **state)
{
	const struct ui ui = {.program = "postrider", .json = true};
	const struct envelope one = {.from = "", .rcpts = &rcpts[0], .nrcpts = 1};
	const struct report r = {.ui = &ui, .env = &one, .account = &account, .dry_run = true};
	struct outcome o;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	outcome_count(&one, 0, NULL, &o);
	report_json_format(&r, &o, 0, &b);
	assert_non_null(strstr(buf_str(&b), "\"status\":\"skipped\",\"code\":250"));
	assert_non_null(strstr(buf_str(&b), "\"sent\":0,"));
	buf_done(&b);
}

static void
who_refused_what_comes_before_the_servers_words(void **state)
{
	static const struct {
		struct err e;
		const char *sentence, *words;
		bool said;
	} rows[] = {
	    {{.class = ERR_RELAY,
		 .stage = STAGE_AUTH,
		 .code = 535,
		 .status = "5.7.8",
		 .text = "no"},
		"h:25 refused the login of ann", "535 5.7.8 no", true},
	    {{.class = ERR_RELAY,
		 .stage = STAGE_AUTH,
		 .code = 454,
		 .status = "4.7.0",
		 .text = "later"},
		"h:25 refused the login of ann for now", "454 4.7.0 later", true},
	    {{.class = ERR_MESSAGE, .stage = STAGE_MAIL, .code = 553, .text = "no"},
		"h:25 refused the sender <a@b>", "553 no", true},
	    {{.class = ERR_MESSAGE,
		 .stage = STAGE_FINAL,
		 .code = 552,
		 .status = "5.3.4",
		 .text = "big"},
		"h:25 refused the message", "552 5.3.4 big", true},
	    {{.class = ERR_RELAY, .stage = STAGE_MAIL, .code = 421, .text = "bye"},
		"h:25 ended the session", "421 bye", true},
	    {{.class = ERR_RELAY, .stage = STAGE_GREETING, .code = 554, .text = "no"},
		"h:25 does not want to talk to us", "554 no", true},
	    {{.class = ERR_RELAY,
		 .stage = STAGE_CONNECT,
		 .status = "4.4.1",
		 .text = "cannot reach h"},
		"cannot reach h", "cannot reach h", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct reason why = {&rows[i].e, "h:25", "a@b", "ann"};
		struct buf sentence, words;

		buf_init(&sentence, SIZE_MAX);
		buf_init(&words, SIZE_MAX);
		assert_int_equal(reason_sentence(&why, &sentence), rows[i].said);
		assert_string_equal(buf_str(&sentence), rows[i].sentence);
		reason_words(&rows[i].e, &words);
		assert_string_equal(buf_str(&words), rows[i].words);
		buf_done(&sentence);
		buf_done(&words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_lines_up),
	    cmocka_unit_test(a_narrow_terminal_wraps_the_reasons),
	    cmocka_unit_test(json_says_the_same),
	    cmocka_unit_test(a_dry_run_has_sent_nothing),
	    cmocka_unit_test(who_refused_what_comes_before_the_servers_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
