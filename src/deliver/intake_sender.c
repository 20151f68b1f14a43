/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/intake_state.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
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
 * The envelope sender: what the caller said; else the route's, the account's own address, the From
 * field's when the account owns it (or owns nothing in particular), and last the login name's.
 */
static const char *
choose_sender(struct intake_state *r, const char *route, const char *header)
{
	const struct account *a = r->out->account;
	const char *own = a != NULL ? account_address(a) : NULL, *given = r->in->from;

	if (given != NULL && (given[0] == '\0' || intake_sender_qualify(r, given) != NULL))
		return given[0] == '\0' ? "" : intake_sender_qualify(r, given);
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

bool
intake_sender_choose(struct intake_state *r, const struct fixup_found *found, struct err *e)
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
}
