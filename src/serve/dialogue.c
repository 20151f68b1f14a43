/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/dialogue.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "deliver/detach.h"
#include "serve/channel.h"
#include "serve/chunk.h"
#include "serve/parcel.h"
#include "serve/promise.h"
#include "serve/supply.h"

struct dialogue {
	const struct service *s;
	struct channel *ch;
	struct parcel parcel;
	unsigned bad, idle;
	bool again;   /* the line is still to be obeyed */
	bool aborted; /* the message that was on its way is given up */
	bool done;
	enum dialogue_end end;
	bool crlf; /* so the line ended */
	char line[CHANNEL_LINE_MAX + 1];
};

struct command {
	const char *name;
	void (*run)(struct dialogue *d, const char *args);
	bool aborts; /* may stand between the chunks of a message, and ends it */
};

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

/* It ends, and not by the client's QUIT. */
static void
give_up(struct dialogue *d, enum dialogue_end end, const char *status, const char *text)
{
	channel_reply(d->ch, 421, status, "%s", text);
	tell(d, text);
	finish(d, end);
}

/* Not a command, or not now. */
static void
bad(struct dialogue *d, int code, const char *status, const char *text)
{
	if (++d->bad < DIALOGUE_BAD_MAX)
		channel_reply(d->ch, code, status, "%s", text);
	else
		give_up(d, DIALOGUE_CUT, "4.7.0", "too many errors");
}

/* A command that leads nowhere. false: it was one too many. */
static bool
idle(struct dialogue *d)
{
	if (++d->idle < DIALOGUE_IDLE_MAX)
		return true;
	give_up(d, DIALOGUE_CUT, "4.7.0", "too many commands without a message");
	return false;
}

static void
answer(struct dialogue *d, const struct err *e)
{
	if (e->code == 501 || e->code == 555)
		bad(d, e->code, e->status, e->text);
	else
		channel_reply(d->ch, e->code, e->status, "%s", e->text);
}

/* ---- the message */

/* The one reply to a message, and a run over the queue where there is something for it. */
static void
conclude(struct dialogue *d, const struct supply *supply, const struct promise *p)
{
	if (channel_trouble(d->ch) != CHANNEL_OK || d->done || d->aborted)
		return;
	if (supply->over) {
		channel_reply(d->ch, 552, "5.3.4",
		    "the message is too large: at most %" PRIu64 " octets are taken",
		    d->s->size_max);
		return;
	}
	channel_reply(d->ch, p->code, p->status, "%s", p->text);
	d->bad = 0;
	d->idle = 0;
	if (channel_flush(d->ch) && p->wants_run)
		(void)detach_run(d->s->config, spool_root(d->s->spool));
}

static void
take_message(struct dialogue *d, struct supply *supply)
{
	struct promise p;

	supply->ch = d->ch;
	supply->room = d->s->size_max;
	d->aborted = false;
	promise_run(d->s, &d->parcel, supply_read, supply, &p);
	conclude(d, supply, &p);
	parcel_clear(&d->parcel);
}

/* Is there somebody to send to? */
static bool
may_begin(struct dialogue *d)
{
	if (d->parcel.n > 0)
		return true;
	if (d->parcel.open)
		channel_reply(d->ch, 554, "5.5.1", "no valid recipients");
	else
		bad(d, 503, "5.5.1", "MAIL and RCPT come first");
	return false;
}

static void
do_data(struct dialogue *d, const char *args)
{
	struct supply supply = {.chunked = false};

	if (args[0] != '\0') {
		bad(d, 501, "5.5.4", "DATA takes no words");
		return;
	}
	if (!may_begin(d))
		return;
	channel_reply(d->ch, 354, "", "the message, and at its end a line of a dot");
	dotted_init(&supply.dots, d->crlf);
	take_message(d, &supply);
}

static bool
take_line(struct dialogue *d);
static const struct command *
find(const struct dialogue *d, const char **args);

/* What follows cannot be told from commands any more. */
static void
lose_track(struct dialogue *d)
{
	give_up(d, DIALOGUE_CUT, "4.7.0",
	    "BDAT takes a number of octets, maybe LAST: what follows cannot be understood");
}

