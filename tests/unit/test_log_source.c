/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cli/log_source.h"

static char dir[64], path[80], moved[90];

static void
append(const char *to, const char *text)
{
	int fd = open(to, O_WRONLY | O_APPEND | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Lines as they come, each with a '|' behind it; `last` is the one to stop at. */
struct heard {
	struct buf text;
	const char *last;
	void (*each)(const char *line); /* done when that line has come */
};

static bool
take(void *arg, const char *line, size_t n)
{
	struct heard *h = arg;
	char copy[200];

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)n, line);
	(void)buf_addf(&h->text, "%s|", copy);
	if (h->each != NULL)
		h->each(copy);
	return h->last == NULL || strcmp(copy, h->last) != 0;
}

static struct heard heard;
static struct log_source source;

static bool
begin(const char *file, const char *last)
{
	buf_init(&heard.text, 100000);
	heard.last = last;
	heard.each = NULL;
	source = (struct log_source){.path = file, .take = take, .arg = &heard};
	return log_source_read(&source, NULL);
}

static void
end(const char *want)
{
	assert_string_equal(buf_str(&heard.text), want);
	buf_done(&heard.text);
	log_source_close(&source);
	(void)unlink(path);
	(void)unlink(moved);
}

static void
the_file_that_was_moved_comes_first(void **state)
{
	(void)state;
	append(moved, "one\ntwo\nhalf");
	append(path, "three\nfour\n");
	assert_true(begin(path, NULL));
	end("one|two|three|four|");
}

static void
one_that_is_too_old_is_left_out(void **state)
{
	struct timespec then[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	(void)state;
	append(moved, "one\n");
	append(path, "two\n");
	assert_int_equal(utimensat(AT_FDCWD, moved, then, 0), 0);
	buf_init(&heard.text, 1000);
	heard.last = NULL;
	source =
	    (struct log_source){.path = path, .since_ms = 5000000, .take = take, .arg = &heard};
	assert_true(log_source_read(&source, NULL));
	end("two|");
}

static void
the_moved_one_alone_is_enough(void **state)
{
	(void)state;
	append(moved, "one\n");
	assert_true(begin(path, NULL));
	end("one|");
}

static void
what_cannot_be_read_is_said(void **state)
{
	struct err e;

	(void)state;
	assert_false(begin(path, NULL));
	assert_int_equal(errno, ENOENT);
	source.path = dir;
	assert_false(log_source_read(&source, &e));
	assert_non_null(strstr(e.text, dir));
	assert_int_equal(mkfifo(path, 0600), 0);
	source.path = path;
	assert_false(log_source_read(&source, &e));
	end("");
}

static void
long_lines_are_none_and_short_ones_behind_them_are(void **state)
{
	char *big = malloc(200001);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 200000);
	big[200000] = '\0';
	append(path, "one\n");
	append(path, big);
	append(path, "\ntwo\n");
	free(big);
	assert_true(begin(path, NULL));
	end("one|two|");
}

static void
each_stop_is_heard(void **state)
{
	(void)state;
	append(path, "one\ntwo\nthree\n");
	assert_true(begin(path, "two"));
	end("one|two|");
}

static void
go_on(const char *line)
{
	if (strcmp(line, "half a line") == 0) {
		/* moved away: what comes to the old one is still heard */
		assert_int_equal(rename(path, moved), 0);
		append(moved, "late\n");
		append(path, "new\n");
	} else if (strcmp(line, "new") == 0) {
		append(path, "torn\nhalf of a line");
	} else if (strcmp(line, "torn") == 0) {
		/* cut, as with copytruncate: the other half never comes */
		assert_int_equal(truncate(path, 0), 0);
		append(path, "a\n");
	} else if (strcmp(line, "a") == 0) {
		assert_int_equal(unlink(path), 0);
		append(path, "last\n");
	}
}

