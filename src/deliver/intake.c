/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/intake.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "message/addr.h"
#include "message/fixup.h"

#define CHUNK ((size_t)128 * 1024)

/* The state of one run; everything hangs on the entry's envelope. */
struct run {
	const struct intake *in;
	struct intake_result *out;
	struct envelope *env;
	const char *login;     /* of the caller */
	const char *host_addr; /* login@domain: the sender when nothing better is known */
	const char *sender;    /* envelope sender, chosen */
	bool chosen;
};

static const char *
login_name(struct arena *mem)
{
	const struct passwd *pw = getpwuid(geteuid());

	/* containers run with users that no passwd file knows */
	if (pw == NULL || pw->pw_name[0] == '\0')
		return arena_printf(mem, "uid%lu", (unsigned long)geteuid());
	return arena_strdup(mem, pw->pw_name);
}

/* login@domain, by the configured domain or this machine's own name: never asked of a resolver. */
static const char *
host_address(struct run *r)
{
	const char *domain = config_domain(r->in->config), *addr;
	char host[256];

	if (domain == NULL) {
		if (gethostname(host, sizeof host) < 0)
			host[0] = '\0';
		host[sizeof host - 1] = '\0';
		domain = host[0] != '\0' ? host : "localhost";
	}
	addr = addr_make(&r->env->mem, r->login, domain, NULL);
	return addr != NULL ? addr : arena_printf(&r->env->mem, "%s@localhost", "postmaster");
}

/* With a domain, by the configuration's `domain`; NULL when there is none to take. */
static const char *
qualify(struct run *r, const char *addr)
{
	const char *domain = config_domain(r->in->config);

	if (addr_domain(addr) != NULL)
		return addr;
	return domain != NULL ? arena_printf(&r->env->mem, "%s@%s", addr, domain) : NULL;
}

static void
unqualified(const char *addr, struct err *e)
{
	err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
	    "'%s' has no domain and the configuration names none for such addresses", addr);
	err_hint(e, "domain");
}

/* The first whole address of the From field, NULL: none. */
static const char *
header_sender(const struct fixup_found *found)
{
	for (size_t i = 0; i < found->from.n; i++)
		if (addr_domain(found->from.items[i].addr) != NULL)
			return found->from.items[i].addr;
	return NULL;
}

/*
 * The envelope sender: what the caller said; else the route's, the account's own address, the From
 * field's when the account owns it (or owns nothing in particular), and last the login name's.
 */
static const char *
choose_sender(struct run *r, const char *route, const char *header)
{
	const struct account *a = r->out->account;
	const char *own = a != NULL ? account_address(a) : NULL, *given = r->in->from;

	if (given != NULL && (given[0] == '\0' || qualify(r, given) != NULL))
		return given[0] == '\0' ? "" : qualify(r, given);
	if (route != NULL)
		return route;
	if (own != NULL)
		return own;
	if (header != NULL && a != NULL && (a->nfrom == 0 || account_owns(a, header)))
		return header;
	return r->host_addr;
}

/* Nobody to send it, or nowhere to send it to, so far: kept as it was asked for. */
static bool
leave_unsettled(struct run *r, const struct err *why)
{
	if (!r->in->may_wait || r->in->account != NULL)
		return false;
	if (r->out->waits.class == ERR_NONE)
		r->out->waits = *why;
	r->env->unsettled = true;
	return true;
}

/* Account and sender, once the header is known. */
static bool
choose(struct run *r, const struct fixup_found *found, struct err *e)
{
	const struct intake *in = r->in;
	const char *header = header_sender(found), *route = NULL;
	size_t n = in->nrcpts + found->rcpts.n;
	const char **rcpts;
	struct pick pick = {.name = in->account, .user = r->login, .nrcpts = n};
	struct err none;

	if (r->chosen)
		return true;
	rcpts = mem_array(NULL, n + 1, sizeof *rcpts);
	for (size_t i = 0; i < n; i++)
		rcpts[i] = i < in->nrcpts ? in->rcpts[i] : found->rcpts.items[i - in->nrcpts].addr;
	pick.rcpts = rcpts;
	pick.from = in->from != NULL && in->from[0] != '\0' ? in->from : header;
	r->out->account = config_pick(in->config, &pick, &route, &none);
	free(rcpts);
	if (r->out->account == NULL && !leave_unsettled(r, &none)) {
		*e = none;
		return false;
	}
	r->sender = choose_sender(r, route, header);
	r->chosen = true;
	return true;
}

