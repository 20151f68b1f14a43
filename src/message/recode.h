/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recode.h - a body that mail cannot carry, or that does not say what it is, is mended.
 *
 * What a body needs is known at its end, when the header has long been written: so this is a
 * second pass over a complete canonical message, taken only where recode_decide asks for it. What
 * it makes needs none, so a message that is taken in again stays as it is.
 *
 * A line over 998 octets or a NUL (decisions.md 20): the body leaves as quoted-printable, unless
 * it is in parts or encoded already; then long lines are wrapped (wrap.h), and a NUL is refused.
 *
 * 8-bit octets: MIME-Version and Content-Type (text/plain; utf-8 when the body is, else
 * unknown-8bit) are added where they lack, and the encoding is 8bit where the header says nothing
 * or 7bit, for RFC 2045 6.4 wants it named. A body that is said to be encoded, or to be in an
 * encoding nobody knows, is taken at its word.
 */
#ifndef MESSAGE_RECODE_H
#define MESSAGE_RECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/canon.h"
#include "message/envelope.h"
#include "message/mime.h"
#include "message/qp.h"
#include "message/wrap.h"

enum recode_body { RECODE_COPY, RECODE_QP, RECODE_WRAP };

struct recode_plan {
	bool needed; /* false: the message is fine */
	enum recode_body body;
	enum wrap_how wrap; /* RECODE_WRAP: what the lines are */
	bool parts;         /* and whether they are in parts */
	bool add_version;
	const char *charset;  /* of an added Content-Type, NULL: none is added */
	const char *encoding; /* in place of the one there is, NULL: as it is */
};

/*
 * What becomes of a message with such a header and a body of such facts. Allocates nothing. false
 * (ERR_MESSAGE, STAGE_INPUT, 5.6.0 -> 65): a NUL that cannot be encoded.
 */
bool
recode_decide(const struct mime *m, const struct facts *body, struct recode_plan *p, struct err *e);
/* block[0..n): the header block with the empty line behind it. Appends the mended one. */
void
recode_header(const struct recode_plan *p, const char *block, size_t n, struct buf *out);

/* The body, as a stream. */
struct recode {
	const struct recode_plan *plan;
	struct canon scan; /* what leaves is canonical: it takes the facts */
	struct qp qp;
	struct wrap wrap;
};

/* The sink gets the new body; *facts (zeroed here) are its. */
void
recode_init(struct recode *r, const struct recode_plan *p,
    bool (*sink)(void *, const char *, size_t), void *arg, struct facts *facts);
/* Canonical body in any pieces. false once the sink has failed. */
bool
recode_feed(struct recode *r, const char *data, size_t n);
bool
recode_end(struct recode *r);

#endif
