/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/intake_state.h"

#include "message/addr.h"

static void
unqualified(const char *addr, struct err *e)
{
	err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
	    "'%s' has no domain and the configuration names none for such addresses", addr);
	err_hint(e, "domain");
}

static void
refuse_rcpt(struct intake_state *r, const struct err *why)
{
	if (r->out->nbad++ == 0)
		r->out->bad = *why;
}

static bool
add_rcpt(struct intake_state *r, const char *addr, struct err *e)
{
	const char *full = intake_sender_qualify(r, addr), *checked = full;
	struct rcpt *rcpt;
	struct err why;

	if (full == NULL) {
		unqualified(addr, &why);
		if (!intake_sender_leave(r, &why)) {
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
	rcpt->notify = r->wish != NULL ? r->wish->notify : r->in->notify;
	if (r->wish != NULL && r->wish->orcpt != NULL)
		rcpt->orcpt = arena_strdup(&r->env->mem, r->wish->orcpt);
	r->env->smtputf8 = r->env->smtputf8 || addr_needs_utf8(full);
	return true;
}

bool
intake_rcpts_add(struct intake_state *r, const struct fixup_found *found, struct err *e)
{
	for (size_t i = 0; i < r->in->nrcpts; i++) {
		r->wish = r->in->wishes != NULL ? &r->in->wishes[i] : NULL;
		if (!add_rcpt(r, r->in->rcpts[i], e))
			return false;
	}
	r->wish = NULL;
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