/*
 * fixup asks: who is the message from, since it does not say? Trouble is told when `begin` chooses
 * again; without an account nothing is said that would have to be taken back.
 */
static const char *
on_sender(void *arg, const struct fixup_found *found)
{
	struct run *r = arg;
	struct err e;

	if (!choose(r, found, &e))
		return r->host_addr;
	return r->out->account != NULL ? r->sender : NULL;
}

static void
refuse_rcpt(struct run *r, const struct err *why)
{
	if (r->out->nbad++ == 0)
		r->out->bad = *why;
}

static bool
add_rcpt(struct run *r, const char *addr, struct err *e)
{
	const char *full = qualify(r, addr), *checked = full;
	struct rcpt *rcpt;
	struct err why;

	if (full == NULL) {
		unqualified(addr, &why);
		if (!leave_unsettled(r, &why)) {
			*e = why;
			return false;
		}
		full = addr;
		checked = arena_printf(&r->env->mem, "%s@localhost", addr);
	}
	if (!addr_is_wire(checked)) {
		err_set(&why, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'%s' is not a mail address",
		    full);
		refuse_rcpt(r, &why);
		return true;
	}
	rcpt = envelope_add(r->env, full);
	rcpt->notify = r->in->notify;
	r->env->smtputf8 = r->env->smtputf8 || addr_needs_utf8(full);
	return true;
}

static bool
add_rcpts(struct run *r, const struct fixup_found *found, struct err *e)
{
	for (size_t i = 0; i < r->in->nrcpts; i++)
		if (!add_rcpt(r, r->in->rcpts[i], e))
			return false;
	for (size_t i = 0; r->in->read_recipients && i < found->rcpts.n; i++)
		if (!add_rcpt(r, found->rcpts.items[i].addr, e))
			return false;
	if (found->nbad > 0) {
		refuse_rcpt(r, &found->bad_rcpt);
		r->out->nbad += found->nbad - 1;
	}
	if (r->env->nrcpts > 0)
		return true;
	if (r->out->nbad > 0) {
		*e = r->out->bad;
		return false;
	}
	if (r->in->read_recipients && found->has_rcpt_fields)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "5.1.3",
		    "the To, Cc and Bcc fields of the message name no address");
	if (r->in->read_recipients)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "5.1.3",
		    "no recipients: the message has no To, Cc or Bcc field");
	return err_set(e, ERR_USAGE, STAGE_INPUT, "5.1.3", "no recipients");
}

/* What the caller asked for, and not what we made of it: it is decided later. */
static void
note_wishes(struct run *r)
{
	struct envelope *env = r->env;
	const char *given = r->in->from;

	r->out->account = NULL;
	env->account = NULL;
	env->sender_open = given == NULL || (given[0] != '\0' && addr_domain(given) == NULL);
	if (r->in->full_name != NULL)
		env->full_name = arena_strdup(&env->mem, r->in->full_name);
}

static bool
on_begin(void *arg, const struct fixup_found *found, const char *block, size_t n, struct err *e)
{
	struct run *r = arg;
	struct envelope *env = r->env;

	if (!choose(r, found, e) || !add_rcpts(r, found, e))
		return false;
	if (r->sender[0] != '\0' && !addr_is_wire(r->sender))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "5.1.7",
		    "the sender '%s' is not a mail address", r->sender);
	env->account = r->out->account != NULL ? r->out->account->name : NULL;
	if (env->unsettled)
		note_wishes(r);
	env->from = arena_strdup(&env->mem, r->sender);
	env->smtputf8 = env->smtputf8 || addr_needs_utf8(env->from);
	env->ret = r->in->ret;
	env->lifetime_ms = r->in->lifetime_ms;
	env->envid = r->in->envid != NULL ? arena_strdup(&env->mem, r->in->envid) : NULL;
	env->message_id = found->message_id;
	r->out->subject = found->subject;
	return entry_begin(r->out->entry, e) && entry_write(r->out->entry, block, n, e);
}

