/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writer as a stream: encode_qp's table (test_encode.c) tells what it makes of text; here it is
 * cut anywhere, ends its lines with CRLF, and is undone by a decoder that accepts no more than
 * RFC 2045 6.7 allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/qp.h"

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

static void
encode(struct buf *out, const char *s, size_t n, size_t step)
{
	struct qp q;

	buf_clear(out);
	qp_init(&q, to_buf, out, "\r\n");
	for (size_t at = 0; at < n; at += step)
		assert_true(qp_feed(&q, s + at, n - at < step ? n - at : step));
	assert_true(qp_end(&q));
}

static int
digit(char c)
{
	const char *digits = "0123456789ABCDEF", *at = c != '\0' ? strchr(digits, c) : NULL;

	assert_non_null(at);
	return (int)(at - digits);
}

/* One line without its CRLF. true: a soft break ends it. */
static bool
decode_line(const char *s, size_t n, struct buf *out)
{
	assert_true(n <= QP_LINE_MAX);
	assert_true(n == 0 || (s[n - 1] != ' ' && s[n - 1] != '\t'));
	assert_true(n == 0 || (s[0] != '.' && s[0] != 'F'));
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '=') {
			assert_true((s[i] >= ' ' && s[i] <= '~') || s[i] == '\t');
			buf_addc(out, s[i]);
			continue;
		}
		if (i + 1 == n)
			return true;
		assert_true(i + 2 < n);
		buf_addc(out, (char)(digit(s[i + 1]) << 4 | digit(s[i + 2])));
		i += 2;
	}
	return false;
}

static void
decode(const char *s, size_t n, struct buf *out)
{
	size_t at = 0;

	buf_clear(out);
	while (at < n) {
		const char *eol = memmem(s + at, n - at, "\r\n", 2);
		size_t end = eol != NULL ? (size_t)(eol - s) : n;

		if (!decode_line(s + at, end - at, out) && eol != NULL)
			buf_adds(out, "\r\n");
		at = end + 2;
	}
}

/* Octets of an alphabet that is about this round, then line ends here and there. */
static size_t
make_text(char *text, size_t n, int round, uint32_t *x)
{
	static const char *const alphabets[] = {" \t", " =F.", "aF.\r", "abcdefghi \t"};
	size_t len = 0;

	while (len + 2 < n) {
		const char *some = alphabets[round % 4];

		*x = *x * 1664525u + 1013904223u;
		if ((*x >> 24) < 4 + (unsigned)round % 3) {
			text[len++] = '\r';
			text[len++] = '\n';
		} else if (round % 5 == 4) {
			text[len++] = (char)(*x >> 16);
		} else {
			text[len++] = some[(*x >> 16) % strlen(some)];
		}
	}
	return len;
}

/* A LF of its own stands for a line end, as it does everywhere. */
static void
normalise(const char *s, size_t n, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n' && (i == 0 || s[i - 1] != '\r'))
			buf_addc(out, '\r');
		buf_addc(out, s[i]);
	}
}

static void
any_octets_come_back(void **state)
{
	struct buf out, pieces, back, want;
	char text[2000];
	uint32_t x = 99;

	(void)state;
	buf_init(&out, 100000);
	buf_init(&pieces, 100000);
	buf_init(&back, 100000);
	buf_init(&want, 100000);
	for (int round = 0; round < 60; round++) {
		size_t n = make_text(text, sizeof(text), round, &x);

		encode(&out, text, n, n);
		encode(&pieces, text, n, 1 + (size_t)round % 7);
		assert_int_equal(out.len, pieces.len);
		assert_memory_equal(out.data, pieces.data, out.len);
		decode(out.data, out.len, &back);
		normalise(text, n, &want);
		assert_int_equal(back.len, want.len);
		assert_memory_equal(back.data, want.data, want.len);
	}
	buf_done(&out);
	buf_done(&pieces);
	buf_done(&back);
	buf_done(&want);
}

static void
ends_of_input_are_told_apart(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
	    {"", ""},
	    {"\r", "=0D"},
	    {"\r\n", "\r\n"},
	    {"\n", "\r\n"},
	    {"\r\r\n", "=0D\r\n"},
	    {"a\r", "a=0D"},
	    {"a \r", "a =0D"},
	    {"a ", "a=20"},
	    {" \r\n\t", "=20\r\n=09"},
	    {"Go From\r\nFrom a\r\n.\r\n", "Go From\r\n=46rom a\r\n=2E\r\n"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t step = 1; step < 4; step++) {
			encode(&out, rows[i].in, strlen(rows[i].in), step);
			assert_string_equal(buf_str(&out), rows[i].want);
		}
	buf_done(&out);
}

static void
a_sink_that_refuses_is_not_asked_again(void **state)
{
	char text[5000];
	int asked = 0;
	struct qp q;

	(void)state;
	memset(text, 'a', sizeof(text));
	qp_init(&q, refuse, &asked, "\n");
	assert_false(qp_feed(&q, text, sizeof(text)));
	assert_false(qp_feed(&q, text, sizeof(text)));
	assert_false(qp_end(&q));
	assert_int_equal(asked, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_octets_come_back),
	    cmocka_unit_test(ends_of_input_are_told_apart),
	    cmocka_unit_test(a_sink_that_refuses_is_not_asked_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
