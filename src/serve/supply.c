/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/supply.h"

#include <errno.h>
#include <string.h>

#define PIECE ((size_t)64 * 1024)

static ssize_t
broken(void)
{
	errno = EPIPE;
	return -1;
}

/* n is at least 2; so is what dotted_feed needs room for. */
static ssize_t
read_dotted(struct supply *s, char *chunk, size_t n)
{
	const char *data;
	size_t have, done, len = 0;

	while (len == 0 && !dotted_ended(&s->dots)) {
		have = channel_peek(s->ch, &data);
		if (have == 0)
			return broken();
		if (have > n - 1)
			have = n - 1;
		len = dotted_feed(&s->dots, data, have, chunk, &done);
		channel_drop(s->ch, done);
	}
	s->ended = dotted_ended(&s->dots);
	return (ssize_t)len;
}

static ssize_t
read_chunked(struct supply *s, char *chunk, size_t n)
{
	const char *data;
	size_t have;

	while (s->left == 0 && !s->last)
		if (!s->next(s->arg, s))
			return broken();
	s->ended = s->left == 0;
	if (s->ended)
		return 0;
	have = channel_peek(s->ch, &data);
	if (have == 0)
		return broken();
	if (have > n)
		have = n;
	if (have > s->left)
		have = (size_t)s->left;
	memcpy(chunk, data, have);
	channel_drop(s->ch, have);
	s->left -= have;
	return (ssize_t)have;
}

static ssize_t
read_some(struct supply *s, char *chunk, size_t n)
{
	return s->chunked ? read_chunked(s, chunk, n) : read_dotted(s, chunk, n);
}

/* A chunk goes by alone: the ones behind it are refused as commands. */
void
supply_drain(struct supply *s)
{
	char piece[4096];

	if (s->chunked)
		s->last = true;
	while (!s->ended && read_some(s, piece, sizeof piece) >= 0)
		;
}

ssize_t
supply_read(void *supply, char *chunk, size_t n)
{
	struct supply *s = supply;
	ssize_t got;

	if (s->over || s->ended)
		return s->over ? -1 : 0;
	got = read_some(s, chunk, n < PIECE ? n : PIECE);
	if (got <= 0 || (uint64_t)got <= s->room) {
		s->room -= got > 0 ? (uint64_t)got : 0;
		return got;
	}
	s->over = true;
	supply_drain(s);
	errno = EFBIG;
	return -1;
}
