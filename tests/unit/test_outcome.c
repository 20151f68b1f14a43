/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/outcome.h"

static const struct err sent = {.class = ERR_NONE,
    .stage = STAGE_FINAL,
    .code = 250,
    .status = "2.0.0"};
static const struct err no_user = {.class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 550,
    .status = "5.1.1"};
static const struct err policy = {.class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 550,
    .status = "5.7.1"};
static const struct err grey = {.class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 450,
    .status = "4.2.1"};
static const struct err no_login = {.class = ERR_RELAY,
    .stage = STAGE_AUTH,
    .code = 535,
    .status = "5.7.8"};
static const struct err no_name = {.class = ERR_RELAY,
    .stage = STAGE_DNS,
    .status = "5.1.2",
    .sysexit = 68};
static const struct err no_tls = {.class = ERR_RELAY, .stage = STAGE_TLS, .sysexit = 76};
static const struct err no_secret = {.class = ERR_CONFIG, .stage = STAGE_SECRET, .sysexit = 78};
static const struct err no_sender = {.class = ERR_MESSAGE,
    .stage = STAGE_MAIL,
    .code = 550,
    .status = "5.7.1"};
static const struct err no_message = {.class = ERR_MESSAGE,
    .stage = STAGE_FINAL,
    .code = 554,
    .status = "5.6.0"};
static const struct err too_big = {.class = ERR_MESSAGE, .stage = STAGE_MAIL, .status = "5.3.4"};
static const struct err lost = {.class = ERR_RELAY, .stage = STAGE_FINAL, .status = "4.4.2"};
static const struct err no_address = {.class = ERR_RECIPIENT,
    .stage = STAGE_INPUT,
    .status = "5.1.3"};

/* A recipient by a letter: s sent, q queued, n no such user, p policy, ... */
static struct rcpt
recipient(char c)
{
	switch (c) {
	case 's':
		return (struct rcpt){.state = RCPT_SENT, .why = &sent};
	case 'q':
		return (struct rcpt){.state = RCPT_QUEUED, .why = &grey};
	case 'n':
		return (struct rcpt){.state = RCPT_REFUSED, .why = &no_user};
	case 'p':
		return (struct rcpt){.state = RCPT_REFUSED, .why = &policy};
	case 'm':
		return (struct rcpt){.state = RCPT_REFUSED, .why = &no_sender};
	case 'b':
		return (struct rcpt){.state = RCPT_REFUSED, .why = &no_message};
	case 'z':
		return (struct rcpt){.state = RCPT_REFUSED, .why = &too_big};
	case 'g':
		return (struct rcpt){.state = RCPT_PENDING, .why = &grey};
	case 'a':
		return (struct rcpt){.state = RCPT_PENDING, .why = &no_login};
	case 'd':
		return (struct rcpt){.state = RCPT_PENDING, .why = &no_name};
	case 't':
		return (struct rcpt){.state = RCPT_PENDING, .why = &no_tls};
	case 'c':
		return (struct rcpt){.state = RCPT_PENDING, .why = &no_secret};
	case 'u':
		return (struct rcpt){.state = RCPT_UNKNOWN, .why = &lost};
	default:
		fail_msg("no such letter: %c", c);
		return (struct rcpt){.state = RCPT_PENDING};
	}
}

static void
the_exit_status_tells_what_became_of_it(void **state)
{
	static const struct {
		const char *claim, *rcpts;
		size_t bad;
		int own, sendmail;
	} rows[] = {
	    {"all sent", "sss", 0, 0, 0},
	    {"kept is success", "q", 0, 0, 0},
	    {"sent and kept is success", "sq", 0, 0, 0},
	    {"one refused among others", "sn", 0, 1, 67},
	    {"kept and refused is partial", "qn", 0, 1, 67},
	    {"the first refused one names the cause", "spn", 0, 1, 69},
	    {"all refused as unknown", "nn", 0, 67, 67},
	    {"all refused by policy", "pp", 0, 69, 69},
	    {"the first of several refusals", "pn", 0, 69, 69},
	    {"the sender was refused", "mm", 0, 77, 77},
	    {"the message was refused", "b", 0, 69, 69},
	    {"too big, found before it was sent", "z", 0, 65, 65},
	    {"put off and not kept", "g", 0, 75, 75},
	    {"put off although others were sent", "sg", 0, 75, 75},
	    {"partial wins for a person", "sng", 0, 1, 75},
	    {"a retry can still help when nothing was sent", "ng", 0, 75, 75},
	    {"login refused", "aa", 0, 77, 77},
	    {"no such server", "d", 0, 68, 68},
	    {"TLS failed", "t", 0, 76, 76},
	    {"no password", "c", 0, 78, 78},
	    {"the final reply is missing", "u", 0, 75, 75},
	    {"a missing reply outweighs a refusal", "un", 0, 75, 75},
	    {"sent and unknown", "su", 0, 75, 75},
	    {"an address that is none, the others sent", "s", 1, 1, 65},
	    {"two of them beside a refusal", "n", 2, 65, 65},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rcpt rcpts[8];
		struct envelope env = {.rcpts = rcpts, .nrcpts = strlen(rows[i].rcpts)};
		struct outcome o;

		for (size_t k = 0; k < env.nrcpts; k++)
			rcpts[k] = recipient(rows[i].rcpts[k]);
		outcome_count(&env, rows[i].bad, rows[i].bad > 0 ? &no_address : NULL, &o);
		if (outcome_exit(&o, false) != rows[i].own ||
		    outcome_exit(&o, true) != rows[i].sendmail)
			fail_msg("%s: %d and %d", rows[i].claim, outcome_exit(&o, false),
			    outcome_exit(&o, true));
	}
}

static void
everybody_is_counted_once(void **state)
{
	struct rcpt rcpts[] = {recipient('s'), recipient('q'), recipient('n'), recipient('g'),
	    recipient('u'), recipient('a')};
	const struct envelope env = {.rcpts = rcpts, .nrcpts = 6};
	struct outcome o;

	(void)state;
	outcome_count(&env, 2, &no_address, &o);
	assert_int_equal(o.total, 8);
	assert_int_equal(o.sent, 1);
	assert_int_equal(o.queued, 1);
	assert_int_equal(o.refused, 3);
	assert_int_equal(o.deferred, 2);
	assert_int_equal(o.unknown, 1);
	assert_ptr_equal(o.first_refused, &no_address);
	assert_ptr_equal(o.first_open, &grey);
}

static void
statuses_have_stable_names(void **state)
{
	static const struct {
		char letter;
		const char *plain, *dry;
	} rows[] = {
	    {'s', "sent", "skipped"},
	    {'q', "queued", "queued"},
	    {'n', "refused", "refused"},
	    {'g', "deferred", "deferred"},
	    {'u', "unknown", "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rcpt r = recipient(rows[i].letter);

		assert_string_equal(outcome_status(&r, false), rows[i].plain);
		assert_string_equal(outcome_status(&r, true), rows[i].dry);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_exit_status_tells_what_became_of_it),
	    cmocka_unit_test(everybody_is_counted_once),
	    cmocka_unit_test(statuses_have_stable_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
