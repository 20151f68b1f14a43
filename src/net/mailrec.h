/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mailrec.h - what the TXT records of a mail domain say: SPF, DKIM, DMARC.
 *
 * Pure reading of text, for people who want to see it; nothing here decides
 * about mail.
 */
#ifndef NET_MAILREC_H
#define NET_MAILREC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* "tag=value; tag=value" (RFC 6376 3.2). The value in mem without outer blanks; NULL: no such tag.
 */
const char *
mailrec_tag(struct arena *mem, const char *text, const char *tag);
/* Is it a record of that kind: does it begin with v=VERSION, alone or before ';' or a blank? */
bool
mailrec_is(const char *text, const char *version);

enum mailrec_all {
	MAILREC_ALL_NONE, /* no `all`, no redirect: as if it were ?all */
	MAILREC_ALL_PASS,
	MAILREC_ALL_NEUTRAL,
	MAILREC_ALL_SOFT,
	MAILREC_ALL_FAIL,
	MAILREC_ALL_REDIRECT,
};

struct mailrec_spf {
	enum mailrec_all all;
	size_t lookups;              /* terms that cost a look into the DNS (RFC 7208 4.6.4) */
	const char *const *includes; /* domains of include:, and of redirect= last */
	size_t nincludes;
	const char *unknown; /* the first term that is none, NULL: all are */
	bool ptr;            /* which nobody should use any more */
};

void
mailrec_spf_read(struct arena *mem, const char *text, struct mailrec_spf *out);

struct mailrec_dmarc {
	const char *policy; /* p: none, quarantine, reject; NULL: not set, or not one of them */
	const char *sub, *missing; /* sp, np; NULL: as the policy */
	char psd;                  /* 'y', 'n', 'u' (RFC 9989 4.7) */
	bool testing;              /* t=y */
	bool reports;              /* rua is set */
};

/* The text is a DMARC record (mailrec_is). */
void
mailrec_dmarc_read(struct arena *mem, const char *text, struct mailrec_dmarc *out);
/*
 * The next name of the tree walk above `name`, NULL: it is over. From more than 7 labels it jumps
 * to 7 (RFC 9989 4.10).
 */
const char *
mailrec_dmarc_above(const char *name);

struct mailrec_dkim {
	const char *type; /* k: rsa, ed25519 */
	bool revoked;     /* p is empty */
	bool testing;     /* t=y */
	unsigned bits;    /* of the key, 0: it cannot be read */
};

void
mailrec_dkim_read(struct arena *mem, const char *text, struct mailrec_dkim *out);

#endif
