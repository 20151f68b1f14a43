/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])

/* A failed row names itself. */
#define CHECK(cond, row) \
	do { \
		if (!(cond)) \
			fail_msg("%s", (row)); \
	} while (0)

static void
classes_are_those_of_ascii(void **state)
{
	(void)state;
	for (int c = -128; c < 256; c++) {
		bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';

		assert_int_equal(str_is_digit(c), c >= '0' && c <= '9');
		assert_int_equal(str_is_alpha(c), upper || lower);
		assert_int_equal(str_is_blank(c), c == ' ' || c == '\t');
		assert_int_equal(str_is_space(c), c == ' ' || c == '\t' || c == '\r' || c == '\n');
		assert_int_equal(str_is_ctl(c), (c >= 0 && c < 32) || c == 127);
		assert_int_equal(str_lower(c), upper ? c + 32 : c);
	}
}

static void
comparisons_ignore_ascii_case_only(void **state)
{
	(void)state;
	assert_true(str_eq("a", "a"));
	assert_false(str_eq("a", "A"));
	assert_true(str_eq_nocase("MAIL", "mail"));
	assert_false(str_eq_nocase("mail", "mails"));
	assert_false(str_eq_nocase("\xc3\x84", "\xc3\xa4"));
	assert_true(str_neq_nocase("SIZE=10", 4, "size"));
	assert_false(str_neq_nocase("SIZE", 3, "size"));
	assert_false(str_neq_nocase("si\0e", 4, "si"));
	assert_true(str_starts("abc", "ab"));
	assert_true(str_starts("abc", ""));
	assert_false(str_starts("ab", "abc"));
	assert_true(str_starts_nocase("Subject: x", "SUBJECT:"));
	assert_false(str_starts_nocase("Sub", "SUBJECT:"));
	assert_true(str_ends_nocase("mail.EXAMPLE", ".example"));
	assert_true(str_ends_nocase("x", ""));
	assert_false(str_ends_nocase("e", ".example"));
}

static void
a_word_is_found_in_any_case(void **state)
{
	const char *hay = "550 5.7.1 Daily Limit exceeded";

	(void)state;
	assert_ptr_equal(str_find_nocase(hay, "daily limit"), hay + 10);
	assert_ptr_equal(str_find_nocase(hay, "EXCEEDED"), hay + 22);
	assert_ptr_equal(str_find_nocase(hay, ""), hay);
	assert_ptr_equal(str_find_nocase("aab", "ab"), strchr("aab", 0) - 2);
	assert_null(str_find_nocase(hay, "exceeded!"));
	assert_null(str_find_nocase("", "x"));
	assert_non_null(str_find_nocase("", ""));
}

static void
globs(void **state)
{
	static const struct {
		const char *claim, *pattern, *text;
		bool matches;
	} rows[] = {
	    {"equal text matches in any case", "Ann@Example", "ann@eXAMPLE", true},
	    {"a star takes a run", "*@corp.example", "ann.b@corp.example", true},
	    {"a star takes nothing", "*@corp.example", "@corp.example", true},
	    {"a star does not cross the end", "*@corp.example", "ann@corp.example.evil", false},
	    {"the second star goes on behind the first", "*a*b", "xaxbxb", true},
	    {"a star in the middle backs up", "a*bc", "abcbd bc", true},
	    {"a question mark takes exactly one", "a?c", "abc", true},
	    {"a question mark does not take nothing", "a?c", "ac", false},
	    {"a question mark takes no end", "ab?", "ab", false},
	    {"stars at the end take nothing", "ab***", "ab", true},
	    {"the first alternative counts", "a|b", "a", true},
	    {"the last alternative counts", "a|b|*c", "xc", true},
	    {"an alternative does not run into the next", "a|b", "a|b", false},
	    {"a star stays within its alternative", "x*|y", "zy", false},
	    {"an empty alternative matches the empty text only", "a|", "", true},
	    {"an empty alternative matches no other text", "a|", "b", false},
	    {"the empty pattern matches the empty text", "", "", true},
	    {"a lone star matches the empty text", "*", "", true},
	    {"a backslash is itself", "a\\*", "a\\bc", true},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++)
		CHECK(str_glob(rows[i].pattern, rows[i].text) == rows[i].matches, rows[i].claim);
}

static void
a_hostile_glob_ends(void **state)
{
	char text[20001], pattern[2002];

	(void)state;
	memset(text, 'a', 20000);
	text[20000] = '\0';
	/* "*a*a*a...b": a matcher that tries all ways would not come back */
	for (size_t i = 0; i < 2000; i += 2)
		memcpy(pattern + i, "*a", 2);
	memcpy(pattern + 2000, "b", 2);
	assert_false(str_glob(pattern, text));
	text[19999] = 'b';
	assert_true(str_glob(pattern, text));
}

