/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/charset.h"

static const struct {
	const char *name, *charset, *in, *want; /* NULL: refused */
	const char *says;
} rows[] = {
    {"Latin-1", "iso-8859-1", "gr\xfcn", "gr\xc3\xbcn", NULL},
    {"the euro of Latin-9", "ISO-8859-15", "\xa4", "\xe2\x82\xac", NULL},
    {"UTF-8 itself", "utf-8", "\xc3\xbc", "\xc3\xbc", NULL},
    {"nothing", "utf-8", "", "", NULL},
    {"a charset with a state", "iso-2022-jp", "\x1b$B$\"\x1b(B", "\xe3\x81\x82", NULL},
    {"an octet that is none", "utf-8", "ab\xfc", NULL, "octet 3 of the text is not utf-8"},
    {"the end of a character is missing", "utf-8", "ab\xc3", NULL, "octet 3 of"},
    {"8-bit octets in ASCII", "us-ascii", "\xfc", NULL, "octet 1 of"},
    {"an unknown charset", "klingon", "x", NULL, "'klingon' is not known"},
    {"a line break in its name", "utf-8\n", "x", NULL, "is not known"},
    {"a blank in its name", "utf-8 ", "x", NULL, "is not known"},
    {"no charset", "", "x", NULL, "is not known"},
    {"a flag of the converter", "us-ascii//TRANSLIT", "x", NULL, "is not known"},
};

static void
texts_become_utf8(void **state)
{
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good;
		buf_clear(&out);
		err_clear(&e);
		good = charset_convert(rows[i].charset, rows[i].in, strlen(rows[i].in), &out, &e);
		if (good != (rows[i].want != NULL))
			fail_msg("%s: %s", rows[i].name, e.text);
		if (good)
			assert_string_equal(buf_str(&out), rows[i].want);
		else if (strstr(e.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].name, e.text);
	}
	buf_done(&out);
}

/* Longer than the converter's own room, with characters across its borders. */
static void
long_texts_are_converted_whole(void **state)
{
	static char in[10001];
	struct buf out;
	struct err e;

	(void)state;
	memset(in, '\xfc', sizeof(in));
	in[0] = 'x';
	buf_init(&out, 100000);
	assert_true(charset_convert("iso-8859-1", in, sizeof(in), &out, &e));
	assert_int_equal(out.len, 20001);
	for (size_t i = 1; i < out.len; i += 2)
		assert_memory_equal(out.data + i, "\xc3\xbc", 2);
	buf_done(&out);
	buf_init(&out, 100);
	assert_false(charset_convert("iso-8859-1", in, sizeof(in), &out, &e));
	assert_int_equal(e.class, ERR_MESSAGE);
	buf_done(&out);
}

static void
words_stay_when_they_are_utf8(void **state)
{
	struct arena mem = {NULL};

	(void)state;
	assert_string_equal(charset_word(&mem, "iso-8859-1", "\xc3\xbc"), "\xc3\xbc");
	assert_string_equal(charset_word(&mem, "iso-8859-1", "\xfc"), "\xc3\xbc");
	assert_string_equal(charset_word(&mem, NULL, "\xfc"), "\xfc");
	assert_string_equal(charset_word(&mem, "us-ascii", "\xfc"), "\xfc");
	arena_done(&mem);
}

static void
the_locale_is_asked(void **state)
{
	struct arena mem = {NULL};
	const char *name;

	(void)state;
	setenv("LC_ALL", "C", 1);
	assert_null(charset_of_locale(&mem));
	setenv("LC_ALL", "nowhere.UTF-8", 1);
	assert_null(charset_of_locale(&mem));
	setenv("LC_ALL", "C.UTF-8", 1);
	name = charset_of_locale(&mem);
	if (name != NULL) /* not each libc has it */
		assert_string_equal(name, "UTF-8");
	arena_done(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_become_utf8),
	    cmocka_unit_test(long_texts_are_converted_whole),
	    cmocka_unit_test(words_stay_when_they_are_utf8),
	    cmocka_unit_test(the_locale_is_asked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
