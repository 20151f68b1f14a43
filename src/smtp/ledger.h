/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger.h - what the replies of one transaction mean for its recipients.
 *
 * The handlers of all its steps stand here, apart from what is sent and when.
 * States and reasons go into the envelope's recipients at once; the ledger only
 * knows which of them the server has still to decide about. Reasons live in the
 * envelope's arena, one for all that share it, from a store that was filled
 * before: between the final reply and the mark on disk nothing is allocated.
 */
#ifndef SMTP_LEDGER_H
#define SMTP_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "message/envelope.h"
#include "smtp/reply.h"
#include "smtp/transaction.h"

enum slot_state {
	SLOT_ASKED,     /* RCPT has no reply yet */
	SLOT_ACCEPTED,  /* 2yz to RCPT, the message decides */
	SLOT_POSTPONED, /* 452 4.5.3: needs a further transaction */
	SLOT_SETTLED,
};

struct slot {
	struct ledger *ledger;
	struct rcpt *rcpt;
	enum slot_state state;
};

struct ledger {
	const struct transaction *t;
	const struct transaction_hooks *hooks;
	const char *server; /* in the envelope's arena */
	bool lmtp;
	struct slot *slots;
	size_t n, naccepted, cursor;
	struct err *store;
	size_t nstore;
	const struct err *last;
	/* What has happened so far. */
	bool refused;    /* MAIL was */
	bool go_ahead;   /* 354 */
	bool odd;        /* an answer to DATA that is neither 354 nor a refusal */
	bool whole;      /* set by the sender: the server may have the whole message */
	bool sent;       /* a final reply was 2yz */
	bool doubt;      /* hooks->sending was called, and hooks->settled not yet */
	struct err fail; /* class not ERR_NONE: MAIL told that this server is of no use */
};

/* server is copied. */
void
ledger_init(struct ledger *l, const struct transaction *t, const struct transaction_hooks *hooks,
    const char *server);
void
ledger_done(struct ledger *l);
/* A recipient whom the server is asked about; slots do not move. */
struct slot *
ledger_add(struct ledger *l, struct rcpt *r);
/* Settles a recipient who takes no part: the reason is e, refused or pending as it says. */
void
ledger_refuse(struct ledger *l, struct rcpt *r, const struct err *e);
/* So many different reasons can come from now on without allocation. */
void
ledger_reserve(struct ledger *l, size_t n);
/* The hook before the message can be accepted. */
bool
ledger_announce(struct ledger *l, struct err *e);
/* The hook behind the last decision, if the other one was called. */
void
ledger_conclude(struct ledger *l);
/* Is there an accepted recipient whom the message has still to decide about? After RCPT. */
bool
ledger_is_wanted(struct ledger *l);
/* Everybody about whom nothing was decided when it broke off, for the reason e. */
void
ledger_lose(struct ledger *l, const struct err *e);

/* Handlers; arg is the ledger, but for RCPT its slot. */
void
ledger_on_mail(void *arg, const struct reply *r);
void
ledger_on_rcpt(void *arg, const struct reply *r);
void
ledger_on_data(void *arg, const struct reply *r);
/*
 * The reply after the message: one for all, or in LMTP (RFC 2033 4.2) one for each accepted
 * recipient. The last one is followed by ledger_conclude with nothing in between.
 */
void
ledger_on_final(void *arg, const struct reply *r);
/* The server spoke before the message was complete: a refusal counts, nothing else can. */
void
ledger_on_early(void *arg, const struct reply *r);

#endif
