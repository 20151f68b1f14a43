/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sink.h - the server's side of a strict dialogue, on a descriptor.
 *
 * Written from RFC 5321, 1870, 3030, 6152 and 6531 alone; it shares nothing with the program but
 * the C library, and looks at octets, not at lines. Faults: a bare CR or LF, a NUL, a line over
 * 998, a dot that should be two; a command out of order, or that was not offered, DATA where
 * BDAT was; a SIZE that is not the message's, a BODY or SMTPUTF8 that what comes does not need, or
 * needs and has not.
 */
#ifndef UNIT_SINK_H
#define UNIT_SINK_H

#include <stddef.h>

enum {
	SINK_PIPELINING = 1,
	SINK_CHUNKING = 2,
	SINK_8BITMIME = 4,
	SINK_SMTPUTF8 = 8,
	SINK_SIZE = 16
};
#define SINK_ALL 31

/* What it understood, in memory that it shares with whoever asks. */
struct sink_seen {
	size_t messages; /* so many so far */
	char fault[200]; /* the first one ever, of a message or of the dialogue; empty: none */
	size_t rcpts;    /* of the last message */
	size_t size;
	char text[4 << 20]; /* un-stuffed */
};

/* Until the connection ends. Reads far ahead: the descriptor is of no use to others. */
void
sink_serve(int fd, unsigned offers, struct sink_seen *seen);

#endif
