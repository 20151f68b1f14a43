/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "cli/maillog.h"
#include "loghole.h"

#define PRIORITY_ERR 3
#define PRIORITY_INFO 6

static char ident[100];
static unsigned nlines;
static struct {
	int priority;
	char text[2000];
} lines[8];

static void
begin(const char *program, const char *tag)
{
	loghole_open(LOG_LEVEL_INFO);
	maillog_init(program, tag);
}

/* Lines and the name in front of them: "Nov 27 01:51:25 IDENT[PID]: TEXT". */
static void
collect(void)
{
	const char *line;
	int priority;

	for (nlines = 0; (line = loghole_next(&priority))[0] != '\0'; nlines++) {
		const char *name = line + strlen("Nov 27 01:51:25 "), *at = strstr(name, "]: ");

		assert_true(nlines < sizeof(lines) / sizeof(lines[0]));
		assert_non_null(at);
		(void)snprintf(ident, sizeof(ident), "%.*s", (int)strcspn(name, "["), name);
		lines[nlines].priority = priority & 7;
		(void)snprintf(lines[nlines].text, sizeof(lines[nlines].text), "%s", at + 3);
	}
	loghole_close();
}

#define TEN "0123456789"

static void
a_tag_cannot_be_taken_for_another_part_of_the_line(void **state)
{
	static const struct {
		const char *claim, *program, *tag, *ident;
	} rows[] = {
	    {"none", "sendmail", NULL, "sendmail"},
	    {"behind the name", "sendmail", "cron", "sendmail/cron"},
	    {"an empty one", "sendmail", "", "sendmail"},
	    {"letters, digits, dashes", "postrider", "My_app-2.0", "postrider/My_app-2.0"},
	    {"a line break", "sendmail", "x\nNov 26 kernel: y", "sendmail/xNov26kernely"},
	    {"a path", "sendmail", "../../tmp/x", "sendmail/....tmpx"},
	    {"a format", "sendmail", "%s%n[1]:", "sendmail/sn1"},
	    {"nothing that may stand", "sendmail", "\r\n/ \x1b[", "sendmail"},
	    {"UTF-8", "sendmail", "\xc3\xa4pp", "sendmail/pp"},
	    {"a long one is cut", "sendmail", TEN TEN TEN TEN, "sendmail/" TEN TEN TEN "01"},
	    {"a long name, too", TEN TEN TEN TEN, "tag", TEN TEN TEN "01/tag"},
	    {"a strange name", "send mail\n", "tag", "sendmail/tag"},
	};
	struct err e;

	(void)state;
	err_set(&e, ERR_USAGE, STAGE_NONE, "", "no recipients");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].program, rows[i].tag);
		maillog_trouble(&e);
		collect();
		if (strcmp(ident, rows[i].ident) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].claim, ident, rows[i].ident);
	}
}

static void
trouble_is_a_line(void **state)
{
	struct err e;

	(void)state;
	begin("sendmail", NULL);
	err_set(&e, ERR_USAGE, STAGE_INPUT, "", "the sender: 'a\nb' is none");
	maillog_trouble(&e);
	collect();
	assert_int_equal(nlines, 1);
	assert_int_equal(lines[0].priority, PRIORITY_ERR);
	assert_non_null(strstr(lines[0].text, "status=failed class=usage stage=input text=\""));
	assert_null(strchr(lines[0].text, '\n'));
}

/* The first was sent, the second refused with words that hold a line break. */
static void
fill(struct envelope *env, struct err *why)
{
	struct rcpt *r;

	envelope_init(env);
	env->from = "a@b.example";
	env->message_id = "<1@b.example>";
	r = envelope_add(env, "good@x.example");
	r->state = RCPT_SENT;
	r = envelope_add(env, "bad@x.example");
	r->state = RCPT_REFUSED;
	err_set(why, ERR_RECIPIENT, STAGE_RCPT, "5.1.1", "No\r\nNov 26 x sendmail: status=sent");
	why->code = 550;
	r->why = why;
	r->server = "mx.example";
}

