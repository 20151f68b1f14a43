/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/logbook.h"

#include <inttypes.h>

#include "base/log.h"

static const char *
or_dash(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : "-";
}

void
logbook_rcpt(const struct logbook *b, const struct rcpt *r, const char *status)
{
	static const struct err silent;
	const struct err *why = r->why != NULL ? r->why : &silent;
	const struct envelope *env = b->env;
	bool good = r->state == RCPT_SENT || r->state == RCPT_QUEUED;

	log_line(good ? LOG_LEVEL_INFO : LOG_LEVEL_ERR,
	    "id=%s from=<%s> to=<%s> status=%s code=%d enhanced=%s account=%s server=%s "
	    "message-id=%s size=%" PRIu64 " ms=%" PRId64 " text=\"%s\"",
	    or_dash(b->id), env->from, r->addr, status, why->code, or_dash(why->status),
	    or_dash(b->account), or_dash(r->server), env->message_id != NULL ? env->message_id : "",
	    env->facts.size, r->ms, why->text);
}
