/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])

static void
everything_is_filled_and_false_returned(void **state)
{
	struct err e;

	(void)state;
	memset(&e, 'x', sizeof e);
	errno = ENOSPC;
	assert_false(err_set(&e, ERR_RELAY, STAGE_TLS, "4.7.5", "no %s for %d", "TLS", 465));
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(e.class, ERR_RELAY);
	assert_int_equal(e.stage, STAGE_TLS);
	assert_int_equal(e.code, 0);
	assert_int_equal(e.sysexit, 0);
	assert_string_equal(e.status, "4.7.5");
	assert_string_equal(e.text, "no TLS for 465");
	assert_string_equal(e.hint, "");
	assert_false(err_hint(&e, "tls-port"));
	assert_string_equal(e.hint, "tls-port");
	assert_false(err_wrap(&e, "account %s", "work"));
	assert_string_equal(e.text, "account work: no TLS for 465");
	assert_int_equal(e.class, ERR_RELAY);
	assert_string_equal(e.hint, "tls-port");
	err_clear(&e);
	assert_int_equal(e.class, ERR_NONE);
	assert_string_equal(e.text, "");
}

static void
nobody_need_care(void **state)
{
	(void)state;
	assert_false(err_set(NULL, ERR_USAGE, STAGE_NONE, "", "x"));
	assert_false(err_wrap(NULL, "x"));
	assert_false(err_hint(NULL, "x"));
	err_clear(NULL);
}

static void
its_own_text_may_be_an_argument(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_RELAY, STAGE_DNS, "4.4.3", "no such name");
	err_set(&e, ERR_MESSAGE, STAGE_DATA, e.status, "first: %s", e.text);
	assert_string_equal(e.text, "first: no such name");
	assert_string_equal(e.status, "4.4.3");
	err_wrap(&e, "%s", e.text);
	assert_string_equal(e.text, "first: no such name: first: no such name");
}

static void
texts_are_one_safe_line(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_RELAY, STAGE_EHLO, "", "said \x1b[2J\r\nnext\r\n \n");
	assert_string_equal(e.text, "said \\x1b[2J\\x0d\\x0anext");
	err_wrap(&e, "a\nb");
	assert_string_equal(e.text, "a\\x0ab: said \\x1b[2J\\x0d\\x0anext");
}

static void
a_long_text_ends_in_dots(void **state)
{
	char big[5000];
	struct err e;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	err_set(&e, ERR_RELAY, STAGE_EHLO, "longer.than.a.status", "%s", big);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_string_equal(e.text + sizeof e.text - 4, "...");
	assert_int_equal(strlen(e.status), sizeof e.status - 1);
	err_wrap(&e, "front");
	assert_true(str_starts(e.text, "front: xxx"));
	assert_string_equal(e.text + sizeof e.text - 4, "...");
	err_wrap(&e, "%s", big);
	assert_true(str_starts(e.text, "xxxx"));
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	err_hint(&e, big);
	assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
	/* just as much as fits is whole */
	big[sizeof e.text - 1] = '\0';
	err_set(&e, ERR_RELAY, STAGE_EHLO, "", "%s", big);
	assert_string_equal(e.text, big);
}

static void
a_multibyte_character_is_not_cut(void **state)
{
	char big[sizeof((struct err *)0)->text + 100];
	struct err e;

	(void)state;
	/* 3 octets each, from every offset */
	for (size_t off = 0; off < 3; off++) {
		memset(big, 'a', off);
		for (size_t i = off; i + 3 < sizeof big; i += 3)
			memcpy(big + i, "\xe2\x82\xac", 4);
		err_set(&e, ERR_RELAY, STAGE_EHLO, "", "%s", big);
		assert_true(str_utf8_valid(e.text, strlen(e.text)));
		assert_true(str_ends_nocase(e.text, "\xac..."));
	}
}

