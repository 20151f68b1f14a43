/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oauth.h - the messages of OAUTHBEARER (RFC 7628) and of XOAUTH2.
 *
 * Raw octets, no base64. Both say the same, a user and an access token; the
 * second is what Google and Microsoft spoke before there was an RFC. What a
 * server says about a token is shown to people, so it is escaped and cut here,
 * and a part that repeats the token is left out.
 */
#ifndef SMTP_OAUTH_H
#define SMTP_OAUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"

/* What the server says when it takes no token (RFC 7628 3.2.2). */
struct oauth_refusal {
	bool stale; /* with a newer token it may go better */
	/* 'status "invalid_token", scope "mail", "some words"', or ""; fit to be shown */
	char words[240];
};

/*
 * RFC 7628 3.1, appended; host NULL: none is named (a Unix socket). The user is without control
 * characters.
 */
void
oauth_bearer(struct buf *out, const char *user, const char *host, uint16_t port,
    const struct secret *token);
/* "user=U ^A auth=Bearer T ^A ^A", without the blanks. */
void
oauth_x(struct buf *out, const char *user, const struct secret *token);
/*
 * The JSON document json[0..n) of a 334. One that cannot be read is as good as none: the final
 * reply tells the rest.
 */
void
oauth_refusal(const char *json, size_t n, const struct secret *token, struct oauth_refusal *out);

#endif
