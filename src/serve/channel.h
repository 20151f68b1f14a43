/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * channel.h - the two ends of a dialogue that somebody else leads.
 *
 * Input and output may be two pipes, or one socket, and both belong to our caller: nothing about
 * them is changed. Replies are collected and leave when the caller falls silent, so a
 * whole session may come in one write (RFC 2920 3.2) from a program that reads nothing until
 * it has written all. Each wait is bounded; trouble is sticky.
 */
#ifndef SERVE_CHANNEL_H
#define SERVE_CHANNEL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_LINE_MAX 4096 /* octets of a command line with its end */

enum channel_trouble {
	CHANNEL_OK,
	CHANNEL_END,     /* of the input */
	CHANNEL_SILENT,  /* nothing came, or nothing was taken, for too long */
	CHANNEL_BROKEN,  /* the input cannot be read */
	CHANNEL_DEAF,    /* replies cannot be written */
	CHANNEL_STOPPED, /* the stop flag was raised while we waited */
	CHANNEL_FLOOD,   /* a line without an end */
};

enum channel_got {
	CHANNEL_LINE,
	CHANNEL_LONG, /* was over the limit, and is left behind */
	CHANNEL_NONE, /* trouble; a last line without its end counts for nothing */
};

struct channel_text {
	const char *data; /* without its end, no NUL behind it; valid until the next call */
	size_t n;
	bool crlf; /* ended in CRLF, not in LF alone */
};

struct channel;

/* idle_ms: longest wait for one more octet. stop may be NULL. */
struct channel *
channel_new(int in, int out, int64_t idle_ms, const volatile sig_atomic_t *stop);
/* The descriptors stay open. NULL is fine. */
void
channel_free(struct channel *ch);
/* The next command line; CRs in front of its LF belong to the end. */
enum channel_got
channel_line(struct channel *ch, struct channel_text *out);
/* What is there to read, at least an octet; 0: trouble. Valid until the next call but drop. */
size_t
channel_peek(struct channel *ch, const char **data);
void
channel_drop(struct channel *ch, size_t n);
/* Has more been written already than was read so far? Never waits. */
bool
channel_is_ahead(const struct channel *ch);
/*
 * One reply, of one line: "CODE STATUS TEXT" (status "": without). Control characters in text are
 * escaped; a text too long for a line is cut.
 */
void
channel_reply(struct channel *ch, int code, const char *status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same, and another line of this reply follows. */
void
channel_reply_more(struct channel *ch, int code, const char *text);
/* Writes out what is collected. false: it could not be. */
bool
channel_flush(struct channel *ch);
enum channel_trouble
channel_trouble(const struct channel *ch);

#endif
