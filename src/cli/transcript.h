/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transcript.h - what happens on the wire, while it happens.
 *
 * -v shows each stage when it is over, -vv every line too: "=>" and "<=" inside
 * TLS, "->" and "<-" in clear. Secrets never come this far. It runs in the
 * network process, so each line is one write(2) and nothing is remembered
 * that others would need.
 */
#ifndef CLI_TRANSCRIPT_H
#define CLI_TRANSCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"
#include "cli/ui.h"

struct transcript {
	const struct ui *ui;
	bool timing;     /* how long each stage took */
	int64_t started; /* monotonic ms */
	bool in_reply;   /* the line before was of a reply that goes on */
	bool on_line;    /* progress stands on the last line of the terminal */
	int64_t drawn;   /* when, monotonic ms */
	struct trace hooks;
};

/* hooks may be handed out afterwards; t stays where it is. */
void
transcript_init(struct transcript *t, const struct ui *ui, bool timing);
/* One line of the conversation as it is shown, ms after the start. */
void
transcript_format_line(struct transcript *t, enum trace_dir dir, bool encrypted, const char *text,
    size_t n, int64_t ms, struct buf *out);
void
transcript_format_stage(const struct transcript *t, const struct trace_stage *s, int64_t ms,
    struct buf *out);

#endif
