/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/load.h"
#include "config/resolve.h"
#include "config/settle.h"
#include "config/store.h"
#include "message/addr.h"

struct config {
	struct store store;
	struct load load;
	struct account *accounts;
	const struct section **sections; /* of the accounts, same order */
	size_t n;
	const struct account *chosen; /* default */
	const char *domain;
	bool undisclosed;
	struct local local;
	struct alias_settings aliases;
	struct queue_settings queue;
	struct log_settings log;
	struct diags unheard; /* of config_load_rest: they were told by config_load */
};

static const struct account *
by_name(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->accounts[i].name, name))
			return &c->accounts[i];
	return NULL;
}

static const char *
near_name(const struct config *c, const char *name)
{
	const char **names = mem_array(NULL, c->n + 1, sizeof *names), *near;

	for (size_t i = 0; i < c->n; i++)
		names[i] = c->accounts[i].name;
	near = str_nearest(name, names, c->n);
	free(names);
	return near;
}

static void
resolve_accounts(struct config *c, const struct config_request *req)
{
	struct store *s = &c->store;

	for (size_t i = 0; i < s->n; i++)
		c->n += s->sections[i].kind == SECTION_ACCOUNT;
	c->accounts = arena_alloc(&s->mem, (c->n + 1) * sizeof *c->accounts);
	c->sections = arena_alloc(&s->mem, (c->n + 1) * sizeof *c->sections);
	for (size_t i = 0, k = 0; i < s->n; i++)
		if (s->sections[i].kind == SECTION_ACCOUNT) {
			c->sections[k] = &s->sections[i];
			resolve_account(s, &s->sections[i], &c->accounts[k]);
			if (req->timeout_ms > 0)
				c->accounts[k].timeout_ms = c->accounts[k].reply_timeout_ms =
				    req->timeout_ms;
			k++;
		}
	for (size_t k = 0; k < c->n; k++)
		resolve_failover(s, c->sections[k], &c->accounts[k], c->accounts, c->n);
}

static void
check_name(struct config *c, const struct setting *set)
{
	const char *near;

	if (set == NULL || by_name(c, set->value) != NULL)
		return;
	near = near_name(c, set->value);
	place_report(c->store.d, &set->value_at,
	    near != NULL ? arena_printf(&c->store.mem, "did you mean '%s'?", near) : NULL,
	    "there is no account '%s'", place_quote(&c->store.mem, set->value, strlen(set->value)));
}

static void
check_routes(struct config *c)
{
	struct store *s = &c->store;

	for (size_t i = 0; i < s->n; i++) {
		const struct section *r = &s->sections[i];
		const struct setting *from = store_get(r, "from");

		if (r->kind != SECTION_ROUTE)
			continue;
		check_name(c, store_get(r, "account"));
		if (store_get(r, "account") == NULL)
			place_report(s->d, &r->at, "add: account = NAME",
			    "the route names no account");
		if (store_get(r, "match-from") == NULL && store_get(r, "match-to") == NULL &&
		    store_get(r, "match-user") == NULL)
			place_report(s->d, &r->at, "add match-from, match-to or match-user",
			    "the route matches nothing");
		if (from != NULL && !addr_is_wire(from->value))
			place_report(s->d, &from->value_at, NULL, "'%s' is not a mail address",
			    place_quote(&s->mem, from->value, strlen(from->value)));
	}
}

const struct alias_settings *
config_aliases(const struct config *c)
{
	return &c->aliases;
}

const struct local *
config_local(const struct config *c)
{
	return &c->local;
}

const struct queue_settings *
config_queue(const struct config *c)
{
	return &c->queue;
}

const struct log_settings *
config_log(const struct config *c)
{
	return &c->log;
}

static void
add_stamp(struct crypto_hash *h, const char *path)
{
	struct stat st;
	int64_t v[4] = {0};

	if (path != NULL && stat(path, &st) == 0) {
		v[0] = (int64_t)st.st_mtim.tv_sec;
		v[1] = st.st_mtim.tv_nsec;
		v[2] = (int64_t)st.st_size;
		v[3] = (int64_t)st.st_ino;
	}
	crypto_hash_add(h, v, sizeof v);
}

uint64_t
config_fingerprint(const struct config *c, const struct account *a)
{
	struct crypto_hash h;
	uint8_t raw[32];
	uint64_t out;

	crypto_hash_init(&h);
	crypto_hash_add(&h, a->name, strlen(a->name));
	for (size_t i = 0; i < c->load.n; i++)
		add_stamp(&h, c->load.paths[i].path);
	add_stamp(&h, a->password_source == PASSWORD_FILE ? a->password : NULL);
	crypto_hash_end(&h, raw);
	memcpy(&out, raw, sizeof out);
	return out;
}

