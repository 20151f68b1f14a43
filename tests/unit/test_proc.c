/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])
#define AMPLE 30000

static size_t
count_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* After each test: no child is left, not even a dead one. */
static int
no_children(void **state)
{
	(void)state;
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static void
what_a_command_prints_is_the_secret(void **state)
{
	static const struct {
		const char *claim, *command, *secret;
	} rows[] = {
	    {"a line without its end", "echo pw", "pw"},
	    {"CRLF is one end", "printf 'pw\\r\\n'", "pw"},
	    {"no line end is fine", "printf pw", "pw"},
	    {"one end only is dropped", "printf 'pw\\n\\n'", "pw\n"},
	    {"blanks stay", "echo ' pw '", " pw "},
	    {"pieces are put together", "printf p; printf w", "pw"},
	    {"it is a shell's text", "echo \"$(printf p)w\" | cat", "pw"},
	    {"standard input is empty", "cat; echo pw", "pw"},
	    {"a daemon that keeps the output open is not waited for", "echo pw; sleep 5 &", "pw"},
	    {"output may end before the command", "echo pw; exec >&-; sleep 1.5", "pw"},
	    {"standard error is not read", "echo pw; echo no >&2", "pw"},
	};
	int null = open("/dev/null", O_WRONLY), err = dup(2), in = dup(0), fds[2];
	struct err e;

	(void)state;
	/* what must not be read is there to be read */
	assert_int_equal(pipe(fds), 0);
	assert_true(file_write(fds[1], "wrong", 5));
	close(fds[1]);
	dup2(fds[0], 0);
	dup2(null, 2);
	for (size_t i = 0; i < NROWS(rows); i++) {
		struct secret s = {NULL, 0};

		err_clear(&e);
		if (!proc_secret_shell("password-command", rows[i].command, AMPLE, &s, &e) ||
		    !str_eq(s.data, rows[i].secret))
			fail_msg("%s: %s", rows[i].claim, e.text);
		assert_int_equal(e.class, ERR_NONE);
		secret_wipe(&s);
	}
	dup2(err, 2);
	dup2(in, 0);
	close(in);
	close(err);
	close(null);
	close(fds[0]);
}

static void
failures_are_told_and_leave_the_old_secret(void **state)
{
	static const struct {
		const char *claim, *command, *says;
	} rows[] = {
	    {"an exit status counts even behind a password", "echo pw; exit 2", "2"},
	    {"a signal is named", "kill -TERM $$", "15"},
	    {"a command that is not there", "/nonexistent/command 2>&1", "127"},
	    {"nothing printed", "true", "nothing"},
	    {"an empty line is no password", "echo", "empty"},
	    {"a NUL would cut the password unseen", "printf 'p\\0w'", "NUL"},
	    {"output without end is stopped", "yes", "64 KiB"},
	};
	struct secret s = {NULL, 0};
	struct err e;

	(void)state;
	secret_set(&s, "old", 3);
	for (size_t i = 0; i < NROWS(rows); i++) {
		err_clear(&e);
		if (proc_secret_shell("password-command", rows[i].command, AMPLE, &s, &e) ||
		    !str_starts(e.text, "password-command ") ||
		    strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].claim, e.text);
		assert_int_equal(e.class, ERR_CONFIG);
		assert_int_equal(e.stage, STAGE_SECRET);
		assert_int_equal(err_sysexit(&e), 78);
		assert_string_equal(s.data, "old");
		assert_null(strstr(e.text, "pw"));
	}
	assert_false(proc_secret_shell("password-command", "exit 3", AMPLE, &s, NULL));
	secret_wipe(&s);
}

static void
the_limit_is_64_kib(void **state)
{
	struct secret s = {NULL, 0};
	struct err e;

	(void)state;
	assert_true(proc_secret_shell("x", "printf %65536d 0", AMPLE, &s, &e));
	assert_int_equal(s.len, SECRET_MAX);
	assert_false(proc_secret_shell("x", "printf %65537d 0", AMPLE, &s, &e));
	assert_int_equal(s.len, SECRET_MAX);
	secret_wipe(&s);
}

static void
arguments_reach_a_program_unread_by_a_shell(void **state)
{
	const char *argv[] = {"printf", "%s|", "a b;$(id)", "", "*", NULL};
	const char *missing[] = {"postrider-no-such-program", NULL};
	struct secret s = {NULL, 0};
	struct err e;

	(void)state;
	assert_true(proc_secret_exec("printf", argv, AMPLE, &s, &e));
	assert_string_equal(s.data, "a b;$(id)||*|");
	assert_false(proc_secret_exec("the keyring", missing, AMPLE, &s, &e));
	assert_true(str_starts(e.text, "the keyring "));
	assert_non_null(strstr(e.text, "cannot be started"));
	secret_wipe(&s);
}

