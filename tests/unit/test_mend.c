/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields one by one: what leaves, octet for octet, and that a second pass changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message/mend.h"

#define U "\xc3\xbc" /* a u with dots */

struct row {
	const char *claim, *in, *out;
};

static struct buf out;

/* The field in text, mended into `out`. */
static void
mend(const char *text, size_t n, bool addrs)
{
	struct arena mem = {NULL};
	struct header_field f;
	size_t pos = 0;

	buf_clear(&out);
	assert_true(header_next(text, n, &pos, &f));
	assert_int_equal(pos, n);
	mend_field(&mem, &f, addrs, "dom.example", &out);
	arena_done(&mem);
}

static void
check(const struct row *rows, size_t n, bool addrs)
{
	for (size_t i = 0; i < n; i++) {
		struct buf once;

		mend(rows[i].in, strlen(rows[i].in), addrs);
		if (strcmp(buf_str(&out), rows[i].out) != 0)
			fail_msg("%s:\n%s", rows[i].claim, buf_str(&out));
		buf_init(&once, SIZE_MAX);
		buf_add(&once, out.data, out.len);
		mend(once.data, once.len, addrs);
		if (strcmp(buf_str(&out), buf_str(&once)) != 0)
			fail_msg("%s, a second time:\n%s", rows[i].claim, buf_str(&out));
		buf_done(&once);
	}
}

#define CHECK(rows, addrs) check(rows, sizeof(rows) / sizeof((rows)[0]), addrs)

static void
text_of_8_bits_is_encoded(void **state)
{
	static const struct row rows[] = {
	    {"ASCII stays, blanks and folds too", "Subject:  a\t b\r\n  c \r\n",
		"Subject:  a\t b\r\n  c \r\n"},
	    {"UTF-8", "Subject: " U "\r\n", "Subject: =?UTF-8?B?w7w=?=\r\n"},
	    {"the shorter of Q and B", "Subject: f" U "r dich und mich\r\n",
		"Subject: =?UTF-8?Q?f=C3=BCr_dich_und_mich?=\r\n"},
	    {"what is no UTF-8", "Subject: f\xfcr\r\n", "Subject: =?unknown-8bit?B?Zvxy?=\r\n"},
	    {"folds go", "Subject: a\r\n " U "\r\n", "Subject: =?UTF-8?Q?a_=C3=BC?=\r\n"},
	    {"any field of text", "X-Thing: " U "\r\n", "X-Thing: =?UTF-8?B?w7w=?=\r\n"},
	    {"words that are encoded stay", "Subject: =?utf-8?q?a?= " U " b\r\n",
		"Subject: =?utf-8?q?a?= =?UTF-8?B?IMO8IGI=?=\r\n"},
	    {"behind others, too", "Subject: " U " =?utf-8?q?a?= c\r\n",
		"Subject: =?UTF-8?B?w7wg?= =?utf-8?q?a?= c\r\n"},
	    {"a word that only looks like one is text", "Subject: =?utf-8?Q?= " U "\r\n",
		"Subject: =?UTF-8?B?PT91dGYtOD9RPz0gw7w=?=\r\n"},
	    {"encoded ones alone are not touched", "Subject: =?utf-8?q?a?= b =?x?b?YQ==?=\r\n",
		"Subject: =?utf-8?q?a?= b =?x?b?YQ==?=\r\n"},
	    {"what programs read is left alone", "Content-Type: text/plain; name=\"" U "\"\r\n",
		"Content-Type: text/plain; name=\"" U "\"\r\n"},
	    {"an id", "References: <" U "@x>\r\n", "References: <" U "@x>\r\n"},
	    {"a blank before the colon goes", "Subject \t: s\r\n", "Subject: s\r\n"},
	};

	(void)state;
	CHECK(rows, false);
}

