/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/logline.h"
#include "base/str.h"
#include "loghole.h"

/* What fn has added, as it arrives; without the stamp and the name. */
static const char *
sent(struct logline *l)
{
	int priority;
	const char *line, *at;

	logline_send(l);
	line = loghole_next(&priority);
	at = strstr(line, "]: ");
	return at != NULL ? at + 3 : line;
}

static void
values_are_quoted_when_they_must(void **state)
{
	static const struct {
		const char *claim, *value, *line;
	} rows[] = {
	    {"a word is not", "sent", "k=sent"},
	    {"nor is an equals sign", "a=b", "k=a=b"},
	    {"blanks", "two words", "k=\"two words\""},
	    {"a quote", "say \"x\"", "k=\"say \\\"x\\\"\""},
	    {"a quote alone", "\"", "k=\"\\\"\""},
	    {"a backslash", "a\\b", "k=\"a\\\\b\""},
	    {"a backslash at the end", "a\\", "k=\"a\\\\\""},
	    {"a line break", "no\r\nid=x", "k=\"no\\x0d\\x0aid=x\""},
	    {"an escape sequence", "\x1b[2J", "k=\"\\x1b[2J\""},
	    {"a tab", "a\tb", "k=\"a\\x09b\""},
	    {"UTF-8 stays", "Gr\xc3\xbc\xc3\x9f", "k=Gr\xc3\xbc\xc3\x9f"},
	    {"what is none does not", "Gr\xfc", "k=\"Gr\\xfc\""},
	    {"C1 controls", "\xc2\x9b", "k=\"\\xc2\\x9b\""},
	    {"nothing", "", ""},
	    {"nothing at all", NULL, ""},
	};

	(void)state;
	loghole_open(LOG_LEVEL_INFO);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct logline l;
		const char *got;

		logline_init(&l, LOG_LEVEL_INFO);
		logline_str(&l, "k", rows[i].value);
		got = sent(&l);
		if (strcmp(got, rows[i].line) != 0)
			fail_msg("%s: %s", rows[i].claim, got);
	}
	loghole_close();
}

static void
keys_stand_in_the_order_they_came(void **state)
{
	struct logline l;

	(void)state;
	loghole_open(LOG_LEVEL_INFO);
	logline_init(&l, LOG_LEVEL_INFO);
	logline_addr(&l, "from", "");
	logline_addr(&l, "to", "\"a b\"@x.example");
	logline_addr(&l, "none", NULL);
	logline_int(&l, "code", 250);
	logline_int(&l, "ms", -1);
	logline_text(&l, "text", "OK");
	logline_text(&l, "empty", "");
	assert_string_equal(sent(&l),
	    "from=<> to=\"<\\\"a b\\\"@x.example>\" code=250 ms=-1 text=\"OK\"");
	loghole_close();
}

