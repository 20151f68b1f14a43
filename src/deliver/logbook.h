/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logbook.h - what became of a recipient, as a line of the log.
 *
 * The same line whoever sent: a program that waited for it, or a run over the
 * queue at night. Its keys are stable, for those who search.
 */
#ifndef DELIVER_LOGBOOK_H
#define DELIVER_LOGBOOK_H

#include <stddef.h>

#include "message/envelope.h"

struct logbook {
	const struct envelope *env;
	const char *id;      /* in the queue, NULL: it is not there */
	const char *account; /* NULL: none was chosen */
};

/*
 * id= from= to= status= code= enhanced= account= server= message-id= size= ms= text=. status: sent,
 * queued, refused, deferred or unknown.
 */
void
logbook_rcpt(const struct logbook *b, const struct rcpt *r, const char *status);

#endif
