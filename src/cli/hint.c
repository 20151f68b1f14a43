/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static bool
has_pattern(const struct hint *h)
{
	return h->host != NULL || h->code != NULL || h->status != NULL || h->text != NULL;
}

static bool
fits(const char *pattern, const char *s)
{
	return pattern == NULL || str_glob(pattern, s);
}

/* Of a login with a token: most rows would speak of passwords, but those know the very words. */
static bool
is_of_token(const struct err *e)
{
	return str_eq(e->hint, "oauth2-token");
}

static const struct hint *
by_pattern(const struct err *e, const char *server)
{
	char host[256], code[16];
	const char *colon = server != NULL ? strrchr(server, ':') : NULL;
	size_t n = server == NULL ? 0 : colon != NULL ? (size_t)(colon - server) : strlen(server);

	(void)snprintf(host, sizeof(host), "%.*s", (int)n, server != NULL ? server : "");
	(void)snprintf(code, sizeof(code), "%d", e->code);
	for (size_t i = 0; i < hint_table_count; i++) {
		const struct hint *h = &hint_table[i];

		if (is_of_token(e) && h->text == NULL)
			continue;
		if (has_pattern(h) && fits(h->host, host) && fits(h->code, code) &&
		    fits(h->status, e->status) && fits(h->text, e->text))
			return h;
	}
	return NULL;
}

static const struct hint *
by_id(const char *id)
{
	for (size_t i = 0; i < hint_table_count; i++)
		if (str_eq(hint_table[i].id, id))
			return &hint_table[i];
	return NULL;
}

/* What usually lies behind a refusal that nobody knows more about. */
static const struct hint *
by_stage(const struct err *e)
{
	return e->stage == STAGE_MAIL && e->code >= 500 ? by_id("sender") : NULL;
}

const struct hint *
hint_find(const struct err *e, const char *server)
{
	const struct hint *h = NULL;

	/* our own refusals have no server whose habits we could know */
	if (e->stage != STAGE_INPUT && e->class != ERR_USAGE)
		h = by_pattern(e, server);
	if (h == NULL && e->hint[0] != '\0')
		h = by_id(e->hint);
	return h != NULL ? h : by_stage(e);
}

static void
fill_in(const char *name, size_t n, const struct account *a, struct buf *out)
{
	if (str_neq_nocase(name, n, "account"))
		(void)buf_adds(out, a != NULL ? a->name : "NAME");
	else if (str_neq_nocase(name, n, "user"))
		(void)buf_adds(out, a != NULL && a->user != NULL ? a->user : "the account");
	else if (str_neq_nocase(name, n, "host"))
		(void)buf_adds(out, a != NULL && a->host != NULL ? a->host : "the host");
	else if (str_neq_nocase(name, n, "port"))
		(void)buf_addf(out, "%u", a != NULL ? (unsigned)a->port : 0);
	else if (a != NULL && a->nfrom > 0)
		for (size_t i = 0; i < a->nfrom; i++)
			(void)buf_addf(out, "%s%s", i > 0 ? ", " : "", a->from[i]);
	else
		(void)buf_adds(out, "no from = of its own");
}

void
hint_advice(const struct hint *h, const struct account *a, struct buf *out)
{
	for (const char *p = h->advice; *p != '\0';) {
		size_t n = strcspn(p, "{");

		(void)buf_add(out, p, n);
		p += n;
		if (*p == '\0')
			break;
		n = strcspn(p, "}");
		fill_in(p + 1, n - 1, a, out);
		p += n + (p[n] == '}');
	}
}
