/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"
#include "smtp/body.h"

static const struct {
	const char *name, *in, *want;
} stuffing[] = {
    {"no dot", "a\r\nb\r\n", "a\r\nb\r\n"},
    {"a dot at the beginning", ".\r\n", "..\r\n"},
    {"a dot at the beginning of a line", "a\r\n.b\r\n", "a\r\n..b\r\n"},
    {"a lone dot in the middle", "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"},
    {"two dots become three", "..\r\n", "...\r\n"},
    {"dots elsewhere stay", "a.b.\r\nc.\r\n", "a.b.\r\nc.\r\n"},
    {"dots in each line", ".\r\n.\r\n.\r\n", "..\r\n..\r\n..\r\n"},
    {"an empty line", "\r\n.\r\n", "\r\n..\r\n"},
    {"a dot behind a bare LF, as another reader may see it", "a\n.b\r\n", "a\n..b\r\n"},
    {"a dot as the last octet", "a\r\n.", "a\r\n.."},
    {"nothing", "", ""},
};

/* In pieces of `step` octets. */
static void
stuff(struct buf *out, const char *in, size_t step)
{
	size_t n = strlen(in), take;
	bool bol = true;

	for (size_t at = 0; at < n; at += take) {
		take = n - at < step ? n - at : step;
		body_stuff(out, in + at, take, &bol);
	}
}

static void
dots_are_doubled_however_the_text_is_cut(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(stuffing) / sizeof(stuffing[0]); i++) {
		for (size_t step = 1; step <= strlen(stuffing[i].in) + 1; step++) {
			buf_clear(&out);
			stuff(&out, stuffing[i].in, step);
			if (strcmp(buf_str(&out), stuffing[i].want) != 0)
				fail_msg("%s, in steps of %zu: \"%s\"", stuffing[i].name, step,
				    buf_str(&out));
		}
	}
	buf_done(&out);
}

static void
bol_is_carried_over(void **state)
{
	struct buf out;
	bool bol = true;

	(void)state;
	buf_init(&out, 100);
	body_stuff(&out, "", 0, &bol);
	assert_true(bol);
	body_stuff(&out, "a\r", 2, &bol);
	assert_false(bol);
	body_stuff(&out, "\n", 1, &bol);
	assert_true(bol);
	body_stuff(&out, ".", 1, &bol);
	assert_false(bol);
	assert_string_equal(buf_str(&out), "a\r\n..");
	buf_done(&out);
}

/* ---- sources */

struct text {
	const char *data;
	size_t size;    /* octets there really are */
	size_t most;    /* octets a read gives at most, 0: all */
	uint64_t fails; /* offset from which reads fail with EIO, 0: never */
};

static ssize_t
read_text(void *arg, void *out, size_t n, uint64_t off)
{
	const struct text *t = arg;

	if (t->fails > 0 && off + n > t->fails) {
		errno = EIO;
		return -1;
	}
	if (off >= t->size)
		return 0;
	if (n > t->size - off)
		n = t->size - (size_t)off;
	if (t->most > 0 && n > t->most)
		n = t->most;
	memcpy(out, t->data + off, n);
	return (ssize_t)n;
}

static uint64_t octets_out;

static enum body_end
send_over(const char *const *script, const struct text *t, uint64_t size, bool dots, struct err *e)
{
	struct peer peer;
	struct watch w;
	const struct body_source src = {read_text, (void *)(uintptr_t)t, size};
	struct body_opts o = {.stuff = dots, .step_ms = 10000};
	struct stream *s;
	enum body_end end;

	peer_pair(&peer, script);
	watch_init(&w);
	o.trace = &w.trace;
	s = stream_new(peer.fd, "peer", clock_mono_ms() + 15000);
	err_clear(e);
	end = body_send(s, &src, &o, e);
	assert_true(end != BODY_WHOLE || size == 0 || w.nprogress > 0);
	octets_out = stream_octets_out(s);
	stream_close(s);
	peer_finish(&peer);
	return end;
}

static void
data_ends_in_a_lone_dot(void **state)
{
	static const char *const script[] = {"C a", "C ..b", "C .", "E", NULL};
	static const char *const open_end[] = {"C a", "C .", "E", NULL};
	static const char *const nothing[] = {"C .", "E", NULL};
	const struct text t = {"a\r\n.b\r\n", 7, 1, 0}, unended = {"a", 1, 0, 0},
			  empty = {"", 0, 0, 0};
	struct err e;

	(void)state;
	assert_int_equal(send_over(script, &t, 7, true, &e), BODY_WHOLE);
	assert_int_equal(send_over(open_end, &unended, 1, true, &e), BODY_WHOLE);
	assert_int_equal(send_over(nothing, &empty, 0, true, &e), BODY_WHOLE);
}

