/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * supply.h - the octets of one message out of a dialogue, by DATA or by BDAT (RFC 3030).
 *
 * What intake reads from. Between two chunks of BDAT commands come by, so whoever leads the
 * dialogue is asked for the next one.
 */
#ifndef SERVE_SUPPLY_H
#define SERVE_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "serve/channel.h"
#include "serve/dotted.h"

struct supply {
	struct channel *ch;
	uint64_t room; /* octets that the message may still have */
	bool over;     /* it had more */
	bool ended;    /* nothing of it is left in the channel */
	/* DATA */
	struct dotted dots;
	/* BDAT: what is left of the chunk, and whether it is the last one */
	bool chunked, last;
	uint64_t left;
	/* Sets left and last for the next chunk; false: there will be none. */
	bool (*next)(void *arg, struct supply *s);
	void *arg;
};

/*
 * As read(2): 0 at the end, -1 when the dialogue broke off (its channel tells), when there is no
 * next chunk, or when the message was too large (over), whose rest is read first.
 */
ssize_t
supply_read(void *supply, char *chunk, size_t n);
/* The rest of the message, for nobody. */
void
supply_drain(struct supply *s);

#endif
