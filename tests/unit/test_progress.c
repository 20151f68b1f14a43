/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/progress.h"

#define MB ((uint64_t)1024 * 1024)

struct row {
	const char *name;
	struct progress_news news;
	int64_t now;
	int64_t idle_ms;
	const char *want;
};

static const struct row rows[] = {
    {.name = "nothing is said of nothing", .now = 5000, .want = ""},
    {.name = "nor of a stage that is quick",
	.news = {.stage = STAGE_CONNECT, .server = "h:25"},
	.now = 999,
	.want = ""},
    {.name = "a second is worth a word",
	.news = {.stage = STAGE_CONNECT,
	    .since = 1000,
	    .until = 16000,
	    .server = "smtp.example.org:465",
	    .addr = "192.0.2.7:465"},
	.now = 4200,
	.want = "connecting to smtp.example.org 192.0.2.7:465, 3 s of 15 s"},
    {.name = "an address is not said twice",
	.news = {.stage = STAGE_CONNECT, .until = 15000, .server = "[::1]:25", .addr = "[::1]:25"},
	.now = 2000,
	.want = "connecting to [::1]:25, 2 s of 15 s"},
    {.name = "a socket has no port",
	.news = {.stage = STAGE_GREETING, .until = 300000, .server = "/run/lmtp.sock"},
	.now = 2000,
	.want = "waiting for /run/lmtp.sock to greet, 2 s of 300 s"},
    {.name = "octets of a small message are no news, their time is",
	.news = {.stage = STAGE_DATA, .server = "h:25", .done = 5, .total = MB - 1},
	.now = 7000,
	.want = "sending to h:25, 7 s"},
    {.name = "a big one shows at once",
	.news = {.stage = STAGE_DATA, .server = "h:25", .done = 0, .total = 2 * MB},
	.want = "sending 0.0 of 2.0 MB (0%)"},
    {.name = "with rate and rest",
	.news = {.stage = STAGE_DATA, .done = 12 * MB, .total = 40 * MB},
	.now = 10000,
	.want = "sending 12.0 of 40.0 MB (30%), 1.2 MB/s, 23 s left"},
    {.name = "slow lines have small units",
	.news = {.stage = STAGE_DATA, .done = MB, .total = 11 * MB},
	.now = 200000,
	.want = "sending 1.0 of 11.0 MB (9%), 5 KB/s, 33 min left"},
    {.name = "a server that stops is told",
	.news = {.stage = STAGE_DATA, .done = MB, .total = 11 * MB},
	.now = 200000,
	.idle_ms = 7900,
	.want = "sending 1.0 of 11.0 MB (9%), stopped for 7 s"},
    {.name = "the longest wait of all",
	.news = {.stage = STAGE_FINAL, .until = 600000, .server = "h:25"},
	.now = 61000,
	.want = "waiting for h:25 to accept the message, 61 s of 600 s"},
    {.name = "a stage of no known name", .news = {.stage = 1000}, .now = 61000, .want = ""},
};

static void
words_fit_what_goes_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, SIZE_MAX);
		progress_words(&rows[i].news, rows[i].now, rows[i].idle_ms, &b);
		if (strcmp(buf_str(&b), rows[i].want) != 0)
			fail_msg("%s: '%s'", rows[i].name, buf_str(&b));
		buf_done(&b);
	}
}

/* What the network process tells arrives, and another address starts no new clock. */
static void
news_arrive(void **state)
{
	const struct trace_begin first = {STAGE_CONNECT, "h:25", NULL, 9000},
				 next = {STAGE_CONNECT, "h:25", "192.0.2.7:25", 9000};
	struct progress p;
	int64_t since;

	(void)state;
	progress_init(&p, true);
	progress_begin(&p, &first);
	since = p.news.since;
	p.news.since = since - 300; /* as if time had passed */
	progress_begin(&p, &next);
	assert_int_equal(p.news.since, since - 300);
	p.news = (struct progress_news){.stage = STAGE_NONE};
	progress_draw(&p);
	assert_int_equal(p.news.stage, STAGE_CONNECT);
	assert_string_equal(p.news.addr, "192.0.2.7:25");
	assert_string_equal(p.line, "");
	progress_done(&p);
}

/* A parent that does not read stops nobody. */
static void
a_full_pipe_is_no_trouble(void **state)
{
	struct progress_news first;
	struct progress p;

	(void)state;
	progress_init(&p, true);
	for (uint64_t i = 0; i < 5000; i++) {
		p.told = 0;
		progress_octets(&p, i, 5000);
	}
	assert_int_equal(p.news.done, 4999);
	assert_int_equal(read(p.pipe[0], &first, sizeof first), sizeof first);
	assert_int_equal(first.done, 0);
	progress_done(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_fit_what_goes_on),
	    cmocka_unit_test(news_arrive),
	    cmocka_unit_test(a_full_pipe_is_no_trouble),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