static void
utf8_is_that_of_rfc_3629(void **state)
{
	static const struct {
		const char *claim, *text;
		bool valid;
	} rows[] = {
	    {"nothing is valid", "", true},
	    {"ASCII is valid", "abc", true},
	    {"U+0080 is the first of two octets", "\xc2\x80", true},
	    {"U+07FF is the last of two octets", "\xdf\xbf", true},
	    {"U+0800 is the first of three", "\xe0\xa0\x80", true},
	    {"U+D7FF lies before the surrogates", "\xed\x9f\xbf", true},
	    {"U+E000 lies behind the surrogates", "\xee\x80\x80", true},
	    {"U+10000 is the first of four", "\xf0\x90\x80\x80", true},
	    {"U+10FFFF is the last", "\xf4\x8f\xbf\xbf", true},
	    {"C0 80 is an overlong NUL", "\xc0\x80", false},
	    {"C1 BF is overlong", "\xc1\xbf", false},
	    {"E0 9F BF is overlong", "\xe0\x9f\xbf", false},
	    {"F0 8F BF BF is overlong", "\xf0\x8f\xbf\xbf", false},
	    {"U+D800 is a surrogate", "\xed\xa0\x80", false},
	    {"U+DFFF is a surrogate", "\xed\xbf\xbf", false},
	    {"U+110000 does not exist", "\xf4\x90\x80\x80", false},
	    {"F5 begins nothing", "\xf5\x80\x80\x80", false},
	    {"FF begins nothing", "\xff", false},
	    {"80 begins nothing", "a\x80z", false},
	    {"two octets cut", "a\xc3", false},
	    {"three octets cut", "\xe2\x82", false},
	    {"four octets cut", "\xf0\x9f\x98", false},
	    {"ASCII within a sequence", "\xe2(\xa1", false},
	    {"the last octet is no continuation", "\xf0\x9f\x98z", false},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++)
		CHECK(str_utf8_valid(rows[i].text, strlen(rows[i].text)) == rows[i].valid,
		    rows[i].claim);
	/* the length ends it, not what happens to follow */
	assert_false(str_utf8_valid("\xc3\xa4", 1));
	assert_true(str_utf8_valid("a\0b", 3));
}

static void
eight_bits_and_controls_are_seen_behind_a_nul(void **state)
{
	(void)state;
	assert_true(str_has_8bit("a\0\x80", 3));
	assert_false(str_has_8bit("a\x80", 1));
	assert_true(str_has_ctl("ab\0", 3));
	assert_true(str_has_ctl("\x7f", 1));
	assert_false(str_has_ctl("ab \x80\xff", 5));
}

static void
escapes(void **state)
{
	static const struct {
		const char *claim, *in;
		size_t n, max;
		const char *out;
	} rows[] = {
	    {"plain text stays", "550 No such user", 16, 0, "550 No such user"},
	    {"ESC is shown", "\x1b[2J", 4, 0, "\\x1b[2J"},
	    {"CR, LF and tab are shown", "a\r\n\tb", 5, 0, "a\\x0d\\x0a\\x09b"},
	    {"NUL is shown", "a\0b", 3, 0, "a\\x00b"},
	    {"DEL is shown", "\x7f", 1, 0, "\\x7f"},
	    {"UTF-8 stays",
		"B\xc3\xbc"
		"cher \xe2\x82\xac",
		11, 0,
		"B\xc3\xbc"
		"cher \xe2\x82\xac"},
	    {"C1 in UTF-8 is shown",
		"a\xc2\x9b"
		"1m",
		5, 0, "a\\xc2\\x9b1m"},
	    {"U+009F is shown", "\xc2\x9f", 2, 0, "\\xc2\\x9f"},
	    {"U+00A0 is no control", "\xc2\xa0", 2, 0, "\xc2\xa0"},
	    {"a stray C1 byte is shown",
		"\x9b"
		"1m",
		3, 0, "\\x9b1m"},
	    {"a cut sequence is shown", "\xe2\x82", 2, 0, "\\xe2\\x82"},
	    {"text of just the limit is whole", "abcdef", 6, 6, "abcdef"},
	    {"longer text ends in dots within the limit", "abcdefg", 7, 6, "abc..."},
	    {"an escape is not cut in two", "ab\x01zzzz", 7, 8, "ab..."},
	    {"an escape that fits is kept", "ab\x01zzzz", 7, 9, "ab\\x01..."},
	    {"a character is not cut in two",
		"a\xe2\x82\xac"
		"bcd",
		7, 6, "a..."},
	    {"the limit counts escaped bytes", "\x01\x01", 2, 8, "\\x01\\x01"},
	    {"one byte more is too long", "\x01\x01", 2, 7, "\\x01..."},
	    {"a limit below the dots cuts the dots", "abcdef", 6, 2, ".."},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		buf_init(&b, 1000);
		str_escape(&b, rows[i].in, rows[i].n, rows[i].max);
		CHECK(str_eq(buf_str(&b), rows[i].out), rows[i].claim);
		buf_done(&b);
	}
}

