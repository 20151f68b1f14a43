/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * logbook.h - what happens to mail, as lines of the log.
 *
 * The same line whoever sent: a program that waited for it, or a run over the
 * queue at night. Its keys are stable, for those who search; a key without a
 * value is left out.
 */
#ifndef DELIVER_LOGBOOK_H
#define DELIVER_LOGBOOK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"
#include "message/envelope.h"

struct logbook {
	const struct envelope *env;
	const char *id;      /* in the queue, NULL: it is not there */
	const char *account; /* NULL: none was chosen */
};

/* Who handed a message over. */
struct logbook_caller {
	uid_t uid;
	const char *user; /* login name, NULL: unknown */
};

/* Taken in: message-id= id= account= from= status=received nrcpt= size= uid= user=. */
void
logbook_received(const struct logbook *b, const struct logbook_caller *who);
/*
 * message-id= id= account= from= to= status= code= enhanced= text= server= ms= size=. status:
 * sent, queued, refused, deferred or unknown.
 */
void
logbook_rcpt(const struct logbook *b, const struct rcpt *r, const char *status);
/* status=held reason=: nothing is tried until a person does something; reason: a word. */
void
logbook_held(const struct logbook *b, const struct rcpt *r, const char *reason);
/* status=bounced told=: to whom the notice went. */
void
logbook_bounced(const struct logbook *b, const struct rcpt *r, const char *told);
/* A person decided: status=held, released or removed, user=. */
void
logbook_changed(const struct logbook *b, const struct rcpt *r, const char *status,
    const struct logbook_caller *who);
/* Of a message as a whole: status= and text=. */
void
logbook_message(const struct logbook *b, enum log_level level, const char *status,
    const char *text);
/* Where no more than the id is known, or not even that (NULL): id= status= text=. */
void
logbook_id(enum log_level level, const char *id, const char *status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
