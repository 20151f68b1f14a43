/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sasl.h - SASL mechanisms (libgsasl lives here; it has none for tokens, so
 * OAUTHBEARER and XOAUTH2 are ours).
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
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "smtp/oauth.h"

struct sasl;

/* Who logs in, and where; strings and secret stay until sasl_free. */
struct sasl_login {
	const char *user;
	const struct secret *secret; /* password or access token; NULL: none */
	const char *host;            /* NULL: none, a Unix socket */
	uint16_t port;
};

enum sasl_step { SASL_MORE, SASL_OK, SASL_FAIL };

/* Does the client side exist here? */
bool
sasl_supports(const char *mech);
/* Shows password or token to whoever can read the wire (PLAIN, LOGIN, those with a token). */
bool
sasl_is_plain(const char *mech);
/* Takes an access token, and no password. */
bool
sasl_wants_token(const char *mech);
/* The client speaks first, so that an initial response may stand in the AUTH command. */
bool
sasl_is_client_first(const char *mech);
/*
 * NULL with e (STAGE_AUTH): no such mechanism, a password with a NUL in it, no token, a user with
 * control characters in it where a token goes with it (ERR_CONFIG), the library.
 */
struct sasl *
sasl_new(const char *mech, const struct sasl_login *login, struct err *e);
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
/* What the server said about the token, NULL: it has not refused it in a challenge. */
const struct oauth_refusal *
sasl_refusal(const struct sasl *s);

/* The version of libgsasl that we run with. */
const char *
sasl_library(void);

#endif