static bool
on_body(void *arg, const char *data, size_t n, struct err *e)
{
	struct run *r = arg;

	return entry_write(r->out->entry, data, n, e);
}

static ssize_t
read_input(struct run *r, char *chunk, uint64_t *at)
{
	ssize_t n;

	if (r->in->source == NULL)
		return file_read(r->in->fd, chunk, CHUNK);
	n = entry_read(r->in->source, chunk, CHUNK, *at);
	if (n > 0)
		*at += (uint64_t)n;
	return n;
}

/* Feeds the whole input; after trouble it is still read to its end, or the writer would get
 * SIGPIPE. */
static bool
feed_all(struct run *r, struct fixup *f, struct err *e)
{
	uint64_t at = 0;
	char *chunk;
	bool good = true;
	ssize_t n;

	if (r->in->text != NULL)
		return fixup_feed(f, r->in->text, r->in->text_len, e);
	chunk = mem_alloc(CHUNK);
	while (!fixup_ended(f) && (n = read_input(r, chunk, &at)) != 0) {
		if (n < 0) {
			/* a read error is not the end of the message: what came before must not be
			 * sent as if it were whole */
			good = !good ? false
				     : err_set(e, ERR_LOCAL, STAGE_INPUT, "",
					   "cannot read the message: %s", strerror(errno));
			break;
		}
		if (good)
			good = fixup_feed(f, chunk, (size_t)n, e);
	}
	free(chunk);
	return good;
}

static void
drain(const struct intake *in)
{
	char chunk[4096];

	if (in->text == NULL && in->source == NULL)
		while (file_read(in->fd, chunk, sizeof chunk) > 0)
			;
}

bool
intake_run(const struct intake *in, struct intake_result *out, struct err *e)
{
	struct run r = {.in = in, .out = out};
	struct fixup_sink sink = {on_begin, on_body, &r};
	struct fixup_opts opts = {.read_recipients = in->read_recipients, .dot_ends = in->dot_ends};
	struct fixup *f;
	bool good;

	*out = (struct intake_result){.entry = entry_new(in->queue_dir, e)};
	if (out->entry == NULL) {
		drain(in);
		return false;
	}
	r.env = entry_envelope(out->entry);
	if (in->arrival_ms > 0)
		entry_set_arrival(out->entry, in->arrival_ms);
	r.login = login_name(&r.env->mem);
	r.host_addr = host_address(&r);
	opts.domain = config_domain(in->config);
	opts.from_fallback = r.host_addr;
	opts.sender = on_sender;
	opts.sender_arg = &r;
	opts.full_name = in->full_name;
	opts.now_ms = clock_wall_ms();
	f = fixup_new(&r.env->mem, &opts, &sink);
	good = feed_all(&r, f, e) && fixup_end(f, &r.env->facts, e) && entry_finish(out->entry, e);
	fixup_free(f);
	if (!good) {
		entry_close(out->entry);
		out->entry = NULL;
	}
	return good;
}

bool
intake_again(struct spool *sp, const struct config *config, struct entry *en, struct err *e)
{
	struct envelope *env = entry_envelope(en);
	const char **rcpts = mem_array(NULL, env->nrcpts + 1, sizeof *rcpts);
	struct intake in = {
	    .config = config,
	    .from = env->sender_open ? NULL : env->from,
	    .full_name = env->full_name,
	    .rcpts = rcpts,
	    .nrcpts = env->nrcpts,
	    .notify = env->nrcpts > 0 ? env->rcpts[0].notify : 0,
	    .ret = env->ret,
	    .envid = env->envid,
	    .lifetime_ms = env->lifetime_ms,
	    .queue_dir = spool_path(sp, ROOM_QUEUE),
	    .source = en,
	    .arrival_ms = entry_arrival_ms(en),
	};
	struct intake_result out;
	bool good;

	for (size_t i = 0; i < env->nrcpts; i++)
		rcpts[i] = env->rcpts[i].addr;
	good = intake_run(&in, &out, e);
	free(rcpts);
	if (!good)
		return false;
	/* nobody is left out because the configuration makes a wrong address of a name */
	if (out.nbad > 0)
		good = err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "%s", out.bad.text);
	good = good && spool_replace(sp, ROOM_QUEUE, out.entry, entry_id(en), e);
	entry_close(out.entry);
	return good;
}