/* Between the chunks of a message. */
static bool
next_chunk(void *arg, struct supply *supply)
{
	struct dialogue *d = arg;
	const struct command *c;
	const char *args;

	channel_reply(d->ch, 250, "2.0.0", "chunk received");
	while (take_line(d)) {
		c = find(d, &args);
		if (c != NULL && str_eq(c->name, "BDAT")) {
			if (chunk_parse(args, &supply->left, &supply->last))
				return true;
			lose_track(d);
		} else if (c != NULL && c->aborts) {
			d->again = d->aborted = true;
			return false;
		} else if (c != NULL && str_eq(c->name, "NOOP")) {
			c->run(d, args);
		} else {
			bad(d, 503, "5.5.1",
			    "the message is not complete: BDAT comes next, or RSET");
		}
	}
	return false;
}

static void
do_bdat(struct dialogue *d, const char *args)
{
	struct supply supply = {.ch = d->ch, .chunked = true, .next = next_chunk, .arg = d};

	if (!chunk_parse(args, &supply.left, &supply.last)) {
		lose_track(d);
		return;
	}
	if (d->parcel.n > 0) {
		take_message(d, &supply);
		return;
	}
	/* RFC 3030 section 2: the octets come whatever we say */
	supply_drain(&supply);
	(void)may_begin(d);
	parcel_clear(&d->parcel);
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
	bad(d, 501, "5.5.4", form);
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
		bad(d, 503, "5.5.1", "there is a sender already");
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
		bad(d, 503, "5.5.1", "MAIL comes first");
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
		bad(d, 501, "5.5.4", "a name belongs behind it");
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
		bad(d, 501, "5.5.4", "an address belongs behind it");
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
	bad(d, 502, "5.5.1", "not offered");
}

static const struct command commands[] = {
    {"EHLO", do_ehlo, true},
    {"HELO", do_helo, true},
    {"MAIL", do_mail, false},
    {"RCPT", do_rcpt, false},
    {"DATA", do_data, false},
    {"BDAT", do_bdat, false},
    {"RSET", do_rset, true},
    {"NOOP", do_noop, false},
    {"QUIT", do_quit, true},
    {"VRFY", do_vrfy, false},
    {"HELP", do_help, false},
    {"EXPN", do_nothing, false},
    {"AUTH", do_nothing, false},
    {"STARTTLS", do_nothing, false},
};

/* The command in the line, NULL: none. */
static const struct command *
find(const struct dialogue *d, const char **args)
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

/* The next line that is fit to be looked at; false: the dialogue is over. */
static bool
take_line(struct dialogue *d)
{
	struct channel_text t;

	while (!d->done) {
		switch (channel_line(d->ch, &t)) {
		case CHANNEL_LINE:
			if (keep_line(d, &t))
				return true;
			bad(d, 500, "5.5.2", "a command has no control characters");
			break;
		case CHANNEL_LONG:
			bad(d, 500, "5.5.2", "the line is too long");
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
	const struct command *c;
	const char *args;

	c = find(d, &args);
	if (c != NULL)
		c->run(d, args);
	else
		bad(d, 500, "5.5.1", "no such command");
}

/* ---- the end */

/* The channel has trouble: what that means depends on where we are. */
static void
end_by_trouble(struct dialogue *d, bool within)
{
	switch (channel_trouble(d->ch)) {
	case CHANNEL_END:
		if (within)
			give_up(d, DIALOGUE_CUT, "4.4.2",
			    "the input ended within the message; nothing of it was sent");
		else
			finish(d, DIALOGUE_DONE);
		break;
	case CHANNEL_STOPPED:
		give_up(d, DIALOGUE_STOPPED, "4.3.2", "stopped by a signal");
		break;
	case CHANNEL_SILENT:
		give_up(d, DIALOGUE_CUT, "4.4.2", "nothing came for too long");
		break;
	case CHANNEL_DEAF:
		tell(d, "a reply could not be written");
		finish(d, DIALOGUE_DEAF);
		break;
	case CHANNEL_FLOOD:
		give_up(d, DIALOGUE_CUT, "4.7.0", "a line without an end");
		break;
	default:
		give_up(d, DIALOGUE_BLIND, "4.4.2", "the input cannot be read");
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
		if (!d.again && !take_line(&d))
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
