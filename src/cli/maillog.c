/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/maillog.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/logline.h"
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
	/* log_init keeps the pointer */
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
maillog_settle(const struct config *c)
{
	log_settle(config_log(c));
}

void
maillog_settle_early(const struct shared *shared)
{
	struct config_request want;
	struct config *c;

	shared_request(shared, &want);
	c = config_load_rest(&want);
	maillog_settle(c);
	config_free(c);
}

static struct logbook
book_of(const struct report *r)
{
	return (struct logbook){
	    .env = r->env,
	    .id = r->id,
	    .account = r->account != NULL ? r->account->name : NULL,
	};
}

static struct logbook_caller
caller(void)
{
	struct logbook_caller who = {.uid = getuid()};
	const struct passwd *pw = getpwuid(who.uid);

	who.user = pw != NULL ? pw->pw_name : NULL;
	return who;
}

void
maillog_received(const struct report *r)
{
	const struct logbook book = book_of(r);

	if (log_wants(LOG_LEVEL_INFO)) {
		const struct logbook_caller who = caller();

		logbook_received(&book, &who);
	}
}

void
maillog_changed(struct entry *en, const char *status)
{
	const struct envelope *env = entry_envelope(en);
	const struct logbook book = {.env = env, .id = entry_id(en), .account = env->account};
	const struct logbook_caller who = caller();

	for (size_t i = 0; i < env->nrcpts; i++) {
		enum cell c = entry_cell(en, i);

		if (c == CELL_PENDING || c == CELL_DOUBT || c == CELL_FAILED)
			logbook_changed(&book, &env->rcpts[i], status, &who);
	}
}

/* Kept, and nothing is tried before somebody does something. */
static bool
is_held(const struct report *r, const struct rcpt *rcpt)
{
	return r->id != NULL && rcpt->state == RCPT_QUEUED && (r->hold || r->waits != NULL);
}

static void
log_refused_early(const struct report *r)
{
	const struct logbook book = book_of(r);
	struct buf text;

	if (r->nbad == 0)
		return;
	buf_init(&text, SIZE_MAX);
	(void)buf_adds(&text, r->bad->text);
	if (r->nbad > 1)
		(void)buf_addf(&text, ", and %zu more like it", r->nbad - 1);
	logbook_message(&book, LOG_LEVEL_ERR, "refused", buf_str(&text));
	buf_done(&text);
}

void
maillog_attempt(const struct report *r)
{
	const struct logbook book = book_of(r);

	for (size_t i = 0; i < r->env->nrcpts; i++) {
		const struct rcpt *rcpt = &r->env->rcpts[i];

		if (is_held(r, rcpt))
			logbook_held(&book, rcpt, r->waits != NULL ? "configuration" : "asked");
		else
			logbook_rcpt(&book, rcpt, outcome_status(rcpt, false));
	}
	log_refused_early(r);
	if (r->ui->verbose > 0 && log_trouble() != NULL)
		ui_note(r->ui, "%s", log_trouble());
}

void
maillog_trouble(const struct err *e)
{
	struct logline l;

	logline_init(&l, LOG_LEVEL_ERR);
	logline_str(&l, "status", "failed");
	logline_str(&l, "class", err_class_name(e->class));
	logline_str(&l, "stage", err_stage_name(e->stage));
	logline_text(&l, "text", e->text);
	logline_send(&l);
}
