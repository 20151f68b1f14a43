/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/certificate.h"
#include "cli/nearhost.h"
#include "config/import_file.h"

const struct hint *
hint_at(size_t i)
{
	static const struct hint_rows *const parts[] = {&hint_providers, &hint_replies,
	    &hint_troubles};

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		if (i < parts[k]->n)
			return &parts[k]->rows[i];
		i -= parts[k]->n;
	}
	return NULL;
}

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
	const struct hint *h;

	(void)snprintf(host, sizeof(host), "%.*s", (int)n, server != NULL ? server : "");
	(void)snprintf(code, sizeof(code), "%d", e->code);
	for (size_t i = 0; (h = hint_at(i)) != NULL; i++) {
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
	const struct hint *h;

	for (size_t i = 0; (h = hint_at(i)) != NULL; i++)
		if (str_eq(h->id, id))
			return h;
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

/* ---- the words of the advice */

/* What an advice is filled in from. */
struct facts {
	const struct account *account; /* NULL: none, or a document is written */
	const struct err *err;         /* NULL: a document is written */
};

/* The names that accounts of --server and POSTRIDER_URL have. */
static bool
is_from_url(const struct account *a)
{
	return a != NULL && (str_eq(a->name, "server") || str_eq(a->name, "env"));
}

static void
add_account(const struct facts *f, struct buf *out)
{
	(void)buf_adds(out, f->account != NULL ? f->account->name : "NAME");
}

static void
add_user(const struct facts *f, struct buf *out)
{
	if (f->account != NULL)
		(void)buf_adds(out, f->account->user != NULL ? f->account->user : "the account");
	else
		(void)buf_adds(out, "USER");
}

static void
add_host(const struct facts *f, struct buf *out)
{
	if (f->account != NULL)
		(void)buf_adds(out, f->account->host != NULL ? f->account->host : "the host");
	else
		(void)buf_adds(out, "HOST");
}

static void
add_port(const struct facts *f, struct buf *out)
{
	if (f->account != NULL)
		(void)buf_addf(out, "%u", (unsigned)f->account->port);
	else
		(void)buf_adds(out, "PORT");
}

static void
add_from(const struct facts *f, struct buf *out)
{
	const struct account *a = f->account;

	if (a == NULL)
		(void)buf_adds(out, "what its from = says");
	else if (a->nfrom == 0)
		(void)buf_adds(out, "no from = of its own");
	else
		for (size_t i = 0; i < a->nfrom; i++)
			(void)buf_addf(out, "%s%s", i > 0 ? ", " : "", a->from[i]);
}

static void
add_pin(const struct facts *f, struct buf *out)
{
	char pin[CERTIFICATE_PIN_MAX];

	if (f->err != NULL && certificate_pin(f->err, pin))
		(void)buf_adds(out, pin);
	else
		(void)buf_adds(out, "sha256:...");
}

/* An account that an URL made is in no file: for it there is --set. */
static void
add_set(const struct facts *f, const char *key, size_t n, struct buf *out)
{
	const char *name = f->account != NULL ? f->account->name : "NAME";

	if (is_from_url(f->account))
		(void)buf_addf(out, "postrider --set account.%s.%.*s=", name, (int)n, key);
	else
		(void)buf_addf(out, "postrider config set account.%s.%.*s ", name, (int)n, key);
}

/* What does not exist may be a slip of the finger. */
static void
add_near(const struct facts *f, struct buf *out)
{
	char near[NEARHOST_MAX];
	const char *address = f->account != NULL ? account_address(f->account) : NULL;

	if (f->account == NULL || f->account->host == NULL ||
	    !nearhost_find(f->account->host, address, near))
		return;
	(void)buf_addf(out, " Did you mean %s?", near);
	if (address != NULL && str_ends_nocase(near, strrchr(address, '@') + 1))
		(void)buf_addf(out, " (your address is %s)", address);
	if (is_from_url(f->account))
		return;
	(void)buf_adds(out, "\n");
	add_set(f, "host", strlen("host"), out);
	(void)buf_adds(out, near);
}

/* Other programs' configurations that are really there. */
static void
add_imports(const struct facts *f, struct buf *out)
{
	struct arena mem = {NULL};
	const char *kind, *path;

	for (size_t i = 0; f->err != NULL && (kind = import_file_kind_name(i)) != NULL; i++) {
		path = import_file_found(&mem, import_file_kind(kind));
		if (path != NULL)
			(void)buf_addf(out,
			    "or take over what is there (found %s):\n"
			    "postrider import %s --write\n",
			    path, kind);
	}
	arena_done(&mem);
}

static const struct {
	const char *name;
	void (*add)(const struct facts *f, struct buf *out);
} words[] = {
    {"account", add_account},
    {"user", add_user},
    {"host", add_host},
    {"port", add_port},
    {"from", add_from},
    {"pin", add_pin},
    {"near", add_near},
    {"imports", add_imports},
};

static void
fill_in(const char *name, size_t n, const struct facts *f, struct buf *out)
{
	if (n > strlen("set ") && str_starts(name, "set ")) {
		add_set(f, name + strlen("set "), n - strlen("set "), out);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_neq_nocase(name, n, words[i].name))
			words[i].add(f, out);
}

void
hint_advice(const struct hint *h, const struct account *a, const struct err *e, struct buf *out)
{
	const struct facts f = {a, e};

	for (const char *p = h->advice; *p != '\0';) {
		size_t n = strcspn(p, "{");

		(void)buf_add(out, p, n);
		p += n;
		if (*p == '\0')
			break;
		n = strcspn(p, "}");
		fill_in(p + 1, n - 1, &f, out);
		p += n + (p[n] == '}');
	}
}
