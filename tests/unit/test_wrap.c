/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/wrap.h"

static bool
to_buf(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

static bool
refuse(void *arg, const char *data, size_t n)
{
	(void)data;
	(void)n;
	++*(int *)arg;
	return false;
}

/* `how` below 0: a body in parts. */
static void
wrap(struct buf *out, const char *s, size_t n, int how, size_t step)
{
	struct wrap w;

	buf_clear(out);
	wrap_init(&w, to_buf, out, how < 0 ? WRAP_TEXT : (enum wrap_how)how, how < 0);
	for (size_t at = 0; at < n; at += step)
		assert_true(wrap_feed(&w, s + at, n - at < step ? n - at : step));
	assert_true(wrap_end(&w));
}

/* "%5000a" of a row stands for 5,000 times "a", and so on; a line end is CRLF. */
static void
expand(struct buf *out, const char *s)
{
	buf_clear(out);
	for (; *s != '\0'; s++) {
		char *end = NULL;
		size_t times = *s == '%' ? strtoul(s + 1, &end, 10) : 1;

		if (end != NULL)
			s = end;
		while (times-- > 0)
			buf_addc(out, *s);
		if (*s == '\n') {
			out->data[out->len - 1] = '\r';
			buf_addc(out, '\n');
		}
	}
}

#define PARTS (-1)
#define B64 "Content-Transfer-Encoding: base64\n"
#define QP "Content-Transfer-Encoding: Quoted-Printable (c)\n"

static const struct {
	const char *claim;
	int how;
	const char *in, *want; /* NULL: as it came */
} rows[] = {
    {"short lines stay", WRAP_TEXT, "a\n\nb\n", NULL},
    {"998 octets fit", WRAP_TEXT, "%998a\nb\n", NULL},
    {"in base64 too", WRAP_BASE64, "%998a\nb\n", NULL},
    {"in quoted-printable too", WRAP_QP, "%998a\nb\n", NULL},
    {"999 do not", WRAP_TEXT, "%999a\nb\n", "%998a\n a\nb\n"},
    {"what leads the next line counts", WRAP_TEXT, "%1996a\n", "%998a\n %997a\n a\n"},
    {"a blank leads the next line", WRAP_TEXT, "%900a b%500c\n", "%900a\n b%500c\n"},
    {"a tab too", WRAP_TEXT, "%900a\t%500c\n", "%900a\n\t%500c\n"},
    {"the last blank that serves", WRAP_TEXT, "%600a %300b %500c\n", "%600a %300b\n %500c\n"},
    {"a blank right behind the limit serves", WRAP_TEXT, "%998a b\n", "%998a\n b\n"},
    {"one in the first half does not", WRAP_TEXT, "a %1200b\n", "a %996b\n %204b\n"},
    {"blanks alone", WRAP_TEXT, "%1200 \n", "%998 \n%202 \n"},
    {"UTF-8 is cut between characters", WRAP_TEXT, "%997a\xc3\xbc\n", "%997a\n \xc3\xbc\n"},
    {"of three octets", WRAP_TEXT, "%997a\xe2\x82\xac\n", "%997a\n \xe2\x82\xac\n"},
    {"of four octets", WRAP_TEXT, "%995a\xf0\x9f\x98\x80\n", "%995a\n \xf0\x9f\x98\x80\n"},
    {"what is no UTF-8 is cut anywhere", WRAP_TEXT, "%1000\x80\n", "%998\x80\n %2\x80\n"},
    {"a line that would be a boundary is none", WRAP_TEXT, "%998a--b\n", "%998a\n --b\n"},
    {"lines of base64", WRAP_BASE64, "%1000A\n",
	"%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n"
	"%76A\n%76A\n%76A\n%76A\n%76A\n%12A\n"},
    {"lines behind a long one stay", WRAP_BASE64, "%76A%924-\n%77A\n",
	"%76A\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n -%74-\n"
	" -%74-\n -%23-\n%77A\n"},
    {"other lines of base64 stay", WRAP_BASE64, "%77A\n", NULL},
    {"a dash begins no line of base64", WRAP_BASE64, "%76A-%922A\n",
	"%76A\n -%74A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%12A\n"},
    {"soft breaks", WRAP_QP, "%1000a\n",
	"%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n"
	"%25a\n"},
    {"an escape is not cut", WRAP_QP, "%74a=41%74b=42%73c=43%920d\n",
	"%74a=\n=41%72b=\nbb=42%70c=\nccc=43%69d=\n%75d=\n%75d=\n%75d=\n%75d=\n%75d=\n%75d=\n%75d=\n"
	"%75d=\n%75d=\n%75d=\n%75d=\n%26d\n"},
    {"a dash begins no line", WRAP_QP, "%75a-%924b\n",
	"%75a=\n=2D%72b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n"
	"%75b=\n%27b\n"},
    {"a part is text", PARTS, "--b\n\n%999a\n", "--b\n\n%998a\n a\n"},
    {"a part of base64", PARTS, "--b\n" B64 "\n%999A\n",
	"--b\n" B64
	"\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n"
	"%11A\n"},
    {"the next one is text", PARTS, "--b\n" B64 "\nA\n--b\n\n%999a\n",
	"--b\n" B64 "\nA\n--b\n\n%998a\n a\n"},
    {"a part of quoted-printable", PARTS, "--b\nX: y\n" QP "\n-- \nx\n%999a\n",
	"--b\nX: y\n" QP "\n-- \nx\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n%75a=\n"
	"%75a=\n%75a=\n%75a=\n%75a=\n%24a\n"},
    {"dashes alone are no part", PARTS, "--b\n" QP "\n-- \n\n%152a%847b\n",
	"--b\n" QP "\n-- \n\n%75a=\n%75a=\naa%73b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n%75b=\n"
	"%75b=\n%75b=\n%75b=\n%75b=\n%24b\n"},
    {"dashes and text are no part", PARTS, "--b\n" B64 "\n--x\nhello\n" QP "\n%999A\n",
	"--b\n" B64 "\n--x\nhello\n" QP
	"\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%76A\n%11A\n"},
    {"a field of a part is folded", PARTS, "--b\n" B64 "X: %500a %600a\n\nA\n",
	"--b\n" B64 "X: %500a\n %600a\n\nA\n"},
    {"an encoding in the text is none", PARTS, "--b\n\n" B64 "\n%999a\n",
	"--b\n\n" B64 "\n%998a\n a\n"},
};

static void
long_lines_are_cut(void **state)
{
	struct buf in, out, want;

	(void)state;
	buf_init(&in, 100000);
	buf_init(&out, 100000);
	buf_init(&want, 100000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expand(&in, rows[i].in);
		expand(&want, rows[i].want != NULL ? rows[i].want : rows[i].in);
		for (size_t step = 1; step < 10000; step = step * 3 + 4) {
			wrap(&out, in.data, in.len, rows[i].how, step);
			if (strcmp(buf_str(&out), buf_str(&want)) != 0)
				fail_msg("%s, in steps of %zu:\n%s", rows[i].claim, step,
				    buf_str(&out));
		}
	}
	buf_done(&in);
	buf_done(&out);
	buf_done(&want);
}

/* Lines up to 4,000 octets of few letters, those that matter among them. */
static void
make_text(struct buf *out, const char *letters, uint32_t *x)
{
	buf_clear(out);
	for (int line = 0; line < 4; line++) {
		*x = *x * 1664525u + 1013904223u;
		for (size_t n = (*x >> 12) % 4000; n > 0; n--) {
			*x = *x * 1664525u + 1013904223u;
			buf_addc(out, letters[(*x >> 16) % strlen(letters)]);
		}
		buf_adds(out, "\r\n");
	}
}

static const char *
line_end(const char *s)
{
	const char *end = strstr(s, "\r\n");

	assert_non_null(end);
	return end;
}

/* Each line of the input is the lines of the output put together again, and none is too long. */
static void
check_text(const char *in, const char *out)
{
	while (*in != '\0') {
		const char *eol = line_end(in), *end = line_end(out);

		assert_true(end - out <= WRAP_LINE_MAX);
		assert_true(end - out <= eol - in);
		assert_memory_equal(in, out, (size_t)(end - out));
		in += end - out;
		while (in < eol) {
			out = end + 2;
			end = line_end(out);
			assert_true(end - out <= WRAP_LINE_MAX);
			assert_true(*out == ' ' || *out == '\t');
			out += *in != *out;
			assert_true(end - out <= eol - in);
			assert_memory_equal(in, out, (size_t)(end - out));
			in += end - out;
		}
		in = eol + 2;
		out = end + 2;
	}
	assert_string_equal(out, "");
}

static void
text_comes_back(void **state)
{
	static const char *const letters[] = {"abc", "a ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \t",
	    "-"};
	struct buf in, out;
	uint32_t x = 5;

	(void)state;
	buf_init(&in, 100000);
	buf_init(&out, 100000);
	for (size_t round = 0; round < 80; round++) {
		make_text(&in, letters[round % 4], &x);
		wrap(&out, in.data, in.len, WRAP_TEXT, 1 + round * 13);
		check_text(buf_str(&in), buf_str(&out));
	}
	buf_done(&in);
	buf_done(&out);
}

/* What a decoder makes of it: soft breaks gone, escapes resolved. */
static void
decode(const char *s, struct buf *out)
{
	buf_clear(out);
	for (; *s != '\0'; s++) {
		unsigned octet;

		if (strncmp(s, "=\r\n", 3) == 0) {
			s += 2;
		} else if (*s == '=' && sscanf(s + 1, "%2X", &octet) == 1) {
			buf_addc(out, (char)octet);
			s += 2;
		} else {
			buf_addc(out, *s);
		}
	}
}

static void
encoded_text_decodes_to_the_same(void **state)
{
	struct buf in, text, out, want, back;
	uint32_t x = 6;

	(void)state;
	buf_init(&in, 100000);
	buf_init(&text, 100000);
	buf_init(&out, 100000);
	buf_init(&want, 200000);
	buf_init(&back, 200000);
	for (size_t round = 0; round < 40; round++) {
		make_text(&in, round % 2 == 0 ? "ab=-" : "=", &x);
		buf_clear(&text);
		for (size_t i = 0; i < in.len; i++)
			buf_adds(&text, in.data[i] == '=' ? "=41" : (char[]){in.data[i], '\0'});
		wrap(&out, text.data, text.len, WRAP_QP, 1 + round * 17);
		for (const char *s = buf_str(&out); *s != '\0'; s = line_end(s) + 2)
			assert_true(line_end(s) - s <= WRAP_LINE_MAX);
		decode(buf_str(&text), &want);
		decode(buf_str(&out), &back);
		assert_string_equal(buf_str(&back), buf_str(&want));
	}
	buf_done(&in);
	buf_done(&text);
	buf_done(&out);
	buf_done(&want);
	buf_done(&back);
}

static void
a_sink_that_refuses_is_not_asked_again(void **state)
{
	char text[5000];
	struct wrap w;
	int asked = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	wrap_init(&w, refuse, &asked, WRAP_BASE64, false);
	assert_false(wrap_feed(&w, text, sizeof(text)));
	assert_false(wrap_feed(&w, text, sizeof(text)));
	assert_false(wrap_end(&w));
	assert_int_equal(asked, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(long_lines_are_cut),
	    cmocka_unit_test(text_comes_back),
	    cmocka_unit_test(encoded_text_decodes_to_the_same),
	    cmocka_unit_test(a_sink_that_refuses_is_not_asked_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
