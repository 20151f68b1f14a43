/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reply.h - the answer to one command (RFC 5321 4.2).
 *
 * This parser eats what a hostile server sends, so it has limits and is the
 * first fuzz target: 3 digits 2yz to 5yz, one code for all lines, CRLF (LF
 * tolerated), lines of at most 4,096 octets without their ends (12,288 during
 * AUTH), 128 lines, 64 KiB with everything.
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define REPLY_LINE_MAX 4096
#define REPLY_AUTH_LINE_MAX 12288
#define REPLY_LINES_MAX 128
#define REPLY_TOTAL_MAX 65536

enum reply_parse { REPLY_MORE, REPLY_DONE, REPLY_BAD };

struct reply {
	int code; /* 200-599 */
	/* enhanced status of the first line, "" if none or its class disagrees with the code */
	char status[10];
	size_t nlines;
	struct buf text; /* the lines' texts without code, joined by LF, raw bytes */
	/* the texts as one line without enhanced status, escaped, fit for an err's text */
	struct buf words;
	/* REPLY_BAD: what is wrong, a phrase: "the lines of a reply disagree (250, then 550)" */
	char bad[160];
	size_t line_max;
	/* parser state */
	size_t total;
	struct buf line;
	bool done;
};

/*
 * Takes at once all the memory that the largest reply can need: between the final reply to a
 * message and the mark on disk nothing may be allocated (decisions.md 3).
 */
void
reply_init(struct reply *r);
void
reply_done(struct reply *r);
/* Ready for the next reply; memory kept. line_max: REPLY_LINE_MAX or REPLY_AUTH_LINE_MAX. */
void
reply_reset(struct reply *r, size_t line_max);
/*
 * Eats bytes of one reply; *used tells how many (the rest belongs to the next one). REPLY_MORE: all
 * eaten, not complete. After REPLY_DONE and REPLY_BAD comes reply_reset, nothing else.
 */
enum reply_parse
reply_feed(struct reply *r, const char *data, size_t n, size_t *used);
/* First digit of the code: 2, 3, 4, 5. */
int
reply_class(const struct reply *r);
/*
 * A complete reply as an error: class and stage as given, code, status, and the server's own words
 * (escaped, lines joined by a blank, enhanced status not repeated in the text). Allocates nothing.
 * Returns false.
 */
bool
reply_error(const struct reply *r, enum err_class class, enum stage stage, struct err *e);
/* Of a complete reply: asterisks wherever it has these n octets, or their escaped form. */
void
reply_mask(struct reply *r, const char *s, size_t n);
/* The words of a complete reply, appended. */
void
reply_words(const struct reply *r, struct buf *out);

#endif
