/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * qp.h - text becomes quoted-printable as it comes (RFC 2045 6.7).
 *
 * Line ends (LF or CRLF) stay line ends, everything else comes back octet for octet. Lines are at
 * most 76 long. Encoded besides what must be: a dot and an F at the beginning of a line, for old
 * relays change "From " and lone dots. No more is held than the octet whose meaning depends on the
 * next one.
 */
#ifndef MESSAGE_QP_H
#define MESSAGE_QP_H

#include <stdbool.h>
#include <stddef.h>

#define QP_LINE_MAX 76

struct qp {
	/* Where the text goes; false ends the run (its own error is kept by the sink). */
	bool (*sink)(void *arg, const char *data, size_t n);
	void *arg;
	const char *eol; /* of the lines that leave */
	size_t column;   /* octets of the line so far */
	int held;        /* last octet of the line so far, -1: none */
	bool cr;         /* and a CR behind it, which may belong to a line end */
	bool failed;
	size_t len; /* of out */
	char out[1024];
};

/* eol: "\n" or "\r\n". */
void
qp_init(struct qp *q, bool (*sink)(void *, const char *, size_t), void *arg, const char *eol);
/* false once the sink has failed. */
bool
qp_feed(struct qp *q, const char *data, size_t n);
/* Hands out what is left; no line end is added. */
bool
qp_end(struct qp *q);

#endif
