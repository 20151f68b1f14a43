/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/flowed.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define FIXED_MAX 78 /* RFC 3676 4.2: longer ones are broken */
#define SOFT_MAX 72

/* The line that separates a signature is fixed, for all its blank (RFC 3676 4.3). */
static bool
is_signature(const char *s, size_t n)
{
	return n == 3 && memcmp(s, "-- ", 3) == 0;
}

/* Would a reader take it for stuffed or quoted, or a relay change it? */
static bool
needs_stuffing(const char *s, size_t n)
{
	return n > 0 && (s[0] == ' ' || s[0] == '>' || (n >= 5 && memcmp(s, "From ", 5) == 0));
}

static void
add_line(struct buf *out, const char *s, size_t depth, size_t n, bool stuff)
{
	for (size_t i = 0; i < depth; i++)
		buf_addc(out, '>');
	if (stuff)
		buf_addc(out, ' ');
	buf_add(out, s, n);
	buf_addc(out, '\n');
}

/* Octets of the next soft line, with the blank it ends in; n when it is the last one. */
static size_t
soft_break(const char *s, size_t n, size_t room)
{
	size_t best = 0;

	if (n <= room)
		return n;
	for (size_t i = 1; i < n && (best == 0 || i < room); i++)
		if (s[i - 1] == ' ' && s[i] != ' ' && !is_signature(s, i))
			best = i;
	return best > 0 ? best : n;
}

static void
add_paragraph(struct buf *out, const char *s, size_t n)
{
	size_t depth = 0, at, room;
	bool stuffed;

	while (depth < n && s[depth] == '>')
		depth++;
	at = depth;
	stuffed = depth > 0 && at < n && s[at] == ' ';
	at += stuffed;
	if (is_signature(s + at, n - at)) {
		add_line(out, s + at, depth, 3, stuffed);
		return;
	}
	while (n > at && s[n - 1] == ' ')
		n--;
	room = n <= FIXED_MAX ? FIXED_MAX : depth + 20 < SOFT_MAX ? SOFT_MAX - depth : 20;
	do {
		size_t len = soft_break(s + at, n - at, room);
		add_line(out, s + at, depth, len, stuffed || needs_stuffing(s + at, len));
		at += len;
	} while (at < n);
}

void
flowed_add(struct buf *out, const char *s, size_t n)
{
	size_t at = 0;

	while (at < n) {
		const char *nl = memchr(s + at, '\n', n - at);
		size_t end = nl != NULL ? (size_t)(nl - s) : n;
		size_t len = end - at;
		if (nl != NULL && len > 0 && s[end - 1] == '\r')
			len--;
		add_paragraph(out, s + at, len);
		at = end + 1;
	}
}
