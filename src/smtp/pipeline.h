/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pipeline.h - commands and the handlers of their replies (RFC 2920).
 *
 * A command is a step: a line and a handler. The pipeline writes up to
 * `window` steps, then reads replies in order and calls each step's handler.
 * Without PIPELINING the window is 1 and the code is the same. Handlers only
 * note what a reply means; they send nothing.
 */
#ifndef SMTP_PIPELINE_H
#define SMTP_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "net/stream.h"
#include "smtp/reply.h"

struct pipeline;

/* A reply of the right form has come. */
typedef void
pipeline_handler(void *arg, const struct reply *r);

struct pipeline *
pipeline_new(struct stream *s, const struct trace *trace);
/* Does not close the stream. */
void
pipeline_free(struct pipeline *p);
/* 1 without PIPELINING; else as many as one likes (1,000 steps are one write). */
void
pipeline_window(struct pipeline *p, size_t window);
/* Milliseconds that each reply to a step added from now on may take. */
void
pipeline_timeout(struct pipeline *p, int64_t ms);
/*
 * Adds a command line (without CRLF, copied; asserts that it holds no CR and LF and is at most
 * 12,288 octets). on_reply may be NULL: whatever the reply says, pipeline_reply has it.
 */
void
pipeline_add(struct pipeline *p, enum stage stage, const char *line, pipeline_handler *on_reply,
    void *arg);
/* The trace gets shown in place of the last added line, which is wiped once it is written. */
void
pipeline_hide(struct pipeline *p, const char *shown);
/*
 * A secret on its way (n octets, copied): a reply that repeats it has asterisks there, whoever
 * shows it. Those under PIPELINE_SECRET_MIN are left alone: they are found in any text. NULL: all
 * are forgotten.
 */
#define PIPELINE_SECRET_MIN 6
void
pipeline_secret(struct pipeline *p, const char *s, size_t n);
/*
 * Octets that belong behind the last added step in the same write and are no command of their
 * own: a small BDAT chunk. Not traced line by line: the trace gets shown. Memory must stay until
 * pipeline_run returns.
 */
void
pipeline_add_data(struct pipeline *p, const void *data, size_t n, const char *shown);
/*
 * A reply that is owed without a further line: the final one behind a body that was written to the
 * stream, the further ones of LMTP.
 */
void
pipeline_expect(struct pipeline *p, enum stage stage, pipeline_handler *on_reply, void *arg);
/*
 * Writes and reads until every step has its reply; a handler runs before its reply is traced, so
 * nothing slow lies between a reply and what is made of it. Errors (relay class): trouble of the
 * stream; a malformed reply or input nobody asked for (sysexit 76, 4.5.0); 3yz to anything but AUTH
 * and DATA (the same); 2yz to data that could not be written whole; 421 (decides at once; code 421,
 * the text of the server). Handlers of steps whose replies came before are called before that. On
 * error the remaining steps are dropped and the connection is of no use.
 */
bool
pipeline_run(struct pipeline *p, struct err *e);
/* Did the last run write all its steps whole, so that the server may have acted on them? */
bool
pipeline_sent(const struct pipeline *p);
/* Has a run failed, so that nobody knows what would come next? */
bool
pipeline_is_broken(const struct pipeline *p);
/* Reads one reply that is owed without a command: the greeting. */
bool
pipeline_read(struct pipeline *p, enum stage stage, struct err *e);
/* The last reply read. */
const struct reply *
pipeline_reply(const struct pipeline *p);
/* Puts a line into the stream's buffer; what follows it, and its reply, are the caller's. */
void
pipeline_put(struct pipeline *p, const char *line);
/* Writes a line without waiting for its reply (QUIT). */
void
pipeline_farewell(struct pipeline *p, const char *line);
struct stream *
pipeline_stream(struct pipeline *p);
/* Lines of up to REPLY_AUTH_LINE_MAX are taken from now on, or no longer. */
void
pipeline_auth_lines(struct pipeline *p, bool on);

#endif
