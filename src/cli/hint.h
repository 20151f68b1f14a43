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
	/* {account}, {user}, {host}, {port}, {from} stand for the account's; LF between lines */
	const char *advice;
	const char *topic; /* of `postrider help`, NULL: none */
};

extern const struct hint hint_table[];
extern const size_t hint_table_count;

/*
 * The row for an error of this server ("host:port" or NULL): by pattern, by the id the error
 * brings, by its stage. For a token that was refused only patterns of words count. NULL: none.
 */
const struct hint *
hint_find(const struct err *e, const char *server);
/* The advice with the account's own words filled in; a may be NULL. */
void
hint_advice(const struct hint *h, const struct account *a, struct buf *out);

#endif