/* The pipe's other ends are all closed: whoever had it as standard error is gone. */
static bool
ends_soon(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t deadline = clock_mono_ms() + 10000;
	char c;

	while (poll(&p, 1, clock_left_ms(deadline)) > 0)
		if (file_read(fd, &c, 1) <= 0)
			return true;
	return false;
}

static void
a_timeout_kills_the_whole_family(void **state)
{
	static const char *const commands[] = {
	    "sleep 1000",
	    "sleep 1000 | sleep 1000; echo pw",
	    "trap '' TERM INT HUP; echo pw; sleep 1000; sleep 1000",
	    "(trap '' TERM HUP; sleep 1000; true) & wait",
	};
	struct secret s = {NULL, 0};
	int err = dup(2), fds[2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < NROWS(commands); i++) {
		int64_t start = clock_mono_ms();

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		dup2(fds[1], 2);
		close(fds[1]);
		assert_false(proc_secret_shell("token-command", commands[i], 200, &s, &e));
		dup2(err, 2);
		assert_in_range(clock_mono_ms() - start, 200, 10000);
		assert_true(str_starts(e.text, "token-command "));
		assert_non_null(strstr(e.text, "time"));
		assert_null(s.data);
		assert_true(ends_soon(fds[0]));
		close(fds[0]);
	}
	close(err);
}

static void
no_descriptor_is_inherited(void **state)
{
	struct secret s = {NULL, 0};
	struct err e;

	(void)state;
	assert_int_equal(dup2(1, 7), 7);
	assert_true(proc_secret_shell("x",
	    "if { true >&7; } 2>/dev/null; then echo open; else echo no; fi", AMPLE, &s, &e));
	assert_string_equal(s.data, "no");
	close(7);
	secret_wipe(&s);
}

