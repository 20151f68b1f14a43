/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/repair.h"

#include <string.h>
#include <sysexits.h>

#include "base/str.h"
#include "message/addr.h"
#include "message/date.h"
#include "message/header.h"
#include "message/mend.h"
#include "message/msgid.h"

#define RECEIVED_MAX 100 /* RFC 5321 6.3 */

enum {
	F_DROP = 1,  /* never leaves */
	F_ADDRS = 2, /* holds addresses: names without a domain get one */
	F_RCPT = 4,  /* of -t */
	F_RESENT = 8,
	F_NOT_EMPTY = 16, /* dropped when it says nothing */
	F_ONCE = 32,      /* RFC 5322 3.6 */
};

static const struct {
	const char *name;
	int flags;
} kinds[] = {
    {"From", F_ONCE | F_ADDRS | F_NOT_EMPTY},
    {"Date", F_ONCE | F_NOT_EMPTY},
    {"Message-ID", F_ONCE | F_NOT_EMPTY},
    {"Sender", F_ONCE | F_ADDRS},
    {"Reply-To", F_ONCE | F_ADDRS},
    {"To", F_ONCE | F_ADDRS | F_RCPT | F_NOT_EMPTY},
    {"Cc", F_ONCE | F_ADDRS | F_RCPT | F_NOT_EMPTY},
    {"Subject", F_ONCE},
    {"Bcc", F_RCPT | F_DROP},
    {"Resent-From", F_ADDRS | F_RESENT},
    {"Resent-Sender", F_ADDRS | F_RESENT},
    {"Resent-To", F_ADDRS | F_RCPT | F_RESENT | F_NOT_EMPTY},
    {"Resent-Cc", F_ADDRS | F_RCPT | F_RESENT | F_NOT_EMPTY},
    {"Resent-Bcc", F_RCPT | F_RESENT | F_DROP},
    {"Resent-Date", F_RESENT},
    {"Resent-Message-ID", F_RESENT},
    {"Resent-Reply-To", F_ADDRS | F_RESENT},
    {"Return-Path", F_DROP},
    {"Content-Length", F_DROP},
};

struct repair {
	struct arena *mem;
	const struct fixup_opts *opts;
	struct fixup_found *found;
	struct buf *out;
	bool resent; /* the message has a Resent block: its recipients count, not the original ones
		      */
	size_t block_end; /* of the topmost Resent block, in the raw text */
	bool has_date, has_from, has_id, resent_date, resent_id, resent_begun, has_to;
	uint64_t once; /* of kinds with F_ONCE: which were there */
	size_t nreceived;
};

#define NKINDS (sizeof kinds / sizeof kinds[0])

/* Index into kinds; NKINDS: a field of no interest. */
static size_t
kind_index(const struct header_field *f)
{
	size_t i = 0;

	while (i < NKINDS && !header_is(f, kinds[i].name))
		i++;
	return i;
}

static int
kind_of(const struct header_field *f)
{
	size_t i = kind_index(f);

	if (i < NKINDS)
		return kinds[i].flags;
	return str_starts_nocase(f->start, "Resent-") ? F_RESENT : 0;
}

static bool
is_empty(const struct header_field *f)
{
	for (size_t i = 0; i < f->value_len; i++)
		if (!str_is_space((unsigned char)f->value[i]))
			return false;
	return true;
}

/*
 * Is f part of the topmost Resent block? A block ends where another field comes, or a name that it
 * has already: each is there once (RFC 5322 3.6), so the next block begins.
 */
static bool
in_top_block(struct repair *r, const struct header_field *f, size_t at, uint64_t *seen)
{
	size_t kind = kind_index(f);
	uint64_t bit = kind < NKINDS ? (uint64_t)1 << kind : 0;

	if (r->resent && (at != r->block_end || (*seen & bit) != 0))
		return false;
	*seen |= bit;
	return true;
}

/* Where the topmost Resent block ends, and what of it is there. */
static void
survey(struct repair *r, const char *raw, size_t n)
{
	struct header_field f;
	uint64_t seen = 0;
	size_t pos = 0;
	bool done = false;

	for (size_t at = 0; header_next(raw, n, &pos, &f); at = pos) {
		if ((kind_of(&f) & F_RESENT) != 0 && !done) {
			done = !in_top_block(r, &f, at, &seen);
			if (!done) {
				r->resent = true;
				r->block_end = pos;
				r->resent_date = r->resent_date || header_is(&f, "Resent-Date");
				r->resent_id = r->resent_id || header_is(&f, "Resent-Message-ID");
			}
		}
		r->has_date = r->has_date || (header_is(&f, "Date") && !is_empty(&f));
		r->has_from = r->has_from || (header_is(&f, "From") && !is_empty(&f));
		r->nreceived += header_is(&f, "Received");
	}
}

static const char *
qualified(struct repair *r, const char *addr)
{
	if (addr_domain(addr) != NULL || r->opts->domain == NULL)
		return addr;
	return arena_printf(r->mem, "%s@%s", addr, r->opts->domain);
}

