/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wrap.h - lines that mail cannot carry are cut (RFC 5322 2.1.1: 998 octets).
 *
 * Only those: a line that fits leaves as it came. How a long one is cut depends on what it is, so
 * that as little as possible changes for who reads it:
 *   text               before a blank, which then leads the next line; where there is none CRLF SP
 *   base64             into lines of 76: decoders skip line ends (RFC 2045 6.8)
 *   quoted-printable   into lines of 76 by soft breaks, never within an escape (RFC 2045 6.7)
 * In a multipart, text is what a part is until its header names another encoding. No character of
 * UTF-8 is cut, and no cut makes a line that begins with "-": what stood in the middle of
 * a line never becomes the boundary of a part.
 */
#ifndef MESSAGE_WRAP_H
#define MESSAGE_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#define WRAP_LINE_MAX 998

enum wrap_how { WRAP_TEXT, WRAP_BASE64, WRAP_QP };

struct wrap {
	/* Where the text goes; false ends the run (its own error is kept by the sink). */
	bool (*sink)(void *arg, const char *data, size_t n);
	void *arg;
	enum wrap_how how;
	bool parts;         /* the body is in parts, each with a header */
	bool in_header;     /* of a part, as it seems */
	enum wrap_how next; /* of the part whose header this is */
	bool cutting;       /* the line under way is a long one */
	bool failed;
	size_t len;                   /* of line */
	char line[WRAP_LINE_MAX + 4]; /* with its CRLF, and room for what a cut adds */
};

/* parts: a multipart body; then `how` is not asked for. */
void
wrap_init(struct wrap *w, bool (*sink)(void *, const char *, size_t), void *arg, enum wrap_how how,
    bool parts);
/* Canonical text (CRLF lines) in any pieces. false once the sink has failed. */
bool
wrap_feed(struct wrap *w, const char *data, size_t n);
/* Hands out what is left. */
bool
wrap_end(struct wrap *w);

#endif
