/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/reply.h"

struct row {
	const char *name;
	const char *in;
	enum reply_parse want;
	int code;
	const char *status;
	size_t nlines;
	const char *words; /* REPLY_BAD: part of the reason */
};

static const struct row rows[] = {
    {"one line", "250 OK\r\n", REPLY_DONE, 250, "", 1, "OK"},
    {"LF alone ends a line", "250 OK\n", REPLY_DONE, 250, "", 1, "OK"},
    {"a code alone is a reply", "250\r\n", REPLY_DONE, 250, "", 1, ""},
    {"a code and a blank are a reply", "250 \r\n", REPLY_DONE, 250, "", 1, ""},
    {"lines are joined by a blank", "250-a\r\n250-b\r\n250 c\r\n", REPLY_DONE, 250, "", 3, "a b c"},
    {"an empty line in the middle adds nothing", "250-a\r\n250-\r\n250 c\r\n", REPLY_DONE, 250, "",
	3, "a c"},
    {"the status is taken and not shown again", "550 5.1.1 No such user\r\n", REPLY_DONE, 550,
	"5.1.1", 1, "No such user"},
    {"the status is not repeated in later lines", "550-5.7.1 no\r\n550 5.7.1 never\r\n", REPLY_DONE,
	550, "5.7.1", 2, "no never"},
    {"a status of another class stays text", "250 5.1.1 OK\r\n", REPLY_DONE, 250, "", 1,
	"5.1.1 OK"},
    {"a status alone", "250 2.0.0\r\n", REPLY_DONE, 250, "2.0.0", 1, ""},
    {"the longest status", "550 5.999.999 x\r\n", REPLY_DONE, 550, "5.999.999", 1, "x"},
    {"four digits are no status", "550 5.1000.1 x\r\n", REPLY_DONE, 550, "", 1, "5.1000.1 x"},
    {"a status wants its third part", "550 5.1 x\r\n", REPLY_DONE, 550, "", 1, "5.1 x"},
    {"a status ends at a blank", "550 5.1.1x y\r\n", REPLY_DONE, 550, "", 1, "5.1.1x y"},
    {"an address is no status", "550 5.1.2.3 is blocked\r\n", REPLY_DONE, 550, "", 1,
	"5.1.2.3 is blocked"},
    {"the status is that of the first line", "550-no\r\n550 5.1.1 user\r\n", REPLY_DONE, 550, "", 2,
	"no user"},
    {"354 is a reply", "354 go\r\n", REPLY_DONE, 354, "", 1, "go"},
    {"599 is a reply", "599 x\r\n", REPLY_DONE, 599, "", 1, "x"},
    {"escape sequences are shown as such", "550 \x1b[2Jgone\r\n", REPLY_DONE, 550, "", 1,
	"\\x1b[2Jgone"},
    {"a bare CR is text, escaped", "250 a\rb\r\n", REPLY_DONE, 250, "", 1, "a\\x0db"},
    {"one CR belongs to the end, the other is text at most", "250 a\r\r\n", REPLY_DONE, 250, "", 1,
	"a"},
    {"invalid UTF-8 is escaped", "250 \xff\r\n", REPLY_DONE, 250, "", 1, "\\xff"},
    {"UTF-8 stays", "250 \xc3\xa4\r\n", REPLY_DONE, 250, "", 1, "\xc3\xa4"},
    {"nothing yet", "", REPLY_MORE, 0, "", 0, ""},
    {"a reply that lacks its LF is not there", "250 OK\r", REPLY_MORE, 0, "", 0, ""},
    {"a reply that lacks its last line is not there", "250-OK\r\n", REPLY_MORE, 250, "", 1, ""},
    {"codes must agree", "250-ok\r\n550 no\r\n", REPLY_BAD, 0, "", 0, "disagree (250, then 550)"},
    {"codes must agree, the other way too", "550-no\r\n250 ok\r\n", REPLY_BAD, 0, "", 0,
	"disagree (550, then 250)"},
    {"1yz is no reply", "150 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"6yz is no reply", "600 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"199 is no reply", "199 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"two digits are no code", "25 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"four digits are no code", "2500 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"five digits are seen before the line ends", "22000", REPLY_BAD, 0, "", 0, "is no reply"},
    {"a tab is no separator", "250\tx\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"an empty line is no reply", "\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"an empty line with LF alone is no reply", "\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"a short line is no reply", "25\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"a CR behind the code must end the line", "250\rx\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"HTTP is no reply", "HTTP/1.1 400 Bad Request\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"TLS is no reply", "\x15\x03\x01", REPLY_BAD, 0, "", 0, "is no reply"},
    {"a blank first is no reply", " 250 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"a sign is no digit", "2+0 x\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
    {"a second line must be a reply too", "250-a\r\nb\r\n", REPLY_BAD, 0, "", 0, "is no reply"},
};

static void
check(const struct row *row, const struct reply *r, enum reply_parse got)
{
	bool right = got == row->want;

	if (right && got == REPLY_BAD)
		right = strstr(r->bad, row->words) != NULL;
	else if (right)
		right = r->code == row->code && strcmp(r->status, row->status) == 0 &&
		    r->nlines == row->nlines && strcmp(buf_str(&r->words), row->words) == 0;
	if (!right)
		fail_msg("%s: got %d, code %d, status \"%s\", %zu lines, words \"%s\", bad \"%s\"",
		    row->name, (int)got, r->code, r->status, r->nlines, buf_str(&r->words), r->bad);
}

/* In pieces of `step` octets. */
static enum reply_parse
feed(struct reply *r, const char *in, size_t n, size_t step)
{
	enum reply_parse got = REPLY_MORE;
	size_t at = 0, take, used;

	while (at < n && got == REPLY_MORE) {
		take = n - at < step ? n - at : step;
		got = reply_feed(r, in + at, take, &used);
		if (got == REPLY_MORE)
			assert_int_equal(used, take);
		at += used;
	}
	if (got == REPLY_DONE)
		assert_int_equal(at, n);
	return got;
}

static void
replies_mean_what_they_say_however_they_come(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t step = 1; step <= strlen(rows[i].in) + 1; step++) {
			reply_reset(&r, REPLY_LINE_MAX);
			check(&rows[i], &r, feed(&r, rows[i].in, strlen(rows[i].in), step));
		}
	}
	reply_done(&r);
}

