/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/maillog.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/outcome.h"
#include "deliver/logbook.h"

#define TAG_MAX 32

/* A tag may come from a stranger: only what cannot be mistaken for another part of the line. */
static void
keep_plain(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (str_is_alpha(*s) || str_is_digit(*s) || strchr("-_.", *s) != NULL)
			*to++ = *s;
	*to = '\0';
}

void
maillog_init(const char *program, const char *tag)
{
	/* openlog(3) keeps the pointer */
	static char ident[2 * TAG_MAX + 2];
	char suffix[TAG_MAX + 1] = "";

	(void)snprintf(ident, sizeof(ident), "%.*s", TAG_MAX, program);
	keep_plain(ident);
	if (tag != NULL)
		(void)snprintf(suffix, sizeof(suffix), "%s", tag);
	keep_plain(suffix);
	if (suffix[0] != '\0')
		(void)snprintf(ident + strlen(ident), sizeof(ident) - strlen(ident), "/%s", suffix);
	log_init(ident);
}

void
maillog_attempt(const struct report *r)
{
	const char *id = r->env->message_id != NULL ? r->env->message_id : "";

	const struct logbook book = {
	    .env = r->env,
	    .id = r->id,
	    .account = r->account != NULL ? r->account->name : NULL,
	};

	for (size_t i = 0; i < r->env->nrcpts; i++)
		logbook_rcpt(&book, &r->env->rcpts[i], outcome_status(&r->env->rcpts[i], false));
	if (r->nbad > 0)
		log_line(LOG_LEVEL_ERR,
		    "from=<%s> status=refused recipients=%zu message-id=%s text=\"%s\"",
		    r->env->from, r->nbad, id, r->bad->text);
}

void
maillog_trouble(const struct err *e)
{
	log_line(LOG_LEVEL_ERR, "status=failed class=%s stage=%s text=\"%s\"",
	    err_class_name(e->class), err_stage_name(e->stage), e->text);
}
