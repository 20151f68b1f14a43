/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * account.h - a server, a login, the senders that belong to it.
 *
 * Const after loading: everything is checked and has its default.
 */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rate.h"

enum account_tls { ACCOUNT_TLS_IMPLICIT, ACCOUNT_TLS_STARTTLS, ACCOUNT_TLS_OFF };

/* Senders that the relay would not take, replaced by the account's own (decisions.md 40). */
enum rewrite_from { REWRITE_WHEN_LOCAL, REWRITE_NEVER, REWRITE_ALWAYS };

enum password_source {
	/* nothing named: keyring is not asked; netrc, then a prompt on a terminal */
	PASSWORD_NONE,
	PASSWORD_COMMAND,
	PASSWORD_FILE,
	PASSWORD_CREDENTIAL, /* $CREDENTIALS_DIRECTORY/NAME */
	PASSWORD_KEYRING,    /* secret-tool lookup host H service smtp user U */
	PASSWORD_INLINE,     /* `password` in a 0600 file */
	PASSWORD_TOKEN,      /* token-command: an access token, which only OAuth2 takes */
	PASSWORD_PROMPT,     /* not of a file: it is to be asked for, whatever else there is */
};

/* [a-z0-9._-], not a dot first: it names files, too (decisions.md 14). */
bool
account_is_name(const char *name);

struct account {
	const char *name;
	const char *host; /* A-label form; NULL with socket */
	uint16_t port;
	const char *socket; /* Unix socket, NULL: TCP */
	const char *source_address;
	bool lmtp;
	enum account_tls tls;
	bool tls_verify;
	const char *tls_name, *tls_ca, *tls_priority, *tls_cert, *tls_key;
	const char *const *tls_pins;
	size_t ntls_pins;
	bool tls_min_1_3;
	bool auth;                /* a user is set and auth is not off */
	const char *const *mechs; /* auth = scram-sha-256, plain; empty: our choice */
	size_t nmechs;
	const char *user;
	enum password_source password_source;
	/*
	 * command, path, credential name; of PASSWORD_INLINE the secret itself (in locked memory,
	 * not shown)
	 */
	const char *password;
	const char *const *from; /* sender patterns */
	size_t nfrom;
	enum rewrite_from rewrite_from;
	const char *ehlo_name;
	/* accounts tried in order when this server cannot be reached */
	const struct account *const *failover;
	size_t nfailover;
	size_t max_recipients;  /* 0: no limit of ours */
	size_t max_connections; /* 0: no limit of ours */
	const struct rate *rates;
	size_t nrates;
	int64_t timeout_ms, reply_timeout_ms, final_timeout_ms, deadline_ms;
};

/* The first `from` that is a whole address, NULL when there is none. */
const char *
account_address(const struct account *a);
/* Does addr belong to the account (any pattern)? */
bool
account_owns(const struct account *a, const char *addr);

#endif