static void
may_a_later_try_succeed(void **state)
{
	static const struct {
		const char *claim;
		enum err_class class;
		int code;
		const char *status;
		bool temporary;
	} rows[] = {
	    {"no error", ERR_NONE, 0, "", false},
	    {"a wrong option stays wrong", ERR_USAGE, 0, "", false},
	    {"so does a configuration", ERR_CONFIG, 0, "4.3.5", false},
	    {"the server's trouble passes", ERR_RELAY, 0, "", true},
	    {"a refused login is the server's trouble", ERR_RELAY, 535, "5.7.8", true},
	    {"a full disk passes", ERR_LOCAL, 0, "", true},
	    {"450 passes", ERR_RECIPIENT, 450, "4.2.1", true},
	    {"550 stays", ERR_RECIPIENT, 550, "5.1.1", false},
	    {"the code decides, not the digits behind it", ERR_RECIPIENT, 550, "4.2.1", false},
	    {"nor do they the other way", ERR_MESSAGE, 452, "5.2.2", true},
	    {"552 to the message stays", ERR_MESSAGE, 552, "", false},
	    {"599 is the last of them", ERR_MESSAGE, 599, "", false},
	    {"a code that is none passes", ERR_MESSAGE, 600, "", true},
	    {"without a code the status decides", ERR_MESSAGE, 0, "5.6.0", false},
	    {"without either there is hope", ERR_RECIPIENT, 0, "", true},
	    {"a temporary status of our own passes", ERR_RECIPIENT, 0, "4.2.0", true},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		struct err e = {.class = rows[i].class, .code = rows[i].code};

		memcpy(e.status, rows[i].status, strlen(rows[i].status) + 1);
		if (err_is_temporary(&e) != rows[i].temporary)
			fail_msg("%s", rows[i].claim);
	}
}

/* cli.md 2.5, decisions.md 30 and 38 */
static void
exit_statuses(void **state)
{
	static const struct {
		const char *claim;
		enum err_class class;
		enum stage stage;
		int code;
		const char *status;
		int exit;
	} rows[] = {
	    {"no error", ERR_NONE, STAGE_NONE, 0, "", 0},
	    {"usage", ERR_USAGE, STAGE_NONE, 0, "", 64},
	    {"configuration", ERR_CONFIG, STAGE_CONFIG, 0, "", 78},
	    {"no secret to be had", ERR_CONFIG, STAGE_SECRET, 0, "", 78},
	    {"input that cannot be read", ERR_LOCAL, STAGE_INPUT, 0, "", 66},
	    {"nothing could be kept", ERR_LOCAL, STAGE_QUEUE, 0, "", 75},
	    {"a worker that died", ERR_LOCAL, STAGE_NONE, 0, "", 75},
	    {"a name that does not resolve", ERR_RELAY, STAGE_DNS, 0, "", 68},
	    {"nobody listens", ERR_RELAY, STAGE_CONNECT, 0, "", 75},
	    {"TLS failed", ERR_RELAY, STAGE_TLS, 0, "", 76},
	    {"STARTTLS is refused", ERR_RELAY, STAGE_TLS, 454, "", 76},
	    {"a certificate without trust", ERR_RELAY, STAGE_CERT, 0, "", 77},
	    {"a silent server", ERR_RELAY, STAGE_GREETING, 0, "", 75},
	    {"a server that does not want us", ERR_RELAY, STAGE_GREETING, 554, "", 69},
	    {"a busy server", ERR_RELAY, STAGE_GREETING, 450, "", 75},
	    {"421 to the greeting", ERR_RELAY, STAGE_GREETING, 421, "", 75},
	    {"an EHLO name refused", ERR_RELAY, STAGE_EHLO, 550, "5.5.2", 69},
	    {"an EHLO put off", ERR_RELAY, STAGE_EHLO, 451, "", 75},
	    {"a wrong password", ERR_RELAY, STAGE_AUTH, 535, "5.7.8", 77},
	    {"a login put off", ERR_RELAY, STAGE_AUTH, 454, "4.7.0", 75},
	    {"no mechanism of ours", ERR_RELAY, STAGE_AUTH, 0, "5.7.4", 77},
	    {"the line went dead in a login", ERR_RELAY, STAGE_AUTH, 0, "", 75},
	    {"421 to a login", ERR_RELAY, STAGE_AUTH, 421, "5.7.0", 75},
	    {"421 in STARTTLS", ERR_RELAY, STAGE_TLS, 421, "", 75},
	    {"530 to MAIL wants a login", ERR_RELAY, STAGE_MAIL, 530, "5.7.0", 77},
	    {"538 to MAIL wants a better one", ERR_RELAY, STAGE_MAIL, 538, "", 77},
	    {"a quota at MAIL", ERR_RELAY, STAGE_MAIL, 550, "5.4.5", 75},
	    {"421 at RCPT", ERR_RELAY, STAGE_RCPT, 421, "", 75},
	    {"the final reply is lost", ERR_RELAY, STAGE_FINAL, 0, "", 75},
	    {"a message we cannot take", ERR_MESSAGE, STAGE_INPUT, 0, "5.6.0", 65},
	    {"the sender may not", ERR_MESSAGE, STAGE_MAIL, 553, "5.7.1", 77},
	    {"the sender may later", ERR_MESSAGE, STAGE_MAIL, 451, "", 75},
	    {"DATA refused", ERR_MESSAGE, STAGE_DATA, 554, "", 69},
	    {"the body refused", ERR_MESSAGE, STAGE_FINAL, 552, "5.3.4", 69},
	    {"the body put off", ERR_MESSAGE, STAGE_FINAL, 452, "", 75},
	    {"too big for SIZE, nothing sent", ERR_MESSAGE, STAGE_MAIL, 0, "5.3.4", 65},
	    {"put off by ourselves", ERR_MESSAGE, STAGE_DATA, 0, "4.3.0", 75},
	    {"no such user", ERR_RECIPIENT, STAGE_RCPT, 550, "5.1.1", 67},
	    {"554 with 5.1.2 is the address", ERR_RECIPIENT, STAGE_RCPT, 554, "5.1.2", 67},
	    {"a bare 550", ERR_RECIPIENT, STAGE_RCPT, 550, "", 67},
	    {"a bare 551", ERR_RECIPIENT, STAGE_RCPT, 551, "", 67},
	    {"a bare 553", ERR_RECIPIENT, STAGE_RCPT, 553, "", 67},
	    {"a bare 554", ERR_RECIPIENT, STAGE_RCPT, 554, "", 69},
	    {"a bare 552", ERR_RECIPIENT, STAGE_RCPT, 552, "", 69},
	    {"550 for policy", ERR_RECIPIENT, STAGE_RCPT, 550, "5.7.1", 69},
	    {"5.10 is not 5.1", ERR_RECIPIENT, STAGE_RCPT, 550, "5.10.1", 69},
	    {"a full mailbox", ERR_RECIPIENT, STAGE_RCPT, 452, "4.2.2", 75},
	    {"an address we cannot take", ERR_RECIPIENT, STAGE_INPUT, 0, "5.1.3", 65},
	    {"an address we could not try", ERR_RECIPIENT, STAGE_RCPT, 0, "", 75},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		struct err e = {.class = rows[i].class,
		    .stage = rows[i].stage,
		    .code = rows[i].code};

		memcpy(e.status, rows[i].status, strlen(rows[i].status) + 1);
		if (err_sysexit(&e) != rows[i].exit)
			fail_msg("%s: %d", rows[i].claim, err_sysexit(&e));
		e.sysexit = 71;
		assert_int_equal(err_sysexit(&e), 71);
	}
}

