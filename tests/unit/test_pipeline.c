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

#include "base/clock.h"
#include "peer.h"
#include "smtp/pipeline.h"

struct fixture {
	struct peer peer;
	struct stream *s;
	struct pipeline *p;
	struct watch w;
	struct err e;
	/* what the handler was called with, in order */
	int codes[2000];
	size_t ncodes;
};

static void
begin(struct fixture *f)
{
	f->s = stream_new(f->peer.fd, "peer.example:25", clock_mono_ms() + 15000);
	watch_init(&f->w);
	f->p = pipeline_new(f->s, &f->w.trace);
	pipeline_timeout(f->p, 10000);
	err_clear(&f->e);
	f->ncodes = 0;
}

static void
set_up(struct fixture *f, const char *const *script)
{
	peer_pair(&f->peer, script);
	begin(f);
}

static void
tear_down(struct fixture *f)
{
	pipeline_free(f->p);
	stream_close(f->s);
	peer_finish(&f->peer);
}

static void
note_code(void *arg, const struct reply *r)
{
	struct fixture *f = arg;

	f->codes[f->ncodes++] = r->code;
}

static void
wait_for_input(struct fixture *f)
{
	struct pollfd p = {.fd = f->peer.fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 10000), 1);
}

static struct fixture fx;

static void
a_window_is_one_write_and_replies_come_in_order(void **state)
{
	static const char *const script[] = {"C MAIL FROM:<a@b.example>", "C RCPT TO:<c@d.example>",
	    "C DATA", "S 250 2.1.0 sender", "S 550 5.1.1 nobody", "S 354 go", "E", NULL};
	static const int want[] = {250, 550, 354};

	(void)state;
	set_up(&fx, script);
	pipeline_window(fx.p, SIZE_MAX);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL FROM:<a@b.example>", note_code, &fx);
	pipeline_add(fx.p, STAGE_RCPT, "RCPT TO:<c@d.example>", note_code, &fx);
	pipeline_add(fx.p, STAGE_DATA, "DATA", note_code, &fx);
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_true(pipeline_sent(fx.p));
	assert_int_equal(peer_sends, 1);
	assert_int_equal(fx.ncodes, 3);
	assert_memory_equal(fx.codes, want, sizeof(want));
	assert_int_equal(pipeline_reply(fx.p)->code, 354);
	assert_string_equal(fx.w.text,
	    ">MAIL FROM:<a@b.example>\n>RCPT TO:<c@d.example>\n>DATA\n"
	    "<250 2.1.0 sender\n<550 5.1.1 nobody\n<354 go\n");
	assert_false(fx.w.encrypted);
	tear_down(&fx);
}

static void
without_pipelining_each_command_waits(void **state)
{
	static const char *const script[] = {"C MAIL", "S 250 a", "C RCPT", "S 250 b", "C DATA",
	    "S 354 c", "E", NULL};

	(void)state;
	set_up(&fx, script);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
	pipeline_add(fx.p, STAGE_RCPT, "RCPT", note_code, &fx);
	pipeline_add(fx.p, STAGE_DATA, "DATA", note_code, &fx);
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_int_equal(peer_sends, 3);
	assert_int_equal(fx.ncodes, 3);
	assert_string_equal(fx.w.text, ">MAIL\n<250 a\n>RCPT\n<250 b\n>DATA\n<354 c\n");
	tear_down(&fx);
}

static void
a_window_of_two_takes_three_writes_for_five(void **state)
{
	static const char *const script[] = {"C 1", "C 2", "S 250 a", "S 250 a", "C 3", "C 4",
	    "S 250 a", "S 250 a", "C 5", "S 250 a", "E", NULL};
	static const char *const lines[] = {"1", "2", "3", "4", "5"};

	(void)state;
	set_up(&fx, script);
	pipeline_window(fx.p, 2);
	for (size_t i = 0; i < 5; i++)
		pipeline_add(fx.p, STAGE_MAIL, lines[i], note_code, &fx);
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_int_equal(peer_sends, 3);
	assert_int_equal(fx.ncodes, 5);
	tear_down(&fx);
}

