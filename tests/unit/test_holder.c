/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/holder.h"

static char dir[] = "/tmp/holder-XXXXXX";

static int
make_dir(void **state)
{
	static int fd;

	*state = &fd;
	if (mkdtemp(dir) == NULL)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

static int
remove_dir(void **state)
{
	int fd = *(int *)*state;

	(void)unlinkat(fd, "a", 0);
	(void)unlinkat(fd, "b", 0);
	close(fd);
	return rmdir(dir);
}

static int
make_file(int at, const char *name)
{
	int fd = openat(at, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void
who_has_a_lock_is_told_and_nobody_is_disturbed(void **state)
{
	int at = *(int *)*state, a, b, other;

	a = make_file(at, "a");
	b = make_file(at, "b");
	assert_int_equal(holder_of(at, "a"), 0);
	assert_int_equal(holder_of(at, "none"), 0);
	assert_int_equal(flock(a, LOCK_EX), 0);
	if (access("/proc/locks", R_OK) == 0)
		assert_int_equal(holder_of(at, "a"), getpid());
	assert_int_equal(holder_of(at, "b"), 0);
	assert_int_equal(flock(a, LOCK_UN), 0);
	assert_int_equal(holder_of(at, "a"), 0);
	/* looking leaves nothing behind that another one would find taken */
	other = make_file(at, "a");
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
	close(a);
	close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_has_a_lock_is_told_and_nobody_is_disturbed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