static void
what_follows_a_reply_is_left_alone(void **state)
{
	static const char in[] = "250 a\r\n354 b\r\n";
	struct reply r;
	size_t used;

	(void)state;
	reply_init(&r);
	assert_int_equal(reply_feed(&r, in, strlen(in), &used), REPLY_DONE);
	assert_int_equal(used, 7);
	assert_int_equal(r.code, 250);
	reply_reset(&r, REPLY_LINE_MAX);
	assert_int_equal(reply_feed(&r, in + used, strlen(in) - used, &used), REPLY_DONE);
	assert_int_equal(used, 7);
	assert_int_equal(r.code, 354);
	reply_done(&r);
}

static void
what_is_no_reply_is_shown_escaped(void **state)
{
	static const char in[] = "HTTP/1.1 \x1b[m\r\n";
	struct reply r;
	size_t used;

	(void)state;
	reply_init(&r);
	assert_int_equal(reply_feed(&r, in, strlen(in), &used), REPLY_BAD);
	assert_string_equal(r.bad, "\"HTTP/1.1 \\x1b[m\" is no reply");
	reply_done(&r);
}

static void
nul_is_data(void **state)
{
	static const char in[] = "250 a\0b\r\n";
	struct reply r;
	size_t used;

	(void)state;
	reply_init(&r);
	assert_int_equal(reply_feed(&r, in, sizeof(in) - 1, &used), REPLY_DONE);
	assert_string_equal(buf_str(&r.words), "a\\x00b");
	assert_int_equal(r.text.len, 3);
	reply_done(&r);
}