static void
a_thousand_commands_answered_at_once_do_not_deadlock(void **state)
{
	static const char *const script[] = {"M 1000", "C BDAT 7 LAST", "N 7", "S 250 done", "E",
	    NULL};
	char line[80];

	(void)state;
	peer_pair_narrow(&fx.peer, script);
	begin(&fx);
	pipeline_window(fx.p, SIZE_MAX);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(line, sizeof(line), "RCPT TO:<recipient%d@some.domain.example>", i);
		pipeline_add(fx.p, STAGE_RCPT, line, note_code, &fx);
	}
	pipeline_add(fx.p, STAGE_FINAL, "BDAT 7 LAST", note_code, &fx);
	pipeline_add_data(fx.p, "a: b\r\n\r", 7, "<7 octets>");
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_int_equal(fx.ncodes, 1001);
	assert_true(peer_sends > 2); /* it was narrow indeed */
	tear_down(&fx);
}

static void
data_goes_with_its_command(void **state)
{
	static const char *const script[] = {"C MAIL", "C BDAT 3 LAST", "N 3", "S 250 a", "S 250 b",
	    "E", NULL};

	(void)state;
	set_up(&fx, script);
	pipeline_window(fx.p, SIZE_MAX);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
	pipeline_add(fx.p, STAGE_FINAL, "BDAT 3 LAST", note_code, &fx);
	pipeline_add_data(fx.p, "\0x\n", 3, "<3 octets of message>");
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_int_equal(peer_sends, 1);
	assert_string_equal(fx.w.text,
	    ">MAIL\n>BDAT 3 LAST\n#<3 octets of message>\n<250 a\n<250 b\n");
	tear_down(&fx);
}

static void
secrets_are_not_traced(void **state)
{
	static const char *const script[] = {"C AUTH PLAIN c2VjcmV0", "S 334 Y2hhbGxlbmdl",
	    "C cmVzcG9uc2U=", "S 235 2.7.0 ok", "E", NULL};

	(void)state;
	set_up(&fx, script);
	pipeline_add(fx.p, STAGE_AUTH, "AUTH PLAIN c2VjcmV0", note_code, &fx);
	pipeline_hide(fx.p, "AUTH PLAIN <8 octets hidden>");
	assert_true(pipeline_run(fx.p, &fx.e));
	pipeline_add(fx.p, STAGE_AUTH, "cmVzcG9uc2U=", note_code, &fx);
	pipeline_hide(fx.p, "<12 octets hidden>");
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_string_equal(fx.w.text,
	    ">AUTH PLAIN <8 octets hidden>\n<334 <12 octets>\n"
	    "><12 octets hidden>\n<235 2.7.0 ok\n");
	tear_down(&fx);
}

static void
what_a_server_says_is_escaped_in_the_trace(void **state)
{
	static const char *const script[] = {"C NOOP", "R 250-a\x1b]0;b\r\n250-\r\n250\r\n", "E",
	    NULL};

	(void)state;
	set_up(&fx, script);
	pipeline_add(fx.p, STAGE_MAIL, "NOOP", NULL, NULL);
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_string_equal(fx.w.text, ">NOOP\n<250-a\\x1b]0;b\n<250-\n<250\n");
	tear_down(&fx);
}

/* ---- trouble; each script is what comes behind MAIL, RCPT, RCPT in one window */

static const struct {
	const char *name;
	const char *replies; /* sent as they are, then the connection is closed */
	size_t handled;      /* handlers called before it */
	int code, sysexit;
	enum stage stage;
	const char *text;
} troubles[] = {
    {"421 decides at once", "250 a\r\n421 4.3.2 going down\r\n250 c\r\n", 1, 421, EX_TEMPFAIL,
	STAGE_RCPT, "going down"},
    {"421 at first", "421 busy\r\n", 0, 421, EX_TEMPFAIL, STAGE_MAIL, "busy"},
    {"lines disagree", "250 a\r\n250-ok\r\n550 no\r\n", 1, 0, EX_PROTOCOL, STAGE_RCPT,
	"peer.example:25 broke the protocol: the lines of a reply disagree (250, then 550)"},
    {"a banner of another protocol", "HTTP/1.1 200 OK\r\n", 0, 0, EX_PROTOCOL, STAGE_MAIL,
	"HTTP/1.1 200 OK"},
    {"3yz to RCPT", "250 a\r\n354 go\r\n", 1, 0, EX_PROTOCOL, STAGE_RCPT, "asks for more"},
    {"closed", "250 a\r\n250 b\r\n", 2, 0, EX_TEMPFAIL, STAGE_RCPT, "peer.example:25"},
    {"closed within a line", "250 a\r\n250 b\r\n250 o", 2, 0, EX_TEMPFAIL, STAGE_RCPT,
	"peer.example:25"},
    {"closed before the LF", "250 a\r\n250 b\r\n250 ok\r", 2, 0, EX_TEMPFAIL, STAGE_RCPT,
	"peer.example:25"},
    {"closed within a reply", "250 a\r\n250 b\r\n250-ok\r\n", 2, 0, EX_TEMPFAIL, STAGE_RCPT,
	"peer.example:25"},
};

