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

#include "base/err.h"
#include "config/config.h"
#include "queue/entry.h"
#include "queue/spool.h"

struct intake {
	const struct config *config;
	const char *account;      /* -a, NULL: chosen */
	const char *from;         /* -f in wire form; "" is the null sender; NULL: chosen */
	const char *full_name;    /* -F, NULL: none */
	const char *const *rcpts; /* in wire form, maybe without a domain */
	size_t nrcpts;
	bool read_recipients; /* -t */
	bool dot_ends;
	unsigned notify; /* for every recipient */
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
	/* Input: an entry's message, else text in memory, else a descriptor. */
	struct entry *source;
	int fd;
	const char *text;
	size_t text_len;
};

struct intake_result {
	struct entry *entry;           /* owned by the caller: entry_close */
	const struct account *account; /* NULL: unsettled */
	struct err waits;              /* why it is unsettled; ERR_NONE: it is not */
	const char *subject;           /* in the envelope's arena, NULL: none */
	/*
	 * Recipients that could not be taken (their number, and the first reason): the others are
	 * sent all the same.
	 */
	size_t nbad;
	struct err bad;
	bool empty; /* not one octet came in */
};

/*
 * Reads the input to its end in any case (the writer must not get SIGPIPE), then tells. Errors:
 * input cannot be read (ERR_LOCAL STAGE_INPUT, 66), no recipients (ERR_USAGE 64; with a header
 * whose addresses could not be parsed ERR_MESSAGE 65), no account (ERR_CONFIG), a name without a
 * domain and no `domain` configured (ERR_CONFIG 78), storage, what fixup refuses.
 */
bool
intake_run(const struct intake *in, struct intake_result *out, struct err *e);
/*
 * Takes an unsettled entry of the queue in once more, now that the configuration may be better,
 * and puts the result in its place under the same id. The caller holds its lock. false (e): it
 * stays as it is; ERR_CONFIG: its time has not come yet.
 */
bool
intake_again(struct spool *sp, const struct config *config, struct entry *en, struct err *e);

#endif
