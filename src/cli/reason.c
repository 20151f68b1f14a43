/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/reason.h"

void
reason_words(const struct err *e, struct buf *out)
{
	if (e->code != 0)
		(void)buf_addf(out, "%d ", e->code);
	if (e->code != 0 && e->status[0] != '\0')
		(void)buf_addf(out, "%s ", e->status);
	(void)buf_adds(out, e->text);
}

/* What the server refused, by the stage that it refused in. */
static const char *
what(enum stage s)
{
	switch (s) {
	case STAGE_GREETING:
		return "does not want to talk to us";
	case STAGE_EHLO:
		return "does not accept our greeting";
	case STAGE_TLS:
		return "refused to start TLS";
	case STAGE_AUTH:
		return "refused the login";
	case STAGE_MAIL:
		return "refused the sender";
	case STAGE_RCPT:
		return "refused the recipients";
	case STAGE_DATA:
	case STAGE_FINAL:
		return "refused the message";
	default:
		return "refused";
	}
}

bool
reason_sentence(const struct reason *r, struct buf *out)
{
	const struct err *e = r->err;

	if (e->code == 0) {
		(void)buf_adds(out, e->text);
		return false;
	}
	(void)buf_addf(out, "%s ", r->server != NULL ? r->server : "the server");
	if (e->code == 421) {
		(void)buf_adds(out, "ended the session");
		return true;
	}
	(void)buf_adds(out, what(e->stage));
	if (e->stage == STAGE_AUTH && r->user != NULL)
		(void)buf_addf(out, " of %s", r->user);
	if (e->stage == STAGE_MAIL)
		(void)buf_addf(out, " <%s>", r->from);
	if (e->code < 500)
		(void)buf_adds(out, " for now");
	return true;
}
