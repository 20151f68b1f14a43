/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/channel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define IN_SIZE ((size_t)64 * 1024)
/* Replies held back while more commands are at hand. */
#define OUT_MAX ((size_t)1024 * 1024)
/* A line without an end is followed so far. */
#define FLOOD_MAX ((size_t)16 * 1024 * 1024)
/* RFC 5321 4.5.3.1.5: a reply line has 512 octets at most, with code, status and CRLF. */
#define TEXT_MAX 480
/* A signal that comes just before the wait is seen after so long. */
#define LOOK_MS 1000

struct channel {
	int in, out;
	int64_t idle_ms;
	const volatile sig_atomic_t *stop;
	enum channel_trouble trouble;
	struct buf replies;
	size_t start, end; /* of what is unread in data */
	char data[IN_SIZE];
};

struct channel *
channel_new(int in, int out, int64_t idle_ms, const volatile sig_atomic_t *stop)
{
	struct channel *ch = mem_alloc(sizeof *ch);

	ch->in = in;
	ch->out = out;
	ch->idle_ms = idle_ms;
	ch->stop = stop;
	buf_init(&ch->replies, SIZE_MAX);
	return ch;
}

void
channel_free(struct channel *ch)
{
	if (ch == NULL)
		return;
	buf_done(&ch->replies);
	free(ch);
}

enum channel_trouble
channel_trouble(const struct channel *ch)
{
	return ch->trouble;
}

static bool
fail(struct channel *ch, enum channel_trouble why)
{
	if (ch->trouble == CHANNEL_OK)
		ch->trouble = why;
	return false;
}

static bool
must_stop(const struct channel *ch)
{
	return ch->stop != NULL && *ch->stop != 0;
}

/* Until the descriptor can do it, or has an end or an error to tell. */
static bool
await(struct channel *ch, int fd, short events, bool stoppable)
{
	int64_t deadline = clock_mono_ms() + ch->idle_ms;
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int left = clock_left_ms(deadline), n;

		if (stoppable && must_stop(ch))
			return fail(ch, CHANNEL_STOPPED);
		n = poll(&p, 1, left < LOOK_MS ? left : LOOK_MS);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return fail(ch, CHANNEL_BROKEN);
		if (clock_left_ms(deadline) == 0)
			return fail(ch, CHANNEL_SILENT);
	}
}

/* All of data; in pieces that do not block where poll says that writing is possible. */
static bool
write_out(struct channel *ch, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done;

		if (!await(ch, ch->out, POLLOUT, false))
			return false;
		done = write(ch->out, data, n < PIPE_BUF ? n : PIPE_BUF);
		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done <= 0)
			return fail(ch, CHANNEL_DEAF);
		data += done;
		n -= (size_t)done;
	}
	return true;
}

bool
channel_flush(struct channel *ch)
{
	bool good = write_out(ch, ch->replies.data, ch->replies.len);

	buf_clear(&ch->replies);
	return good;
}

static bool
has_more(const struct channel *ch)
{
	struct pollfd p = {.fd = ch->in, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* At least one more octet behind those unread. */
static bool
fill(struct channel *ch)
{
	ssize_t n;

	if (ch->trouble != CHANNEL_OK)
		return false;
	if (ch->start > 0) {
		memmove(ch->data, ch->data + ch->start, ch->end - ch->start);
		ch->end -= ch->start;
		ch->start = 0;
	}
	if ((!has_more(ch) || ch->replies.len > OUT_MAX) && !channel_flush(ch))
		return false;
	for (;;) {
		if (!await(ch, ch->in, POLLIN, true))
			return false;
		n = file_read(ch->in, ch->data + ch->end, IN_SIZE - ch->end);
		if (n >= 0 || errno != EAGAIN)
			break;
	}
	if (n <= 0)
		return fail(ch, n == 0 ? CHANNEL_END : CHANNEL_BROKEN);
	ch->end += (size_t)n;
	return true;
}

size_t
channel_peek(struct channel *ch, const char **data)
{
	if (ch->start == ch->end && !fill(ch))
		return 0;
	*data = ch->data + ch->start;
	return ch->end - ch->start;
}

void
channel_drop(struct channel *ch, size_t n)
{
	ch->start += n;
}

bool
channel_is_ahead(const struct channel *ch)
{
	int n = 0;

	return ch->start < ch->end || (ioctl(ch->in, FIONREAD, &n) == 0 && n > 0);
}

/* The rest of a line that is too long to be one. */
static enum channel_got
skip_line(struct channel *ch)
{
	size_t seen = 0;

	while (seen < FLOOD_MAX) {
		size_t n = ch->end - ch->start;
		const char *from = ch->data + ch->start, *lf = memchr(from, '\n', n);

		channel_drop(ch, lf != NULL ? (size_t)(lf - from) + 1 : n);
		if (lf != NULL)
			return CHANNEL_LONG;
		seen += n;
		if (!fill(ch))
			return CHANNEL_NONE;
	}
	fail(ch, CHANNEL_FLOOD);
	return CHANNEL_NONE;
}

enum channel_got
channel_line(struct channel *ch, struct channel_text *out)
{
	for (;;) {
		const char *from = ch->data + ch->start;
		size_t have = ch->end - ch->start;
		size_t n = have < CHANNEL_LINE_MAX ? have : CHANNEL_LINE_MAX;
		const char *lf = n > 0 ? memchr(from, '\n', n) : NULL;

		if (lf != NULL) {
			*out = (struct channel_text){.data = from, .n = (size_t)(lf - from)};
			channel_drop(ch, out->n + 1);
			out->crlf = out->n > 0 && from[out->n - 1] == '\r';
			while (out->n > 0 && from[out->n - 1] == '\r')
				out->n--;
			return CHANNEL_LINE;
		}
		if (n == CHANNEL_LINE_MAX)
			return skip_line(ch);
		if (!fill(ch))
			return CHANNEL_NONE;
	}
}

static void
add_reply(struct channel *ch, int code, char between, const char *status, const char *text)
{
	(void)buf_addf(&ch->replies, "%d%c", code, between);
	if (status[0] != '\0')
		(void)buf_addf(&ch->replies, "%s ", status);
	str_escape(&ch->replies, text, strlen(text), TEXT_MAX);
	(void)buf_adds(&ch->replies, "\r\n");
}

void
channel_reply(struct channel *ch, int code, const char *status, const char *fmt, ...)
{
	char text[2 * TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	add_reply(ch, code, ' ', status, text);
}

void
channel_reply_more(struct channel *ch, int code, const char *text)
{
	add_reply(ch, code, '-', "", text);
}