static void
no_signal_stays_ignored_or_blocked(void **state)
{
	static const struct {
		int sig;
		const char *program, *says;
	} rows[] = {
	    {SIGPIPE, "kill PIPE => $$; print 'ignored'", "signal 13"},
	    {SIGINT, "kill INT => $$; print 'ignored'", "signal 2"},
	    {SIGTERM, "kill TERM => $$; print 'blocked'", "signal 15"},
	};
	struct sigaction ign = {.sa_handler = SIG_IGN}, old_pipe, old_int;
	struct secret s = {NULL, 0};
	sigset_t term, old;
	struct err e;

	(void)state;
	sigaction(SIGPIPE, &ign, &old_pipe);
	sigaction(SIGINT, &ign, &old_int);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &old);
	for (size_t i = 0; i < NROWS(rows); i++) {
		/* not a shell: that would tidy up by itself */
		const char *argv[] = {"perl", "-e", rows[i].program, NULL};

		if (proc_secret_exec("x", argv, AMPLE, &s, &e) ||
		    strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s", rows[i].program);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGPIPE, &old_pipe, NULL);
	secret_wipe(&s);
}

static void
an_ignored_sigchld_hides_no_status_and_comes_back(void **state)
{
	struct sigaction ign = {.sa_handler = SIG_IGN}, old, now;
	struct secret s = {NULL, 0};
	struct err e;

	(void)state;
	sigaction(SIGCHLD, &ign, &old);
	assert_true(proc_secret_shell("x", "echo pw", AMPLE, &s, &e));
	assert_false(proc_secret_shell("x", "echo other; exit 9", AMPLE, &s, &e));
	assert_non_null(strstr(e.text, "9"));
	assert_string_equal(s.data, "pw");
	assert_false(proc_secret_shell("x", "sleep 1000", 50, &s, &e));
	sigaction(SIGCHLD, &old, &now);
	assert_ptr_equal(now.sa_handler, SIG_IGN);
	secret_wipe(&s);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

static void
interruptions_do_not_end_it(void **state)
{
	const struct itimerval timer = {{0, 300}, {0, 300}}, off = {{0, 0}, {0, 0}};
	const struct sigaction sa = {.sa_handler = on_alarm};
	struct secret s = {NULL, 0};
	struct err e;

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	assert_true(proc_secret_shell("x",
	    "i=0; while [ $i -lt 200 ]; do echo $i; i=$((i + 1)); done", AMPLE, &s, &e));
	assert_false(proc_secret_shell("x", "sleep 1000", 100, &s, &e));
	setitimer(ITIMER_REAL, &off, NULL);
	assert_int_equal(s.len, 10 * 2 + 90 * 3 + 100 * 4 - 1);
	secret_wipe(&s);
}

static void
no_descriptor_is_left(void **state)
{
	static const char *const commands[] = {"echo pw", "exit 1", "true", "yes", "sleep 1000"};
	size_t before = count_fds();
	struct secret s = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < NROWS(commands); i++)
		(void)proc_secret_shell("x", commands[i], i == 4 ? 50 : AMPLE, &s, NULL);
	assert_int_equal(count_fds(), before);
	secret_wipe(&s);
}

/* ---- proc_run */

static void
programs_are_told_and_tell_apart_what_they_say(void **state)
{
	static const struct {
		const char *claim, *script, *input;
		int status;
		const char *out, *errors;
	} rows[] = {
	    {"both outputs", "echo out; echo err >&2", NULL, 0, "out\n", "err\n"},
	    {"its status", "exit 3", NULL, 3, "", ""},
	    {"its signal", "kill -9 $$", NULL, 128 + 9, "", ""},
	    {"what it is given", "cat", "a\nb", 0, "a\nb", ""},
	    {"nothing is empty", "cat; echo end", NULL, 0, "end\n", ""},
	    {"given and not read", "echo x", "unread", 0, "x\n", ""},
	    {"the language we know", "echo $LC_ALL", NULL, 0, "C\n", ""},
	    {"a daemon that keeps the output open", "sleep 5 & echo x", NULL, 0, "x\n", ""},
	    {"no such program", NULL, NULL, 127, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		const char *shell[] = {"sh", "-c", rows[i].script, NULL};
		const char *none[] = {"postrider-no-such-program", NULL};
		struct proc_result r;
		struct err e;

		proc_result_init(&r);
		assert_true(
		    proc_run(rows[i].script != NULL ? shell : none, rows[i].input, AMPLE, &r, &e));
		if (r.status != rows[i].status || !str_eq(buf_str(&r.out), rows[i].out) ||
		    !str_eq(buf_str(&r.errors), rows[i].errors))
			fail_msg("%s: %d '%s' '%s'", rows[i].claim, r.status, buf_str(&r.out),
			    buf_str(&r.errors));
		proc_result_done(&r);
	}
}

static void
more_than_a_pipe_holds_goes_in_and_out(void **state)
{
	const char *argv[] = {"cat", NULL};
	struct proc_result r;
	struct buf text;
	struct err e;

	(void)state;
	buf_init(&text, 1 << 20);
	while (text.len < 300000)
		assert_true(buf_adds(&text, "0123456789\n"));
	proc_result_init(&r);
	assert_true(proc_run(argv, buf_str(&text), AMPLE, &r, &e));
	assert_int_equal(r.out.len, text.len);
	assert_memory_equal(r.out.data, text.data, text.len);
	proc_result_done(&r);
	buf_done(&text);
}

static void
a_program_that_does_not_end_is_killed(void **state)
{
	const char *argv[] = {"sh", "-c", "sleep 1000", NULL};
	size_t before = count_fds();
	struct proc_result r;
	struct err e;

	(void)state;
	proc_result_init(&r);
	assert_false(proc_run(argv, NULL, 100, &r, &e));
	assert_int_equal(e.class, ERR_LOCAL);
	assert_string_equal(e.text, "sh did not finish in time and was killed");
	proc_result_done(&r);
	assert_int_equal(count_fds(), before);
}

static void
programs_are_looked_for_in_path(void **state)
{
	(void)state;
	assert_true(proc_exists("sh"));
	assert_false(proc_exists("postrider-no-such-program"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(what_a_command_prints_is_the_secret, no_children),
	    cmocka_unit_test_teardown(failures_are_told_and_leave_the_old_secret, no_children),
	    cmocka_unit_test_teardown(the_limit_is_64_kib, no_children),
	    cmocka_unit_test_teardown(arguments_reach_a_program_unread_by_a_shell, no_children),
	    cmocka_unit_test_teardown(a_timeout_kills_the_whole_family, no_children),
	    cmocka_unit_test_teardown(no_descriptor_is_inherited, no_children),
	    cmocka_unit_test_teardown(no_signal_stays_ignored_or_blocked, no_children),
	    cmocka_unit_test_teardown(an_ignored_sigchld_hides_no_status_and_comes_back,
		no_children),
	    cmocka_unit_test_teardown(interruptions_do_not_end_it, no_children),
	    cmocka_unit_test_teardown(no_descriptor_is_left, no_children),
	    cmocka_unit_test_teardown(programs_are_told_and_tell_apart_what_they_say, no_children),
	    cmocka_unit_test_teardown(more_than_a_pipe_holds_goes_in_and_out, no_children),
	    cmocka_unit_test_teardown(a_program_that_does_not_end_is_killed, no_children),
	    cmocka_unit_test(programs_are_looked_for_in_path),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
