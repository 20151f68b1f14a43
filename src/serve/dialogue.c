/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/dialogue.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "serve/dialogue_state.h"

static void
finish(struct dialogue *d, enum dialogue_end end)
{
	d->done = true;
	d->end = end;
}

static void
tell(const struct dialogue *d, const char *text)
{
	struct err e;

	err_set(&e, ERR_LOCAL, STAGE_INPUT, "", "the SMTP dialogue broke off: %s", text);
	if (d->s->trouble != NULL)
		d->s->trouble(d->s->arg, &e);
}

void
dialogue_give_up(struct dialogue *d, enum dialogue_end end, const char *status, const char *text)
{
	channel_reply(d->ch, 421, status, "%s", text);
	tell(d, text);
	finish(d, end);
}

void
dialogue_bad(struct dialogue *d, int code, const char *status, const char *text)
{
	if (++d->bad < DIALOGUE_BAD_MAX)
		channel_reply(d->ch, code, status, "%s", text);
	else
		dialogue_give_up(d, DIALOGUE_CUT, "4.7.0", "too many errors");
}

/* A command that leads nowhere. false: it was one too many. */
static bool
idle(struct dialogue *d)
{
	if (++d->idle < DIALOGUE_IDLE_MAX)
		return true;
	dialogue_give_up(d, DIALOGUE_CUT, "4.7.0", "too many commands without a message");
	return false;
}

static void
answer(struct dialogue *d, const struct err *e)
{
	if (e->code == 501 || e->code == 555)
		dialogue_bad(d, e->code, e->status, e->text);
	else
		channel_reply(d->ch, e->code, e->status, "%s", e->text);
}

/* ---- the envelope */

/* Behind "FROM:" or "TO:"; NULL, and answered: it is not there. */
static const char *
behind(struct dialogue *d, const char *args, const char *word, const char *form)
{
	if (str_starts_nocase(args, word)) {
		args += strlen(word);
		args += strspn(args, " \t");
		if (*args == ':')
			return args + 1;
	}
	dialogue_bad(d, 501, "5.5.4", form);
	return NULL;
}

static void
do_mail(struct dialogue *d, const char *args)
{
	struct err e;

	args = behind(d, args, "FROM", "the form is MAIL FROM:<address>");
	if (args == NULL)
		return;
	if (d->parcel.open) {
		dialogue_bad(d, 503, "5.5.1", "there is a sender already");
		return;
	}
	if (!idle(d))
		return;
	if (parcel_mail(&d->parcel, d->s, args, &e))
		channel_reply(d->ch, 250, "2.1.0", "sender taken");
	else
		answer(d, &e);
}

static void
do_rcpt(struct dialogue *d, const char *args)
{
	struct err e;

	args = behind(d, args, "TO", "the form is RCPT TO:<address>");
	if (args == NULL)
		return;
	if (!d->parcel.open)
		dialogue_bad(d, 503, "5.5.1", "MAIL comes first");
	else if (parcel_rcpt(&d->parcel, d->s, args, &e))
		channel_reply(d->ch, 250, "2.1.5", "recipient taken");
	else
		answer(d, &e);
}

/* ---- all the rest */

static bool
greet(struct dialogue *d, const char *args)
{
	if (args[0] == '\0') {
		dialogue_bad(d, 501, "5.5.4", "a name belongs behind it");
		return false;
	}
	/* RFC 5321 4.1.4: as RSET */
	parcel_clear(&d->parcel);
	return idle(d);
}

static void
do_helo(struct dialogue *d, const char *args)
{
	if (greet(d, args))
		channel_reply(d->ch, 250, "", "%s", d->s->name);
}

static void
do_ehlo(struct dialogue *d, const char *args)
{
	static const char *const offers[] = {"PIPELINING", "8BITMIME", "SMTPUTF8", "DSN",
	    "CHUNKING", "ENHANCEDSTATUSCODES"};

	if (!greet(d, args))
		return;
	channel_reply_more(d->ch, 250, d->s->name);
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		channel_reply_more(d->ch, 250, offers[i]);
	channel_reply(d->ch, 250, "", "SIZE %" PRIu64, d->s->size_max);
}

static void
do_rset(struct dialogue *d, const char *args)
{
	(void)args;
	parcel_clear(&d->parcel);
	if (idle(d))
		channel_reply(d->ch, 250, "2.0.0", "forgotten");
}

static void
do_noop(struct dialogue *d, const char *args)
{
	(void)args;
	if (idle(d))
		channel_reply(d->ch, 250, "2.0.0", "nothing done");
}

static void
do_quit(struct dialogue *d, const char *args)
{
	(void)args;
	channel_reply(d->ch, 221, "2.0.0", "goodbye");
	finish(d, DIALOGUE_DONE);
}

