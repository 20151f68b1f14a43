/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])

/* The line of j, which goes. */
static const char *
line(struct json *j, struct buf *b)
{
	buf_clear(b);
	json_line(j, b);
	return buf_str(b);
}

static void
members_keep_their_order(void **state)
{
	struct json *j = json_new();
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	json_str(j, "z", "text");
	json_int(j, "a", INT64_MIN);
	json_bool(j, "m", true);
	json_bool(j, "n", false);
	json_str(j, "left-out", NULL);
	json_str(j, "empty", "");
	assert_string_equal(line(j, &b),
	    "{\"z\":\"text\",\"a\":-9223372036854775808,\"m\":true,\"n\":false,\"empty\":\"\"}\n");
	assert_string_equal(line(json_new(), &b), "{}\n");
	buf_done(&b);
}

static void
a_key_set_twice_has_the_last_value_once(void **state)
{
	struct json *j = json_new();
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	json_str(j, "a", "one");
	json_int(j, "b", 1);
	json_str(j, "a", "two");
	assert_string_equal(line(j, &b), "{\"a\":\"two\",\"b\":1}\n");
	buf_done(&b);
}

static void
lists_and_objects_are_taken_over(void **state)
{
	struct json *j = json_new(), *sub;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 1; i <= 2; i++) {
		sub = json_new();
		json_int(sub, "n", i);
		json_push(j, "list", sub);
	}
	json_push_str(j, "words", "a");
	json_push_str(j, "words", "b\xff");
	sub = json_new();
	json_bool(sub, "in", true);
	json_obj(j, "obj", sub);
	assert_string_equal(line(j, &b),
	    "{\"list\":[{\"n\":1},{\"n\":2}],\"words\":[\"a\",\"b\\\\xff\"],\"obj\":{\"in\":true}}\n");
	buf_done(&b);
}

static void
strings_are_safe_to_show(void **state)
{
	static const struct {
		const char *claim, *value, *shown;
	} rows[] = {
	    {"quotes and backslashes are escaped", "a\"b\\c", "a\\\"b\\\\c"},
	    {"a line end does not end the line", "a\r\nb", "a\\r\\nb"},
	    {"ESC is escaped", "\x1b[2J", "\\u001B[2J"},
	    {"UTF-8 stays readable",
		"B\xc3\xbc"
		"cher \xe2\x82\xac",
		"B\xc3\xbc"
		"cher \xe2\x82\xac"},
	    {"DEL is escaped",
		"a\x7f"
		"b",
		"a\\u007fb"},
	    {"U+0080 is escaped", "\xc2\x80", "\\u0080"},
	    {"U+009B, a terminal's CSI, is escaped",
		"a\xc2\x9b"
		"1m",
		"a\\u009b1m"},
	    {"U+009F is the last of them", "\xc2\x9f\xc2\x9f", "\\u009f\\u009f"},
	    {"U+00A0 stays", "\xc2\xa0", "\xc2\xa0"},
	    {"80 to 9F within other characters stays", "\xc3\x80\xe2\x82\x80",
		"\xc3\x80\xe2\x82\x80"},
	    {"C2 as the end of nothing: not UTF-8, escaped whole", "\xc2\xc2\x80",
		"\\\\xc2\\\\xc2\\\\x80"},
	    {"bytes that are not UTF-8 are escaped",
		"b\xfc"
		"cher",
		"b\\\\xfccher"},
	    {"a surrogate is not UTF-8", "\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80"},
	};
	struct buf b, want;

	(void)state;
	buf_init(&b, 1000);
	buf_init(&want, 1000);
	for (size_t i = 0; i < NROWS(rows); i++) {
		struct json *j = json_new();

		json_str(j, "v", rows[i].value);
		buf_clear(&want);
		buf_addf(&want, "{\"v\":\"%s\"}\n", rows[i].shown);
		if (!str_eq_nocase(line(j, &b), buf_str(&want)))
			fail_msg("%s: %s", rows[i].claim, buf_str(&b));
	}
	buf_done(&b);
	buf_done(&want);
}

