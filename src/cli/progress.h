/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress.h - one line on the terminal that says what is waited for.
 *
 * The network process knows, and its parent has the time: so the one tells by
 * records on a pipe, and the other draws. A fast session never shows the line,
 * and a call that hangs cannot stop the clock in it.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/trace.h"

/* What is going on. Times are monotonic ms. */
struct progress_news {
	enum stage stage;     /* STAGE_NONE: nothing that is worth a line */
	int64_t since, until; /* until: 0: nobody knows */
	uint64_t done, total; /* octets, of STAGE_DATA */
	char server[128];     /* "smtp.example.org:465" */
	char addr[64];        /* "192.0.2.7:465", "" */
};

struct progress {
	bool on;        /* there is a terminal that can be drawn on */
	char line[512]; /* what is drawn there, "": nothing */
	int pipe[2];    /* -1: none */
	int64_t told;   /* by the network process: when it told of octets last */
	int64_t moved;  /* when octets went last */
	struct progress_news news;
};

/* Takes a pipe when it is on. progress_done gives it back and takes the line away. */
void
progress_init(struct progress *p, bool on);
void
progress_done(struct progress *p);
/* In the network process: a stage begins, octets have gone, there is nothing to wait for. */
void
progress_begin(struct progress *p, const struct trace_begin *b);
void
progress_octets(struct progress *p, uint64_t done, uint64_t total);
void
progress_stop(struct progress *p);
/* In its parent, now and then: draws what is going on. */
void
progress_draw(struct progress *p);
/* So long until the next try. */
void
progress_draw_wait(struct progress *p, int64_t left_ms);
/* Takes the line away: before anything else is written there. */
void
progress_clear(struct progress *p);
/* Before other text that the network process writes: what takes the line away, whoever drew it. */
void
progress_wipe(const struct progress *p, struct buf *out);

/*
 * The words for the line, "" when it is too early for one: a stage that takes a second is worth it,
 * and a message over 1 MiB. idle_ms: no octet went since.
 */
void
progress_words(const struct progress_news *n, int64_t now, int64_t idle_ms, struct buf *out);

#endif