static void
do_vrfy(struct dialogue *d, const char *args)
{
	if (args[0] == '\0')
		dialogue_bad(d, 501, "5.5.4", "an address belongs behind it");
	else if (idle(d))
		channel_reply(d->ch, 252, "2.0.0", "not verified here; a message to it is taken");
}

static void
do_help(struct dialogue *d, const char *args)
{
	(void)args;
	if (idle(d))
		channel_reply(d->ch, 214, "2.0.0",
		    "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT");
}

/* Known and not to be had: who starts us is known by that, and the pipe is nobody else's. */
static void
do_nothing(struct dialogue *d, const char *args)
{
	(void)args;
	dialogue_bad(d, 502, "5.5.1", "not offered");
}

static const struct dialogue_command commands[] = {
    {"EHLO", do_ehlo, true},
    {"HELO", do_helo, true},
    {"MAIL", do_mail, false},
    {"RCPT", do_rcpt, false},
    {"DATA", dialogue_message_data, false},
    {"BDAT", dialogue_message_bdat, false},
    {"RSET", do_rset, true},
    {"NOOP", do_noop, false},
    {"QUIT", do_quit, true},
    {"VRFY", do_vrfy, false},
    {"HELP", do_help, false},
    {"EXPN", do_nothing, false},
    {"AUTH", do_nothing, false},
    {"STARTTLS", do_nothing, false},
};

const struct dialogue_command *
dialogue_find(const struct dialogue *d, const char **args)
{
	const char *word = d->line + strspn(d->line, " \t");
	size_t n = strcspn(word, " \t");

	*args = word + n + strspn(word + n, " \t");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (str_neq_nocase(word, n, commands[i].name))
			return &commands[i];
	return NULL;
}

/* A line that may hold a command, without blanks at its end. */
static bool
keep_line(struct dialogue *d, const struct channel_text *t)
{
	size_t n = t->n;

	d->crlf = t->crlf;
	while (n > 0 && str_is_blank(t->data[n - 1]))
		n--;
	memcpy(d->line, t->data, n);
	d->line[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (str_is_ctl((unsigned char)d->line[i]) && d->line[i] != '\t')
			return false;
	return true;
}

bool
dialogue_take_line(struct dialogue *d)
{
	struct channel_text t;

	while (!d->done) {
		switch (channel_line(d->ch, &t)) {
		case CHANNEL_LINE:
			if (keep_line(d, &t))
				return true;
			dialogue_bad(d, 500, "5.5.2", "a command has no control characters");
			break;
		case CHANNEL_LONG:
			dialogue_bad(d, 500, "5.5.2", "the line is too long");
			break;
		default:
			return false;
		}
	}
	return false;
}

static void
obey(struct dialogue *d)
{
	const struct dialogue_command *c;
	const char *args;

	c = dialogue_find(d, &args);
	if (c != NULL)
		c->run(d, args);
	else
		dialogue_bad(d, 500, "5.5.1", "no such command");
}

/* ---- the end */

/* The channel has trouble: what that means depends on where we are. */
static void
end_by_trouble(struct dialogue *d, bool within)
{
	switch (channel_trouble(d->ch)) {
	case CHANNEL_END:
		if (within)
			dialogue_give_up(d, DIALOGUE_CUT, "4.4.2",
			    "the input ended within the message; nothing of it was sent");
		else
			finish(d, DIALOGUE_DONE);
		break;
	case CHANNEL_STOPPED:
		dialogue_give_up(d, DIALOGUE_STOPPED, "4.3.2", "stopped by a signal");
		break;
	case CHANNEL_SILENT:
		dialogue_give_up(d, DIALOGUE_CUT, "4.4.2", "nothing came for too long");
		break;
	case CHANNEL_DEAF:
		tell(d, "a reply could not be written");
		finish(d, DIALOGUE_DEAF);
		break;
	case CHANNEL_FLOOD:
		dialogue_give_up(d, DIALOGUE_CUT, "4.7.0", "a line without an end");
		break;
	default:
		dialogue_give_up(d, DIALOGUE_BLIND, "4.4.2", "the input cannot be read");
	}
}

enum dialogue_end
dialogue_run(const struct service *s, int in, int out)
{
	struct dialogue d = {.s = s};
	bool within = false;

	d.ch = channel_new(in, out, s->idle_ms, s->stop);
	channel_reply(d.ch, 220, "", "%s ESMTP postrider", s->name);
	while (!d.done) {
		if (!d.again && !dialogue_take_line(&d))
			break;
		d.again = false;
		obey(&d);
		within = channel_trouble(d.ch) != CHANNEL_OK;
		if (within)
			break;
	}
	if (!d.done)
		end_by_trouble(&d, within);
	if (!channel_flush(d.ch) && d.end == DIALOGUE_DONE)
		d.end = DIALOGUE_DEAF;
	parcel_clear(&d.parcel);
	channel_free(d.ch);
	return d.end;
}
