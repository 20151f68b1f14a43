/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])
#define BIG (1024 * 1024)

static char folder[200];

static int
make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof folder, "%s/postrider-file-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(folder) == NULL || chdir(folder) < 0 ? -1 : 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
remove_folder(void **state)
{
	(void)state;
	return chdir("/") == 0 && nftw(folder, remove_one, 10, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

static size_t
count_fds(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_true(file_write(fd, text, strlen(text)));
	close(fd);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* A signal every 200 microseconds, without SA_RESTART; 0 stops it. */
static void
disturb(int usec)
{
	const struct itimerval timer = {{0, usec}, {0, usec}};
	const struct sigaction sa = {.sa_handler = on_alarm};

	assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* Octet i of the big test data. */
static char
octet(size_t i)
{
	return (char)(i * 7 + i / 251);
}

/* The writing end's process: all of it, in odd pieces. */
static _Noreturn void
feed(int fd)
{
	char *data = malloc(BIG);

	if (data == NULL)
		_exit(1);
	for (size_t i = 0; i < BIG; i++)
		data[i] = octet(i);
	disturb(200);
	_exit(file_write(fd, data, 1) && file_write(fd, data + 1, BIG - 1) ? 0 : 1);
}

/* Through a pipe with these flags (O_NONBLOCK: whoever shares an inherited one may have set it). */
static void
pass_through(int flags)
{
	struct buf b;
	int fds[2], status;
	size_t bad = 0;
	pid_t pid;

	assert_int_equal(pipe2(fds, flags), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		feed(fds[1]);
	}
	close(fds[1]);
	buf_init(&b, BIG);
	disturb(300);
	assert_true(file_slurp(fds[0], &b));
	disturb(0);
	assert_int_equal(b.len, BIG);
	for (size_t i = 0; i < BIG; i++)
		bad += b.data[i] != octet(i);
	assert_int_equal(bad, 0);
	buf_done(&b);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
big_data_survives_short_and_interrupted_calls(void **state)
{
	(void)state;
	pass_through(0);
	pass_through(O_NONBLOCK);
}

static void
a_failed_write_is_told(void **state)
{
	int fds[2], fd;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_false(file_write(fds[1], "x", 1));
	assert_int_equal(errno, EPIPE);
	assert_true(file_write(fds[1], "x", 0));
	close(fds[1]);
	assert_false(file_write(-1, "x", 1));
	assert_int_equal(errno, EBADF);
	fd = open("/dev/full", O_WRONLY);
	if (fd < 0)
		return;
	assert_false(file_write(fd, "x", 1));
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void
places_in_a_file_are_written_and_read(void **state)
{
	int fd = open("places", O_RDWR | O_CREAT, 0600);
	char got[10];

	(void)state;
	assert_true(fd >= 0);
	assert_true(file_pwrite(fd, "abcdef", 6, 100));
	assert_true(file_pwrite(fd, "XY", 2, 102));
	assert_int_equal(file_pread(fd, got, 10, 100), 6);
	assert_memory_equal(got, "abXYef", 6);
	assert_int_equal(file_pread(fd, got, 2, 0), 2);
	assert_memory_equal(got, "\0\0", 2);
	assert_int_equal(file_pread(fd, got, 10, 106), 0);
	assert_int_equal(file_pread(fd, got, 10, 5000), 0);
	/* no offset wraps into a negative one */
	assert_int_equal(file_pread(fd, got, 1, UINT64_MAX), -1);
	assert_int_equal(file_pread(fd, got, 2, INT64_MAX), -1);
	assert_false(file_pwrite(fd, "x", 1, (uint64_t)INT64_MAX + 1));
	assert_int_equal(errno, EFBIG);
	assert_false(file_pwrite(fd, "xy", 2, INT64_MAX));
	close(fd);
	assert_int_equal(file_pread(fd, got, 1, 0), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(file_read(fd, got, 1), -1);
}

static void
a_file_is_loaded_behind_what_is_there(void **state)
{
	struct stat st = {.st_size = -1};
	size_t fds = count_fds();
	struct buf b;

	(void)state;
	put("ten", "0123456789");
	buf_init(&b, 12);
	buf_adds(&b, "a:");
	assert_true(file_load("ten", 0, &b, &st));
	assert_string_equal(buf_str(&b), "a:0123456789");
	assert_int_equal(st.st_size, 10);
	buf_done(&b);
	buf_init(&b, 11);
	buf_adds(&b, "a:");
	st.st_size = -1;
	assert_false(file_load("ten", 0, &b, &st));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(b.len, 2);
	assert_string_equal(buf_str(&b), "a:");
	assert_int_equal(st.st_size, -1);
	buf_done(&b);
	/* also when parts of it were taken before it was too much */
	assert_int_equal(truncate("ten", 100000), 0);
	buf_init(&b, 99999);
	assert_false(file_load("ten", 0, &b, NULL));
	assert_int_equal(b.len, 0);
	buf_done(&b);
	assert_int_equal(count_fds(), fds);
}

static void
what_cannot_be_read_is_no_empty_file(void **state)
{
	size_t fds = count_fds();
	struct buf b;

	(void)state;
	put("empty", "");
	assert_int_equal(symlink("empty", "link"), 0);
	buf_init(&b, 100);
	assert_true(file_load("empty", 0, &b, NULL));
	assert_int_equal(b.len, 0);
	assert_true(file_load("link", 0, &b, NULL));
	assert_false(file_load("link", O_NOFOLLOW, &b, NULL));
	assert_int_equal(errno, ELOOP);
	assert_false(file_load("none", 0, &b, NULL));
	assert_int_equal(errno, ENOENT);
	assert_false(file_load(".", 0, &b, NULL));
	assert_int_equal(errno, EISDIR);
	assert_false(file_slurp(-1, &b));
	assert_int_equal(errno, EBADF);
	buf_done(&b);
	assert_int_equal(count_fds(), fds);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? st.st_mode & 07777 : 0;
}

static void
folders_are_made(void **state)
{
	static const struct {
		const char *claim, *path;
		int error; /* 0: made */
		const char *check;
	} rows[] = {
	    {"a single one", "one", 0, "one"},
	    {"a chain", "a/b/c", 0, "a/b/c"},
	    {"a chain that is there", "a/b/c", 0, "a/b/c"},
	    {"the rest of a chain", "a/b/d/e", 0, "a/b/d/e"},
	    {"slashes at the end", "f/g//", 0, "f/g"},
	    {"slashes in the middle", "h///i", 0, "h/i"},
	    {"dots", "./j/./k", 0, "j/k"},
	    {"through a link", "to-a/l", 0, "a/l"},
	    {"a link to a folder is one", "to-a", 0, "a"},
	    {"a file is none", "file", ENOTDIR, NULL},
	    {"below a file", "file/x/y", ENOTDIR, NULL},
	    {"a dangling link", "dangling/x", ENOTDIR, NULL},
	    {"no name", "", ENOENT, NULL},
	    {"the root is there", "/", 0, "/"},
	    {"and has several names", "//", 0, "/"},
	};
	size_t fds = count_fds();
	mode_t mask = umask(022);

	(void)state;
	put("file", "x");
	assert_int_equal(symlink("a", "to-a"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	for (size_t i = 0; i < NROWS(rows); i++) {
		int error = file_mkdirs(rows[i].path, 0750) ? 0 : errno;

		if (error != rows[i].error ||
		    (rows[i].check != NULL && mode_of(rows[i].check) == 0))
			fail_msg("%s: %s", rows[i].claim, strerror(error));
	}
	assert_int_equal(mode_of("a/b"), 0750);
	assert_int_equal(mode_of("a/b/d/e"), 0750);
	/* what was there keeps its mode */
	assert_true(file_mkdirs("a/b/m", 0700));
	assert_int_equal(mode_of("a/b"), 0750);
	assert_int_equal(mode_of("a/b/m"), 0700);
	assert_int_equal(count_fds(), fds);
	umask(mask);
}

static void
an_absolute_path_and_a_long_one(void **state)
{
	static char path[10000];

	(void)state;
	snprintf(path, sizeof path, "%s/abs/sub", folder);
	assert_true(file_mkdirs(path, 0700));
	assert_int_equal(mode_of("abs/sub"), 0700);
	memset(path, 'x', sizeof path - 1);
	assert_false(file_mkdirs(path, 0700));
	assert_int_equal(errno, ENAMETOOLONG);
	path[300] = '\0';
	assert_false(file_mkdirs(path, 0700));
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
two_may_make_the_same_folders(void **state)
{
	pid_t pids[4];
	int status;

	(void)state;
	for (size_t i = 0; i < NROWS(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(file_mkdirs("r/a/c/e", 0700) ? 0 : 1);
	}
	for (size_t i = 0; i < NROWS(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(mode_of("r/a/c/e"), 0700);
}

/* In a process of its own, as it has no standard descriptors then; 0: as it should be. */
static int
without_std(void)
{
	struct stat st;
	char c;

	for (int fd = 0; fd < 100; fd++)
		close(fd);
	file_fix_std();
	/* decisions.md 37: a closed standard input is an error, not an empty message */
	if (file_read(0, &c, 1) != -1)
		return 1;
	if (!file_write(1, "x", 1) || !file_write(2, "x", 1))
		return 2;
	if (open("/", O_RDONLY) != 3)
		return 3;
	for (int fd = 0; fd < 3; fd++)
		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || fcntl(fd, F_GETFD) != 0)
			return 4;
	return 0;
}

/* Only standard error is closed; the others stay what they are. */
static int
without_stderr(void)
{
	struct stat before[2], after[2];

	for (int fd = 0; fd < 2; fd++)
		if (fstat(fd, &before[fd]) < 0)
			return 1;
	close(2);
	file_fix_std();
	for (int fd = 0; fd < 2; fd++)
		if (fstat(fd, &after[fd]) < 0 || after[fd].st_ino != before[fd].st_ino)
			return 2;
	return file_write(2, "x", 1) ? 0 : 3;
}

static void
closed_standard_descriptors_are_filled(void **state)
{
	int (*const tries[])(void) = {without_std, without_stderr};
	int status;

	(void)state;
	for (size_t i = 0; i < NROWS(tries); i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(tries[i]());
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(big_data_survives_short_and_interrupted_calls),
	    cmocka_unit_test(a_failed_write_is_told),
	    cmocka_unit_test(places_in_a_file_are_written_and_read),
	    cmocka_unit_test(a_file_is_loaded_behind_what_is_there),
	    cmocka_unit_test(what_cannot_be_read_is_no_empty_file),
	    cmocka_unit_test(folders_are_made),
	    cmocka_unit_test(an_absolute_path_and_a_long_one),
	    cmocka_unit_test(two_may_make_the_same_folders),
	    cmocka_unit_test(closed_standard_descriptors_are_filled),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
