/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"
#include "base/str.h"

/* AddressSanitizer puts an mlock that does nothing before the real one. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCK_IS_IDLE true
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define LOCK_IS_IDLE true
#endif
#ifndef LOCK_IS_IDLE
#define LOCK_IS_IDLE false
#endif

static void
a_secret_is_a_copy_with_a_nul(void **state)
{
	char text[] = "hunter2";
	struct secret s = {NULL, 0};

	(void)state;
	assert_true(secret_set(&s, text, 7));
	text[0] = 'x';
	assert_int_equal(s.len, 7);
	assert_string_equal(s.data, "hunter2");
	assert_true(secret_set(&s, "a\0b", 3));
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.data, "a\0b", 4);
	secret_wipe(&s);
	assert_null(s.data);
	assert_int_equal(s.len, 0);
	secret_wipe(&s);
}

static void
an_empty_secret_is_not_none(void **state)
{
	struct secret s = {NULL, 0};

	(void)state;
	assert_true(secret_set(&s, "", 0));
	assert_non_null(s.data);
	assert_string_equal(s.data, "");
	secret_chomp(&s);
	assert_int_equal(s.len, 0);
	secret_wipe(&s);
}

static void
a_part_of_itself_may_replace_it(void **state)
{
	struct secret s = {NULL, 0};

	(void)state;
	secret_set(&s, "login:word", 10);
	assert_true(secret_set(&s, s.data + 6, 4));
	assert_string_equal(s.data, "word");
	secret_wipe(&s);
}

static void
the_limit_is_64_kib_and_a_refusal_changes_nothing(void **state)
{
	char *big = calloc(1, SECRET_MAX + 1);
	struct secret s = {NULL, 0};

	(void)state;
	assert_non_null(big);
	memset(big, 'x', SECRET_MAX + 1);
	assert_true(secret_set(&s, big, SECRET_MAX));
	assert_int_equal(strlen(s.data), SECRET_MAX);
	assert_true(secret_set(&s, "old", 3));
	assert_false(secret_set(&s, big, SECRET_MAX + 1));
	assert_false(secret_set(&s, big, SIZE_MAX));
	assert_string_equal(s.data, "old");
	secret_wipe(&s);
	free(big);
}

static void
one_line_end_is_dropped(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"pw\n", "pw"},
	    {"pw\r\n", "pw"},
	    {"pw\n\n", "pw\n"},
	    {"pw\r", "pw\r"},
	    {"pw ", "pw "},
	    {" pw\t\n", " pw\t"},
	    {"\n", ""},
	    {"\r\n", ""},
	    {"pw", "pw"},
	};
	struct secret s = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t before = strlen(rows[i].in);

		secret_set(&s, rows[i].in, before);
		secret_chomp(&s);
		assert_int_equal(s.len, strlen(rows[i].out));
		/* nothing of the line end stays behind */
		for (size_t k = s.len; k <= before; k++)
			assert_int_equal(s.data[k], 0);
		assert_memory_equal(s.data, rows[i].out, s.len);
	}
	secret_wipe(&s);
}

static void
zeroing_zeroes(void **state)
{
	char text[8] = "secret!";

	(void)state;
	secret_zero(text, 6);
	assert_memory_equal(text, "\0\0\0\0\0\0!", 8);
	secret_zero(text, 0);
	secret_zero(NULL, 0);
	assert_int_equal(text[6], '!');
}

#ifdef __linux__
/* The line of /proc/self/smaps that begins with key, for the mapping that holds p. */
static bool
smaps_line(const void *p, const char *key, char *out, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool here = false, found = false;

	assert_non_null(f);
	while (!found && fgets(out, (int)size, f) != NULL) {
		if (sscanf(out, "%lx-%lx ", &from, &to) == 2)
			here = (uintptr_t)p >= from && (uintptr_t)p < to;
		found = here && str_starts(out, key);
	}
	fclose(f);
	return found;
}

static void
its_pages_are_locked_and_stay_out_of_core_dumps(void **state)
{
	struct rlimit lock;
	struct secret s = {NULL, 0};
	char flags[1000];

	(void)state;
	secret_set(&s, "hunter2", 7);
	if (!smaps_line(s.data, "VmFlags:", flags, sizeof flags))
		skip();
	assert_non_null(strstr(flags, " dd"));
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &lock), 0);
	if (!LOCK_IS_IDLE && lock.rlim_cur >= 65536)
		assert_non_null(strstr(flags, " lo"));
	secret_wipe(&s);
}

static void
a_wiped_secret_is_no_longer_mapped(void **state)
{
	struct secret s = {NULL, 0};
	char line[1000];
	char *old;

	(void)state;
	secret_set(&s, "hunter2", 7);
	old = s.data;
	secret_wipe(&s);
	assert_false(smaps_line(old, "VmFlags:", line, sizeof line));
}
#endif

static void
it_serves_where_nothing_may_be_locked(void **state)
{
	struct rlimit none = {0, 0};
	struct secret s = {NULL, 0};
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		setrlimit(RLIMIT_MEMLOCK, &none);
		_exit(secret_set(&s, "pw", 2) && str_eq(s.data, "pw") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_secret_is_a_copy_with_a_nul),
	    cmocka_unit_test(an_empty_secret_is_not_none),
	    cmocka_unit_test(a_part_of_itself_may_replace_it),
	    cmocka_unit_test(the_limit_is_64_kib_and_a_refusal_changes_nothing),
	    cmocka_unit_test(one_line_end_is_dropped),
	    cmocka_unit_test(zeroing_zeroes),
#ifdef __linux__
	    cmocka_unit_test(its_pages_are_locked_and_stay_out_of_core_dumps),
	    cmocka_unit_test(a_wiped_secret_is_no_longer_mapped),
#endif
	    cmocka_unit_test(it_serves_where_nothing_may_be_locked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
