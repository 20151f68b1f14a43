/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/notice_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "message/addr.h"
#include "message/canon.h"
#include "message/dsn.h"
#include "queue/ration.h"

/* What goes back of a message: its header, or all of it, if it is no longer (queue.md 4.9). */
#define RETURN_MAX ((size_t)64 * 1024)
#define NOTICE_MAX ((size_t)32 << 20)

static bool
to_entry(void *arg, const char *data, size_t n)
{
	return entry_write(arg, data, n, NULL);
}

/* The first of those a local sender's mail goes to. */
struct found {
	const char *addr;
};

static void
on_found(void *arg, const char *addr)
{
	struct found *f = arg;

	if (f->addr == NULL)
		f->addr = addr;
}

static void
on_refused(void *arg, const struct err *why)
{
	(void)arg;
	(void)why;
}

/*
 * "root@nas" is nobody outside: who reads root's mail is told. Without an alias, local-to and
 * domain it stays, and the notice ends in dead/ when the relay does not want it.
 */
static const char *
reader_of(const struct notice *n, struct envelope *env, const char *addr)
{
	const struct local *local = n->config != NULL ? config_local(n->config) : NULL;
	const struct alias_settings *settings;
	struct found f = {NULL};
	struct alias_expand x = {.local = local, .mem = &env->mem};

	if (local == NULL || !local_is(local, addr))
		return addr;
	settings = config_aliases(n->config);
	x.settings = settings;
	x.aliases = aliases_load(&env->mem, settings->files, settings->nfiles, true, NULL);
	x.add = on_found;
	x.refuse = on_refused;
	x.arg = &f;
	alias_expand(&x, addr);
	if (f.addr != NULL && addr_domain(f.addr) == NULL)
		f.addr = config_domain(n->config) != NULL
		    ? arena_printf(&env->mem, "%s@%s", f.addr, config_domain(n->config))
		    : NULL;
	return f.addr != NULL ? f.addr : addr;
}

const char *
notice_make_to(const struct notice *n, struct entry *en, enum notice_kind kind)
{
	struct envelope *env = entry_envelope(en);

	if (env->notice)
		return NULL;
	if (n->bounce_to != NULL && kind != NOTICE_WARNING)
		return reader_of(n, env, n->bounce_to);
	return env->from[0] != '\0' ? reader_of(n, env, env->from) : NULL;
}

size_t
notice_make_count(struct entry *en, enum cell c)
{
	size_t count = 0;

	for (size_t i = 0; i < entry_envelope(en)->nrcpts; i++)
		count += entry_cell(en, i) == c;
	return count;
}