/* All mailboxes of the value; a bad one is counted and the list goes on behind its comma. */
static void
collect(struct repair *r, const struct header_field *f, struct mailbox_list *to, bool count_bad)
{
	size_t at = 0;

	while (at < f->value_len) {
		size_t bad = 0;
		struct err e;

		if (addrlist_parse(r->mem, f->value + at, f->value_len - at, to, &bad, &e))
			break;
		if (count_bad && r->found->nbad++ == 0)
			r->found->bad_rcpt = e;
		bad = addrlist_start(f->value + at, bad);
		at += addrlist_skip(f->value + at, f->value_len - at, bad);
	}
}

static const char *
value_of(struct repair *r, const struct header_field *f)
{
	const char *text;
	struct buf b;

	buf_init(&b, FIXUP_HEADER_MAX);
	header_unfold(f, &b);
	text = arena_strndup(r->mem, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

/* "<...>" of a Message-ID field, without what people put beside it. */
static const char *
id_of(struct repair *r, const struct header_field *f)
{
	const char *id = value_of(r, f), *begin = strchr(id, '<'), *end;

	end = begin != NULL ? strchr(begin, '>') : NULL;
	if (end != NULL)
		return arena_strndup(r->mem, begin, (size_t)(end - begin) + 1);
	return arena_printf(r->mem, "<%s>", id);
}

static void
note_field(struct repair *r, const struct header_field *f, int kind, bool in_block)
{
	struct fixup_found *found = r->found;

	if ((kind & F_RCPT) != 0 && r->opts->read_recipients &&
	    (r->resent ? in_block && (kind & F_RESENT) != 0 : (kind & F_RESENT) == 0)) {
		found->has_rcpt_fields = true;
		collect(r, f, &found->rcpts, true);
	}
	if (header_is(f, "From") && !is_empty(f)) {
		size_t had = found->from.n;

		found->sender_header = true;
		collect(r, f, &found->from, false);
		for (size_t i = had; i < found->from.n; i++)
			found->from.items[i].addr = qualified(r, found->from.items[i].addr);
	}
	if (header_is(f, "Message-ID") && found->message_id == NULL && !is_empty(f)) {
		r->has_id = true;
		found->message_id = id_of(r, f);
	}
	if (header_is(f, "Subject") && found->subject == NULL)
		found->subject = value_of(r, f);
	if ((kind & F_ONCE) != 0) {
		size_t index = kind_index(f);

		if ((r->once >> index & 1) != 0 && found->repeated == NULL)
			found->repeated = kinds[index].name;
		r->once |= (uint64_t)1 << index;
	}
}

static const char *
added_sender(struct repair *r)
{
	const struct fixup_opts *o = r->opts;
	const char *from = o->sender != NULL ? o->sender(o->sender_arg, r->found) : o->from;

	if (from == NULL && o->sender != NULL)
		return NULL;
	if (from == NULL || from[0] == '\0')
		from = o->from_fallback;
	return from != NULL ? qualified(r, from) : NULL;
}

static void
add_resent(struct repair *r, const char *domain)
{
	char date[DATE_MAX];

	date_format(r->opts->now_ms, date);
	if (!r->resent_date)
		buf_addf(r->out, "Resent-Date: %s\r\n", date);
	if (!r->resent_id)
		buf_addf(r->out, "Resent-Message-ID: %s\r\n", msgid_make(r->mem, domain));
}

/* A name for an address that gets another one: "root on nas". */
static const char *
name_of(struct repair *r, const struct mailbox *m)
{
	const char *domain = addr_domain(m->addr);
	int local = (int)(domain != NULL ? (size_t)(domain - m->addr) - 1 : strlen(m->addr));

	if (m->name != NULL && m->name[0] != '\0')
		return m->name;
	if (r->opts->host == NULL)
		return arena_printf(r->mem, "%.*s", local, m->addr);
	return arena_printf(r->mem, "%.*s on %s", local, m->addr, r->opts->host);
}

static void
add_mailbox(struct repair *r, const char *name, const char *addr, struct buf *out)
{
	if (name != NULL && name[0] != '\0') {
		/* a name of encoded words comes folded with LF, the block has CRLF */
		for (name = addrlist_quote_name(r->mem, name); *name != '\0'; name++) {
			if (*name == '\n')
				buf_addc(out, '\r');
			buf_addc(out, *name);
		}
		buf_addf(out, " <%s>", addr);
	} else {
		buf_adds(out, addr);
	}
}

/* Fields that were not there, in front of the others: those stay byte for byte as they came. */
static void
add_missing(struct repair *r, const char *sender, struct buf *to)
{
	char date[DATE_MAX];

	if (!r->has_date) {
		date_format(r->opts->now_ms, date);
		buf_addf(to, "Date: %s\r\n", date);
	}
	if (!r->has_from && sender != NULL) {
		struct mailbox_list *from = &r->found->from;
		const struct mailbox asked = {.addr = sender, .name = r->opts->full_name};
		const char *by = r->opts->replace != NULL
		    ? r->opts->replace(r->opts->replace_arg, r->found, sender)
		    : NULL;

		sender = by != NULL ? by : sender;
		buf_adds(to, "From: ");
		add_mailbox(r, by != NULL ? name_of(r, &asked) : asked.name, sender, to);
		buf_adds(to, "\r\n");
		from->items = arena_grow(r->mem, from->items, from->n, sizeof *from->items);
		from->items[from->n++] = (struct mailbox){.addr = sender};
	}
	if (!r->has_id) {
		const char *by = sender != NULL ? sender : r->opts->from_fallback;

		r->found->message_id = msgid_make(r->mem, by != NULL ? addr_domain(by) : NULL);
		buf_addf(to, "Message-ID: %s\r\n", r->found->message_id);
	}
}

/* Everything is read before anything is written: who it is from may depend on whom it is for. */
static void
read_fields(struct repair *r, const char *raw, size_t n)
{
	struct header_field f;
	size_t pos = 0;

	while (header_next(raw, n, &pos, &f)) {
		int kind = kind_of(&f);

		note_field(r, &f, kind, pos <= r->block_end);
		r->found->removed_bcc += (kind & (F_DROP | F_RCPT)) == (F_DROP | F_RCPT);
	}
}

/* From with the addresses that the relay takes, and what it was beside it. false: it stays. */
static bool
replace_from(struct repair *r, const struct header_field *f)
{
	const struct fixup_opts *o = r->opts;
	struct mailbox_list list = {.n = 0};
	const char **by;
	size_t nreplaced = 0;

	if (o->replace == NULL ||
	    !addrlist_parse(r->mem, f->value, f->value_len, &list, NULL, NULL) || list.n == 0)
		return false;
	by = arena_alloc(r->mem, list.n * sizeof *by);
	for (size_t i = 0; i < list.n; i++) {
		by[i] = o->replace(o->replace_arg, r->found, qualified(r, list.items[i].addr));
		nreplaced += by[i] != NULL;
	}
	if (nreplaced == 0)
		return false;
	for (size_t i = 0; i < r->found->from.n && i < list.n; i++)
		if (by[i] != NULL)
			r->found->from.items[i].addr = by[i];
	buf_adds(r->out, "From: ");
	for (size_t i = 0; i < list.n; i++) {
		const struct mailbox *m = &list.items[i];

		if (i > 0)
			buf_adds(r->out, ",\r\n ");
		add_mailbox(r, by[i] != NULL ? name_of(r, m) : m->name,
		    by[i] != NULL ? by[i] : qualified(r, m->addr), r->out);
	}
	buf_adds(r->out, "\r\n");
	mend_text("X-Original-From", value_of(r, f), r->out);
	return true;
}

static void
write_fields(struct repair *r, const char *raw, size_t n)
{
	struct header_field f;
	size_t pos = 0;

	while (header_next(raw, n, &pos, &f)) {
		int kind = kind_of(&f);

		if ((kind & F_RESENT) != 0 && !r->resent_begun) {
			r->resent_begun = true;
			add_resent(r, r->opts->domain);
		}
		if ((kind & F_DROP) != 0 || ((kind & F_NOT_EMPTY) != 0 && is_empty(&f)))
			continue;
		r->has_to = r->has_to || header_is(&f, "To") || header_is(&f, "Cc");
		if (header_is(&f, "From") && replace_from(r, &f))
			continue;
		mend_field(r->mem, &f, (kind & F_ADDRS) != 0, r->opts->domain, r->out);
	}
	if (!r->has_to && r->opts->undisclosed)
		buf_adds(r->out, "To: undisclosed-recipients:;\r\n");
}

bool
repair_block(struct arena *mem, const struct fixup_opts *opts, const char *raw, size_t n,
    struct fixup_found *found, struct buf *out, struct err *e)
{
	struct buf fields;
	struct repair r = {.mem = mem, .opts = opts, .found = found, .out = &fields};
	bool good;

	survey(&r, raw, n);
	if (r.nreceived > RECEIVED_MAX) {
		err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.4.6",
		    "mail loop: the message has %zu Received fields", r.nreceived);
		if (e != NULL)
			e->sysexit = EX_UNAVAILABLE;
		return false;
	}
	buf_init(&fields, (size_t)2 * FIXUP_HEADER_MAX);
	read_fields(&r, raw, n);
	write_fields(&r, raw, n);
	add_missing(&r,
	    r.has_from ? (found->from.n > 0 ? found->from.items[0].addr : NULL) : added_sender(&r),
	    out);
	buf_add(out, buf_str(&fields), fields.len);
	buf_adds(out, "\r\n");
	good = !fields.overflow && !out->overflow;
	buf_done(&fields);
	return good ||
	    err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4", "the header of the message is too long");
}
