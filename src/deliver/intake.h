/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake.h - from what a program hands us to a complete entry.
 *
 * One pass: the header is repaired and read, sender and account are chosen,
 * the recipients collected, and the body goes to the entry as it comes.
 */
#ifndef DELIVER_INTAKE_H
#define DELIVER_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "config/config.h"
#include "queue/entry.h"
#include "queue/spool.h"

/* What is asked for one recipient (RFC 3461 4.1, 4.2). */
struct intake_wish {
	unsigned notify;   /* of enum notify */
	const char *orcpt; /* not xtext, NULL: none */
};

struct intake {
	const struct config *config;
	const char *account;      /* -a, NULL: chosen */
	const char *from;         /* -f in wire form; "" is the null sender; NULL: chosen */
	const char *full_name;    /* -F, NULL: none */
	const char *const *rcpts; /* in wire form, maybe without a domain */
	size_t nrcpts;
	bool read_recipients; /* -t */
	bool no_aliases;      /* -n: no alias file is looked at */
	bool dot_ends;
	unsigned notify; /* for every recipient */
	/* instead, one for each of rcpts; NULL: notify is for all */
	const struct intake_wish *wishes;
	bool smtputf8; /* header or addresses may need it (RFC 6531) */
	enum dsn_return ret;
	const char *envid;
	bool require_body;     /* no octets at all are no message (ERR_MESSAGE 65) */
	int64_t lifetime_ms;   /* in the queue, 0: as configured */
	int64_t arrival_ms;    /* 0: now */
	const char *queue_dir; /* where the entry is born, NULL: nowhere in particular */
	/*
	 * A configuration that knows no account for it, or no domain for a name, does not end it:
	 * the entry is left unsettled, to be kept until intake_again can do better.
	 */
	bool may_wait;
	/* Input: an entry's message, or what read gives, or text in memory; else a descriptor. */
	struct entry *source;
	/* As read(2): octets, 0 at the end of the message, -1 with errno. NULL: none. */
	ssize_t (*read)(void *arg, char *chunk, size_t n);
	void *read_arg;
	int fd;
	const char *text;
	size_t text_len;
};

struct intake_result {
	struct entry *entry;           /* owned by the caller: entry_close */
	const struct account *account; /* NULL: unsettled */
	struct err waits;              /* why it is unsettled; ERR_NONE: it is not */
	const char *subject;           /* in the envelope's arena, NULL: none */
	const char *repeated; /* a field that may be there once and is not: its name; NULL: none */
	/*
	 * Recipients that could not be taken (their number, and the first reason): the others are
	 * sent all the same.
	 */
	size_t nbad;
	struct err bad;
	bool empty; /* not one octet came in */
};

/*
 * Reads the input to its end in any case (the writer must not get SIGPIPE), then tells; a read that
 * failed is the end, too. Errors:
 * input cannot be read (ERR_LOCAL STAGE_INPUT, 66), no recipients (ERR_USAGE 64; with a header
 * whose addresses could not be parsed ERR_MESSAGE 65), no account (ERR_CONFIG), a name without a
 * domain and no `domain` configured (ERR_CONFIG 78), storage, what fixup refuses.
 */
bool
intake_run(const struct intake *in, struct intake_result *out, struct err *e);
/*
 * Can mail for that address, maybe a name without a domain, be sent anywhere as things are? What
 * lies behind an alias is not looked at.
 */
bool
intake_takes_name(const struct config *c, const char *addr);
/*
 * Takes an unsettled entry of the queue in once more, now that the configuration may be better,
 * and puts the result in its place under the same id. The caller holds its lock. false (e): it
 * stays as it is; ERR_CONFIG: its time has not come yet.
 */
bool
intake_again(struct spool *sp, const struct config *config, struct entry *en, struct err *e);

#endif