static void
trouble_ends_the_run_with_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		char replies[256];
		const char *const script[] = {"C MAIL", "C RCPT", "C RCPT", replies, "X", NULL};

		(void)snprintf(replies, sizeof(replies), "R %s", troubles[i].replies);
		set_up(&fx, script);
		pipeline_window(fx.p, SIZE_MAX);
		pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
		pipeline_add(fx.p, STAGE_RCPT, "RCPT", note_code, &fx);
		pipeline_add(fx.p, STAGE_RCPT, "RCPT", note_code, &fx);
		if (pipeline_run(fx.p, &fx.e) || fx.ncodes != troubles[i].handled ||
		    fx.e.class != ERR_RELAY || fx.e.code != troubles[i].code ||
		    err_sysexit(&fx.e) != troubles[i].sysexit || fx.e.stage != troubles[i].stage ||
		    strstr(fx.e.text, troubles[i].text) == NULL || !pipeline_sent(fx.p))
			fail_msg("%s: handled %zu, class %s, code %d, sysexit %d, stage %s: %s",
			    troubles[i].name, fx.ncodes, err_class_name(fx.e.class), fx.e.code,
			    err_sysexit(&fx.e), err_stage_name(fx.e.stage), fx.e.text);
		tear_down(&fx);
	}
}

