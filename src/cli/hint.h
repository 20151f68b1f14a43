/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hint.h - what to do about it: a table of known troubles.
 *
 * Data, not code. A row tells which answers it is for (server, code, enhanced
 * status, words) or is named by whoever noticed the trouble. Servers change
 * their minds and their texts, so the server's own words always come first and a
 * hint is only ever the usual meaning of them.
 */
#ifndef CLI_HINT_H
#define CLI_HINT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"

struct hint {
	const char *id;
	/* globs of str_glob, NULL: whatever it is; a row without any of them is found by its id
	 * alone */
	const char *host, *code, *status, *text;
	const char *cause; /* one sentence: what such an answer usually means */
	/*
	 * What to do. {account}, {user}, {host}, {port}, {from} stand for the account's words,
	 * {pin} for the key that the server showed, {near} for the host that may have been meant,
	 * {imports} for what other programs left; {set KEY} for the command
	 * that sets it, up to the value. LF between lines.
	 */
	const char *advice;
	const char *topic; /* of `postrider help`, NULL: none */
};

/* Three parts of one table, in the order in which they are looked through. */
struct hint_rows {
	const struct hint *rows;
	size_t n;
};
extern const struct hint_rows hint_providers; /* by server */
extern const struct hint_rows hint_replies;   /* whoever says it */
extern const struct hint_rows hint_troubles;  /* by id: the layers below know what they met */

/* NULL behind the last row. */
const struct hint *
hint_at(size_t i);
/*
 * The row for an error of this server ("host:port" or NULL): by pattern, by the id the error
 * brings, by its stage. For a token that was refused only patterns of words count. NULL: none.
 */
const struct hint *
hint_find(const struct err *e, const char *server);
/* The advice filled in; a and e may be NULL: then the words that documents use. */
void
hint_advice(const struct hint *h, const struct account *a, const struct err *e, struct buf *out);

#endif
