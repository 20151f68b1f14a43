/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "talk.h"

static void
wait_for_input(void)
{
	assert_int_equal(
	    poll(&(struct pollfd){.fd = stream_fd(talk_stream), .events = POLLIN}, 1, TALK_MS), 1);
}

/* ---- reading */

static void
what_is_buffered_is_seen_dropped_and_followed(void **state)
{
	static const char *const script[] = {"R 220 one", "R  two\r\n250", "C go", "R  three", "E",
	    NULL};
	const char *data;

	(void)state;
	talk_begin(script);
	assert_int_equal(stream_peek(talk_stream, &data), 0);
	talk_expect("220 ");
	talk_expect("one two\r\n");
	stream_write(talk_stream, "go\r\n", 4);
	assert_true(stream_flush(talk_stream));
	talk_expect("250 three");
	assert_int_equal(stream_peek(talk_stream, &data), 0);
	assert_false(stream_has_input(talk_stream));
	assert_int_equal(stream_trouble(talk_stream), STREAM_OK);
	assert_int_equal(stream_octets_out(talk_stream), 4);
	assert_false(stream_is_tls(talk_stream));
	assert_string_equal(stream_peer(talk_stream), TALK_PEER);
	talk_finish();
}

static void
input_nobody_read_is_noticed(void **state)
{
	static const char *const script[] = {"S 250 unasked", "E", NULL};

	(void)state;
	talk_begin(script);
	wait_for_input();
	assert_true(stream_has_input(talk_stream));
	assert_true(stream_has_input(talk_stream)); /* and not eaten */
	talk_expect("250 unasked\r\n");
	talk_finish();
}

static void
the_descriptor_waits_for_nothing_and_is_not_inherited(void **state)
{
	static const char *const script[] = {"E", NULL};

	(void)state;
	talk_begin(script);
	assert_true((fcntl(stream_fd(talk_stream), F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(stream_fd(talk_stream), F_GETFD) & FD_CLOEXEC) != 0);
	talk_finish();
}

static void
an_orderly_end_comes_after_the_last_octet(void **state)
{
	static const char *const script[] = {"R 221 bye", "X", NULL};

	(void)state;
	talk_begin(script);
	talk_expect("221 bye");
	assert_false(stream_fill(talk_stream));
	assert_false(stream_fill(talk_stream));
	talk_error(STREAM_CLOSED, "closed the connection", EX_TEMPFAIL);
	talk_finish();
}

static void
a_flood_of_input_has_a_ceiling(void **state)
{
	static const char *const script[] = {"L 250 ", NULL};
	const char *data;
	size_t n;

	(void)state;
	talk_begin(script);
	while (stream_fill(talk_stream))
		;
	talk_error(STREAM_FLOOD, "without end", EX_PROTOCOL);
	n = stream_peek(talk_stream, &data);
	assert_true(n >= 64 * 1024 && n <= 512 * 1024);
	talk_finish();
}

/* ---- deadlines */

static void
silence_ends_at_the_deadline(void **state)
{
	static const char *const script[] = {"Z", NULL};
	int64_t began;

	(void)state;
	talk_begin(script);
	began = talk_start_step();
	assert_false(stream_fill(talk_stream));
	talk_end_step(began);
	talk_error(STREAM_TIMEOUT, "in time", EX_TEMPFAIL);
	talk_finish();
}

static void
a_step_ends_with_the_attempt(void **state)
{
	static const char *const script[] = {"Z", NULL};
	int64_t began = clock_mono_ms();

	(void)state;
	peer_pair(&talk_peer, script);
	talk_stream = stream_new(talk_peer.fd, TALK_PEER, began + 300);
	stream_deadline(talk_stream, began + 100000);
	assert_false(stream_fill(talk_stream));
	talk_end_step(began);
	talk_error(STREAM_EXPIRED, "whole attempt", EX_TEMPFAIL);
	talk_finish();
}

static const char *
drip(int fd)
{
	while (send(fd, "2", 1, MSG_NOSIGNAL) == 1)
		(void)poll(NULL, 0, 10);
	return NULL;
}

static void
an_octet_now_and_then_prolongs_nothing(void **state)
{
	int64_t began;

	(void)state;
	talk_begin_run(drip);
	began = talk_start_step();
	(void)talk_lines();
	talk_end_step(began);
	talk_error(STREAM_TIMEOUT, "in time", EX_TEMPFAIL);
	talk_finish();
}

/* Reads nothing until the other end is gone. */
static const char *
turn_away(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, TALK_MS) == 1 ? NULL : "still there";
}

