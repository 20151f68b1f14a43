/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/mimeparam.h"
#include "message/mimetype.h"

static const struct {
	const char *name, *value, *want;
} rows[] = {
    {"a plain one", "a.txt", ";\n f=\"a.txt\""},
    {"an empty one", "", ";\n f=\"\""},
    {"what a quoted string escapes", "a\"b\\c", ";\n f=\"a\\\"b\\\\c\""},
    {"8-bit octets", "\xc3\xbc.txt", ";\n f*=UTF-8''%C3%BC.txt;\n f=\"_.txt\""},
    {"no UTF-8", "\xfc.txt", ";\n f*=unknown-8bit''%FC.txt;\n f=\"_.txt\""},
    {"a line break", "a\r\nb", ";\n f*=UTF-8''a%0D%0Ab;\n f=\"a__b\""},
    {"what has a meaning there", "a*'%\t", ";\n f*=UTF-8''a%2A%27%25%09;\n f=\"a*'%_\""},
    {"a long one", "0123456789012345678901234567890123456789012345678901234567890123456789012345",
	";\n f*0*=UTF-8''01234567890123456789012345678901234567890123456789012345678;\n"
	" f*1*=90123456789012345"},
};

static void
values_are_written_in_words_of_mime(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		mimeparam_add(&out, "f", rows[i].value);
		if (strcmp(buf_str(&out), rows[i].want) != 0)
			fail_msg("%s:%s", rows[i].name, buf_str(&out));
	}
	buf_done(&out);
}

/* Values of any length and kind: no line grows, and no buffer is waited for in vain. */
static void
lines_stay_short(void **state)
{
	char value[400];
	struct buf out;

	(void)state;
	for (size_t n = 1; n < sizeof(value); n++) {
		buf_init(&out, 10000);
		memset(value, n % 2 == 0 ? '\xfc' : 'x', n);
		value[n] = '\0';
		mimeparam_add(&out, "filename", value);
		for (const char *s = buf_str(&out), *end; *s != '\0'; s = end + (*end != '\0')) {
			end = strchrnul(s, '\n');
			assert_true(end - s <= 78);
		}
		buf_done(&out);
	}
	buf_init(&out, 100);
	mimeparam_add(&out, "filename", value);
	assert_true(out.overflow);
	buf_done(&out);
}

static void
types_come_from_names(void **state)
{
	(void)state;
	assert_string_equal(mimetype_guess("a.PDF"), "application/pdf");
	assert_string_equal(mimetype_guess("a.tar.gz"), "application/gzip");
	assert_string_equal(mimetype_guess("pdf"), "application/octet-stream");
	assert_string_equal(mimetype_guess("a."), "application/octet-stream");
	assert_string_equal(mimetype_guess(""), "application/octet-stream");
}

static void
types_are_checked(void **state)
{
	static const char *const good[] = {"a/b", "text/plain; charset=utf-8", "a/b ;c=\"d e\"",
	    "application/vnd.x+json"};
	static const char *const bad[] = {"", "a", "a/", "/b", "a/b c", "a/b;", "a/b\n",
	    "a/b;\r\nX: y=z", "a/b/c", "a/b; c=\xc3\xbc", "a/b, c=d", "(a)/b"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!mimetype_is_valid(good[i]))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mimetype_is_valid(bad[i]))
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_written_in_words_of_mime),
	    cmocka_unit_test(lines_stay_short),
	    cmocka_unit_test(types_come_from_names),
	    cmocka_unit_test(types_are_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
