/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/transcript.h"

static void
add(struct transcript *t, enum trace_dir dir, bool encrypted, const char *text, struct buf *out)
{
	transcript_format_line(t, dir, encrypted, text, strlen(text), 71, out);
}

static void
marks_tell_direction_and_encryption(void **state)
{
	struct transcript t = {.want.timing = false};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	add(&t, TRACE_IN, false, "220 mail.example.org", &b);
	add(&t, TRACE_OUT, false, "STARTTLS", &b);
	add(&t, TRACE_IN, true, "250-mail.example.org", &b);
	add(&t, TRACE_IN, true, "250-SIZE 1000", &b);
	add(&t, TRACE_IN, true, "250 AUTH PLAIN", &b);
	add(&t, TRACE_IN, true, "250", &b);
	add(&t, TRACE_OUT, true, "AUTH PLAIN <44 octets hidden>", &b);
	add(&t, TRACE_NOTE, true, "<12 octets of message>", &b);
	assert_string_equal(buf_str(&b),
	    "     71 ms  <-  220 mail.example.org\n"
	    "     71 ms  ->  STARTTLS\n"
	    "     71 ms  <=  250-mail.example.org\n"
	    "                250-SIZE 1000\n"
	    "                250 AUTH PLAIN\n"
	    "     71 ms  <=  250\n"
	    "     71 ms  =>  AUTH PLAIN <44 octets hidden>\n"
	    "     71 ms  ==  <12 octets of message>\n");
	buf_done(&b);
}

static void
a_reply_that_was_cut_does_not_swallow_the_next_mark(void **state)
{
	struct transcript t = {.want.timing = false};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	add(&t, TRACE_IN, true, "250-first", &b);
	add(&t, TRACE_OUT, true, "QUIT", &b);
	add(&t, TRACE_IN, true, "221 bye", &b);
	assert_string_equal(buf_str(&b),
	    "     71 ms  <=  250-first\n"
	    "     71 ms  =>  QUIT\n"
	    "     71 ms  <=  221 bye\n");
	buf_done(&b);
}

static void
a_terminal_is_not_obeyed(void **state)
{
	struct transcript t = {.want.timing = false};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	transcript_format_line(&t, TRACE_IN, false, "220 \033[2J\0\x9b\r", 10, 0, &b);
	assert_string_equal(buf_str(&b), "      0 ms  <-  220 \\x1b[2J\\x00\\x9b\n");
	buf_done(&b);
}

static void
stages_say_how_it_went(void **state)
{
	const struct err e = {.class = ERR_RELAY, .code = 535, .status = "5.7.8", .text = "no"};
	const struct trace_stage tls = {.stage = STAGE_TLS,
	    .ms = 41,
	    .detail = "TLS1.3 AES-256-GCM",
	    .cert_name = "mail.example.org",
	    .cert_expires = "2027-01-04T09:00:00Z"};
	const struct trace_stage auth = {.stage = STAGE_AUTH,
	    .ms = 5,
	    .detail = "PLAIN",
	    .err = &e};
	const struct trace_stage dns = {.stage = STAGE_DNS, .ms = 5};
	struct transcript t = {.want.timing = false};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	transcript_format_stage(&t, &dns, 5, &b);
	transcript_format_stage(&t, &tls, 71, &b);
	t.want.timing = true;
	transcript_format_stage(&t, &auth, 12345678, &b);
	assert_string_equal(buf_str(&b),
	    "      5 ms  dns\n"
	    "     71 ms  tls       TLS1.3 AES-256-GCM, mail.example.org, valid until 2027-01-04\n"
	    "12345678 ms  auth      failed: 535 5.7.8 no (took 5 ms)\n");
	buf_done(&b);
}

static void
init(struct transcript *t, const struct ui *ui, bool timing)
{
	transcript_init(t, ui, &(struct transcript_want){timing, -1});
	transcript_done(t);
}

static void
nothing_is_hooked_for_nobody(void **state)
{
	const struct ui quiet = {.program = "x"}, steps = {.program = "x", .verbose = 1},
			all = {.program = "x", .verbose = 2},
			tty = {.program = "x", .err_tty = true, .err_cursor = true},
			cron = {.program = "x",
			    .err_tty = true,
			    .err_cursor = true,
			    .sendmail = true};
	struct transcript t;

	(void)state;
	init(&t, &quiet, false);
	assert_true(t.hooks.line == NULL && t.hooks.stage == NULL && t.hooks.progress == NULL);
	init(&t, &quiet, true);
	assert_true(t.hooks.line == NULL && t.hooks.stage != NULL);
	init(&t, &steps, false);
	assert_true(t.hooks.line == NULL && t.hooks.stage != NULL);
	init(&t, &all, false);
	assert_true(t.hooks.line != NULL && t.hooks.stage != NULL);
	init(&t, &tty, false);
	assert_non_null(t.hooks.progress);
	assert_non_null(t.hooks.begin);
	init(&t, &cron, false);
	assert_true(t.hooks.progress == NULL && t.hooks.begin == NULL);
	transcript_init(&t, &quiet, &(struct transcript_want){.file = 1});
	assert_true(t.hooks.line != NULL && t.hooks.stage != NULL && t.hooks.begin == NULL);
}

static void
a_file_that_takes_nothing_is_known_before(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(transcript_open("/dev/full", &e), -1);
	assert_string_equal(e.text, "cannot write /dev/full: No space left on device");
	assert_int_equal(e.sysexit, 74);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(marks_tell_direction_and_encryption),
	    cmocka_unit_test(a_reply_that_was_cut_does_not_swallow_the_next_mark),
	    cmocka_unit_test(a_terminal_is_not_obeyed),
	    cmocka_unit_test(stages_say_how_it_went),
	    cmocka_unit_test(nothing_is_hooked_for_nobody),
	    cmocka_unit_test(a_file_that_takes_nothing_is_known_before),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