static void
nothing_unsafe_survives_escaping(void **state)
{
	struct buf b;
	uint32_t seed = 1;
	char in[64];

	(void)state;
	buf_init(&b, 4 * sizeof in);
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof in; i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (char)(seed >> 24);
		}
		buf_clear(&b);
		str_escape(&b, in, sizeof in, (size_t)round % 100);
		assert_false(b.overflow);
		assert_false(str_has_ctl(buf_str(&b), b.len));
		assert_true(str_utf8_valid(buf_str(&b), b.len));
		if (round % 100 > 0)
			assert_in_range(b.len, 0, round % 100);
	}
	buf_done(&b);
}

static void
xtext_goes_there_and_back(void **state)
{
	static const char plain[] = "ann+tag=1@example \x01\x7e\x7f\xff";
	struct buf x, back;

	(void)state;
	buf_init(&x, 1000);
	buf_init(&back, 1000);
	str_xtext(&x, plain, sizeof plain); /* the NUL, too */
	assert_string_equal(buf_str(&x), "ann+2Btag+3D1@example+20+01~+7F+FF+00");
	assert_true(str_unxtext(&back, buf_str(&x), x.len));
	assert_int_equal(back.len, sizeof plain);
	assert_memory_equal(back.data, plain, sizeof plain);
	buf_done(&x);
	buf_done(&back);
}

static void
bad_xtext_is_refused_whole(void **state)
{
	static const char *const rows[] = {"a+", "a+2", "a+2b", "a+G0", "a+-1", "a=b", "a b",
	    "a\tb", "\xc3\xa4", "+2B+"};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_adds(&b, "before");
	for (size_t i = 0; i < NROWS(rows); i++) {
		CHECK(!str_unxtext(&b, rows[i], strlen(rows[i])), rows[i]);
		assert_string_equal(buf_str(&b), "before");
	}
	/* the third digit lies behind the end */
	assert_false(str_unxtext(&b, "a+2B", 3));
	buf_done(&b);
}

static void
the_nearest_word(void **state)
{
	static const char *const keys[] = {"host", "port", "password", "password-file",
	    "password-command", "proxy", "from", "tls", "timeout"};
	static const struct {
		const char *claim, *word, *nearest;
	} rows[] = {
	    {"a letter too many", "hosst", "host"},
	    {"a letter missing", "pasword", "password"},
	    {"two exchanged letters are one slip", "tiemout", "timeout"},
	    {"case does not count", "HOTS", "host"},
	    {"half of the word wrong is another word", "hoxx", NULL},
	    {"three slips are too many", "pssswrdx", NULL},
	    {"a single letter has no neighbour", "p", NULL},
	    {"no word has none", "", NULL},
	    {"a common beginning decides between equals", "prort", "port"},
	    {"the word itself is the nearest", "tls", "tls"},
	};
	char longword[300];
	const char *got;

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		got = str_nearest(rows[i].word, keys, NROWS(keys));
		CHECK(got == rows[i].nearest ||
			(got && rows[i].nearest && str_eq(got, rows[i].nearest)),
		    rows[i].claim);
	}
	memset(longword, 'x', sizeof longword - 1);
	longword[sizeof longword - 1] = '\0';
	assert_null(str_nearest(longword, keys, NROWS(keys)));
	assert_null(str_nearest("host", NULL, 0));
}

static void
a_long_candidate_is_passed_over(void **state)
{
	char longword[66];
	const char *candidates[] = {longword, "host"};

	(void)state;
	memset(longword, 'h', 65);
	longword[65] = '\0';
	assert_string_equal(str_nearest("hots", candidates, 2), "host");
	longword[64] = '\0';
	assert_ptr_equal(str_nearest(longword, candidates, 2), longword);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(classes_are_those_of_ascii),
	    cmocka_unit_test(comparisons_ignore_ascii_case_only),
	    cmocka_unit_test(a_word_is_found_in_any_case),
	    cmocka_unit_test(globs),
	    cmocka_unit_test(a_hostile_glob_ends),
	    cmocka_unit_test(utf8_is_that_of_rfc_3629),
	    cmocka_unit_test(eight_bits_and_controls_are_seen_behind_a_nul),
	    cmocka_unit_test(escapes),
	    cmocka_unit_test(nothing_unsafe_survives_escaping),
	    cmocka_unit_test(xtext_goes_there_and_back),
	    cmocka_unit_test(bad_xtext_is_refused_whole),
	    cmocka_unit_test(the_nearest_word),
	    cmocka_unit_test(a_long_candidate_is_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
