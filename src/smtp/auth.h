/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * auth.h - the AUTH command (RFC 4954) over a pipeline.
 *
 * The strongest mechanism that both sides have and the account allows; PLAIN
 * and LOGIN only inside verified TLS or on a Unix socket; never a weaker one
 * after a stronger one failed in the same session. An account with access
 * tokens uses OAUTHBEARER or XOAUTH2, one with a password never does. Tokens
 * expire, so one that is refused is asked for once more: a newer one gets a
 * second AUTH.
 */
#ifndef SMTP_AUTH_H
#define SMTP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "smtp/ehlo.h"
#include "smtp/pipeline.h"

struct auth_params {
	const char *user;
	const char *host; /* for mechanisms that name the service */
	uint16_t port;
	bool token; /* the secret is an access token */
	/* allowed, in the user's order; NULL: our order, all we dare */
	const char *const *mechs;
	size_t nmechs;
	bool safe_channel; /* verified TLS, or a Unix socket */
	/* Called when a mechanism needs it: once, for tokens at most twice. */
	bool (*password)(void *arg, struct secret *out, struct err *e);
	void *arg;
};

/*
 * The mechanism that would be used, NULL with e when there is none in common (STAGE_AUTH, sysexit
 * 77; both lists named; says when only the clear channel forbids it).
 */
const char *
auth_choose(const struct auth_params *p, const struct capabilities *caps, struct err *e);
/*
 * Logs in. An initial response goes along only while the AUTH line stays within 512 octets. 235
 * counts only when the mechanism is complete (server signature verified). Errors: relay class,
 * STAGE_AUTH with the server's code, status and text, behind it what a challenge said about the
 * token; hint "login" or "oauth2-token" where no better one is known. mech gets the name used.
 */
bool
auth_run(struct pipeline *p, const struct auth_params *params, const struct capabilities *caps,
    const char **mech, struct err *e);

#endif
