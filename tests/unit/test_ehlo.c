/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"
#include "smtp/ehlo.h"

static struct capabilities
parse(const char *in)
{
	struct capabilities caps;
	struct reply r;
	size_t used;

	reply_init(&r);
	assert_int_equal(reply_feed(&r, in, strlen(in), &used), REPLY_DONE);
	ehlo_parse(&r, &caps);
	reply_done(&r);
	return caps;
}

static void
a_real_answer_is_understood(void **state)
{
	struct capabilities c = parse("250-mail.example.org at your service\r\n"
				      "250-PIPELINING\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n"
				      "250-AUTH LOGIN PLAIN XOAUTH2\r\n250-ENHANCEDSTATUSCODES\r\n"
				      "250-STARTTLS\r\n250-DSN\r\n250-CHUNKING\r\n"
				      "250-LIMITS RCPTMAX=100 MAILMAX=5\r\n250 SMTPUTF8\r\n");

	(void)state;
	assert_true(c.esmtp && c.pipelining && c.size && c.eightbitmime && c.enhanced);
	assert_true(c.starttls && c.dsn && c.chunking && c.smtputf8);
	assert_int_equal(c.size_max, 35882577);
	assert_int_equal(c.rcpt_max, 100);
	assert_string_equal(c.mechs, "LOGIN PLAIN XOAUTH2");
	assert_string_equal(c.greeting_name, "mail.example.org");
}

static void
nothing_is_offered_that_was_not_said(void **state)
{
	struct capabilities c = parse("250 PIPELINING\r\n");

	(void)state;
	assert_true(c.esmtp);
	assert_false(c.pipelining); /* the first line is the server's name */
	assert_false(c.size || c.starttls || c.chunking || c.dsn || c.smtputf8 || c.eightbitmime);
	assert_int_equal(c.size_max, 0);
	assert_string_equal(c.mechs, "");
	assert_string_equal(c.greeting_name, "PIPELINING");
}

static void
keywords_are_whole_words_in_any_case(void **state)
{
	struct capabilities c = parse("250-x\r\n250-pipelining\r\n250-ChunKing extra words\r\n"
				      "250-STARTTLSX\r\n250-X-DSN\r\n250-\r\n250  8bitmime \r\n");

	(void)state;
	assert_true(c.pipelining && c.chunking && c.eightbitmime);
	assert_false(c.starttls || c.dsn);
}

static void
sizes_never_overflow(void **state)
{
	static const struct {
		const char *name, *line;
		uint64_t want;
	} rows[] = {
	    {"no number is no limit", "SIZE", 0},
	    {"zero is no limit (RFC 1870 section 4)", "SIZE 0", 0},
	    {"26 digits are as much as can be", "SIZE 99999999999999999999999999", UINT64_MAX},
	    {"the largest number", "SIZE 18446744073709551615", UINT64_MAX},
	    {"one more", "SIZE 18446744073709551616", UINT64_MAX},
	    {"negative is no limit", "SIZE -1", 0},
	    {"letters are no limit", "SIZE 10M", 0},
	    {"the first number counts", "SIZE 10 20", 10},
	    {"blanks before it do not matter", "SIZE    12", 12},
	};
	char in[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct capabilities c;

		(void)snprintf(in, sizeof(in), "250-x\r\n250 %s\r\n", rows[i].line);
		c = parse(in);
		if (!c.size || c.size_max != rows[i].want)
			fail_msg("%s: got %ju", rows[i].name, (uintmax_t)c.size_max);
	}
}

static void
limits_that_make_no_sense_are_none(void **state)
{
	(void)state;
	assert_int_equal(parse("250-x\r\n250 LIMITS RCPTMAX=\r\n").rcpt_max, 0);
	assert_int_equal(parse("250-x\r\n250 LIMITS RCPTMAX=x\r\n").rcpt_max, 0);
	assert_int_equal(parse("250-x\r\n250 LIMITS RCPTMAX=0\r\n").rcpt_max, 0);
	assert_int_equal(parse("250-x\r\n250 LIMITS MAILMAX=3 rcptmax=7\r\n").rcpt_max, 7);
	assert_int_equal(parse("250-x\r\n250 LIMITS RCPTDOMAINMAX=7\r\n").rcpt_max, 0);
}

