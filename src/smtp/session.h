/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session.h - one connection that is ready for mail.
 *
 * Dial, TLS, greeting, EHLO, STARTTLS, EHLO again, AUTH: whatever fails here is
 * nobody's message's fault (relay class). Serves many envelopes.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/trace.h"
#include "net/tls.h"
#include "smtp/ehlo.h"
#include "smtp/pipeline.h"

enum session_tls { SESSION_TLS_IMPLICIT, SESSION_TLS_STARTTLS, SESSION_TLS_OFF };

/* What a session comes to pass; which of them, and whether TLS or the banner is first, the server's
 * kind of TLS decides. */
enum session_point {
	SESSION_READY, /* all of them */
	SESSION_CONNECT,
	SESSION_BANNER,
	SESSION_EHLO,
	SESSION_TLS,
	SESSION_EHLO2, /* behind STARTTLS */
	SESSION_AUTH,
};

/* All that smtp needs to know of an account: it does not know the configuration. */
struct server {
	const char *host; /* A-label or address; NULL with socket */
	uint16_t port;
	const char *socket; /* path of a Unix socket, NULL: TCP */
	const char *source; /* local address, NULL: any */
	int family;         /* AF_INET, AF_INET6; AF_UNSPEC: both are tried */
	bool lmtp;
	enum session_tls tls;
	struct tls_params tls_params;
	/* NULL: the full host name if it has a dot, else the address literal of our end */
	const char *ehlo_name;
	bool auth; /* authentication is configured: without it nothing is sent */
	const char *user;
	const char *const *mechs;
	size_t nmechs;
	bool token; /* what `password` gives is an access token, a newer one each time */
	bool (*password)(void *arg, struct secret *out, struct err *e);
	void *password_arg;
	size_t max_recipients;    /* a transaction, 0: no limit of ours */
	int64_t timeout_ms;       /* connecting: names, all addresses, TLS */
	int64_t reply_timeout_ms; /* each reply before the body, each step of progress in it */
	int64_t final_timeout_ms; /* the reply after the body */
	/* for those who look at servers: the session is open once this is over, and goes no further
	 */
	enum session_point until;
};

struct session;

/*
 * srv is copied, the strings in it must stay. limit: monotonic ms for the whole attempt. NULL with
 * e. Calls trace->stage for each stage.
 */
struct session *
session_open(const struct server *srv, int64_t limit, const struct trace *trace, struct err *e);
/* Goes on to a later point. false (e): nothing is left to do but session_close. */
bool
session_advance(struct session *s, enum session_point until, struct err *e);
/* QUIT is written when the connection is in order; its answer is not awaited. NULL is fine. */
void
session_close(struct session *s);
const struct capabilities *
session_caps(const struct session *s);
const struct server *
session_server(const struct session *s);
struct pipeline *
session_pipeline(struct session *s);
const struct trace *
session_trace(const struct session *s);
/* Our name in EHLO. */
const char *
session_name(const struct session *s);
/* Tells the trace that a stage begins, with this address or another one (NULL: none), until then
 * (monotonic ms, 0: progress decides). */
void
session_begin(const struct session *s, enum stage stage, const char *addr, int64_t until);
/* "smtp.example.org:465" or the socket's path. */
const char *
session_peer(const struct session *s);
/*
 * Ready for the next message? Sends RSET when a transaction was left open, and looks whether the
 * server has hung up meanwhile. false: the session is broken.
 */
bool
session_reset(struct session *s);
/* Monotonic ms by which the next message must be through. */
void
session_limit(struct session *s, int64_t at);
/* For transaction: a transaction was left open, so RSET has to come before the next MAIL. */
void
session_owe_reset(struct session *s, bool owed);
bool
session_owes_reset(const struct session *s);
/* Hangs up without a word: no QUIT, no farewell of TLS. session_close is still due. */
void
session_drop(struct session *s);
/*
 * For transaction: what is written from now on makes a message whole, so that the server may take
 * it; false: there is no message on its way.
 */
void
session_commit(struct session *s, bool whole);
/*
 * For a signal handler: the connection is cut, unless a message is whole. A server never takes one
 * that is not.
 */
void
session_cut(const struct session *s);
/* Not usable any more (421, lost, out of step). */
void
session_break(struct session *s);
bool
session_is_broken(const struct session *s);

#endif