struct config *
config_load(const struct config_request *req, struct diags *d)
{
	struct config *c = mem_alloc(sizeof *c);
	const struct setting *set;
	const struct section *defaults;

	store_init(&c->store, d);
	load_all(&c->store, req, &c->load);
	resolve_accounts(c, req);
	defaults = store_find(&c->store, SECTION_DEFAULTS, "");
	set = store_get(defaults, "account");
	check_name(c, set);
	if (c->load.account != NULL)
		c->chosen = by_name(c, c->load.account);
	else if (set != NULL)
		c->chosen = by_name(c, set->value);
	else if (c->n == 1)
		c->chosen = &c->accounts[0];
	set = store_get(defaults, "domain");
	c->domain = set != NULL ? set->value : NULL;
	if (set != NULL && addr_make(&c->store.mem, "x", set->value, NULL) == NULL)
		place_report(d, &set->value_at, NULL, "'%s' is not a domain",
		    place_quote(&c->store.mem, set->value, strlen(set->value)));
	set = store_get(defaults, "undisclosed-recipients");
	if (set != NULL)
		str_bool(set->value, &c->undisclosed);
	check_routes(c);
	settle_local(&c->store, &c->local);
	settle_aliases(&c->store, &c->local, &c->aliases);
	settle_queue(&c->store, &c->queue);
	settle_log(&c->store, &c->log);
	if (d->n == 0)
		return c;
	config_free(c);
	return NULL;
}

struct config *
config_load_rest(const struct config_request *req)
{
	struct config *c = mem_alloc(sizeof *c);

	store_init(&c->store, &c->unheard);
	load_all(&c->store, req, &c->load);
	settle_local(&c->store, &c->local);
	settle_aliases(&c->store, &c->local, &c->aliases);
	settle_queue(&c->store, &c->queue);
	settle_log(&c->store, &c->log);
	return c;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	store_done(&c->store);
	diags_done(&c->unheard);
	free(c);
}

size_t
config_naccounts(const struct config *c)
{
	return c->n;
}

const struct account *
config_account(const struct config *c, size_t i)
{
	return &c->accounts[i];
}

const char *
config_domain(const struct config *c)
{
	return c->domain;
}

bool
config_undisclosed(const struct config *c)
{
	return c->undisclosed;
}

const char *
config_path(const struct config *c, size_t i, bool *found)
{
	if (i >= c->load.n)
		return NULL;
	if (found != NULL)
		*found = c->load.paths[i].found;
	return c->load.paths[i].path;
}

static bool
list_matches(struct config *c, const struct setting *set, const char *addr)
{
	size_t n;
	const char *const *list;

	if (addr == NULL || addr[0] == '\0')
		return false;
	list = resolve_list(&c->store.mem, set->value, &n);
	for (size_t i = 0; i < n; i++)
		if (addr_matches(list[i], addr))
			return true;
	return false;
}

static bool
user_matches(struct config *c, const struct setting *set, const char *user)
{
	size_t n;
	const char *const *list = resolve_list(&c->store.mem, set->value, &n);

	for (size_t i = 0; i < n && user != NULL; i++)
		if (str_eq(list[i], user))
			return true;
	return false;
}

static bool
route_matches(struct config *c, const struct section *r, const struct pick *p)
{
	const struct setting *from = store_get(r, "match-from"), *to = store_get(r, "match-to");
	const struct setting *user = store_get(r, "match-user");

	if (from != NULL && !list_matches(c, from, p->from))
		return false;
	if (user != NULL && !user_matches(c, user, p->user))
		return false;
	for (size_t i = 0; to != NULL && i < p->nrcpts; i++)
		if (!list_matches(c, to, p->rcpts[i]))
			return false;
	return to == NULL || p->nrcpts > 0;
}

static const struct account *
pick_owner(const struct config *c, const char *from)
{
	if (from == NULL || from[0] == '\0')
		return NULL;
	/* a whole address is nearer than a pattern */
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->accounts[i].nfrom; k++)
			if (addr_eq(c->accounts[i].from[k], from))
				return &c->accounts[i];
	for (size_t i = 0; i < c->n; i++)
		if (account_owns(&c->accounts[i], from))
			return &c->accounts[i];
	return NULL;
}