static void
mechanisms_are_gathered_once_and_checked(void **state)
{
	struct capabilities c = parse(
	    "250-x\r\n250-AUTH=LOGIN plain\r\n250-AUTH PLAIN LOGIN "
	    "scram-sha-256\r\n250-AUTH ABCDEFGHIJKLMNOPQRSTU X\x1bY A,B\r\n"
	    "250 AUTH CRAM-MD5\r\n");

	(void)state;
	assert_string_equal(c.mechs, "LOGIN PLAIN SCRAM-SHA-256 CRAM-MD5");
	assert_true(ehlo_has_mech(&c, "plain"));
	assert_true(ehlo_has_mech(&c, "CRAM-MD5"));
	assert_false(ehlo_has_mech(&c, "SCRAM-SHA-1"));
	assert_false(ehlo_has_mech(&c, "SCRAM-SHA-25"));
	assert_false(ehlo_has_mech(&c, ""));
}

static void
a_flood_of_mechanisms_stays_in_its_room(void **state)
{
	char in[4000] = "250-x\r\n250 AUTH", *p = in + strlen(in);
	struct capabilities c;

	(void)state;
	for (int i = 0; i < 300; i++)
		p += snprintf(p, 12, " M%07d", i);
	(void)snprintf(p, 4, "\r\n");
	c = parse(in);
	assert_true(strlen(c.mechs) < sizeof(c.mechs));
	assert_true(ehlo_has_mech(&c, "M0000000"));
	assert_false(ehlo_has_mech(&c, "M0000299"));
}

static void
the_name_of_the_server_is_escaped_and_cut(void **state)
{
	char in[600] = "250 ";

	(void)state;
	assert_string_equal(parse("250 a\x1b[2Jb hello\r\n").greeting_name, "a\\x1b[2Jb");
	memset(in + 4, 'n', 500);
	memcpy(in + 504, "\r\n", 3);
	assert_int_equal(strlen(parse(in).greeting_name), 255);
	assert_string_equal(parse("250\r\n").greeting_name, "");
}

/* ---- the dialogue */

static bool
talk(const char *const *script, const struct ehlo_opts *o, struct capabilities *caps, struct err *e)
{
	struct peer peer;
	struct stream *s;
	struct pipeline *p;
	bool good;

	peer_pair(&peer, script);
	s = stream_new(peer.fd, "peer", clock_mono_ms() + 10000);
	p = pipeline_new(s, NULL);
	err_clear(e);
	good = ehlo_run(p, o, caps, e);
	pipeline_free(p);
	stream_close(s);
	peer_finish(&peer);
	return good;
}

static void
helo_is_said_where_it_may_be(void **state)
{
	static const char *const script[] = {"C EHLO me.example", "S 502 5.5.1 what?",
	    "C HELO me.example", "S 250-old.example\r\n250 PIPELINING", "E", NULL};
	static const char *const refused[] = {"C EHLO me.example", "S 502 5.5.1 what?", "E", NULL};
	static const char *const later[] = {"C EHLO me.example", "S 451 4.3.2 not now", "E", NULL};
	static const char *const lmtp[] = {"C LHLO me.example", "S 250-x\r\n250 PIPELINING", "E",
	    NULL};
	struct ehlo_opts o = {.name = "me.example", .fall_back = true};
	struct capabilities caps;
	struct err e;

	(void)state;
	assert_true(talk(script, &o, &caps, &e));
	assert_false(caps.esmtp || caps.pipelining);
	assert_string_equal(caps.greeting_name, "old.example");
	assert_false(talk(later, &o, &caps, &e));
	assert_int_equal(e.code, 451);
	o.fall_back = false;
	assert_false(talk(refused, &o, &caps, &e));
	assert_int_equal(e.class, ERR_RELAY);
	assert_int_equal(e.stage, STAGE_EHLO);
	assert_int_equal(e.code, 502);
	assert_false(caps.esmtp);
	o.lmtp = true;
	assert_true(talk(lmtp, &o, &caps, &e));
	assert_true(caps.esmtp && caps.pipelining);
}

static void
only_250_answers_ehlo(void **state)
{
	static const char *const script[] = {"C EHLO me.example", "S 220 hello again", "E", NULL};
	const struct ehlo_opts o = {.name = "me.example"};
	struct capabilities caps;
	struct err e;

	(void)state;
	assert_false(talk(script, &o, &caps, &e));
	assert_int_equal(err_sysexit(&e), 76);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_real_answer_is_understood),
	    cmocka_unit_test(nothing_is_offered_that_was_not_said),
	    cmocka_unit_test(keywords_are_whole_words_in_any_case),
	    cmocka_unit_test(sizes_never_overflow),
	    cmocka_unit_test(limits_that_make_no_sense_are_none),
	    cmocka_unit_test(mechanisms_are_gathered_once_and_checked),
	    cmocka_unit_test(a_flood_of_mechanisms_stays_in_its_room),
	    cmocka_unit_test(the_name_of_the_server_is_escaped_and_cut),
	    cmocka_unit_test(helo_is_said_where_it_may_be),
	    cmocka_unit_test(only_250_answers_ehlo),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