static void
who_does_not_read_is_not_waited_for(void **state)
{
	static const char piece[65536];
	int64_t began;

	(void)state;
	talk_begin_run(turn_away);
	began = talk_start_step();
	for (int i = 0; i < 200; i++)
		stream_write(talk_stream, piece, sizeof(piece));
	assert_false(stream_flush(talk_stream));
	talk_end_step(began);
	assert_int_equal(stream_trouble(talk_stream), STREAM_TIMEOUT);
	talk_finish();
}

/* ---- writing */

static void
a_thousand_commands_are_one_write(void **state)
{
	static const char *const script[] = {"C RCPT*0@there.example>", "M 999", "E", NULL};

	(void)state;
	talk_begin(script);
	talk_rcpts();
	assert_int_equal(peer_sends, 0);
	assert_true(stream_flush(talk_stream));
	assert_int_equal(peer_sends, 1);
	assert_true(stream_flush(talk_stream)); /* nothing to do */
	assert_int_equal(peer_sends, 1);
	for (int i = 0; i < TALK_LINES - 1; i++)
		talk_expect("250 2.1.5 ok\r\n");
	talk_finish();
}

/* The peer answers each line before it reads on, at a length, and there is next to no room. */
static const char *
answer_each_line(int fd)
{
	char line[200], answer[200];

	memset(answer, 'x', sizeof(answer));
	memcpy(answer, "250 ", 4);
	answer[sizeof(answer) - 1] = '\0';
	for (int i = 0; i < TALK_LINES; i++) {
		if (peer_read_line(fd, line, sizeof(line)) == NULL)
			return "too few lines";
		peer_say(fd, answer);
	}
	return NULL;
}

static const char *
answer_each_line_narrowly(int fd)
{
	talk_narrow(fd);
	return answer_each_line(fd);
}

static void
two_writers_do_not_wait_for_each_other(void **state)
{
	(void)state;
	talk_begin_run(answer_each_line_narrowly);
	talk_narrow(talk_peer.fd);
	talk_rcpts();
	assert_true(stream_flush(talk_stream));
	assert_int_equal(talk_lines(), TALK_LINES);
	assert_int_equal(stream_trouble(talk_stream), STREAM_CLOSED);
	talk_finish();
}

/* Takes some of the body, refuses the rest and leaves. */
static const char *
refuse_early(int fd)
{
	char some[10000];

	if (read(fd, some, sizeof(some)) <= 0)
		return "no body";
	peer_say(fd, "552 5.3.4 too big");
	return NULL;
}

static void
an_early_refusal_is_read_after_the_write_failed(void **state)
{
	(void)state;
	for (int tcp = 0; tcp < 2; tcp++) {
		if (tcp != 0)
			talk_begin_tcp(refuse_early);
		else
			talk_begin_run(refuse_early);
		talk_on(); /* SIGPIPE would end the test */
		talk_expect("552 5.3.4 too big\r\n");
		assert_false(stream_fill(talk_stream));
		talk_finish();
	}
}

static void
who_only_talks_while_we_write_is_stopped(void **state)
{
	static const char *const script[] = {"F 250 unasked", NULL};

	(void)state;
	talk_begin(script);
	talk_on();
	talk_error(STREAM_FLOOD, "without end", EX_PROTOCOL);
	talk_finish();
}

static void
half_made_things_can_be_closed(void **state)
{
	static const char *const script[] = {"E", NULL};

	(void)state;
	stream_close(NULL);
	talk_begin(script);
	talk_finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_buffered_is_seen_dropped_and_followed),
	    cmocka_unit_test(input_nobody_read_is_noticed),
	    cmocka_unit_test(the_descriptor_waits_for_nothing_and_is_not_inherited),
	    cmocka_unit_test(an_orderly_end_comes_after_the_last_octet),
	    cmocka_unit_test(a_flood_of_input_has_a_ceiling),
	    cmocka_unit_test(silence_ends_at_the_deadline),
	    cmocka_unit_test(a_step_ends_with_the_attempt),
	    cmocka_unit_test(an_octet_now_and_then_prolongs_nothing),
	    cmocka_unit_test(who_does_not_read_is_not_waited_for),
	    cmocka_unit_test(a_thousand_commands_are_one_write),
	    cmocka_unit_test(two_writers_do_not_wait_for_each_other),
	    cmocka_unit_test(an_early_refusal_is_read_after_the_write_failed),
	    cmocka_unit_test(who_only_talks_while_we_write_is_stopped),
	    cmocka_unit_test(half_made_things_can_be_closed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
