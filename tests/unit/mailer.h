/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mailer.h - transactions over a session whose peer plays a script.
 *
 * There is one at a time, fx. What comes of the recipients is compared as a text.
 */
#ifndef MAILER_H
#define MAILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer.h"
#include "smtp/transaction.h"

#define MAILER_MESSAGE "a: b\r\n\r\nhi\r\n" /* 12 octets, what is sent unless fx.body says else */
#define MAILER_LINES 24                     /* of a script */

struct mailer {
	struct peer peer;
	struct session *session;
	struct envelope env;
	struct transaction t;
	struct watch w;
	struct err e;
	char hooks[16];     /* "s" for sending, "d" for settled, as they came */
	char settled[512];  /* fates when settled was called */
	size_t settled_len; /* of the transcript at that time */
	bool refuse_sending;
	unsigned sends; /* writes of the transactions */
	const char *body;
	uint64_t fails; /* offset from which the body cannot be read, 0: none */
};

extern struct mailer fx;

/*
 * Greeting and EHLO (LHLO) are played before the script; caps are lines of the reply to EHLO
 * ("250-PIPELINING\r\n").
 */
void
mailer_set_up(const char *caps, bool lmtp, const char *const *script);
/* r0@b.example, r1@b.example, ...; the slice is all of them. */
void
mailer_add_rcpts(size_t n);
bool
mailer_run(void);
/* QUIT, and whatever the peer has to complain about. */
void
mailer_tear_down(void);
/*
 * "S250n R550c P--": state (pending, sent, refused, unknown), code and class (none, relay,
 * message, reCipient, local) of each of the first eight.
 */
const char *
mailer_fates(void);

/* Words that scripts are made of. */
#define PIPE "250-PIPELINING\r\n"
#define CHUNK "250-CHUNKING\r\n"
#define M "C MAIL FROM:<s@a.example>"
#define R0 "C RCPT TO:<r0@b.example>"
#define R1 "C RCPT TO:<r1@b.example>"
#define R2 "C RCPT TO:<r2@b.example>"
#define BDAT "C BDAT 12 LAST", "N 12"
#define BODY "C a: b", "C ", "C hi", "C ."

#endif