static void
a_file_is_followed_wherever_it_goes(void **state)
{
	int64_t began = clock_mono_ms();

	(void)state;
	append(path, "one\nhalf");
	assert_true(begin(path, "last"));
	heard.each = go_on;
	append(path, " a line\n");
	(void)alarm(20); /* it would wait for a line that it has missed */
	assert_true(log_source_follow(&source, NULL));
	(void)alarm(0);
	assert_true(clock_mono_ms() - began < 5000);
	end("one|half a line|late|new|torn|a|last|");
}

static void
a_file_that_is_not_there_yet_is_waited_for(void **state)
{
	(void)state;
	assert_false(begin(path, "one"));
	append(path, "one\n");
	assert_true(log_source_follow(&source, NULL));
	end("one|");
}

/* ---- the journal: a journalctl of our own says how it was called */

static void
fake_journal(const char *script)
{
	char program[100];

	(void)snprintf(program, sizeof(program), "%s/journalctl", dir);
	(void)unlink(program);
	append(program, script);
	assert_int_equal(chmod(program, 0700), 0);
}

static void
the_journal_is_asked_for_mail_and_followed_from_where_it_ended(void **state)
{
	(void)state;
	fake_journal("#!/bin/sh\necho \"$*\"\n"
		     "case $* in *--follow*) echo last;; *) echo '-- cursor: s=8a;i=1';; esac\n");
	assert_true(begin(NULL, "last"));
	assert_string_equal(buf_str(&heard.text),
	    "--quiet --no-pager --output=short-iso --show-cursor SYSLOG_FACILITY=2|");
	buf_clear(&heard.text);
	assert_true(log_source_follow(&source, NULL));
	end("--quiet --no-pager --output=short-iso --follow --lines=all --after-cursor=s=8a;i=1 "
	    "SYSLOG_FACILITY=2|last|");
}

static void
an_empty_journal_is_followed_from_its_end(void **state)
{
	(void)state;
	fake_journal("#!/bin/sh\ncase $* in *--lines=0*SYSLOG*) echo last;; esac\n");
	assert_true(begin(NULL, "last"));
	assert_true(log_source_follow(&source, NULL));
	end("last|");
}

static void
a_journal_that_is_not_there_is_said(void **state)
{
	struct err e;

	(void)state;
	fake_journal("#!/bin/sh\nexit 1\n");
	assert_false(begin(NULL, NULL));
	assert_false(log_source_read(&source, &e));
	assert_string_equal(e.text, "journalctl ended with status 1");
	end("");
}

/* One that goes on for ever is stopped with the line that is the last wanted. */
static void
a_journal_that_does_not_end_is_ended(void **state)
{
	int64_t began = clock_mono_ms();

	(void)state;
	fake_journal("#!/bin/sh\necho one\nexec sleep 60\n");
	assert_true(begin(NULL, "one"));
	assert_true(clock_mono_ms() - began < 10000);
	end("one|");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_file_that_was_moved_comes_first),
	    cmocka_unit_test(one_that_is_too_old_is_left_out),
	    cmocka_unit_test(the_moved_one_alone_is_enough),
	    cmocka_unit_test(what_cannot_be_read_is_said),
	    cmocka_unit_test(long_lines_are_none_and_short_ones_behind_them_are),
	    cmocka_unit_test(each_stop_is_heard),
	    cmocka_unit_test(a_file_is_followed_wherever_it_goes),
	    cmocka_unit_test(a_file_that_is_not_there_yet_is_waited_for),
	    cmocka_unit_test(the_journal_is_asked_for_mail_and_followed_from_where_it_ended),
	    cmocka_unit_test(an_empty_journal_is_followed_from_its_end),
	    cmocka_unit_test(a_journal_that_is_not_there_is_said),
	    cmocka_unit_test(a_journal_that_does_not_end_is_ended),
	};
	char program[100], search[300];
	int failed;

	(void)snprintf(dir, sizeof(dir), "/tmp/test_log_source.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	(void)snprintf(moved, sizeof(moved), "%s.1", path);
	(void)snprintf(search, sizeof(search), "%s:/usr/bin:/bin", dir);
	setenv("PATH", search, 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(program, sizeof(program), "%s/journalctl", dir);
	(void)unlink(program);
	(void)rmdir(dir);
	return failed;
}
