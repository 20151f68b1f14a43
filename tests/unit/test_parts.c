/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "message/parts.h"

/* A file that gives its octets in pieces, and maybe fails behind them. */
struct source {
	const char *data;
	size_t n, done, piece;
	bool fails;
};

static ssize_t
read_source(void *arg, char *chunk, size_t n)
{
	struct source *s = arg;
	size_t left = s->n - s->done;

	if (left == 0 && s->fails) {
		errno = ENXIO;
		return -1;
	}
	n = n > s->piece ? s->piece : n;
	n = n > left ? left : n;
	memcpy(chunk, s->data + s->done, n);
	s->done += n;
	return (ssize_t)n;
}

/* Reads it all, so many octets at a time; what the last call returned. */
static ssize_t
read_all(const struct parts_want *w, size_t step, struct buf *out)
{
	struct arena mem = {NULL};
	struct parts *p = parts_new(&mem, "X: y\n", w);
	char chunk[4096];
	ssize_t got;

	buf_clear(out);
	while ((got = parts_read(p, chunk, step)) > 0)
		buf_add(out, chunk, (size_t)got);
	parts_free(p);
	arena_done(&mem);
	return got;
}

static const struct part text = {.type = "text/plain",
    .charset = "utf-8",
    .text = "hi",
    .text_len = 2};

#define HI "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nhi"

static void
a_text_alone_is_no_multipart(void **state)
{
	const struct parts_want w = {.text = &text};
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	for (size_t step = 1; step < 20; step++) {
		assert_int_equal(read_all(&w, step, &out), 0);
		assert_string_equal(buf_str(&out), "X: y\nMIME-Version: 1.0\n" HI);
	}
	buf_done(&out);
}

/* Any size around the steps of the reader comes back, in pieces of any size. */
static void
files_come_back_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 56, 57, 58, 114, 14591, 14592, 14593, 30000};
	static char data[30000];
	struct buf out, b64;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31 + i / 256);
	buf_init(&out, 100000);
	buf_init(&b64, 100000);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct source s = {data, sizes[i], 0, 1 + i * 7, false};
		const struct part file = {.how = PARTS_BASE64,
		    .type = "a/b",
		    .read = read_source,
		    .arg = &s};
		const struct parts_want w = {.text = &text, .files = &file, .nfiles = 1};
		const char *at;

		assert_int_equal(read_all(&w, 100, &out), 0);
		at = strstr(buf_str(&out), "Encoding: base64\n\n");
		assert_non_null(at);
		buf_clear(&b64);
		for (at += strlen("Encoding: base64\n\n"); *at != '-' && *at != '\n'; at++) {
			size_t line = strcspn(at, "\n");
			assert_true(line <= 76);
			buf_add(&b64, at, line);
			at += line;
		}
		buf_clear(&out);
		assert_true(crypto_unbase64(&out, buf_str(&b64), b64.len));
		assert_int_equal(out.len, sizes[i]);
		assert_memory_equal(buf_str(&out), data, sizes[i]);
	}
	buf_done(&out);
	buf_done(&b64);
}

static void
a_failed_read_is_no_end(void **state)
{
	struct source s = {"abc", 3, 0, 2, true};
	const struct part file = {.how = PARTS_BASE64,
	    .type = "a/b",
	    .read = read_source,
	    .arg = &s};
	const struct parts_want w = {.text = &text, .files = &file, .nfiles = 1};
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	errno = 0;
	assert_int_equal(read_all(&w, 4096, &out), -1);
	assert_int_equal(errno, ENXIO);
	assert_null(strstr(buf_str(&out), "YWJj"));
	buf_done(&out);
}

/* Each multipart has its own boundary, and what is 8-bit in it shows on all levels. */
static void
levels_are_told_apart(void **state)
{
	const struct part html = {.type = "text/html",
	    .charset = "utf-8",
	    .text = "\xc3\xbc",
	    .text_len = 2};
	struct source s = {"x", 1, 0, 1, false};
	const struct part file = {.how = PARTS_BASE64,
	    .type = "a/b",
	    .read = read_source,
	    .arg = &s};
	const struct parts_want w = {.text = &text,
	    .html = &html,
	    .inlines = &file,
	    .ninlines = 1,
	    .files = &file,
	    .nfiles = 1};
	char boundaries[3][40];
	struct buf out;
	const char *at;

	(void)state;
	buf_init(&out, 10000);
	assert_int_equal(read_all(&w, 4096, &out), 0);
	at = buf_str(&out);
	for (size_t i = 0; i < 3; i++) {
		at = strstr(at, "boundary=\"=_");
		assert_non_null(at);
		at += strlen("boundary=\"");
		assert_int_equal(strcspn(at, "\""), 34);
		memcpy(boundaries[i], at, 34);
		boundaries[i][34] = '\0';
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(boundaries[i], boundaries[k]);
		at = strchr(at, '\n');
		if (i == 2) /* related: its type comes first */
			at = strchr(at + 1, '\n');
		assert_memory_equal(at, "\nContent-Transfer-Encoding: 8bit\n\n", 34);
	}
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_alone_is_no_multipart),
	    cmocka_unit_test(files_come_back_whole),
	    cmocka_unit_test(a_failed_read_is_no_end),
	    cmocka_unit_test(levels_are_told_apart),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
