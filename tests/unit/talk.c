/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/dial.h"

struct peer talk_peer;
struct stream *talk_stream;

static void
use(int fd)
{
	assert_true(fd >= 0);
	talk_stream = stream_new(fd, TALK_PEER, clock_mono_ms() + TALK_MS);
}

void
talk_begin(const char *const *script)
{
	peer_pair(&talk_peer, script);
	use(talk_peer.fd);
}

void
talk_begin_run(const char *(*run)(int fd))
{
	peer_pair_run(&talk_peer, run);
	use(talk_peer.fd);
}

void
talk_begin_tcp(const char *(*run)(int fd))
{
	struct dial_opts opts = {.host = "127.0.0.1", .family = AF_INET};
	struct err e;

	peer_listen_tcp_run(&talk_peer, run);
	opts.port = talk_peer.port;
	opts.deadline = clock_mono_ms() + TALK_MS;
	use(dial_tcp(&opts, NULL, &e));
}

void
talk_expect(const char *want)
{
	const char *data = NULL;

	while (stream_peek(talk_stream, &data) < strlen(want))
		if (!stream_fill(talk_stream))
			fail_msg("\"%.*s\" and trouble %d", (int)stream_peek(talk_stream, &data),
			    data, (int)stream_trouble(talk_stream));
	assert_memory_equal(data, want, strlen(want));
	stream_drop(talk_stream, strlen(want));
}

size_t
talk_lines(void)
{
	const char *data;
	size_t lines = 0, n;

	do {
		n = stream_peek(talk_stream, &data);
		for (size_t i = 0; i < n; i++)
			lines += data[i] == '\n';
		stream_drop(talk_stream, n);
	} while (stream_fill(talk_stream));
	return lines;
}

void
talk_error(enum stream_trouble trouble, const char *words, int sysexit)
{
	struct err e;

	assert_int_equal(stream_trouble(talk_stream), trouble);
	assert_false(stream_error(talk_stream, STAGE_GREETING, &e));
	assert_int_equal(e.class, ERR_RELAY);
	assert_int_equal(e.stage, STAGE_GREETING);
	assert_int_equal(err_sysexit(&e), sysexit);
	assert_non_null(strstr(e.text, TALK_PEER));
	if (strstr(e.text, words) == NULL)
		fail_msg("no \"%s\": %s", words, e.text);
}

int64_t
talk_start_step(void)
{
	int64_t now = clock_mono_ms();

	stream_deadline(talk_stream, now + 300);
	return now;
}

void
talk_end_step(int64_t began)
{
	int64_t took = clock_mono_ms() - began;

	if (took < 290 || took > 3000)
		fail_msg("the deadline of 300 ms was kept after %d ms", (int)took);
}

void
talk_rcpts(void)
{
	char line[64];

	for (int i = 0; i < TALK_LINES; i++) {
		int n = snprintf(line, sizeof(line), "RCPT TO:<somebody%d@there.example>\r\n", i);

		stream_write(talk_stream, line, (size_t)n);
	}
}

void
talk_narrow(int fd)
{
	const int least = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}

void
talk_on(void)
{
	static const char piece[65536] = "x";
	uint64_t before;

	for (int i = 0; i < 1000 && stream_trouble(talk_stream) == STREAM_OK; i++)
		stream_write(talk_stream, piece, sizeof(piece));
	assert_false(stream_flush(talk_stream));
	before = stream_octets_out(talk_stream);
	stream_write(talk_stream, piece, sizeof(piece));
	assert_false(stream_flush(talk_stream)); /* trouble stays */
	assert_int_equal(stream_octets_out(talk_stream), before);
}

void
talk_finish(void)
{
	stream_close(talk_stream);
	peer_finish(&talk_peer);
}
