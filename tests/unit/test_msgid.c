/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/msgid.h"

static struct arena mem;

static void
an_id_ends_in_the_domain(void **state)
{
	static const struct {
		const char *claim, *domain, *right;
	} rows[] = {
	    {"a domain", "x.example", "x.example"},
	    {"an A-label", "xn--bcher-kva.example", "xn--bcher-kva.example"},
	    {"none", NULL, "localhost.invalid"},
	    {"an empty one", "", "localhost.invalid"},
	    {"a literal tells an address", "[192.0.2.1]", "localhost.invalid"},
	    {"UTF-8 at its beginning", "\xc3\xb6.example", "localhost.invalid"},
	    {"UTF-8 further on", "b\xc3\xbc.example", "localhost.invalid"},
	    {"a line end", "x\r\nBcc: y", "localhost.invalid"},
	    {"a bracket", "x>", "localhost.invalid"},
	    {"a blank", "x y", "localhost.invalid"},
	    {"a dot at the end", "x.", "localhost.invalid"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *id = msgid_make(&mem, rows[i].domain), *at = strchr(id, '@');
		size_t n = strlen(rows[i].right);

		if (id[0] != '<' || at == NULL || strlen(at) != n + 2 ||
		    strncmp(at + 1, rows[i].right, n) != 0 || at[n + 1] != '>')
			fail_msg("%s: %s", rows[i].claim, id);
		assert_in_range(at - id, 20, 64);
		assert_int_equal(strspn(id + 1, "0123456789abcdefghijklmnopqrstuvwxyz."),
		    (size_t)(at - id) - 1);
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
no_two_are_equal(void **state)
{
	enum { N = 2000 };
	static const char *ids[N];

	(void)state;
	for (size_t i = 0; i < N; i++)
		ids[i] = msgid_make(&mem, "x");
	qsort(ids, N, sizeof(ids[0]), by_text);
	for (size_t i = 1; i < N; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

static int
clean(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_id_ends_in_the_domain),
	    cmocka_unit_test(no_two_are_equal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
