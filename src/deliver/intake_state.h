/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake_state.h - what the parts of one intake share; of intake*.c alone.
 *
 * intake_sender.c decides by whom and through which account a message goes,
 * intake_rcpts.c to whom, intake.c drives the pass over the input, and intake_recode.c a second one
 * over a message whose body cannot leave as it came.
 */
#ifndef DELIVER_INTAKE_STATE_H
#define DELIVER_INTAKE_STATE_H

#include <stdbool.h>

#include "deliver/intake.h"
#include "message/fixup.h"
#include "message/mime.h"

/* Whom the message is for, once its aliases are followed. */
struct intake_target {
	const char *addr;               /* maybe without a domain */
	const char *asked;              /* what it comes from */
	const struct intake_wish *wish; /* NULL: in->notify */
};

/* The state of one run; everything hangs on the entry's envelope. */
struct intake_state {
	const struct intake *in;
	struct intake_result *out;
	struct envelope *env;
	const char *login;             /* of the caller */
	const char *host_addr;         /* login@domain: the sender when nothing better is known */
	const char *sender;            /* envelope sender, chosen */
	const char *full_name;         /* for a From field that is missing, NULL: none */
	struct intake_target *targets; /* of intake_rcpts_collect */
	size_t ntargets;
	struct intake_target under_way;
	const struct aliases *aliases; /* read when the first name of this machine comes */
	struct err trouble;            /* with the aliases themselves */
	bool collected;
	bool chosen;
	struct mime mime; /* what the header says of the body */
};

/* Whom the message is from when nothing is said; needs r->in and r->env. */
void
intake_sender_init(struct intake_state *r);
/* Account and sender, once the header is known; does nothing when they are chosen already. */
bool
intake_sender_choose(struct intake_state *r, const struct fixup_found *found, struct err *e);
/*
 * For fixup (its arg is the state): who is the message from, since it does not say? Trouble is told
 * when the choice is made again; without an account nothing is said that would have to be taken
 * back.
 */
const char *
intake_sender_ask(void *arg, const struct fixup_found *found);
/*
 * For fixup: an address of the From field that the relay would not take, and what it gets instead.
 */
const char *
intake_sender_replace(void *arg, const struct fixup_found *found, const char *addr);
/* For names without one in the header; NULL: they stay until the configuration is there. */
const char *
intake_sender_domain(const struct intake_state *r);
/* With a domain, by the configuration's `domain`; NULL when there is none to take. */
const char *
intake_sender_qualify(struct intake_state *r, const char *addr);
/*
 * Nobody to send it, or nowhere to send it to, so far: kept as it was asked for. false: it may not
 * wait.
 */
bool
intake_sender_leave(struct intake_state *r, const struct err *why);
/*
 * The message is complete: when its body needs it (recode.h), the entry is replaced by one with the
 * mended message, the envelope moves there. false: e.
 */
bool
intake_recode(struct intake_state *r, const struct fixup *f, struct err *e);
/* Whom the message is for, in r->targets; does nothing the second time. */
void
intake_rcpts_collect(struct intake_state *r, const struct fixup_found *found);
/* Fills the envelope with whom the message is for. false: e (as of intake_run). */
bool
intake_rcpts_add(struct intake_state *r, const struct fixup_found *found, struct err *e);

#endif
