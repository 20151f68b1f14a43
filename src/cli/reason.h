/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reason.h - errors in the words of a person.
 *
 * Below, an error that a server caused holds the server's own words and
 * nothing else. Here the sentence comes in front: who refused what.
 */
#ifndef CLI_REASON_H
#define CLI_REASON_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"
#include "message/envelope.h"

struct reason {
	const struct err *err;
	const char *server; /* "host:port", NULL: none */
	const char *from;   /* reverse-path */
	const char *user;   /* login, NULL: none */
};

/* "550 5.1.1 No such user"; the text alone where no reply decided. */
void
reason_words(const struct err *e, struct buf *out);
/*
 * "smtp.example.org:465 refused the login of ann", or the whole sentence of an error of our own.
 * true: the server's words, which are not in it, are worth showing.
 */
bool
reason_sentence(const struct reason *r, struct buf *out);

#endif
