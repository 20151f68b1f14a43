/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/str.h"

/*
 * The C library's names, taken here: this program's lines are caught before any
 * socket. <syslog.h> stays out, as it may bring inline forms of them.
 */
#define PRIORITY_ERR 3
#define PRIORITY_WARNING 4
#define PRIORITY_INFO 6
#define PRIORITY_DEBUG 7
#define OPTION_PID 0x01
#define FACILITY_MAIL (2 << 3)

void
openlog(const char *ident, int option, int facility);
void
syslog(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void
__syslog_chk(int priority, int flag, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static struct {
	unsigned nopened, nlines;
	const char *ident;
	int option, facility, priority;
	char line[10000];
} caught;

void
openlog(const char *ident, int option, int facility)
{
	caught.nopened++;
	caught.ident = ident;
	caught.option = option;
	caught.facility = facility;
}

static void __attribute__((format(printf, 2, 0)))
catch_line(int priority, const char *fmt, va_list ap)
{
	caught.nlines++;
	caught.priority = priority;
	vsnprintf(caught.line, sizeof caught.line, fmt, ap);
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
nothing_is_opened_before_the_first_line(void **state)
{
	(void)state;
	log_init("sendmail");
	assert_int_equal(caught.nopened, 0);
	log_line(LOG_LEVEL_INFO, "%s: %s", "A1B2C3", "sent");
	assert_int_equal(caught.nopened, 1);
	assert_string_equal(caught.ident, "sendmail");
	assert_true(caught.option & OPTION_PID);
	/* nothing on the console or on standard error: cron would mail it */
	assert_int_equal(caught.option & ~OPTION_PID, 0);
	assert_int_equal(caught.facility, FACILITY_MAIL);
	assert_string_equal(caught.line, "A1B2C3: sent");
	log_line(LOG_LEVEL_INFO, "again");
	assert_int_equal(caught.nopened, 1);
	assert_int_equal(caught.nlines, 2);
}

static void
levels_are_those_of_syslog(void **state)
{
	static const int want[] = {
	    [LOG_LEVEL_ERR] = PRIORITY_ERR,
	    [LOG_LEVEL_WARNING] = PRIORITY_WARNING,
	    [LOG_LEVEL_INFO] = PRIORITY_INFO,
	    [LOG_LEVEL_DEBUG] = PRIORITY_DEBUG,
	};

	(void)state;
	for (int i = LOG_LEVEL_ERR; i <= LOG_LEVEL_DEBUG; i++) {
		log_line((enum log_level)i, "x");
		assert_int_equal(caught.priority, want[i]);
	}
}

static void
a_server_cannot_forge_a_line(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "said %s", "550 no\r\nOct 1 00:00:00 sshd: \x1b[2J\x7f\xc2\x9b");
	assert_string_equal(caught.line,
	    "said 550 no\\x0d\\x0aOct 1 00:00:00 sshd: \\x1b[2J\\x7f\\xc2\\x9b");
}

static void
text_is_no_format(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "%s", "100%s %n %d");
	assert_string_equal(caught.line, "100%s %n %d");
}

static void
a_long_line_is_cut(void **state)
{
	static char big[100000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	log_line(LOG_LEVEL_ERR, "%s", big);
	assert_in_range(strlen(caught.line), 500, 2048);
	assert_true(str_ends_nocase(caught.line, "x..."));
	memset(big, '\x01', sizeof big - 1);
	log_line(LOG_LEVEL_ERR, "%s", big);
	assert_in_range(strlen(caught.line), 500, 2048);
	assert_true(str_ends_nocase(caught.line, "\\x01..."));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_opened_before_the_first_line),
	    cmocka_unit_test(levels_are_those_of_syslog),
	    cmocka_unit_test(a_server_cannot_forge_a_line),
	    cmocka_unit_test(text_is_no_format),
	    cmocka_unit_test(a_long_line_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