static void
bdat_sends_the_octets_as_they_are(void **state)
{
	static const char *const script[] = {"C .a", "C .", "N 1", "E", NULL};
	static const char *const nothing[] = {"E", NULL};
	const struct text t = {".a\r\n.\r\nx", 8, 0, 0};
	struct err e;

	(void)state;
	assert_int_equal(send_over(script, &t, 8, false, &e), BODY_WHOLE);
	assert_int_equal(send_over(nothing, &t, 0, false, &e), BODY_WHOLE);
}

static void
a_large_body_arrives_whole(void **state)
{
	const size_t line = 64, n = 6000 * line;
	char *data = malloc(n), octets[32];
	const char *const bdat[] = {octets, "E", NULL};
	static const char *const dots[] = {"D", "E", NULL};
	struct text t = {data, n, 5000, 0};
	struct err e;

	(void)state;
	memset(data, '.', n);
	for (size_t i = line; i <= n; i += line)
		memcpy(data + i - 2, "\r\n", 2);
	(void)snprintf(octets, sizeof(octets), "N %zu", n);
	assert_int_equal(send_over(bdat, &t, n, false, &e), BODY_WHOLE);
	assert_int_equal(send_over(dots, &t, n, true, &e), BODY_WHOLE);
	free(data);
}

static void
a_source_that_fails_never_ends_in_a_dot(void **state)
{
	static const char *const script[] = {"E", NULL};
	static const char *const any[] = {"Z", NULL};
	char *data = calloc(1, 200000);
	const struct text broken = {data, 100, 0, 50}, shorter = {data, 50, 0, 0};
	const struct text late = {data, 200000, 0, 140000};
	struct err e;

	(void)state;
	assert_int_equal(send_over(script, &broken, 100, true, &e), BODY_UNREADABLE);
	assert_int_equal(e.class, ERR_LOCAL);
	assert_int_equal(e.stage, STAGE_DATA);
	assert_non_null(strstr(e.text, strerror(EIO)));
	assert_int_equal(send_over(script, &shorter, 100, true, &e), BODY_UNREADABLE);
	assert_int_equal(e.class, ERR_LOCAL);
	assert_int_equal(send_over(script, &shorter, 100, false, &e), BODY_UNREADABLE);
	assert_int_equal(send_over(any, &late, 200000, false, &e), BODY_UNREADABLE);
	free(data);
}

static void
a_small_body_is_loaded_whole_or_not_at_all(void **state)
{
	const struct text t = {"hello", 5, 2, 0};
	struct body_source src = {read_text, (void *)(uintptr_t)&t, 5};
	char out[8] = "";
	struct err e;

	(void)state;
	assert_true(body_load(&src, out, &e));
	assert_string_equal(out, "hello");
	src.size = 6;
	assert_false(body_load(&src, out, &e));
	assert_int_equal(e.class, ERR_LOCAL);
}

static void
a_server_that_speaks_or_leaves_in_the_middle_ends_it(void **state)
{
	static const char *const speaks[] = {"N 70000", "S 552 5.3.4 too big", "Z", NULL};
	static const char *const leaves[] = {"N 70000", "X", NULL};
	const size_t n = (size_t)64 << 20;
	char *data = calloc(1, n);
	const struct text t = {data, n, 0, 0};
	struct err e;

	(void)state;
	assert_int_equal(send_over(speaks, &t, n, false, &e), BODY_CUT);
	assert_true(octets_out < n / 2); /* it was not only noticed at the end */
	assert_int_equal(send_over(leaves, &t, n, true, &e), BODY_CUT);
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dots_are_doubled_however_the_text_is_cut),
	    cmocka_unit_test(bol_is_carried_over),
	    cmocka_unit_test(data_ends_in_a_lone_dot),
	    cmocka_unit_test(bdat_sends_the_octets_as_they_are),
	    cmocka_unit_test(a_large_body_arrives_whole),
	    cmocka_unit_test(a_source_that_fails_never_ends_in_a_dot),
	    cmocka_unit_test(a_small_body_is_loaded_whole_or_not_at_all),
	    cmocka_unit_test(a_server_that_speaks_or_leaves_in_the_middle_ends_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
