/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/canon.h"

static bool
collect(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

/* In pieces of `step` octets. */
static void
run(const char *in, size_t n, size_t step, struct buf *out, struct facts *facts)
{
	struct canon c;

	buf_clear(out);
	*facts = (struct facts){.utf8 = true};
	canon_init(&c, collect, out, facts);
	for (size_t at = 0; at < n; at += step)
		assert_true(canon_feed(&c, in + at, n - at < step ? n - at : step));
	assert_true(canon_end(&c));
	assert_int_equal(facts->size, out->len);
}

static const struct {
	const char *name, *in, *want;
	size_t longest;
	bool bare_cr;
} ends[] = {
    {"nothing", "", "", 0, false},
    {"LF", "a\nb\n", "a\r\nb\r\n", 1, false},
    {"CRLF", "a\r\nb\r\n", "a\r\nb\r\n", 1, false},
    {"mixed", "a\nbcd\r\n\n\r\ne\n", "a\r\nbcd\r\n\r\n\r\ne\r\n", 3, false},
    {"a missing line end is added", "a\nbc", "a\r\nbc\r\n", 2, false},
    {"CRs before LF are one line end", "a\r\r\r\nb\n", "a\r\nb\r\n", 1, false},
    {"a bare CR becomes a blank", "a\rb\n", "a b\r\n", 3, true},
    {"two bare CRs", "a\r\rb\n", "a  b\r\n", 4, true},
    {"CR first", "\ra\n", " a\r\n", 2, true},
    {"CR as the last octet is a line end", "a\r", "a\r\n", 1, false},
    {"CR alone", "\r", "\r\n", 0, false},
    {"LF.LF", "a\n.\nb\n", "a\r\n.\r\nb\r\n", 1, false},
    {"LF.CRLF", "a\n.\r\nb\n", "a\r\n.\r\nb\r\n", 1, false},
    {"CRLF.LF", "a\r\n.\nb\n", "a\r\n.\r\nb\r\n", 1, false},
    {"CR.CR hides no line end", "a\r.\rb\n", "a . b\r\n", 5, true},
    {"CR.CRLF", "a\r.\r\nb\n", "a .\r\nb\r\n", 3, true},
    {"CRLF.CR", "a\r\n.\rb\n", "a\r\n. b\r\n", 3, true},
    {"LF CR LF", "a\n\r\nb\n", "a\r\n\r\nb\r\n", 1, false},
    {"CR CRLF . CR CRLF", "a\r\r\n.\r\r\nb", "a\r\n.\r\nb\r\n", 1, false},
    {"dots are not doubled here", ".\n..\n", ".\r\n..\r\n", 2, false},
};

static void
all_line_ends_become_crlf_however_the_text_is_cut(void **state)
{
	struct facts facts;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (size_t step = 1; step <= strlen(ends[i].in) + 1; step++) {
			run(ends[i].in, strlen(ends[i].in), step, &out, &facts);
			if (strcmp(buf_str(&out), ends[i].want) != 0)
				fail_msg("%s, in steps of %zu: \"%s\"", ends[i].name, step,
				    buf_str(&out));
			if (facts.longest != ends[i].longest || facts.bare_cr != ends[i].bare_cr)
				fail_msg("%s: longest %zu, bare CR %d", ends[i].name, facts.longest,
				    facts.bare_cr);
		}
	}
	buf_done(&out);
}

static const struct {
	const char *name, *in;
	bool eight, utf8;
} octets[] = {
    {"ASCII", "abcdefghijkl\n", false, true},
    {"UTF-8", "abcdefgh\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\n", true, true},
    {"Latin-1", "abcdefghijkl\xfc mnop\n", true, false},
    {"cut by the end", "\xc3", true, false},
    {"cut by a line end", "\xe2\x82\n\xac\n", true, false},
    {"cut by a bare CR", "\xc3\r\xbc\n", true, false},
    {"cut by ASCII",
	"\xc3"
	"a\n",
	true, false},
    {"overlong", "\xc0\xaf\n", true, false},
    {"overlong, three octets", "\xe0\x9f\xbf\n", true, false},
    {"surrogate", "\xed\xa0\x80\n", true, false},
    {"last before the surrogates", "\xed\x9f\xbf\n", true, true},
    {"above 10FFFF", "\xf4\x90\x80\x80\n", true, false},
    {"10FFFF", "\xf4\x8f\xbf\xbf\n", true, true},
    {"stray continuation", "\x80\n", true, false},
};

static void
octets_are_told_apart_however_the_text_is_cut(void **state)
{
	struct facts facts;
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
		for (size_t step = 1; step <= strlen(octets[i].in) + 1; step++) {
			run(octets[i].in, strlen(octets[i].in), step, &out, &facts);
			if (facts.body_8bit != octets[i].eight || facts.utf8 != octets[i].utf8)
				fail_msg("%s, in steps of %zu: 8-bit %d, UTF-8 %d", octets[i].name,
				    step, facts.body_8bit, facts.utf8);
			assert_false(facts.body_nul);
		}
	}
	run("a\0b\n", 4, 4, &out, &facts);
	assert_true(facts.body_nul);
	assert_memory_equal(out.data, "a\0b\r\n", 5);
	buf_done(&out);
}

/* Longer than any window inside, with line ends of all kinds on its edges. */
static void
a_long_text_is_the_same_in_any_pieces(void **state)
{
	static const size_t steps[] = {1, 7, 4096, 8191, 8192, 8193, 100000};
	const size_t n = 50000;
	struct facts one, other;
	struct buf whole, out;
	char *text = malloc(n);
	uint32_t x = 1;

	(void)state;
	buf_init(&whole, 4 * n);
	buf_init(&out, 4 * n);
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525u + 1013904223u;
		text[i] = x >> 24 < 3 ? '\n' : x >> 24 < 6 ? '\r' : (char)('a' + (x >> 8) % 26);
	}
	run(text, n, n, &whole, &one);
	for (size_t i = 0; i + 1 < whole.len; i++) {
		assert_true(whole.data[i] != '\r' || whole.data[i + 1] == '\n');
		assert_true(whole.data[i + 1] != '\n' || whole.data[i] == '\r');
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		run(text, n, steps[i], &out, &other);
		assert_int_equal(out.len, whole.len);
		assert_memory_equal(out.data, whole.data, out.len);
		assert_int_equal(one.longest, other.longest);
	}
	memset(text, 'x', n);
	run(text, n, n, &out, &one);
	assert_int_equal(one.longest, n);
	assert_int_equal(one.size, n + 2);
	free(text);
	buf_done(&whole);
	buf_done(&out);
}

static bool
refuse(void *arg, const char *data, size_t n)
{
	(void)data;
	(void)n;
	++*(int *)arg;
	return false;
}

static void
a_sink_that_fails_is_not_asked_again(void **state)
{
	struct facts facts = {.utf8 = true};
	struct canon c;
	int calls = 0;

	(void)state;
	canon_init(&c, refuse, &calls, &facts);
	assert_false(canon_feed(&c, "a\nb\n", 4));
	assert_false(canon_feed(&c, "c", 1));
	assert_false(canon_end(&c));
	assert_int_equal(calls, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_line_ends_become_crlf_however_the_text_is_cut),
	    cmocka_unit_test(octets_are_told_apart_however_the_text_is_cut),
	    cmocka_unit_test(a_long_text_is_the_same_in_any_pieces),
	    cmocka_unit_test(a_sink_that_fails_is_not_asked_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
