/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parts.h - a MIME body that is made while it is read.
 *
 *	mixed( alternative( text, related( html, inline... ) ), attachment... )
 *
 * with only the levels that are needed; a lone text is no multipart. Texts are in memory, for their
 * encoding depends on all of them; files are read in pieces when their turn comes, so their size
 * does not matter.
 *
 * A boundary holds "=_", which neither base64 nor quoted-printable can make, and random digits;
 * texts that leave as they are have been searched for it.
 */
#ifndef MESSAGE_PARTS_H
#define MESSAGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"

enum parts_how {
	PARTS_TEXT,   /* of memory: 7bit, 8bit, or quoted-printable where mail could not carry it */
	PARTS_BASE64, /* read, lines of 76 */
	PARTS_AS_IS,  /* read; the caller knows that mail can carry it (message/...) */
};

struct part {
	enum parts_how how;
	const char *type;    /* Content-Type, whole; of a PARTS_TEXT without its charset */
	const char *charset; /* of a PARTS_TEXT with 8-bit octets */
	bool flowed;         /* PARTS_TEXT: in format=flowed */
	bool attached;    /* Content-Disposition: attachment, else inline where there is a name */
	const char *name; /* of the file, no path; NULL: none */
	const char *cid;  /* Content-ID without angle brackets; NULL: none */
	const char *text; /* PARTS_TEXT, any line ends */
	size_t text_len;
	bool eight; /* PARTS_AS_IS: there are 8-bit octets in it */
	/* As read(2) for the others: octets, 0 at the end, -1 with errno. */
	ssize_t (*read)(void *arg, char *chunk, size_t n);
	void *arg;
};

/* Everything stays the caller's, and must live as long as the parts. */
struct parts_want {
	const struct part *text, *html; /* NULL: none; at least one part must be there */
	const struct part *inlines;     /* with html */
	size_t ninlines;
	const struct part *files;
	size_t nfiles;
	/* Fields that the header has already: only for a lone text. */
	bool has_version, has_type, has_encoding;
};

struct parts;

/*
 * head: the fields before, LF lines, without the empty line; a copy is taken. Memory from mem, save
 * what parts_free gives back.
 */
struct parts *
parts_new(struct arena *mem, const char *head, const struct parts_want *w);
void
parts_free(struct parts *p);
/* The message, as read(2): LF lines; 0 at its end, -1 with errno when a part could not be read. */
ssize_t
parts_read(void *parts, char *chunk, size_t n);

#endif
