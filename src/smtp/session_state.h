/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_state.h - the inside of a session, for the two files that make it.
 */
#ifndef SMTP_SESSION_STATE_H
#define SMTP_SESSION_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/stream.h"
#include "smtp/session.h"

struct session {
	struct server srv; /* a copy: the caller's may go, its strings stay */
	const struct trace *trace;
	char *peer, *name; /* name: what we say in EHLO */
	struct tls *tls;
	struct stream *stream;
	struct pipeline *pipeline;
	struct capabilities caps;
	int64_t dial_until;           /* monotonic ms */
	int64_t limit, tls_budget_ms; /* what is left of timeout_ms for the handshake */
	bool verified;                /* we know who is at the other end of the TLS connection */
	bool greeted, broken, reset_owed;
	unsigned passed;             /* points, a bit each */
	bool arrived;                /* at the point where to stop */
	int fd;                      /* the stream's */
	volatile sig_atomic_t whole; /* of session_commit */
};

/*
 * The stages, each told to the trace when it is over. false (e): it failed, and nothing of the
 * session can be used but what session_close needs.
 */
bool
session_stage_connect(struct session *s, struct err *e);
/* The handshake alone: TLS from the start. */
bool
session_stage_tls(struct session *s, struct err *e);
bool
session_stage_greet(struct session *s, struct err *e);
bool
session_stage_hello(struct session *s, struct err *e);
/* STARTTLS and the handshake. */
bool
session_stage_starttls(struct session *s, struct err *e);
bool
session_stage_auth(struct session *s, struct err *e);

#endif
