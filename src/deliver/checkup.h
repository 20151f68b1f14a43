/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkup.h - can this account send? Asked of its server, step by step, without mail.
 *
 * The same session as for a message (smtp/session), in a confined process of its own, and
 * then MAIL, maybe RCPT, and RSET: no DATA, ever. Its steps are in the order in which they can
 * fail; behind the first that does the others were not reached.
 */
#ifndef DELIVER_CHECKUP_H
#define DELIVER_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/trace.h"
#include "config/account.h"

enum checkup_step {
	CHECKUP_DNS,
	CHECKUP_TCP,
	CHECKUP_TCP6, /* of a host with both kinds of addresses */
	CHECKUP_TLS,
	CHECKUP_CERT, /* how long it lasts */
	CHECKUP_EHLO, /* greeting and EHLO */
	CHECKUP_AUTH,
	CHECKUP_SENDER,
	CHECKUP_RECIPIENT,
	CHECKUP_STEPS
};

enum checkup_verdict { CHECKUP_SKIPPED, CHECKUP_OK, CHECKUP_WARN, CHECKUP_FAILED };

struct checkup_finding {
	enum checkup_verdict verdict;
	int64_t ms;     /* that it took, -1: not told */
	char text[400]; /* what was found, or why it was not looked for */
	struct err why; /* of CHECKUP_FAILED */
};

struct checkup {
	const struct account *account;
	const char *from;            /* for MAIL, NULL: the account's own address */
	const char *to;              /* for RCPT, NULL: no recipient is asked for */
	int64_t expiry_warn_ms;      /* a certificate that lasts less is worth a warning */
	const struct secret *secret; /* the password to try, NULL: the account's */
	bool may_ask;                /* for a password, on the terminal */
	const struct trace *trace;
};

/*
 * Fills all of out[CHECKUP_STEPS]. Secrets never get there. false (e): the process for it could not
 * be had.
 */
bool
checkup_run(const struct checkup *c, struct checkup_finding *out, struct err *e);

/* Ports where submission servers listen. */
#define CHECKUP_NPORTS 3
extern const uint16_t checkup_ports[CHECKUP_NPORTS];
/* Which of them take a connection at that host: at most 2 s, all at once. */
void
checkup_look(const char *host, bool open[CHECKUP_NPORTS]);

#endif
