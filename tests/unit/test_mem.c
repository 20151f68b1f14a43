/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

static void
memory_is_zeroed_and_never_null(void **state)
{
	char *p = mem_alloc(100), *none = mem_alloc(0);

	(void)state;
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	assert_non_null(none);
	free(p);
	free(none);
}

static void
an_array_keeps_what_it_held(void **state)
{
	int *p = mem_array(NULL, 2, sizeof *p);

	(void)state;
	p[0] = 7;
	p[1] = 8;
	p = mem_array(p, 10000, sizeof *p);
	assert_int_equal(p[0], 7);
	assert_int_equal(p[1], 8);
	/* realloc(p, 0) would free and return NULL */
	p = mem_array(p, 0, sizeof *p);
	assert_non_null(p);
	free(p);
}

static void
die_by_overflow(void)
{
	free(mem_array(NULL, SIZE_MAX / 4 + 1, 4));
}

static void
die_by_arena(void)
{
	struct arena a = {NULL};

	arena_alloc(&a, SIZE_MAX - 3);
}

static void
die_by_grow(void)
{
	struct arena a = {NULL};

	arena_grow(&a, NULL, 0, SIZE_MAX / 2);
}

static void
die_by_name(void)
{
	mem_die("no more");
}

/* What f prints on stderr before it ends the process, into said; returns its wait status. */
static int
end_of(void (*f)(void), char *said, size_t size)
{
	int fds[2], status;
	struct buf b;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		f();
		_exit(0);
	}
	close(fds[1]);
	buf_init(&b, size - 1);
	assert_true(file_slurp(fds[0], &b));
	memcpy(said, buf_str(&b), b.len + 1);
	buf_done(&b);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
want_of_memory_is_one_sentence_and_status_75(void **state)
{
	static const struct {
		void (*f)(void);
		const char *says;
	} rows[] = {
	    {die_by_overflow, "postrider: out of memory\n"},
	    {die_by_arena, "postrider: out of memory\n"},
	    {die_by_grow, "postrider: out of memory\n"},
	    {die_by_name, "postrider: no more\n"},
	};
	char said[200];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int status = end_of(rows[i].f, said, sizeof said);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 75);
		assert_string_equal(said, rows[i].says);
	}
}

static void
a_copy_is_its_own(void **state)
{
	char word[] = "word", *copy = mem_strdup(word);

	(void)state;
	word[0] = 'l';
	assert_string_equal(copy, "word");
	free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zeroed_and_never_null),
	    cmocka_unit_test(an_array_keeps_what_it_held),
	    cmocka_unit_test(want_of_memory_is_one_sentence_and_status_75),
	    cmocka_unit_test(a_copy_is_its_own),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
