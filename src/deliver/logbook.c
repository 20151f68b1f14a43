/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/logbook.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/logline.h"

/* Which message: what all its lines begin with. */
static void
begin(struct logline *l, enum log_level level, const struct logbook *b)
{
	logline_init(l, level);
	logline_str(l, "message-id", b->env->message_id);
	logline_str(l, "id", b->id);
	logline_str(l, "account", b->account);
	logline_addr(l, "from", b->env->from);
}

void
logbook_received(const struct logbook *b, const struct logbook_caller *who)
{
	struct logline l;

	begin(&l, LOG_LEVEL_INFO, b);
	logline_str(&l, "status", "received");
	logline_int(&l, "nrcpt", (int64_t)b->env->nrcpts);
	logline_int(&l, "size", (int64_t)b->env->facts.size);
	logline_int(&l, "uid", (int64_t)who->uid);
	logline_str(&l, "user", who->user);
	logline_send(&l);
}

static void
begin_rcpt(struct logline *l, enum log_level level, const struct logbook *b, const struct rcpt *r)
{
	begin(l, level, b);
	logline_addr(l, "to", r->addr);
}

static void
end_rcpt(struct logline *l, const struct logbook *b, const struct rcpt *r)
{
	if (r->why != NULL && r->why->code > 0)
		logline_int(l, "code", r->why->code);
	if (r->why != NULL) {
		logline_str(l, "enhanced", r->why->status);
		logline_text(l, "text", r->why->text);
	}
	logline_str(l, "server", r->server);
	if (r->server != NULL || r->ms > 0)
		logline_int(l, "ms", r->ms);
	logline_int(l, "size", (int64_t)b->env->facts.size);
	logline_send(l);
}

void
logbook_rcpt(const struct logbook *b, const struct rcpt *r, const char *status)
{
	bool good = r->state == RCPT_SENT || r->state == RCPT_QUEUED;
	struct logline l;

	begin_rcpt(&l, good ? LOG_LEVEL_INFO : LOG_LEVEL_ERR, b, r);
	logline_str(&l, "status", status);
	end_rcpt(&l, b, r);
}

void
logbook_held(const struct logbook *b, const struct rcpt *r, const char *reason)
{
	struct logline l;

	begin_rcpt(&l, LOG_LEVEL_ERR, b, r);
	logline_str(&l, "status", "held");
	logline_str(&l, "reason", reason);
	end_rcpt(&l, b, r);
}

void
logbook_bounced(const struct logbook *b, const struct rcpt *r, const char *told)
{
	struct logline l;

	begin_rcpt(&l, LOG_LEVEL_INFO, b, r);
	logline_str(&l, "status", "bounced");
	logline_addr(&l, "told", told);
	end_rcpt(&l, b, r);
}

void
logbook_changed(const struct logbook *b, const struct rcpt *r, const char *status,
    const struct logbook_caller *who)
{
	struct logline l;

	begin_rcpt(&l, LOG_LEVEL_INFO, b, r);
	logline_str(&l, "status", status);
	logline_int(&l, "uid", (int64_t)who->uid);
	logline_str(&l, "user", who->user);
	end_rcpt(&l, b, r);
}

void
logbook_message(const struct logbook *b, enum log_level level, const char *status, const char *text)
{
	struct logline l;

	begin(&l, level, b);
	logline_str(&l, "status", status);
	logline_text(&l, "text", text);
	logline_send(&l);
}

void
logbook_id(enum log_level level, const char *id, const char *status, const char *fmt, ...)
{
	char text[1000];
	struct logline l;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	logline_init(&l, level);
	logline_str(&l, "id", id);
	logline_str(&l, "status", status);
	logline_text(&l, "text", text);
	logline_send(&l);
}