static void
endless_replies_end(void **state)
{
	static const char *const scripts[][4] = {
	    {"C NOOP", "F 220-more", NULL},
	    {"C NOOP", "R 220 ", "L xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		set_up(&fx, scripts[i]);
		pipeline_add(fx.p, STAGE_MAIL, "NOOP", note_code, &fx);
		assert_false(pipeline_run(fx.p, &fx.e));
		assert_int_equal(err_sysexit(&fx.e), EX_PROTOCOL);
		assert_int_equal(fx.ncodes, 0);
		tear_down(&fx);
	}
}

static void
input_before_a_command_breaks_the_protocol(void **state)
{
	static const char *const script[] = {"S 250 all", "S 250 in advance", "E", NULL};

	(void)state;
	set_up(&fx, script);
	wait_for_input(&fx);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
	assert_false(pipeline_run(fx.p, &fx.e));
	assert_false(pipeline_sent(fx.p));
	assert_int_equal(err_sysexit(&fx.e), EX_PROTOCOL);
	assert_non_null(strstr(fx.e.text, "before it was asked"));
	assert_int_equal(fx.ncodes, 0);
	assert_int_equal(peer_sends, 0);
	tear_down(&fx);
}

static void
a_server_that_hung_up_meanwhile_says_so(void **state)
{
	static const char *const said[] = {"S 421 4.4.2 idle", "X", NULL};
	static const char *const silent[] = {"X", NULL};

	(void)state;
	set_up(&fx, said);
	wait_for_input(&fx);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
	assert_false(pipeline_run(fx.p, &fx.e));
	assert_int_equal(fx.e.code, 421);
	assert_string_equal(fx.e.text, "idle");
	tear_down(&fx);
	set_up(&fx, silent);
	wait_for_input(&fx);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
	assert_false(pipeline_run(fx.p, &fx.e));
	assert_int_equal(fx.e.class, ERR_RELAY);
	assert_int_equal(fx.e.code, 0);
	assert_int_equal(err_sysexit(&fx.e), EX_TEMPFAIL);
	tear_down(&fx);
}

static void
silence_ends_at_the_timeout(void **state)
{
	static const char *const script[] = {"C MAIL", "Z", NULL};
	int64_t began = clock_mono_ms();

	(void)state;
	set_up(&fx, script);
	pipeline_timeout(fx.p, 50);
	pipeline_add(fx.p, STAGE_MAIL, "MAIL", note_code, &fx);
	assert_false(pipeline_run(fx.p, &fx.e));
	assert_int_equal(fx.e.class, ERR_RELAY);
	assert_int_equal(fx.e.stage, STAGE_MAIL);
	assert_in_range(clock_mono_ms() - began, 50, 5000);
	tear_down(&fx);
}

/* What the server said before it closed counts, but it cannot have seen all the data. */
static void
a_refusal_counts_though_the_write_failed(void **state)
{
	static const char *const refused[] = {"C BDAT 8388608 LAST", "S 552 5.3.4 too big", "X",
	    NULL};
	static const char *const taken[] = {"C BDAT 8388608 LAST", "S 250 2.0.0 taken", "X", NULL};
	const size_t n = 8388608;
	char *data = calloc(1, n);

	(void)state;
	for (int i = 0; i < 2; i++) {
		set_up(&fx, i == 0 ? refused : taken);
		pipeline_add(fx.p, STAGE_FINAL, "BDAT 8388608 LAST", note_code, &fx);
		pipeline_add_data(fx.p, data, n, "<data>");
		assert_int_equal(pipeline_run(fx.p, &fx.e), i == 0);
		assert_false(pipeline_sent(fx.p));
		assert_int_equal(fx.ncodes, i == 0 ? 1 : 0);
		if (i == 1)
			assert_int_equal(fx.e.class, ERR_RELAY);
		else
			assert_int_equal(fx.codes[0], 552);
		tear_down(&fx);
	}
	free(data);
}

static void
replies_that_are_owed_are_read_without_a_line(void **state)
{
	static const char *const script[] = {"S 220 hello", "C DATA", "S 354 go", "C .",
	    "S 250 one", "S 550 two", "S 250 three", "E", NULL};
	static const int want[] = {250, 550, 250};

	(void)state;
	set_up(&fx, script);
	assert_true(pipeline_read(fx.p, STAGE_GREETING, &fx.e));
	assert_int_equal(pipeline_reply(fx.p)->code, 220);
	pipeline_add(fx.p, STAGE_DATA, "DATA", NULL, NULL);
	assert_true(pipeline_run(fx.p, &fx.e));
	pipeline_put(fx.p, ".");
	assert_true(stream_flush(fx.s));
	for (int i = 0; i < 3; i++)
		pipeline_expect(fx.p, STAGE_FINAL, note_code, &fx);
	assert_true(pipeline_run(fx.p, &fx.e));
	assert_int_equal(fx.ncodes, 3);
	assert_memory_equal(fx.codes, want, sizeof(want));
	tear_down(&fx);
}

static void
long_lines_are_taken_during_auth_only(void **state)
{
	char line[6002] = "S 334 ";
	const char *const script[] = {"C AUTH X", line, "C NOOP", line, "X", NULL};

	(void)state;
	memset(line + 6, 'A', 6000 - 6);
	set_up(&fx, script);
	pipeline_auth_lines(fx.p, true);
	pipeline_add(fx.p, STAGE_AUTH, "AUTH X", note_code, &fx);
	assert_true(pipeline_run(fx.p, &fx.e));
	pipeline_auth_lines(fx.p, false);
	pipeline_add(fx.p, STAGE_AUTH, "NOOP", note_code, &fx);
	assert_false(pipeline_run(fx.p, &fx.e));
	assert_non_null(strstr(fx.e.text, "4096 octets"));
	tear_down(&fx);
}

static void
farewell_waits_for_nothing(void **state)
{
	static const char *const script[] = {"Q", NULL};

	(void)state;
	set_up(&fx, script);
	pipeline_farewell(fx.p, "QUIT");
	assert_string_equal(fx.w.text, ">QUIT\n");
	tear_down(&fx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_window_is_one_write_and_replies_come_in_order),
	    cmocka_unit_test(without_pipelining_each_command_waits),
	    cmocka_unit_test(a_window_of_two_takes_three_writes_for_five),
	    cmocka_unit_test(a_thousand_commands_answered_at_once_do_not_deadlock),
	    cmocka_unit_test(data_goes_with_its_command),
	    cmocka_unit_test(secrets_are_not_traced),
	    cmocka_unit_test(what_a_server_says_is_escaped_in_the_trace),
	    cmocka_unit_test(trouble_ends_the_run_with_its_reason),
	    cmocka_unit_test(endless_replies_end),
	    cmocka_unit_test(input_before_a_command_breaks_the_protocol),
	    cmocka_unit_test(a_server_that_hung_up_meanwhile_says_so),
	    cmocka_unit_test(silence_ends_at_the_timeout),
	    cmocka_unit_test(a_refusal_counts_though_the_write_failed),
	    cmocka_unit_test(replies_that_are_owed_are_read_without_a_line),
	    cmocka_unit_test(long_lines_are_taken_during_auth_only),
	    cmocka_unit_test(farewell_waits_for_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
