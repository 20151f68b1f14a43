/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * talk.h - a stream, and at its other end a peer played by a child.
 */
#ifndef TALK_H
#define TALK_H

#include <stddef.h>
#include <stdint.h>

#include "net/stream.h"
#include "peer.h"

#define TALK_PEER "peer.example:25"
#define TALK_MS 15000 /* the limit of a stream */
#define TALK_LINES 1000

extern struct peer talk_peer;
extern struct stream *talk_stream;

/* With a script of peer.h, or with a function in its place. */
void
talk_begin(const char *const *script);
void
talk_begin_run(const char *(*run)(int fd));
/* Over TCP: there an end with something unread is a reset. */
void
talk_begin_tcp(const char *(*run)(int fd));
/* As little room as the system allows for what is written to fd. */
void
talk_narrow(int fd);
/* Our side goes first, so that a peer that reads to the end sees it. */
void
talk_finish(void);

/* This must come next. */
void
talk_expect(const char *want);
/* Reads on until there is trouble; how many lines came. */
size_t
talk_lines(void);
/* TALK_LINES commands, not flushed. */
void
talk_rcpts(void);
/* Writes until there is trouble, and a bit more. */
void
talk_on(void);
/* What stream_error makes of it. */
void
talk_error(enum stream_trouble trouble, const char *words, int sysexit);

/* A step of 300 ms that cannot come to its end is over not before, and not long after. */
int64_t
talk_start_step(void);
void
talk_end_step(int64_t began);

#endif
