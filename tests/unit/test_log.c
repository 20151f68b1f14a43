/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "loghole.h"

#define MAIL (2 << 3)

static void
a_line_is_a_datagram_of_rfc_3164(void **state)
{
	char want[100], other[100], when[20];
	int priority = 0;
	const char *got;

	(void)state;
	log_init("sendmail");
	loghole_open(LOG_LEVEL_INFO);
	clock_syslog(clock_wall_ms(), when, sizeof(when));
	(void)snprintf(want, sizeof(want), "%s sendmail[%ld]: status=sent", when, (long)getpid());
	log_send(LOG_LEVEL_INFO, "status=sent");
	clock_syslog(clock_wall_ms(), when, sizeof(when));
	(void)snprintf(other, sizeof(other), "%s sendmail[%ld]: status=sent", when, (long)getpid());
	got = loghole_next(&priority);
	assert_true(str_eq(got, want) || str_eq(got, other));
	assert_int_equal(priority, MAIL | 6);
	assert_string_equal(loghole_next(&priority), "");
	assert_null(log_trouble());
	loghole_close();
}

static void
levels_are_those_of_syslog_and_below_the_wanted_one_nothing_is_said(void **state)
{
	static const int want[] = {
	    [LOG_LEVEL_ERR] = 3,
	    [LOG_LEVEL_WARNING] = 4,
	    [LOG_LEVEL_INFO] = 6,
	    [LOG_LEVEL_DEBUG] = 7,
	};

	(void)state;
	for (int level = LOG_LEVEL_ERR; level <= LOG_LEVEL_DEBUG; level++) {
		int priority = -1;

		loghole_open((enum log_level)level);
		for (int i = LOG_LEVEL_ERR; i <= LOG_LEVEL_DEBUG; i++) {
			bool said;

			log_send((enum log_level)i, "x");
			said = loghole_next(&priority)[0] != '\0';
			assert_int_equal(said, i <= level);
			assert_int_equal(log_wants((enum log_level)i), i <= level);
			if (said)
				assert_int_equal(priority, MAIL | want[i]);
		}
	}
	loghole_close();
}

/* Nobody reads: its queue is full after a few, and no line waits longer than a moment. */
static void
a_daemon_that_hangs_keeps_nobody(void **state)
{
	int64_t began = clock_mono_ms();
	int small = 1;

	(void)state;
	loghole_open(LOG_LEVEL_INFO);
	(void)setsockopt(loghole_fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 5000; i++)
		log_send(LOG_LEVEL_INFO, "status=sent");
	assert_in_range(clock_mono_ms() - began, 100, 2000);
	assert_non_null(strstr(log_trouble(), loghole_path()));
	loghole_close();
}

static void
a_daemon_that_was_restarted_gets_the_next_line(void **state)
{
	int priority;

	(void)state;
	loghole_open(LOG_LEVEL_INFO);
	log_send(LOG_LEVEL_INFO, "one");
	loghole_restart();
	log_send(LOG_LEVEL_INFO, "two");
	assert_true(str_ends_nocase(loghole_next(&priority), ": two"));
	loghole_close();
}

static void
a_machine_without_syslog_is_in_order(void **state)
{
	const struct log_settings s = {LOG_TARGET_SYSLOG, "/tmp/test_log.none/log", LOG_LEVEL_INFO};

	(void)state;
	log_settle(&s);
	log_send(LOG_LEVEL_INFO, "x");
	assert_null(log_trouble());
}

/* ---- a file */

static char dir[64], path[80];

static void
to_file(const char *name)
{
	const struct log_settings s = {LOG_TARGET_FILE, path, LOG_LEVEL_INFO};

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	log_settle(&s);
}

static void
a_file_is_made_for_its_owner_alone_and_appended_to(void **state)
{
	struct stat st;
	struct buf b;
	char end[60];

	(void)state;
	log_init("postrider");
	to_file("log");
	assert_int_equal(access(path, F_OK), -1);
	log_send(LOG_LEVEL_INFO, "status=sent");
	log_send(LOG_LEVEL_DEBUG, "status=run");
	to_file("log");
	log_send(LOG_LEVEL_ERR, "status=refused");
	buf_init(&b, 10000);
	assert_true(file_load(path, 0, &b, &st));
	assert_int_equal(st.st_mode & 07777, 0600);
	(void)snprintf(end, sizeof(end), "Z postrider[%ld]: status=refused\n", (long)getpid());
	assert_true(str_ends_nocase(buf_str(&b), end));
	assert_non_null(strstr(buf_str(&b), ": status=sent\n"));
	assert_null(strstr(buf_str(&b), "status=run"));
	assert_null(log_trouble());
	buf_done(&b);
	(void)unlink(path);
}

