/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/encode.h"

#define A20 "aaaaaaaaaaaaaaaaaaaa"
#define A75 A20 A20 A20 "aaaaaaaaaaaaaaa"

static const struct {
	const char *name, *in, *want;
} qp[] = {
    {"nothing", "", ""},
    {"ASCII stays", "Hello, you!\n", "Hello, you!\n"},
    {"the equals sign", "a=b\n", "a=3Db\n"},
    {"8-bit octets", "\xc3\xbc\xff\n", "=C3=BC=FF\n"},
    {"CRLF is a line end", "a\r\nb\r\n", "a\nb\n"},
    {"a bare CR is no line end", "a\rb\n", "a=0Db\n"},
    {"no final line end", "a\nb", "a\nb"},
    {"blanks inside stay", "a b\tc\n", "a b\tc\n"},
    {"a blank at the end of a line", "a \nb\t\n", "a=20\nb=09\n"},
    {"a blank at the end of a CRLF line", "a \r\n", "a=20\n"},
    {"a blank as the last octet", "a ", "a=20"},
    {"a dot at the beginning of a line", ".\na.\n", "=2E\na.\n"},
    {"From at the beginning of a line", "From x\n", "=46rom x\n"},
    {"control characters", "\x01\x7f\n", "=01=7F\n"},
    {"empty lines", "\n\r\n\n", "\n\n\n"},
    {"76 octets fit", A75 "b\n", A75 "b\n"},
    {"77 do not", A75 "bc\n", A75 "=\nbc\n"},
    {"an escape is never cut", A75 "=b\n", A75 "=\n=3Db\n"},
};

static void
bodies_become_quoted_printable(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(qp) / sizeof(qp[0]); i++) {
		buf_clear(&out);
		encode_qp(&out, qp[i].in, strlen(qp[i].in));
		if (strcmp(buf_str(&out), qp[i].want) != 0)
			fail_msg("%s: \"%s\"", qp[i].name, buf_str(&out));
	}
	buf_clear(&out);
	encode_qp(&out, "a\0b", 3);
	assert_string_equal(buf_str(&out), "a=00b");
	buf_done(&out);
}

static size_t
longest_line(const char *s)
{
	size_t longest = 0, n;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		longest = n > longest ? n : longest;
	}
	return longest;
}

/* Decoded by other rules than ours were written by: RFC 2045 6.7. */
static void
decode_qp(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (*s != '=') {
			buf_addc(out, *s);
		} else if (s[1] == '\n') {
			s++;
		} else {
			const char digits[] = {s[1], s[2], '\0'};

			buf_addc(out, (char)strtol(digits, NULL, 16));
			s += 2;
		}
	}
}

static void
any_octets_come_back_from_quoted_printable(void **state)
{
	struct buf out, back;
	char text[3000];
	uint32_t x = 7;

	(void)state;
	buf_init(&out, 100000);
	buf_init(&back, 100000);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(text); i++) {
			x = x * 1664525u + 1013904223u;
			text[i] = round % 2 == 0 ? (char)(x >> 24) : " .F=\ta"[(x >> 24) % 6];
			if (text[i] == '\r' || text[i] == '\0')
				text[i] = 'r';
		}
		buf_clear(&out);
		buf_clear(&back);
		encode_qp(&out, text, sizeof(text));
		assert_true(longest_line(buf_str(&out)) <= 76);
		assert_null(strstr(buf_str(&out), " \n"));
		decode_qp(buf_str(&out), &back);
		assert_int_equal(back.len, sizeof(text));
		assert_memory_equal(back.data, text, sizeof(text));
	}
	buf_done(&out);
	buf_done(&back);
}

static const struct {
	const char *name, *in, *want;
} words[] = {
    {"nothing", "", ""},
    {"ASCII stays", "Hello, you!", "Hello, you!"},
    {"blanks of all kinds stay", " a  b\tc ", " a  b\tc "},
    {"Q for a few octets",
	"Gr\xc3\xbc\xc3\x9f"
	"e von hier",
	"=?UTF-8?Q?Gr=C3=BC=C3=9Fe_von_hier?="},
    {"B for many", "\xd0\x9f\xd1\x80\xd0\xb8", "=?UTF-8?B?0J/RgNC4?="},
    {"what is no UTF-8", "abc d\xfc", "=?unknown-8bit?Q?abc_d=FC?="},
    {"what looks like an encoded word", "see =?utf-8?q?x?= there and so on and on",
	"=?UTF-8?Q?see_=3D=3Futf-8=3Fq=3Fx=3F=3D_there_and_so_on_and_on?="},
    {"long text is folded at a blank", A20 " " A20 " " A20 " " A20 " b",
	A20 " " A20 " " A20 "\n " A20 " b"},
    {"one long word stays", A75 A20, A75 A20},
};

static void
unstructured_text_is_encoded_only_where_it_must(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		buf_clear(&out);
		encode_words(&out, words[i].in, strlen(words[i].in), 9);
		if (strcmp(buf_str(&out), words[i].want) != 0)
			fail_msg("%s: \"%s\"", words[i].name, buf_str(&out));
	}
	buf_done(&out);
}

/* Every character whole in its word, no word over 75, no line over 76. */
static void
words_never_split_a_character(void **state)
{
	static const char *const chars[] = {"\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a"};
	struct buf in, out;

	(void)state;
	buf_init(&in, 10000);
	buf_init(&out, 10000);
	for (size_t kind = 0; kind < 3; kind++) {
		for (size_t lead = 0; lead < 40; lead++) {
			size_t column = lead + 2, start = 0;

			buf_clear(&in);
			buf_clear(&out);
			for (size_t i = 0; i < 100; i++)
				buf_adds(&in, chars[i < lead ? 3 : i % 4 == 0 ? 3 : kind]);
			encode_words(&out, buf_str(&in), in.len, column);
			for (const char *s = buf_str(&out); *s != '\0'; start++) {
				size_t n = strcspn(s, "\n"), first = start > 0 ? 1 : 0;

				assert_true(n - first <= 75 && n + (start == 0 ? column : 0) <= 76);
				assert_memory_equal(s + first, "=?UTF-8?", 8);
				assert_memory_equal(s + n - 2, "?=", 2);
				/* No continuation octet comes first: in base64, g to v begin with bits 10. */
				if (s[first + 8] == 'Q')
					assert_false(s[first + 10] == '=' &&
					    strchr("89AB", s[first + 11]) != NULL);
				else
					assert_false(s[first + 10] >= 'g' && s[first + 10] <= 'v');
				s += n + (s[n] == '\n');
			}
			assert_true(start > 1);
		}
	}
	buf_done(&in);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bodies_become_quoted_printable),
	    cmocka_unit_test(any_octets_come_back_from_quoted_printable),
	    cmocka_unit_test(unstructured_text_is_encoded_only_where_it_must),
	    cmocka_unit_test(words_never_split_a_character),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
