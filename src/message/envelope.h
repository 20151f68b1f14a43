/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * envelope.h - who a message is from and for, and what became of it for each.
 *
 * The state lives in the recipient, in memory, on disk (a cell of the queue
 * entry) and in the report; there are no parallel lists.
 */
#ifndef MESSAGE_ENVELOPE_H
#define MESSAGE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum rcpt_state {
	/* nothing decided; at the end of an attempt: temporary trouble, or not reached */
	RCPT_PENDING,
	RCPT_SENT,
	RCPT_QUEUED,
	RCPT_REFUSED,
	RCPT_UNKNOWN, /* the body was sent and the final reply never came */
};

enum notify { /* RFC 3461 4.1; 0: parameter not given */
	NOTIFY_NEVER = 1,
	NOTIFY_SUCCESS = 2,
	NOTIFY_FAILURE = 4,
	NOTIFY_DELAY = 8,
};

enum dsn_return { RETURN_DEFAULT, RETURN_FULL, RETURN_HEADERS };

struct rcpt {
	/* as it goes into RCPT TO:<>, e.g. "bob@example.org", "\"a b\"@example.org" */
	const char *addr;
	const char *orcpt; /* original recipient as given, not xtext, NULL: none */
	unsigned notify;   /* of enum notify */
	enum rcpt_state state;
	/* reply or reason that decided last; shared between recipients, NULL: none */
	const struct err *why;
	const char *server; /* "host:port" that gave it, shared, NULL: none */
	int64_t ms;         /* from the start of the attempt to the decision */
};

/*
 * Facts of the one scan over the canonical message (header and body together).
 */
struct facts {
	uint64_t size;     /* octets as canonical CRLF text, not dot-stuffed */
	size_t longest;    /* longest line without its CRLF */
	uint64_t received; /* Received: fields, for the loop check (RFC 5321 6.3) */
	bool header_8bit;  /* 8-bit octets in the header block */
	bool body_8bit;
	bool utf8;     /* the 8-bit octets are UTF-8: of a whole message those of the header */
	bool body_nul; /* NUL octets in the body */
	bool bare_cr;  /* a bare CR was met (and became a space) */
};

struct envelope_set;

struct envelope {
	struct arena mem;  /* owns every string here */
	const char *from;  /* "" is the null reverse-path */
	const char *envid; /* not xtext; NULL: none */
	enum dsn_return ret;
	bool smtputf8; /* an address or the header block needs it (RFC 6531) */
	bool notice;   /* a bounce or notice of ours: it never causes another one */
	/* of a notice: the queue ids of the messages it tells of */
	const char *const *about;
	size_t nabout;
	int64_t lifetime_ms; /* in the queue, 0: the configuration's */
	struct rcpt *rcpts;
	size_t nrcpts;
	struct facts facts;
	const char *message_id;   /* with its angle brackets, NULL until known */
	struct envelope_set *set; /* of envelope_add: which addresses are there */
	const char *account;      /* name of the account chosen, NULL until then */
	/*
	 * Taken in without a configuration that could be used: no account is chosen yet, addresses
	 * may lack a domain, and sender_open says that `from` only stands in for the account's.
	 */
	bool unsettled, sender_open;
	const char
	    *full_name; /* for the From field that an unsettled message still lacks, or NULL */
};

void
envelope_init(struct envelope *env);
void
envelope_done(struct envelope *env);
/*
 * Appends a recipient (addr is copied) unless an equal one is there: local part exact, domain
 * without case. Returns the recipient, old or new; order of first mention is kept. Ten thousand
 * recipients do not make it quadratic.
 */
struct rcpt *
envelope_add(struct envelope *env, const char *addr);
/* Number of recipients in a state. */
size_t
envelope_count(const struct envelope *env, enum rcpt_state state);

#endif
