/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/addrarg.h"

static struct arena mem;

/* "a@b c@d !1": the addresses, and how many were none. */
static const char *
take(const char *word, struct err *e)
{
	static char text[512];
	const char *items[] = {word};
	const struct args_list words = {items, 1};
	struct args_list out = {NULL, 0};
	struct addrarg_bad bad = {.n = 0};
	size_t n = 0;

	arena_done(&mem);
	text[0] = '\0';
	if (!addrarg_recipients(&mem, &words, &out, &bad, e))
		return "error";
	for (size_t i = 0; i < out.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i > 0 ? " " : "",
		    out.items[i]);
	if (bad.n > 0)
		(void)snprintf(text + n, sizeof(text) - n, " !%zu", bad.n);
	return text;
}

static void
a_word_is_a_list(void **state)
{
	static const struct {
		const char *word, *taken;
	} rows[] = {
	    {"bob@example.org", "bob@example.org"},
	    {"root,alice", "root alice"},
	    {"a@x,b@y", "a@x b@y"},
	    {"Joe <j@x.example>, (c) k@x.example", "j@x.example k@x.example"},
	    {"<r@x.example>", "r@x.example"},
	    {"\"a b\"@x.example", "\"a b\"@x.example"},
	    {"team: a@x.example, b@x.example;", "a@x.example b@x.example"},
	    {"a@x.example,,b@x.example,", "a@x.example b@x.example"},
	    {"c@@d, good@x.example", "good@x.example !1"},
	    {"good@x.example, c@@d", "good@x.example !1"},
	    {"c@@d, <e, good@x.example", "good@x.example !2"},
	    {"a@b> SIZE=1", " !1"},
	    {"a@b\nRCPT TO:<evil@x>", " !1"},
	    {"a@b\r\n", "a@b"},
	    {"", "error"},
	    {" ", "error"},
	    {"nobody:;", "error"},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(take(rows[i].word, &e), rows[i].taken) != 0)
			fail_msg("%s: %s", rows[i].word, take(rows[i].word, &e));
	assert_int_equal(err_sysexit(&e), 64);
}

static void
a_sender_is_one_address_or_none(void **state)
{
	static const struct {
		const char *word, *from; /* NULL: refused */
	} rows[] = {
	    {"a@b", "a@b"},
	    {"", ""},
	    {"<>", ""},
	    {" <>", ""},
	    {"Bob <b@x.example>", "b@x.example"},
	    {"<b@x.example>", "b@x.example"},
	    {"alice", "alice"},
	    {"a@b,c@d", NULL},
	    {"team:;", NULL},
	    {"a@b> SIZE=1", NULL},
	    {"a@b\nc@d", NULL},
	    {"@", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e;
		const char *from = addrarg_sender(&mem, rows[i].word, &e);

		if ((from == NULL) != (rows[i].from == NULL) ||
		    (from != NULL && strcmp(from, rows[i].from) != 0))
			fail_msg("%s: %s", rows[i].word, from != NULL ? from : e.text);
		if (from == NULL)
			assert_int_equal(err_sysexit(&e), 64);
	}
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
	    cmocka_unit_test(a_word_is_a_list),
	    cmocka_unit_test(a_sender_is_one_address_or_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
