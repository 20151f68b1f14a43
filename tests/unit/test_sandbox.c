/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include <cmocka.h>

#include "base/sandbox.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])
#define UNCONFINED 77 /* the system has no such wall */

static char folder[200];

static bool
put(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	return fd >= 0 && write(fd, "secret", 6) == 6 && close(fd) == 0;
}

static int
make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof folder, "%s/postrider-sandbox-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(folder) == NULL || chdir(folder) < 0 || mkdir("queue", 0700) < 0)
		return -1;
	return put("listed") && put("id_x") && put("queue/entry") ? 0 : -1;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = {"listed", "id_x", "queue/entry", "queue/new", "queue",
	    "new", "moved", "socket"};

	(void)state;
	for (size_t i = 0; i < NROWS(names); i++)
		remove(names[i]);
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* A socket of loopback that listens; *port is its. */
static int
listener(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* 0, or the errno of connecting to a port of loopback. */
static int
connect_error(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), error;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	error = connect(fd, (struct sockaddr *)&a, sizeof a) == 0 ? 0 : errno;
	close(fd);
	return error;
}

static int
open_error(const char *path, int flags)
{
	int fd = open(path, flags, 0600), error = fd >= 0 ? 0 : errno;

	if (fd >= 0)
		close(fd);
	return error;
}

struct outside {
	uint16_t allowed, other;
	int unix_fd;   /* listens at "socket" */
	int held;      /* "id_x", open for writing since before */
	bool has_port; /* ports are confined, too */
};

/*
 * What follows runs confined, in a process of its own, and returns 0 or the
 * number of the first claim that does not hold.
 */
static int
files_are_closed(const struct outside *o)
{
	static const char *const writes[] = {"id_x", "listed", "queue/entry"};

	(void)o;
	if (open_error("listed", O_RDONLY) != 0)
		return 1;
	if (open_error("id_x", O_RDONLY) != EACCES)
		return 2;
	for (size_t i = 0; i < NROWS(writes); i++)
		if (open_error(writes[i], O_WRONLY) != EACCES ||
		    open_error(writes[i], O_RDWR) != EACCES)
			return 3;
	if (open_error("new", O_WRONLY | O_CREAT) != EACCES)
		return 4;
	if (mkdir("new", 0700) == 0 || unlink("id_x") == 0 || symlink("x", "new") == 0)
		return 5;
	if (open_error(folder, O_RDONLY | O_DIRECTORY) != EACCES)
		return 6;
	return 0;
}

static int
nothing_is_executed(const struct outside *o)
{
	char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"exit 0"}, NULL};

	(void)o;
	execv("/bin/sh", argv);
	return errno == EACCES ? 0 : 1;
}

static int
what_is_open_stays_open(const struct outside *o)
{
	return pwrite(o->held, "S", 1, 0) == 1 && ftruncate(o->held, 3) == 0 ? 0 : 1;
}

static int
other_ports_are_closed(const struct outside *o)
{
	if (!o->has_port)
		return UNCONFINED;
	if (connect_error(o->allowed) != 0)
		return 1;
	return connect_error(o->other) == EACCES ? 0 : 2;
}

static int
unix_sockets_are_reached(const struct outside *o)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)o;
	return connect(fd, (struct sockaddr *)&a, sizeof a) == 0 ? 0 : 1;
}

static int
privileges_cannot_come_back(const struct outside *o)
{
	(void)o;
#ifdef __linux__
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
#else
	return UNCONFINED;
#endif
}

static int
a_child_is_confined_as_well(const struct outside *o)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(files_are_closed(o));
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

/* The kernel's Landlock, asked without this house's words; 0: none. */
static long
abi(void)
{
#ifdef __linux__
	long n = syscall(444, NULL, 0, 1); /* landlock_create_ruleset on every architecture */

	return n > 0 ? n : 0;
#else
	return 0;
#endif
}

/* Exit status of claim, confined in a process of its own. */
static int
confined(const char *writable, int (*claim)(const struct outside *), const struct outside *o)
{
	const char *readable[] = {"/nonexistent", "listed"};
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		struct sandbox s = {readable, 2, writable, &o->allowed, 1};

		_exit(sandbox_enter(&s) ? claim(o) : UNCONFINED);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
claims_hold_behind_the_wall(void **state)
{
	static const struct {
		const char *claim;
		int (*check)(const struct outside *);
	} rows[] = {
	    {"files are closed", files_are_closed},
	    {"nothing is executed", nothing_is_executed},
	    {"what is open stays open", what_is_open_stays_open},
	    {"other ports are closed", other_ports_are_closed},
	    {"Unix sockets are reached", unix_sockets_are_reached},
	    {"privileges cannot come back", privileges_cannot_come_back},
	    {"a child is confined as well", a_child_is_confined_as_well},
	};
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};
	struct outside o = {.has_port = abi() >= 4};
	int first, second;

	(void)state;
	if (abi() == 0)
		skip();
	first = listener(&o.allowed);
	second = listener(&o.other);
	o.held = open("id_x", O_RDWR);
	o.unix_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(o.unix_fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(o.unix_fd, 5), 0);
	/* outside, all that is refused inside is possible */
	assert_int_equal(connect_error(o.other), 0);
	assert_int_equal(open_error("id_x", O_RDWR), 0);
	for (size_t i = 0; i < NROWS(rows); i++) {
		int got = confined(NULL, rows[i].check, &o);

		if (got != 0 && !(got == UNCONFINED && rows[i].check == other_ports_are_closed))
			fail_msg("%s: claim %d", rows[i].claim, got);
	}
	close(first);
	close(second);
	close(o.held);
	close(o.unix_fd);
}

static int
entries_may_be_written(const struct outside *o)
{
	(void)o;
	if (open_error("queue/entry", O_RDWR) != 0)
		return 1;
	if (open_error("queue/new", O_RDWR | O_CREAT) != EACCES)
		return 2;
	if (unlink("queue/entry") == 0)
		return 3;
	if (rename("queue/entry", "moved") == 0)
		return 4;
	return open_error("id_x", O_RDONLY) == EACCES ? 0 : 5;
}

static void
a_writable_folder_takes_no_new_files(void **state)
{
	struct outside o = {.allowed = 1};

	(void)state;
	if (abi() == 0)
		skip();
	assert_int_equal(confined("queue", entries_may_be_written, &o), 0);
}

static int
always_good(const struct outside *o)
{
	(void)o;
	return 0;
}

static void
it_says_whether_it_stands(void **state)
{
	struct outside o = {.allowed = 1};

	(void)state;
	assert_int_equal(confined(NULL, always_good, &o), abi() > 0 ? 0 : UNCONFINED);
}

static void
a_process_with_a_secret_leaves_no_core(void **state)
{
	struct rlimit limit;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		sandbox_no_core();
#ifdef __linux__
		if (prctl(PR_GET_DUMPABLE) != 0)
			_exit(2);
#endif
		if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_max != 0)
			_exit(3);
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_false(WCOREDUMP(status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_says_whether_it_stands),
	    cmocka_unit_test(claims_hold_behind_the_wall),
	    cmocka_unit_test(a_writable_folder_takes_no_new_files),
	    cmocka_unit_test(a_process_with_a_secret_leaves_no_core),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