static const struct ui quiet;

static void
a_line_for_each_recipient(void **state)
{
	struct envelope env;
	struct err why, bad;
	const struct report report = {.ui = &quiet,
	    .env = &env,
	    .id = "3KF9Q2",
	    .nbad = 2,
	    .bad = &bad};

	(void)state;
	fill(&env, &why);
	env.rcpts[1].ms = 212;
	err_set(&bad, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'c@@d' is not a mail address");
	begin("sendmail", NULL);
	maillog_attempt(&report);
	collect();
	assert_int_equal(nlines, 3);
	assert_int_equal(lines[0].priority, PRIORITY_INFO);
	assert_string_equal(lines[0].text,
	    "message-id=<1@b.example> id=3KF9Q2 from=<a@b.example> to=<good@x.example> "
	    "status=sent size=0");
	assert_int_equal(lines[1].priority, PRIORITY_ERR);
	assert_string_equal(lines[1].text,
	    "message-id=<1@b.example> id=3KF9Q2 from=<a@b.example> to=<bad@x.example> "
	    "status=refused code=550 enhanced=5.1.1 "
	    "text=\"No\\\\x0d\\\\x0aNov 26 x sendmail: status=sent\" server=mx.example ms=212 size=0");
	assert_string_equal(lines[2].text,
	    "message-id=<1@b.example> id=3KF9Q2 from=<a@b.example> status=refused "
	    "text=\"'c@@d' is not a mail address, and 1 more like it\"");
	envelope_done(&env);
}

static void
a_message_that_comes_in_is_a_line(void **state)
{
	struct envelope env;
	struct err why;
	const struct report report = {.ui = &quiet, .env = &env};
	char want[200];

	(void)state;
	fill(&env, &why);
	env.facts.size = 4711;
	begin("sendmail", NULL);
	maillog_received(&report);
	collect();
	assert_int_equal(nlines, 1);
	assert_int_equal(lines[0].priority, PRIORITY_INFO);
	(void)snprintf(want, sizeof(want),
	    "message-id=<1@b.example> from=<a@b.example> status=received nrcpt=2 size=4711 uid=%u",
	    (unsigned)getuid());
	assert_memory_equal(lines[0].text, want, strlen(want));
	envelope_done(&env);
}

/* Nothing is tried before a person does something, and the log says so. */
static void
what_waits_for_a_person_is_held(void **state)
{
	struct envelope env;
	struct err why;
	struct report report = {.ui = &quiet, .env = &env, .id = "3KF9Q2", .waits = &why};

	(void)state;
	fill(&env, &why);
	err_set(&why, ERR_CONFIG, STAGE_CONFIG, "",
	    "/etc/x.conf:4:7: 'on' is not a value of 'tls'");
	env.rcpts[0].state = env.rcpts[1].state = RCPT_QUEUED;
	begin("sendmail", NULL);
	maillog_attempt(&report);
	collect();
	assert_int_equal(nlines, 2);
	assert_int_equal(lines[1].priority, PRIORITY_ERR);
	assert_non_null(
	    strstr(lines[1].text, "to=<bad@x.example> status=held reason=configuration"));
	assert_non_null(
	    strstr(lines[1].text, "text=\"/etc/x.conf:4:7: 'on' is not a value of 'tls'\""));
	report.waits = NULL;
	report.hold = true;
	begin("sendmail", NULL);
	maillog_attempt(&report);
	collect();
	assert_non_null(strstr(lines[0].text, "to=<good@x.example> status=held reason=asked"));
	envelope_done(&env);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tag_cannot_be_taken_for_another_part_of_the_line),
	    cmocka_unit_test(trouble_is_a_line),
	    cmocka_unit_test(a_line_for_each_recipient),
	    cmocka_unit_test(a_message_that_comes_in_is_a_line),
	    cmocka_unit_test(what_waits_for_a_person_is_held),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