static char *
many(char c, size_t n)
{
	char *s = test_malloc(n + 1);

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

/* Whatever is in them, a line has room for all of a recipient's keys, and what was cut says so. */
static void
long_values_are_cut_and_no_key_is_lost(void **state)
{
	static const char letters[] = {'x', '\\', '"', '\x01', '\xff'};
	static const char *const keys[] = {"message-id", "id", "account", "from", "to", "text",
	    "server", "ms"};

	(void)state;
	loghole_open(LOG_LEVEL_INFO);
	for (size_t i = 0; i < sizeof(letters); i++) {
		char *big = many(letters[i], 100000);
		struct arena mem = {NULL};
		struct logline_fields f;
		struct logline l;
		const char *line;

		logline_init(&l, LOG_LEVEL_INFO);
		for (size_t k = 0; k < 3; k++)
			logline_str(&l, keys[k], big);
		logline_addr(&l, "from", big);
		logline_addr(&l, "to", big);
		logline_text(&l, "text", big);
		logline_str(&l, "server", big);
		logline_int(&l, "ms", 1);
		line = sent(&l);
		assert_true(strlen(line) < 3500);
		assert_true(logline_parse(&mem, line, strlen(line), &f));
		assert_int_equal(f.n, 8);
		for (size_t k = 0; k < 8; k++)
			assert_string_equal(f.items[k].key, keys[k]);
		assert_true(str_ends_nocase(f.items[0].value, "..."));
		assert_true(str_ends_nocase(f.items[5].value, "..."));
		arena_done(&mem);
		test_free(big);
	}
	loghole_close();
}

static void
lines_are_read_back(void **state)
{
	static const struct {
		const char *claim, *line, *fields; /* "k:v|k:v|", NULL: no line of ours */
	} rows[] = {
	    {"one", "status=sent", "status:sent|"},
	    {"two", "id=A1 status=sent", "id:A1|status:sent|"},
	    {"a quoted one", "text=\"a b\" ms=1", "text:a b|ms:1|"},
	    {"quotes inside", "t=\"say \\\"x\\\"\"", "t:say \"x\"|"},
	    {"backslashes inside", "t=\"a\\\\\" k=v", "t:a\\|k:v|"},
	    {"controls stay escaped", "t=\"a\\x0d\\x0ab\"", "t:a\\x0d\\x0ab|"},
	    {"a quote in a word", "t=a\"b", "t:a\"b|"},
	    {"an empty value", "t= k=\"\"", "t:|k:|"},
	    {"keys with dashes and digits", "message-id2=<a@b>", "message-id2:<a@b>|"},
	    {"cut inside of a quote", "id=A1 text=\"No su", "id:A1|text:No su|"},
	    {"nothing", "", NULL},
	    {"no key", "=x", NULL},
	    {"a word", "status", NULL},
	    {"a word in between", "a=b word c=d", NULL},
	    {"two blanks", "a=b  c=d", NULL},
	    {"text behind a quote", "a=\"b\"c", NULL},
	    {"an upper-case key", "Status=sent", NULL},
	    {"a key that begins with a dash", "-a=b", NULL},
	    {"another program's", "4F3aB1: to=<a@b>, relay=x, status=sent (250 OK)", NULL},
	    {"a line break", "a=b\nc=d", "a:b\nc=d|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena mem = {NULL};
		struct logline_fields f;
		struct buf got;

		buf_init(&got, 10000);
		if (!logline_parse(&mem, rows[i].line, strlen(rows[i].line), &f)) {
			if (rows[i].fields != NULL)
				fail_msg("%s: not read", rows[i].claim);
		} else {
			for (size_t k = 0; k < f.n; k++)
				(void)buf_addf(&got, "%s:%s|", f.items[k].key, f.items[k].value);
			if (rows[i].fields == NULL || strcmp(buf_str(&got), rows[i].fields) != 0)
				fail_msg("%s: %s", rows[i].claim, buf_str(&got));
		}
		buf_done(&got);
		arena_done(&mem);
	}
}

static void
too_many_fields_are_no_line(void **state)
{
	struct arena mem = {NULL};
	struct logline_fields f;
	char line[8000] = "";
	size_t n = 0;

	(void)state;
	for (int i = 0; i < LOGLINE_FIELDS_MAX; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%sk=v", i > 0 ? " " : "");
	assert_true(logline_parse(&mem, line, n, &f));
	assert_int_equal(f.n, LOGLINE_FIELDS_MAX);
	n += (size_t)snprintf(line + n, sizeof(line) - n, " k=v");
	assert_false(logline_parse(&mem, line, n, &f));
	assert_false(logline_parse(&mem, "a=b\0c", 5, &f));
	memset(line, 'x', sizeof(line));
	line[1] = '=';
	assert_false(logline_parse(&mem, line, sizeof(line), &f));
	arena_done(&mem);
}

static void
the_first_of_equal_keys_counts(void **state)
{
	struct arena mem = {NULL};
	struct logline_fields f;

	(void)state;
	assert_true(logline_parse(&mem, "a=1 b=2 a=3", 11, &f));
	assert_string_equal(logline_get(&f, "a"), "1");
	assert_string_equal(logline_get(&f, "b"), "2");
	assert_null(logline_get(&f, "c"));
	arena_done(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_quoted_when_they_must),
	    cmocka_unit_test(keys_stand_in_the_order_they_came),
	    cmocka_unit_test(long_values_are_cut_and_no_key_is_lost),
	    cmocka_unit_test(lines_are_read_back),
	    cmocka_unit_test(too_many_fields_are_no_line),
	    cmocka_unit_test(the_first_of_equal_keys_counts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
