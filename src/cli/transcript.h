/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transcript.h - what happens on the wire, while it happens.
 *
 * -v shows each stage when it is over, -vv every line too: "=>" and "<=" inside
 * TLS, "->" and "<-" in clear. --transcript writes all of it to a file. Secrets
 * never come this far. It runs in the network process, so each line is one
 * write(2) and nothing is remembered that others would need.
 */
#ifndef CLI_TRANSCRIPT_H
#define CLI_TRANSCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"
#include "cli/progress.h"
#include "cli/ui.h"

struct transcript_want {
	bool timing; /* how long each stage took */
	int file;    /* open for appending, -1: none */
};

struct transcript {
	const struct ui *ui;
	struct transcript_want want;
	int64_t started; /* monotonic ms */
	bool in_reply;   /* the line before was of a reply that goes on */
	struct progress progress;
	struct trace hooks;
};

/* hooks may be handed out afterwards; t stays where it is. */
void
transcript_init(struct transcript *t, const struct ui *ui, const struct transcript_want *want);
/* Behind the last hook: takes the line of the progress away. Not needed where nothing ticks. */
void
transcript_done(struct transcript *t);
/*
 * For struct attempt: a moment has passed, or (hush) somebody else is about to write on the
 * terminal.
 */
void
transcript_tick(void *transcript, bool hush);
/* For struct insist: so long until the next try. */
void
transcript_waiting(void *transcript, int64_t left_ms, bool first);
/*
 * Opens the file of --transcript, new (0600) or with what is in it, and writes a line that heads
 * what follows. -1 with e (exit status 74).
 */
int
transcript_open(const char *path, struct err *e);
/* One line of the conversation as it is shown, ms after the start. */
void
transcript_format_line(struct transcript *t, enum trace_dir dir, bool encrypted, const char *text,
    size_t n, int64_t ms, struct buf *out);
void
transcript_format_stage(const struct transcript *t, const struct trace_stage *s, int64_t ms,
    struct buf *out);

#endif