static void
a_file_that_was_moved_is_left_with_the_next_run(void **state)
{
	char moved[100];
	struct buf b;

	(void)state;
	to_file("log");
	log_send(LOG_LEVEL_INFO, "one");
	(void)snprintf(moved, sizeof(moved), "%s.1", path);
	assert_int_equal(rename(path, moved), 0);
	log_send(LOG_LEVEL_INFO, "two");
	to_file("log");
	log_send(LOG_LEVEL_INFO, "three");
	buf_init(&b, 10000);
	assert_true(file_load(path, 0, &b, NULL));
	assert_null(strstr(buf_str(&b), ": two\n"));
	assert_non_null(strstr(buf_str(&b), ": three\n"));
	buf_done(&b);
	(void)unlink(path);
	(void)unlink(moved);
}

static void
what_cannot_be_opened_is_said_once_and_changes_nothing(void **state)
{
	char first[400];

	(void)state;
	to_file("none/log");
	assert_null(log_trouble());
	log_send(LOG_LEVEL_INFO, "x");
	assert_non_null(strstr(log_trouble(), "none/log: No such file"));
	(void)snprintf(first, sizeof(first), "%s", log_trouble());
	log_send(LOG_LEVEL_INFO, "x");
	assert_string_equal(log_trouble(), first);
	to_file("log");
	assert_null(log_trouble());
	/* not through a link that somebody laid there */
	assert_int_equal(symlink("elsewhere", path), 0);
	log_send(LOG_LEVEL_INFO, "x");
	assert_non_null(strstr(log_trouble(), path));
	(void)unlink(path);
	/* and nobody waits for the reader of a fifo */
	to_file("log");
	assert_int_equal(mkfifo(path, 0600), 0);
	log_send(LOG_LEVEL_INFO, "x");
	assert_non_null(strstr(log_trouble(), path));
	(void)unlink(path);
}

static void
none_is_none(void **state)
{
	const struct log_settings s = {LOG_TARGET_NONE, NULL, LOG_LEVEL_DEBUG};

	(void)state;
	log_settle(&s);
	assert_false(log_wants(LOG_LEVEL_ERR));
	log_send(LOG_LEVEL_ERR, "x");
	assert_null(log_trouble());
}

static void
a_long_line_is_one_write_of_a_pipe(void **state)
{
	static char big[100000];
	struct buf b;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	to_file("log");
	log_send(LOG_LEVEL_ERR, big);
	buf_init(&b, sizeof(big));
	assert_true(file_load(path, 0, &b, NULL));
	assert_in_range(b.len, 3000, 4096);
	assert_int_equal(b.data[b.len - 1], '\n');
	buf_done(&b);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_a_datagram_of_rfc_3164),
	    cmocka_unit_test(levels_are_those_of_syslog_and_below_the_wanted_one_nothing_is_said),
	    cmocka_unit_test(a_daemon_that_hangs_keeps_nobody),
	    cmocka_unit_test(a_daemon_that_was_restarted_gets_the_next_line),
	    cmocka_unit_test(a_machine_without_syslog_is_in_order),
	    cmocka_unit_test(a_file_is_made_for_its_owner_alone_and_appended_to),
	    cmocka_unit_test(a_file_that_was_moved_is_left_with_the_next_run),
	    cmocka_unit_test(what_cannot_be_opened_is_said_once_and_changes_nothing),
	    cmocka_unit_test(none_is_none),
	    cmocka_unit_test(a_long_line_is_one_write_of_a_pipe),
	};
	int failed;

	(void)umask(0);
	(void)snprintf(dir, sizeof(dir), "/tmp/test_log.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	log_close();
	(void)rmdir(dir);
	return failed;
}