/* A line of n octets and its end. */
static size_t
make_line(char *out, const char *begin, size_t n, const char *end)
{
	memset(out, 'x', n);
	memcpy(out, begin, strlen(begin));
	memcpy(out + n, end, strlen(end));
	return n + strlen(end);
}

static void
lines_have_a_limit(void **state)
{
	static const struct {
		size_t max, len;
		const char *end;
		enum reply_parse want;
	} limits[] = {
	    {REPLY_LINE_MAX, REPLY_LINE_MAX, "\r\n", REPLY_DONE},
	    {REPLY_LINE_MAX, REPLY_LINE_MAX, "\n", REPLY_DONE},
	    {REPLY_LINE_MAX, REPLY_LINE_MAX + 1, "\r\n", REPLY_BAD},
	    {REPLY_LINE_MAX, REPLY_LINE_MAX + 1, "\n", REPLY_BAD},
	    {REPLY_LINE_MAX, REPLY_LINE_MAX + 2, "", REPLY_BAD},
	    {REPLY_AUTH_LINE_MAX, REPLY_AUTH_LINE_MAX, "\r\n", REPLY_DONE},
	    {REPLY_AUTH_LINE_MAX, REPLY_AUTH_LINE_MAX + 1, "\r\n", REPLY_BAD},
	};
	char in[REPLY_AUTH_LINE_MAX + 8];
	struct reply r;
	size_t n;

	(void)state;
	reply_init(&r);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		n = make_line(in, "250 ", limits[i].len, limits[i].end);
		for (size_t step = 1; step <= n; step = step * 7 + 1) {
			reply_reset(&r, limits[i].max);
			assert_int_equal(feed(&r, in, n, step), limits[i].want);
			if (limits[i].want == REPLY_DONE)
				assert_int_equal(r.text.len, limits[i].len - 4);
		}
	}
	reply_done(&r);
}

static void
an_endless_line_ends_at_the_limit(void **state)
{
	struct reply r;
	size_t used, eaten = 0;
	enum reply_parse got = REPLY_MORE;

	(void)state;
	reply_init(&r);
	assert_int_equal(reply_feed(&r, "250 ", 4, &used), REPLY_MORE);
	for (; eaten < 2 * REPLY_LINE_MAX && got == REPLY_MORE; eaten++)
		got = reply_feed(&r, "x", 1, &used);
	assert_int_equal(got, REPLY_BAD);
	assert_in_range(eaten, REPLY_LINE_MAX - 4, REPLY_LINE_MAX);
	assert_non_null(strstr(r.bad, "4096 octets"));
	reply_done(&r);
}

static enum reply_parse
feed_lines(struct reply *r, const char *line, size_t times)
{
	enum reply_parse got = REPLY_MORE;
	size_t used;

	for (size_t i = 0; i < times && got == REPLY_MORE; i++)
		got = reply_feed(r, line, strlen(line), &used);
	return got;
}

static void
a_reply_has_a_limit_of_lines(void **state)
{
	struct reply r;

	(void)state;
	reply_init(&r);
	assert_int_equal(feed_lines(&r, "220-x\r\n", REPLY_LINES_MAX - 1), REPLY_MORE);
	assert_int_equal(feed_lines(&r, "220 x\r\n", 1), REPLY_DONE);
	reply_reset(&r, REPLY_LINE_MAX);
	assert_int_equal(feed_lines(&r, "220-x\r\n", REPLY_LINES_MAX), REPLY_MORE);
	assert_int_equal(feed_lines(&r, "220 x\r\n", 1), REPLY_BAD);
	assert_non_null(strstr(r.bad, "128 lines"));
	reply_done(&r);
}