static const struct account *
pick_named(const struct config *c, const char *name, struct err *e)
{
	const struct account *a = by_name(c, name);
	const char *near;

	if (a != NULL)
		return a;
	near = near_name(c, name);
	if (near != NULL)
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "there is no account '%s': did you mean '%s'?", name, near);
	else
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "there is no account '%s'", name);
	return NULL;
}

const struct account *
config_pick(const struct config *c, const struct pick *p, const char **sender, struct err *e)
{
	struct config *work = (struct config *)(uintptr_t)c; /* its arena, for cut lists */
	const struct account *a;

	*sender = NULL;
	if (c->n == 0) {
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "no account is configured, so there is no server to send through");
		err_hint(e, "no-account");
		return NULL;
	}
	if (p->name != NULL)
		return pick_named(c, p->name, e);
	if (c->load.account != NULL)
		return c->chosen;
	for (size_t i = 0; i < c->store.n; i++) {
		const struct section *r = &c->store.sections[i];
		if (r->kind == SECTION_ROUTE && route_matches(work, r, p)) {
			const struct setting *from = store_get(r, "from");
			*sender = from != NULL ? from->value : NULL;
			return by_name(c, store_get(r, "account")->value);
		}
	}
	a = pick_owner(c, p->from);
	if (a == NULL)
		a = c->chosen;
	if (a == NULL)
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "several accounts are configured and nothing tells which one to use: give -a NAME, or name one for good: postrider account default NAME");
	return a;
}

static void
show_setting(const struct schema_key *k, const struct setting *set, bool origin, struct buf *out)
{
	const char *value = set != NULL ? set->value : k->value;

	if (value == NULL)
		return;
	buf_addf(out, "%s = ", k->name);
	if (k->type == TYPE_SECRET)
		buf_adds(out, PLACE_HIDDEN);
	else
		str_escape(out, value, strlen(value), 0);
	if (origin && set != NULL && set->at.line > 0)
		buf_addf(out, "\t# %s:%d", set->at.file, set->at.line);
	else if (origin)
		buf_addf(out, "\t# %s", set != NULL ? set->at.file : "default");
	buf_addc(out, '\n');
}

static const struct setting *
holding(const struct config *c, const struct section *sec, const struct schema_key *k)
{
	return sec->kind == SECTION_ACCOUNT ? resolve_setting(&c->store, sec, k->name)
					    : store_get(sec, k->name);
}

const char *
config_value(const struct config *c, enum schema_section kind, const char *name,
    const struct schema_key *key)
{
	const struct section *sec = store_find(&c->store, kind, name);
	const struct setting *set = sec != NULL ? holding(c, sec, key) : NULL;

	if (sec == NULL && kind == SECTION_ACCOUNT)
		return NULL;
	if (set != NULL && key->type == TYPE_SECRET)
		return PLACE_HIDDEN;
	return set != NULL ? set->value : key->value;
}

void
config_show(const struct config *c, bool origin, struct buf *out)
{
	for (size_t i = 0; i < c->store.n; i++) {
		const struct section *sec = &c->store.sections[i];

		buf_addf(out, "%s[%s%s%s]\n", i > 0 ? "\n" : "", schema_section_name(sec->kind),
		    sec->name[0] != '\0' ? " " : "", sec->name);
		for (size_t k = 0; k < schema_nkeys; k++)
			if (schema_find(sec->kind, schema_keys[k].name) == &schema_keys[k])
				show_setting(&schema_keys[k], holding(c, sec, &schema_keys[k]),
				    origin, out);
	}
}

void
config_show_json(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < c->store.n; i++) {
		const struct section *sec = &c->store.sections[i];
		struct json *j = json_new(), *values = json_new();

		json_int(j, "v", 1);
		json_str(j, "section", schema_section_name(sec->kind));
		json_str(j, "name", sec->name[0] != '\0' ? sec->name : NULL);
		for (size_t k = 0; k < schema_nkeys; k++) {
			const struct schema_key *key = &schema_keys[k];
			const struct setting *set;

			if (schema_find(sec->kind, key->name) != key)
				continue;
			set = holding(c, sec, key);
			if (set != NULL || key->value != NULL)
				json_str(values, key->name,
				    key->type == TYPE_SECRET ? PLACE_HIDDEN
					: set != NULL        ? set->value
							     : key->value);
		}
		json_obj(j, "values", values);
		json_line(j, out);
	}
}