static void
a_line_is_appended(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	json_line(json_new(), &b);
	json_line(json_new(), &b);
	assert_string_equal(buf_str(&b), "{}\n{}\n");
	buf_done(&b);
}

static void
strings_are_read_back(void **state)
{
	static const struct {
		const char *claim, *text, *value;
	} rows[] = {
	    {"a member is found", "{\"a\":1,\"status\":\"401\"}", "401"},
	    {"blanks around it do not matter", " { \"status\" : \"x\" } \r\n", "x"},
	    {"escapes are undone", "{\"status\":\"\\u00e4\\n\\\"\"}", "\xc3\xa4\n\""},
	    {"an empty string is one", "{\"status\":\"\"}", ""},
	    {"a number is no string", "{\"status\":401}", NULL},
	    {"null is no string", "{\"status\":null}", NULL},
	    {"an inner object is not searched", "{\"x\":{\"status\":\"401\"}}", NULL},
	    {"a list is no object", "[\"status\",\"401\"]", NULL},
	    {"a string alone is no object", "\"status\"", NULL},
	    {"nothing is no JSON", "", NULL},
	    {"half of it is no JSON", "{\"status\":\"401\"", NULL},
	    {"something behind it is no JSON", "{\"status\":\"401\"} x", NULL},
	    {"a NUL in a string is refused", "{\"status\":\"a\\u0000b\"}", NULL},
	    {"invalid UTF-8 is refused", "{\"status\":\"\xff\"}", NULL},
	    {"half a surrogate pair is refused", "{\"status\":\"\\ud83d\"}", NULL},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (size_t i = 0; i < NROWS(rows); i++) {
		bool good;

		buf_clear(&b);
		good = json_get_str(rows[i].text, strlen(rows[i].text), "status", &b);
		if (good != (rows[i].value != NULL) ||
		    !str_eq(buf_str(&b), rows[i].value != NULL ? rows[i].value : ""))
			fail_msg("%s: %s", rows[i].claim, buf_str(&b));
	}
	/* a number is a word, but no string */
	assert_false(json_get_str("{\"a\":401}", 9, "a", &b));
	buf_clear(&b);
	assert_true(json_get_word("{\"a\":401}", 9, "a", &b));
	assert_true(json_get_word("{\"a\":\"x\"}", 9, "a", &b));
	assert_string_equal(buf_str(&b), "401x");
	assert_false(json_get_word("{\"a\":4.5}", 9, "a", &b));
	assert_false(json_get_word("{\"a\":true}", 10, "a", &b));
	assert_false(json_get_word("nothing", 7, "a", &b));
	/* the length ends the text */
	assert_true(json_get_str("{\"status\":\"x\"}garbage", 14, "status", &b));
	assert_false(json_get_str("{\"status\":\"x\"}", 13, "status", &b));
	buf_done(&b);
}

static void
deep_nesting_is_refused_not_followed(void **state)
{
	static char deep[200000];
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	memset(deep, '[', sizeof deep);
	assert_false(json_get_str(deep, sizeof deep, "status", &b));
	buf_done(&b);
}

static void
a_value_above_the_ceiling_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 3);
	assert_false(json_get_str("{\"a\":\"four\"}", 12, "a", &b));
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_keep_their_order),
	    cmocka_unit_test(a_key_set_twice_has_the_last_value_once),
	    cmocka_unit_test(lists_and_objects_are_taken_over),
	    cmocka_unit_test(strings_are_safe_to_show),
	    cmocka_unit_test(a_line_is_appended),
	    cmocka_unit_test(strings_are_read_back),
	    cmocka_unit_test(deep_nesting_is_refused_not_followed),
	    cmocka_unit_test(a_value_above_the_ceiling_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
