/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * canon.h - any line endings in, CRLF out, facts on the way.
 *
 * LF, CRLF and CR..CR LF end a line; any other CR becomes a space (decisions.md
 * 20), so no reader anywhere can see a line end that we did not (SMTP
 * smuggling, reliability.md D3). A missing final line end is added. The text is
 * not dot-stuffed: that belongs to DATA alone. Works in chunks and copies
 * whole runs; a 100 MiB body costs little more than memchr.
 */
#ifndef MESSAGE_CANON_H
#define MESSAGE_CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/envelope.h"

struct canon {
	/* Where the canonical bytes go; false ends the run (its own error is kept by the sink). */
	bool (*sink)(void *arg, const char *data, size_t n);
	void *arg;
	/* size, longest, body_8bit, utf8, body_nul, bare_cr are kept up to date */
	struct facts *facts;
	size_t column; /* bytes of the line so far */
	unsigned crs;  /* CRs seen and not yet decided */
	uint32_t utf8; /* decoder state */
	bool failed;
};

void
canon_init(struct canon *c, bool (*sink)(void *, const char *, size_t), void *arg,
    struct facts *facts);
/* false once the sink has failed. */
bool
canon_feed(struct canon *c, const char *data, size_t n);
/* Ends the last line. */
bool
canon_end(struct canon *c);
/* The facts of a whole message from those of its header block and of its body. */
struct facts
canon_join(const struct facts *head, const struct facts *body);

#endif
