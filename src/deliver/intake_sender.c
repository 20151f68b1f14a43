/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/intake_state.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "message/addr.h"

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
host_address(struct intake_state *r)
{
	const char *domain = config_domain(r->in->config), *addr;

	if (domain == NULL)
		domain = config_local(r->in->config)->host;
	addr = addr_make(&r->env->mem, r->login, domain, NULL);
	return addr != NULL ? addr : arena_printf(&r->env->mem, "%s@localhost", "postmaster");
}

/*
 * What the passwd file says of the caller: up to the first comma, '&' is the login name with a
 * capital. NULL: nothing, or nothing but the login name.
 */
static const char *
gecos_name(struct arena *mem)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct buf b;
	const char *name = NULL;

	if (pw == NULL || pw->pw_gecos == NULL)
		return NULL;
	buf_init(&b, 400);
	for (const char *p = pw->pw_gecos; *p != '\0' && *p != ','; p++) {
		if (*p != '&') {
			buf_addc(&b, *p);
		} else if (pw->pw_name[0] != '\0') {
			int c = (unsigned char)pw->pw_name[0];

			buf_addc(&b, (char)(str_is_alpha(c) ? c & ~0x20 : c));
			buf_adds(&b, pw->pw_name + 1);
		}
	}
	if (!b.overflow && b.len > 0 && !str_eq(buf_str(&b), pw->pw_name))
		name = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return name;
}

/* -F; the caller's own name only for mail that is the caller's own. */
static const char *
full_name(struct intake_state *r)
{
	const char *given = r->in->from;
	size_t n = strlen(r->login);

	if (r->in->full_name != NULL)
		return r->in->full_name;
	if (given != NULL &&
	    (strncmp(given, r->login, n) != 0 || (given[n] != '\0' && given[n] != '@')))
		return NULL;
	return gecos_name(&r->env->mem);
}

const char *
intake_sender_qualify(struct intake_state *r, const char *addr)
{
	const char *domain = config_domain(r->in->config);

	if (addr_domain(addr) != NULL)
		return addr;
	return domain != NULL ? arena_printf(&r->env->mem, "%s@%s", addr, domain) : NULL;
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
 * What stands in place of a sender that the relay would not take (decisions.md 40); NULL: it stays.
 * Without addresses of its own an account cannot tell.
 */
static const char *
replacement(struct intake_state *r, const char *addr)
{
	const struct account *a = r->out->account;
	const char *own = a != NULL ? account_address(a) : NULL, *domain;

	if (own == NULL || a->rewrite_from == REWRITE_NEVER || account_owns(a, addr))
		return NULL;
	if (a->rewrite_from == REWRITE_ALWAYS || local_is(config_local(r->in->config), addr))
		return own;
	domain = config_domain(r->in->config);
	return domain != NULL && str_eq_nocase(addr_domain(addr), domain) ? own : NULL;
}

/*
 * The envelope sender: what the caller said; else the route's, the account's own address, the From
 * field's when the account owns it (or owns nothing in particular), and last the login name's.
 */
static const char *
choose_sender(struct intake_state *r, const char *route, const char *header)
{
	const struct account *a = r->out->account;
	const char *own = a != NULL ? account_address(a) : NULL, *given = r->in->from, *by;

	if (given != NULL && given[0] == '\0')
		return "";
	if (given != NULL && intake_sender_qualify(r, given) != NULL) {
		given = intake_sender_qualify(r, given);
		by = replacement(r, given);
		return by == NULL ? given : route != NULL ? route : by;
	}
	if (route != NULL)
		return route;
	if (own != NULL)
		return own;
	if (header != NULL && a != NULL && (a->nfrom == 0 || account_owns(a, header)))
		return header;
	return r->host_addr;
}

bool
intake_sender_leave(struct intake_state *r, const struct err *why)
{
	if (!r->in->may_wait || r->in->account != NULL)
		return false;
	if (r->out->waits.class == ERR_NONE)
		r->out->waits = *why;
	r->env->unsettled = true;
	return true;
}

/* Header fields must not name somebody without a domain: the machine itself is better than none. */
const char *
intake_sender_domain(const struct intake_state *r)
{
	const char *domain = config_domain(r->in->config);

	if (domain != NULL || config_naccounts(r->in->config) == 0)
		return domain;
	return config_local(r->in->config)->host;
}

bool
intake_sender_choose(struct intake_state *r, const struct fixup_found *found, struct err *e)
{
	const struct intake *in = r->in;
	const char *header = header_sender(found), *route = NULL;
	const char **rcpts;
	struct pick pick = {.name = in->account, .user = r->login};
	struct err none;

	if (r->chosen)
		return true;
	intake_rcpts_collect(r, found);
	rcpts = mem_array(NULL, r->ntargets + 1, sizeof *rcpts);
	for (size_t i = 0; i < r->ntargets; i++) {
		const char *full = intake_sender_qualify(r, r->targets[i].addr);

		rcpts[i] = full != NULL ? full : r->targets[i].addr;
	}
	pick.rcpts = rcpts;
	pick.nrcpts = r->ntargets;
	pick.from = in->from != NULL && in->from[0] != '\0' ? in->from : header;
	r->out->account = config_pick(in->config, &pick, &route, &none);
	free(rcpts);
	if (r->out->account == NULL && !intake_sender_leave(r, &none)) {
		*e = none;
		return false;
	}
	r->sender = choose_sender(r, route, header);
	r->chosen = true;
	return true;
}

const char *
intake_sender_ask(void *arg, const struct fixup_found *found)
{
	struct intake_state *r = arg;
	struct err e;

	if (!intake_sender_choose(r, found, &e))
		return r->host_addr;
	return r->out->account != NULL ? r->sender : NULL;
}

void
intake_sender_init(struct intake_state *r)
{
	r->login = login_name(&r->env->mem);
	r->host_addr = host_address(r);
	r->full_name = full_name(r);
}

const char *
intake_sender_replace(void *arg, const struct fixup_found *found, const char *addr)
{
	struct intake_state *r = arg;
	struct err e;

	/* trouble with the account is told when `begin` chooses again */
	return intake_sender_choose(r, found, &e) ? replacement(r, addr) : NULL;
}
