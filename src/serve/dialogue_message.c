/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "base/str.h"
#include "deliver/detach.h"
#include "serve/chunk.h"
#include "serve/dialogue_state.h"
#include "serve/promise.h"
#include "serve/supply.h"

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
	/* for whom nobody waits any more the queue is run all the same */
	(void)channel_flush(d->ch);
	if (p->wants_run)
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
		dialogue_bad(d, 503, "5.5.1", "MAIL and RCPT come first");
	return false;
}

/* DATA is refused unless this is true. */
static bool
may_follow(struct dialogue *d, const char *args)
{
	if (args[0] == '\0')
		return may_begin(d);
	dialogue_bad(d, 501, "5.5.4", "DATA takes no words");
	return false;
}

void
dialogue_message_data(struct dialogue *d, const char *args)
{
	struct supply supply = {.chunked = false};

	if (!may_follow(d, args)) {
		/* RFC 2920 3.1: DATA is the last of a group. Whoever has gone on without waiting
		 * has sent the text, and a stranger's text must not become commands. */
		if (!d->done && channel_is_ahead(d->ch))
			dialogue_give_up(d, DIALOGUE_CUT, "4.7.0",
			    "DATA was refused, and what came behind it is no command");
		return;
	}
	channel_reply(d->ch, 354, "", "the message, and at its end a line of a dot");
	dotted_init(&supply.dots, d->crlf);
	take_message(d, &supply);
}

/* What follows cannot be told from commands any more. */
static void
lose_track(struct dialogue *d)
{
	dialogue_give_up(d, DIALOGUE_CUT, "4.7.0",
	    "BDAT takes a number of octets, maybe LAST: what follows cannot be understood");
}

/* Between the chunks of a message. */
static bool
next_chunk(void *arg, struct supply *supply)
{
	struct dialogue *d = arg;
	const struct dialogue_command *c;
	const char *args;

	channel_reply(d->ch, 250, "2.0.0", "chunk received");
	while (dialogue_take_line(d)) {
		c = dialogue_find(d, &args);
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
			dialogue_bad(d, 503, "5.5.1",
			    "the message is not complete: BDAT comes next, or RSET");
		}
	}
	return false;
}

void
dialogue_message_bdat(struct dialogue *d, const char *args)
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