static void
names_go_there_and_back(void **state)
{
	static const char *const bad[] = {"", "TLS", "tls ", "nothing", "tl"};
	enum stage s, want_s;
	enum err_class c;

	(void)state;
	for (want_s = STAGE_INPUT; want_s < STAGE_MAX; want_s++) {
		assert_true(err_stage_name(want_s)[0] != '\0');
		assert_true(err_stage_parse(err_stage_name(want_s), &s));
		assert_int_equal(s, want_s);
	}
	for (int want = ERR_NONE; want <= ERR_LOCAL; want++) {
		assert_true(err_class_parse(err_class_name((enum err_class)want), &c));
		assert_int_equal(c, want);
	}
	for (size_t i = 0; i < NROWS(bad); i++) {
		assert_false(err_stage_parse(bad[i], &s));
		assert_false(err_class_parse(bad[i], &c));
	}
	assert_string_equal(err_stage_name(STAGE_NONE), "");
	assert_string_equal(err_stage_name(STAGE_MAX), "");
	assert_string_equal(err_stage_name((enum stage) - 1), "");
	assert_string_equal(err_class_name((enum err_class)99), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_filled_and_false_returned),
	    cmocka_unit_test(nobody_need_care),
	    cmocka_unit_test(its_own_text_may_be_an_argument),
	    cmocka_unit_test(texts_are_one_safe_line),
	    cmocka_unit_test(a_long_text_ends_in_dots),
	    cmocka_unit_test(a_multibyte_character_is_not_cut),
	    cmocka_unit_test(may_a_later_try_succeed),
	    cmocka_unit_test(exit_statuses),
	    cmocka_unit_test(names_go_there_and_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
