/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/arena.h"
#include "conf.h"
#include "deliver/insist.h"
#include "place.h"

#define BODY "Subject: x\r\n\r\nhello\r\n"

static struct rlimit before;
static unsigned waits;

/* From now on no process for the network can be started. */
static void
take_descriptors(void *arg, int64_t left_ms, bool first)
{
	struct rlimit none = before;

	(void)arg;
	(void)left_ms;
	(void)first;
	waits++;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static struct entry *
make(void)
{
	struct err e = {.class = ERR_NONE};
	struct entry *en = entry_new(NULL, &e);
	struct envelope *env = entry_envelope(en);

	env->from = "me@test.example";
	env->account = "a";
	env->message_id = "<1@test.example>";
	envelope_add(env, "bob@test.example");
	env->facts.longest = 10;
	assert_true(entry_begin(en, &e));
	assert_true(entry_write(en, BODY, strlen(BODY), &e));
	assert_true(entry_finish(en, &e));
	return en;
}

static void
a_try_that_cannot_be_made_leaves_a_reason(void **state)
{
	struct place nobody = place_make("127.0.0.1", -1);
	struct diags d = {.n = 0};
	struct submit_result out;
	struct submit s = {.when = SUBMIT_NOW};
	const struct insist i = {.submit = &s, .wait_ms = 100, .waiting = take_descriptors};
	struct entry *en = make();
	struct config *c;
	struct err e;
	char text[200];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "[account a]\nhost = 127.0.0.1\nport = %u\ntls = off\nauth = off\n",
	    place_port(&nobody.addr));
	c = conf_load(text, &d);
	assert_non_null(c);
	s.config = c;
	s.attempt.account = config_account(c, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(insist_run(en, &i, &out, &e));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(waits > 0);
	assert_int_equal(entry_envelope(en)->rcpts[0].state, RCPT_PENDING);
	assert_non_null(entry_envelope(en)->rcpts[0].why);
	assert_non_null(strstr(entry_envelope(en)->rcpts[0].why->text, "network process"));
	entry_close(en);
	config_free(c);
	diags_done(&d);
	place_drop(&nobody);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_try_that_cannot_be_made_leaves_a_reason),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, conf_setup, conf_teardown);
}