bool
notice_make_exists(const struct notice *n, struct entry *en, enum notice_kind kind,
    char id[ENTRY_ID_MAX])
{
	static const enum spool_room rooms[] = {ROOM_QUEUE, ROOM_HOLD, ROOM_DEAD};
	struct stat st;

	/* how many were told before is the number of the round: the next one is another notice */
	snprintf(id, ENTRY_ID_MAX, "%.24s%c%zu", entry_id(en), kind,
	    kind == NOTICE_WARNING ? 0 : notice_make_count(en, CELL_BOUNCED));
	for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
		if (fstatat(spool_fd(n->spool, rooms[i]), id, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	return false;
}

/* RFC 3461 4.1: what was not asked for is not told; without NOTIFY both are. */
static bool
is_meant(struct entry *en, size_t i, enum notice_kind kind)
{
	const struct rcpt *r = &entry_envelope(en)->rcpts[i];

	if (kind == NOTICE_WARNING)
		return r->state == RCPT_PENDING &&
		    (r->notify == 0 || (r->notify & NOTIFY_DELAY) != 0);
	return entry_cell(en, i) == CELL_FAILED &&
	    (r->notify == 0 || (r->notify & NOTIFY_FAILURE) != 0);
}

/* What a relay refuses for want of 8BITMIME or SMTPUTF8, it refuses in a notice too. */
static bool
is_narrow(const struct dsn_about *a)
{
	for (size_t i = 0; i < a->nrcpts; i++)
		if (a->rcpts[i]->why != NULL &&
		    (str_eq(a->rcpts[i]->why->status, "5.6.3") ||
			str_eq(a->rcpts[i]->why->status, "5.6.7")))
			return true;
	return false;
}

/* false: nobody of this entry is meant. */
static bool
describe(struct arena *mem, struct entry *en, enum notice_kind kind, struct dsn_about *a)
{
	const struct envelope *env = entry_envelope(en);
	const struct rcpt **list = arena_alloc(mem, env->nrcpts * sizeof *list);

	*a = (struct dsn_about){.id = entry_id(en),
	    .message_id = env->message_id,
	    .envid = env->envid,
	    .arrival_ms = entry_arrival_ms(en),
	    .last_ms = entry_times(en)->last_ms,
	    .rcpts = list};
	for (size_t i = 0; i < env->nrcpts; i++)
		if (is_meant(en, i, kind))
			list[a->nrcpts++] = &env->rcpts[i];
	return a->nrcpts > 0;
}

/* The message, when it is wanted and short, else its header, cut behind a line. */
static bool
load_text(struct entry *en, struct dsn *d, struct buf *out, struct err *e)
{
	const struct envelope *env = entry_envelope(en);
	char *chunk = mem_alloc(RETURN_MAX);
	ssize_t n = entry_read(en, chunk, RETURN_MAX, 0);
	const char *end = n > 0 ? memmem(chunk, (size_t)n, "\r\n\r\n", 4) : NULL;
	size_t len = n > 0 ? (size_t)n : 0;

	/* it can be told again when it can be read again; a notice about nothing is told once */
	if (n < 0) {
		err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "cannot read the message: %s",
		    strerror(errno));
		free(chunk);
		return false;
	}
	d->full = env->ret == RETURN_FULL && !d->delayed && env->facts.size <= RETURN_MAX &&
	    len == env->facts.size;
	if (!d->full && end != NULL)
		len = (size_t)(end - chunk) + 2;
	while (!d->full && len > 0 && chunk[len - 1] != '\n')
		len--;
	buf_add(out, chunk, len);
	d->text = buf_str(out);
	d->text_len = out->len;
	free(chunk);
	return true;
}

static const char *
host_name(const struct notice *n, char *buffer, size_t size)
{
	if (n->host != NULL)
		return n->host;
	if (gethostname(buffer, size) < 0 || buffer[0] == '\0')
		snprintf(buffer, size, "localhost");
	buffer[size - 1] = '\0';
	return buffer;
}

/* As an entry: null sender, and the class that stops loops. */
static bool
store(const struct notice *n, const struct dsn *d, const struct envelope *first, const char *id,
    const struct buf *text, struct err *e)
{
	struct entry *en = entry_new(spool_path(n->spool, ROOM_QUEUE), e);
	const char **about;
	struct envelope *env;
	struct canon c;
	bool good, existed;

	if (en == NULL)
		return false;
	env = entry_envelope(en);
	env->notice = true;
	env->account = first->account != NULL ? arena_strdup(&env->mem, first->account) : NULL;
	about = arena_alloc(&env->mem, d->nabout * sizeof *about);
	for (size_t i = 0; i < d->nabout; i++)
		about[i] = d->about[i].id;
	env->about = about;
	env->nabout = d->nabout;
	envelope_add(env, d->to);
	env->smtputf8 = addr_needs_utf8(d->to) || addr_needs_utf8(d->from);
	env->facts.header_8bit = env->smtputf8;
	env->facts.utf8 = true;
	canon_init(&c, to_entry, en, &env->facts);
	good = entry_begin(en, e);
	if (good && !(canon_feed(&c, buf_str(text), text->len) && canon_end(&c)))
		good = err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "cannot store a notice: %s",
		    strerror(errno));
	good = good && entry_finish(en, e) &&
	    spool_commit(n->spool, ROOM_QUEUE, en, id, &existed, e);
	entry_close(en);
	return good;
}

static bool
write_notice(const struct notice *n, struct dsn *d, struct entry *first, const char *id,
    struct err *e)
{
	char host[256], from[300];
	struct buf returned, text;
	bool good;

	d->host = host_name(n, host, sizeof host);
	snprintf(from, sizeof from, "postmaster@%s", d->host);
	d->from = n->bounce_from != NULL ? n->bounce_from : from;
	buf_init(&returned, RETURN_MAX);
	buf_init(&text, NOTICE_MAX);
	good = d->nabout > 1 || load_text(first, d, &returned, e);
	if (good)
		dsn_format(d, &text);
	good = good &&
	    (!text.overflow ||
		err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "the notice would be too long"));
	good = good && store(n, d, entry_envelope(first), id, &text, e);
	buf_done(&returned);
	buf_done(&text);
	return good;
}

enum notice_made
notice_make(const struct notice *n, enum notice_kind kind, struct entry *const *entries,
    size_t nentries, int64_t *at, struct err *e)
{
	const struct envelope *env = entry_envelope(entries[0]);
	struct arena mem = {NULL};
	struct dsn_about *about = arena_alloc(&mem, nentries * sizeof *about);
	struct dsn d = {.to = notice_make_to(n, entries[0], kind), .about = about};
	enum notice_made made = NOTICE_NOBODY;
	char id[ENTRY_ID_MAX];

	d.now_ms = clock_wall_ms();
	d.delayed = kind == NOTICE_WARNING;
	d.until_ms = entry_arrival_ms(entries[0]) +
	    (env->lifetime_ms > 0 ? env->lifetime_ms : n->schedule->lifetime_ms);
	for (size_t i = 0; i < nentries && d.to != NULL; i++) {
		if (!describe(&mem, entries[i], kind, &about[d.nabout]))
			continue;
		d.narrow = d.narrow || is_narrow(&about[d.nabout]);
		d.nabout++;
	}
	if (d.nabout > 0 && notice_make_exists(n, entries[0], kind, id)) {
		made = NOTICE_MADE;
	} else if (d.nabout > 0) {
		*at = ration_ask(n->spool, d.now_ms);
		made = *at > 0                               ? NOTICE_LATER
		    : write_notice(n, &d, entries[0], id, e) ? NOTICE_MADE
							     : NOTICE_TROUBLE;
		if (made == NOTICE_MADE)
			ration_note(n->spool, d.now_ms);
	}
	arena_done(&mem);
	return made;
}
