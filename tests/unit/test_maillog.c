/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "cli/maillog.h"

/* The C library's names, taken here as in test_log.c: lines are caught before any socket. */
#define PRIORITY_ERR 3
#define PRIORITY_INFO 6

void
openlog(const char *ident, int option, int facility);
void
syslog(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void
__syslog_chk(int priority, int flag, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static const char *ident;
static unsigned nlines;
static struct {
	int priority;
	char text[2000];
} lines[8];

void
openlog(const char *name, int option, int facility)
{
	(void)option;
	(void)facility;
	ident = name;
}

static void __attribute__((format(printf, 2, 0)))
catch_line(int priority, const char *fmt, va_list ap)
{
	assert_true(nlines < sizeof(lines) / sizeof(lines[0]));
	lines[nlines].priority = priority;
	(void)vsnprintf(lines[nlines].text, sizeof(lines[nlines].text), fmt, ap);
	nlines++;
}

void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	catch_line(priority, fmt, ap);
	va_end(ap);
}

void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	catch_line(priority, fmt, ap);
	va_end(ap);
}

static void
begin(const char *program, const char *tag)
{
	log_close();
	nlines = 0;
	maillog_init(program, tag);
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

static void
a_line_for_each_recipient(void **state)
{
	struct envelope env;
	struct err why, bad;
	const struct report report = {.env = &env, .id = "3KF9Q2", .nbad = 2, .bad = &bad};

	(void)state;
	fill(&env, &why);
	err_set(&bad, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'c@@d' is not a mail address");
	begin("sendmail", NULL);
	maillog_attempt(&report);
	assert_int_equal(nlines, 3);
	assert_int_equal(lines[0].priority, PRIORITY_INFO);
	assert_non_null(
	    strstr(lines[0].text, "id=3KF9Q2 from=<a@b.example> to=<good@x.example> status=sent "));
	assert_int_equal(lines[1].priority, PRIORITY_ERR);
	assert_non_null(
	    strstr(lines[1].text, "to=<bad@x.example> status=refused code=550 enhanced=5.1.1 "));
	assert_non_null(strstr(lines[1].text, "server=mx.example message-id=<1@b.example> "));
	assert_non_null(strstr(lines[2].text, "status=refused recipients=2 "));
	for (unsigned i = 0; i < nlines; i++)
		assert_null(strpbrk(lines[i].text, "\r\n"));
	envelope_done(&env);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tag_cannot_be_taken_for_another_part_of_the_line),
	    cmocka_unit_test(trouble_is_a_line),
	    cmocka_unit_test(a_line_for_each_recipient),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
