/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * promise.h - the one reply to a whole message, and what stands behind it.
 *
 * 250 says that everybody is sent or durably in the queue, or told to the sender by a notice that
 * is. Else the reply is that of the first recipient in trouble, temporary trouble first: a second
 * copy is better than a lost message. (RFC 5321 4.2.5, 6.1; sendmail.md, exit status)
 */
#ifndef SERVE_PROMISE_H
#define SERVE_PROMISE_H

#include <stdbool.h>
#include <sys/types.h>

#include "serve/parcel.h"
#include "serve/service.h"

#define PROMISE_TEXT_MAX 480

struct promise {
	int code;
	char status[10], text[PROMISE_TEXT_MAX];
	bool wants_run; /* a run over the queue has something to do: once the reply is out */
};

/*
 * Takes the message in from read (as of struct intake) and submits it for all of the parcel, which
 * has a recipient. The message is read to its end in any case, unless read fails.
 */
void
promise_run(const struct service *s, const struct parcel *p,
    ssize_t (*read)(void *arg, char *chunk, size_t n), void *arg, struct promise *out);

#endif
