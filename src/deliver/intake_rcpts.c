/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/intake_state.h"

#include <string.h>

#include "base/str.h"
#include "message/addr.h"

static void
unqualified(const char *addr, struct err *e)
{
	err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
	    "'%s' has no domain, and the configuration has neither `local-to` nor `domain` for it",
	    addr);
	err_hint(e, "domain");
}

static void
refuse_rcpt(struct intake_state *r, const struct err *why)
{
	if (r->out->nbad++ == 0)
		r->out->bad = *why;
}

/* ---- aliases */

static void
on_target(void *arg, const char *addr)
{
	struct intake_state *r = arg;

	r->targets = arena_grow(&r->env->mem, r->targets, r->ntargets, sizeof *r->targets);
	r->targets[r->ntargets] = r->under_way;
	r->targets[r->ntargets++].addr = addr;
}

/* Aliases that cannot be read are no reason to send it somewhere else: it waits as it is. */
static void
on_refused(void *arg, const struct err *why)
{
	struct intake_state *r = arg;

	if (why->class != ERR_CONFIG) {
		refuse_rcpt(r, why);
		return;
	}
	r->trouble = *why;
	on_target(r, r->under_way.asked);
}

static void
expand(struct intake_state *r, const char *addr, const struct intake_wish *wish)
{
	const struct alias_settings *settings = config_aliases(r->in->config);
	const struct alias_expand x = {
	    .settings = settings,
	    .local = config_local(r->in->config),
	    .mem = &r->env->mem,
	    .add = on_target,
	    .refuse = on_refused,
	    .arg = r,
	};
	struct alias_expand with = x;

	r->under_way = (struct intake_target){addr, addr, wish};
	if (!r->in->no_aliases && r->aliases == NULL && local_is(x.local, addr))
		r->aliases = aliases_load(&r->env->mem, settings->files, settings->nfiles,
		    settings->may_lack, NULL);
	with.aliases = r->aliases;
	alias_expand(&with, addr);
}

void
intake_rcpts_collect(struct intake_state *r, const struct fixup_found *found)
{
	if (r->collected)
		return;
	r->collected = true;
	for (size_t i = 0; i < r->in->nrcpts; i++)
		expand(r, r->in->rcpts[i], r->in->wishes != NULL ? &r->in->wishes[i] : NULL);
	for (size_t i = 0; r->in->read_recipients && i < found->rcpts.n; i++)
		expand(r, found->rcpts.items[i].addr, NULL);
}

bool
intake_takes_name(const struct config *c, const char *addr)
{
	const struct alias_settings *settings = config_aliases(c);
	struct arena mem = {NULL};
	const struct aliases *a;
	bool known;

	if (!local_is(config_local(c), addr) || config_domain(c) != NULL || settings->nlocal_to > 0)
		return true;
	a = aliases_load(&mem, settings->files, settings->nfiles, settings->may_lack, NULL);
	known = aliases_find(a, addr, strcspn(addr, "@")) != NULL;
	arena_done(&mem);
	return known;
}

/* ---- into the envelope */

/* RFC 3461 5.2.7.1: a report names the address that was asked for, not what became of it. */
static const char *
original(struct intake_state *r, const struct intake_target *t, unsigned notify)
{
	const char *full;

	if (t->wish != NULL && t->wish->orcpt != NULL)
		return arena_strdup(&r->env->mem, t->wish->orcpt);
	if (notify == 0 || str_eq(t->asked, t->addr))
		return NULL;
	full = intake_sender_qualify(r, t->asked);
	return full != NULL
	    ? full
	    : arena_printf(&r->env->mem, "%s@%s", t->asked, config_local(r->in->config)->host);
}

static bool
add_rcpt(struct intake_state *r, const struct intake_target *t, struct err *e)
{
	const char *full = intake_sender_qualify(r, t->addr), *checked = full;
	struct rcpt *rcpt;
	struct err why;

	if (full == NULL) {
		unqualified(t->addr, &why);
		if (!intake_sender_leave(r, &why)) {
			*e = why;
			return false;
		}
		full = t->addr;
		checked = arena_printf(&r->env->mem, "%s@localhost", t->addr);
	}
	if (!addr_is_wire(checked)) {
		err_set(&why, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'%s' is not a mail address",
		    full);
		refuse_rcpt(r, &why);
		return true;
	}
	rcpt = envelope_add(r->env, full);
	rcpt->notify = t->wish != NULL ? t->wish->notify : r->in->notify;
	if (rcpt->orcpt == NULL)
		rcpt->orcpt = original(r, t, rcpt->notify);
	r->env->smtputf8 = r->env->smtputf8 || addr_needs_utf8(full);
	return true;
}

bool
intake_rcpts_add(struct intake_state *r, const struct fixup_found *found, struct err *e)
{
	intake_rcpts_collect(r, found);
	if (r->trouble.class != ERR_NONE && !intake_sender_leave(r, &r->trouble)) {
		*e = r->trouble;
		return false;
	}
	for (size_t i = 0; i < r->ntargets; i++)
		if (!add_rcpt(r, &r->targets[i], e))
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