static void
addresses_stay_and_their_names_are_encoded(void **state)
{
	static const struct row rows[] = {
	    {"nothing to do, nothing touched", "To:  \"A. B\" <a@x>(c) ,\r\n\tb@y (d)\r\n",
		"To:  \"A. B\" <a@x>(c) ,\r\n\tb@y (d)\r\n"},
	    {"a name", "To: J" U "rgen Mann <j@x>\r\n",
		"To: =?UTF-8?Q?J=C3=BCrgen_Mann?= <j@x>\r\n"},
	    {"a quoted one", "To: \"M, J" U "\\\"\" <j@x>\r\n",
		"To: =?UTF-8?B?TSwgSsO8Ig==?= <j@x>\r\n"},
	    {"a comment", "To: j@x (J" U "(n))\r\n", "To: j@x (=?UTF-8?B?SsO8KG4p?=)\r\n"},
	    {"a group", "To: Gr" U "n: a@x, " U " <b>;\r\n",
		"To: =?UTF-8?B?R3LDvG4=?=: a@x, =?UTF-8?B?w7w=?= <b@dom.example>;\r\n"},
	    {"only what needs it", "To: Ann <a@x>, " U " <b@x>\r\n",
		"To: Ann <a@x>, =?UTF-8?B?w7w=?= <b@x>\r\n"},
	    {"Latin", "To: \xfc <b@x>\r\n", "To: =?unknown-8bit?Q?=FC?= <b@x>\r\n"},
	    {"a domain in letters of its own", "To: a@b" U "cher.example\r\n",
		"To: a@xn--bcher-kva.example\r\n"},
	    {"a local part stays", "To: <" U "@x.example>\r\n", "To: <" U "@x.example>\r\n"},
	    {"a bare name", "From: root (Cron Daemon)\r\n",
		"From: root@dom.example (Cron Daemon)\r\n"},
	    {"a source route is not read aloud", "To: <@a.example:b@c.example>\r\n",
		"To: <@a.example:b@c.example>\r\n"},
	    {"what cannot be read stays", "To: a b c\r\n", "To: a b c\r\n"},
	};

	(void)state;
	CHECK(rows, true);
}

/* "X:" and n times what. */
static void
repeat(struct buf *in, const char *what, size_t n)
{
	buf_clear(in);
	buf_adds(in, "X:");
	for (size_t i = 0; i < n; i++)
		buf_adds(in, what);
	buf_adds(in, "\r\n");
}

/* Lines of 998 at most, none of them blank; returns how many. */
static size_t
lines_of(const struct buf *b)
{
	size_t n = 0, at = 0;

	while (at < b->len) {
		const char *line = b->data + at, *nl = memchr(line, '\n', b->len - at);
		size_t len = (size_t)(nl - line);

		assert_non_null(nl);
		assert_int_equal(nl[-1], '\r');
		assert_in_range(len, 2, 999);
		assert_true(strspn(line, " \t") < len - 1);
		assert_true(n == 0 || line[0] == ' ' || line[0] == '\t');
		at += len + 1;
		n++;
	}
	return n;
}

static void
long_lines_are_folded(void **state)
{
	static const struct {
		const char *what;
		size_t n;
		bool addrs;
		size_t lines;
	} rows[] = {
	    {" word", 199, false, 1},  /* 997 */
	    {" word", 200, false, 2},  /* 1002 */
	    {"x", 996, false, 1},      /* 998, just so */
	    {"x", 997, false, 2},      /* no blank to fold at */
	    {"x", 100000, false, 101}, /* 998, then a blank and 997 each */
	    {" ", 5000, false, 1},     /* nothing but blanks */
	    {"\t", 5000, false, 1},
	    {" a@x.example,", 1000, true, 14},
	    {"a@x.example,", 1000, true, 13},
	};
	struct buf in;

	(void)state;
	buf_init(&in, SIZE_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t lines;

		repeat(&in, rows[i].what, rows[i].n);
		mend(in.data, in.len, rows[i].addrs);
		lines = lines_of(&out);
		if (lines != rows[i].lines)
			fail_msg("%zu times '%s': %zu lines", rows[i].n, rows[i].what, lines);
	}
	/* a long run of blanks before a word, in the first line and in another */
	repeat(&in, " ", 3000);
	buf_clear(&out);
	in.len -= 2;
	buf_adds(&in, "x\r\n");
	mend(in.data, in.len, false);
	assert_int_equal(lines_of(&out), 2);
	/* never within a character, where it is not encoded */
	buf_clear(&in);
	buf_adds(&in, "Content-X:");
	for (size_t i = 0; i < 1000; i++)
		buf_adds(&in, "\xe2\x82\xac");
	buf_adds(&in, "\r\n");
	mend(in.data, in.len, false);
	assert_int_equal(lines_of(&out), 4);
	for (size_t i = 0; i + 4 < out.len; i++)
		if (out.data[i] == '\r')
			assert_int_equal((unsigned char)out.data[i - 1], 0xac);
	buf_done(&in);
}

static int
done(void **state)
{
	(void)state;
	buf_done(&out);
	return 0;
}

static int
init(void **state)
{
	(void)state;
	buf_init(&out, SIZE_MAX);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_of_8_bits_is_encoded),
	    cmocka_unit_test(addresses_stay_and_their_names_are_encoded),
	    cmocka_unit_test(long_lines_are_folded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, init, done);
}
