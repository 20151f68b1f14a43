/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sasl.h - SASL mechanisms (libgsasl lives here).
 *
 * Base64 in, base64 out; knows nothing of SMTP. Channel bindings are answered
 * only to -PLUS mechanisms: libgsasl 2.2 fails otherwise (smtp.md finding 0.1).
 * The iteration count of SCRAM is bounded (4,096 to 1,000,000) where the
 * salted password is computed, before any work is done (decisions.md 25).
 * libgsasl never gets the password itself for SCRAM, only what it is made into.
 */
#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

struct sasl;

enum sasl_step { SASL_MORE, SASL_OK, SASL_FAIL };

/* Does the client side exist here? */
bool
sasl_supports(const char *mech);
/* Needs the password in clear on the wire (PLAIN, LOGIN). */
bool
sasl_is_plain(const char *mech);
/* The client speaks first, so that an initial response may stand in the AUTH command. */
bool
sasl_is_client_first(const char *mech);
/*
 * password may be NULL for mechanisms without one; used only until sasl_free. NULL with e
 * (STAGE_AUTH): no such mechanism, a password with a NUL in it (ERR_CONFIG), the library.
 */
struct sasl *
sasl_new(const char *mech, const char *user, const struct secret *password, const char *host,
    struct err *e);
/* Wipes what it can reach (gsasl_finish does not, decisions.md 25). */
void
sasl_free(struct sasl *s);
/*
 * One step: challenge is base64 ("" or NULL for none); the response in base64 is put into *out
 * (cleared first, wiped by the caller). SASL_FAIL: e says why ("the server asks for 100000000
 * rounds of SCRAM: refused").
 */
enum sasl_step
sasl_step(struct sasl *s, const char *challenge, struct buf *out, struct err *e);
/* Has the mechanism done all it needs (for SCRAM: the server proved that it knows the password)? */
bool
sasl_is_complete(const struct sasl *s);

/* The version of libgsasl that we run with. */
const char *
sasl_library(void);

#endif