static void
a_reply_has_a_limit_of_octets(void **state)
{
	char line[1025];
	struct reply r;

	(void)state;
	reply_init(&r);
	(void)make_line(line, "220-", 1022, "\r\n");
	line[1024] = '\0';
	assert_int_equal(feed_lines(&r, line, 64), REPLY_MORE);
	assert_int_equal(r.total, REPLY_TOTAL_MAX);
	assert_int_equal(feed_lines(&r, "2", 1), REPLY_BAD);
	assert_non_null(strstr(r.bad, "65536 octets"));
	reply_done(&r);
}

static void
an_error_holds_the_servers_words(void **state)
{
	struct err e;
	struct reply r;
	size_t used;

	(void)state;
	reply_init(&r);
	(void)reply_feed(&r, "450-4.2.1 come\r\n450 4.2.1 later\r\n", 33, &used);
	assert_false(reply_error(&r, ERR_RECIPIENT, STAGE_RCPT, &e));
	assert_int_equal(e.class, ERR_RECIPIENT);
	assert_int_equal(e.stage, STAGE_RCPT);
	assert_int_equal(e.code, 450);
	assert_string_equal(e.status, "4.2.1");
	assert_string_equal(e.text, "come later");
	assert_int_equal(reply_class(&r), 4);
	reply_reset(&r, REPLY_LINE_MAX);
	(void)reply_feed(&r, "554\r\n", 5, &used);
	(void)reply_error(&r, ERR_RELAY, STAGE_GREETING, &e);
	assert_true(e.text[0] != '\0');
	reply_done(&r);
}

static void
long_words_are_cut_at_the_size_of_an_error(void **state)
{
	char in[REPLY_LINE_MAX + 8];
	struct err e;
	struct reply r;
	struct buf words;
	size_t n = make_line(in, "550 5.0.0 ", 3000, "\r\n"), used;

	(void)state;
	reply_init(&r);
	assert_int_equal(reply_feed(&r, in, n, &used), REPLY_DONE);
	(void)reply_error(&r, ERR_MESSAGE, STAGE_FINAL, &e);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_string_equal(e.text + sizeof(e.text) - 4, "...");
	buf_init(&words, 1000);
	reply_words(&r, &words);
	assert_string_equal(buf_str(&words), e.text);
	buf_done(&words);
	reply_done(&r);
}

static void
what_must_not_be_shown_is_masked(void **state)
{
	static const char in[] = "535-5.7.8 ab\\cd and ab\\cdab\\cd\r\n535 5.7.8 ab\\c\r\n";
	struct reply r;

	(void)state;
	reply_init(&r);
	reply_reset(&r, REPLY_LINE_MAX);
	assert_int_equal(feed(&r, in, sizeof in - 1, 7), REPLY_DONE);
	reply_mask(&r, "nowhere", 7);
	reply_mask(&r, "", 0);
	reply_mask(&r, "ab\\cd", 5);
	assert_null(strstr(buf_str(&r.text), "cd"));
	assert_null(strstr(buf_str(&r.words), "cd"));
	assert_non_null(strstr(buf_str(&r.text), "***** and **********"));
	/* what only begins so stays */
	assert_non_null(strstr(buf_str(&r.text), "ab\\c"));
	reply_done(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_must_not_be_shown_is_masked),
	    cmocka_unit_test(replies_mean_what_they_say_however_they_come),
	    cmocka_unit_test(what_follows_a_reply_is_left_alone),
	    cmocka_unit_test(what_is_no_reply_is_shown_escaped),
	    cmocka_unit_test(nul_is_data),
	    cmocka_unit_test(lines_have_a_limit),
	    cmocka_unit_test(an_endless_line_ends_at_the_limit),
	    cmocka_unit_test(a_reply_has_a_limit_of_lines),
	    cmocka_unit_test(a_reply_has_a_limit_of_octets),
	    cmocka_unit_test(an_error_holds_the_servers_words),
	    cmocka_unit_test(long_words_are_cut_at_the_size_of_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
