/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/resolve.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/idn.h"
#include "base/str.h"
#include "config/url.h"
#include "message/addr.h"

#define LIKE_DEPTH_MAX 32

const struct setting *
resolve_setting(const struct store *s, const struct section *account, const char *key)
{
	const struct schema_key *k = schema_find(SECTION_ACCOUNT, key);
	const struct section *sec = account;

	for (int depth = 0; sec != NULL && depth < LIKE_DEPTH_MAX; depth++) {
		const struct setting *set = store_get(sec, key), *like;
		if (set != NULL)
			return set;
		like = store_get(sec, "like");
		sec = like != NULL && !str_eq(key, "like")
		    ? store_find(s, SECTION_ACCOUNT, like->value)
		    : NULL;
	}
	return k != NULL && k->defaults_too ? store_get(store_find(s, SECTION_DEFAULTS, ""), key)
					    : NULL;
}

static const char *
text_of(const struct store *s, const struct section *sec, const char *key)
{
	const struct setting *set = resolve_setting(s, sec, key);

	return set != NULL ? set->value : schema_find(SECTION_ACCOUNT, key)->value;
}

static int64_t
duration_of(const struct store *s, const struct section *sec, const char *key)
{
	const char *text = text_of(s, sec, key);
	int64_t ms = 0;

	if (text != NULL)
		str_duration_ms(text, &ms);
	return ms;
}

static bool
bool_of(const struct store *s, const struct section *sec, const char *key)
{
	const char *text = text_of(s, sec, key);
	bool yes = false;

	if (text != NULL)
		str_bool(text, &yes);
	return yes;
}

const char *const *
resolve_list(struct arena *mem, const char *value, size_t *n)
{
	const char **list = NULL;

	*n = 0;
	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, ","), start = 0, end = len;

		while (start < end && str_is_space((unsigned char)value[start]))
			start++;
		while (end > start && str_is_space((unsigned char)value[end - 1]))
			end--;
		if (end > start) {
			list = arena_grow(mem, list, *n, sizeof *list);
			list[(*n)++] = arena_strndup(mem, value + start, end - start);
		}
		value += len + (value[len] == ',');
	}
	return list;
}

static const struct place *
place_of(const struct store *s, const struct section *sec, const char *key)
{
	const struct setting *set = resolve_setting(s, sec, key);

	return set != NULL ? &set->value_at : &sec->at;
}

static void
check_like(struct store *s, const struct section *sec)
{
	const struct section *at = sec;
	const struct setting *like;

	for (int depth = 0; (like = store_get(at, "like")) != NULL; depth++) {
		at = store_find(s, SECTION_ACCOUNT, like->value);
		if (at == NULL) {
			place_report(s->d, &like->value_at, NULL,
			    "there is no account '%s' to be like", like->value);
			return;
		}
		if (at == sec || depth > LIKE_DEPTH_MAX) {
			place_report(s->d, &store_get(sec, "like")->value_at, NULL,
			    "account '%s' is like itself in the end", sec->name);
			return;
		}
	}
}

/* The name as DNS and certificates have it; addresses stay. */
static const char *
host_name(struct store *s, const struct section *sec, const char *key, const char *text)
{
	unsigned char raw[16];
	const char *made;
	struct buf b;

	if (inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1)
		return text;
	buf_init(&b, 300);
	if (!idn_to_ascii(text, strlen(text), &b)) {
		place_report(s->d, place_of(s, sec, key), NULL, "'%s' is no host name",
		    place_quote(&s->mem, text, strlen(text)));
		buf_done(&b);
		return text;
	}
	made = arena_strndup(&s->mem, buf_str(&b), b.len);
	buf_done(&b);
	return made;
}

/* How many steps of `like` away the key is set, LIKE_DEPTH_MAX: nowhere. */
static int
distance(const struct store *s, const struct section *sec, const char *key)
{
	const struct setting *like;
	int depth = 0;

	for (; sec != NULL && depth < LIKE_DEPTH_MAX; depth++) {
		if (store_get(sec, key) != NULL)
			return depth;
		like = store_get(sec, "like");
		sec = like != NULL ? store_find(s, SECTION_ACCOUNT, like->value) : NULL;
	}
	return LIKE_DEPTH_MAX;
}

/*
 * The value of key if it is said beside the URL or nearer, NULL: what is said only of an account
 * this one is like gives way to the URL.
 */
static const char *
beside(const struct store *s, const struct section *sec, const char *key)
{
	return distance(s, sec, key) <= distance(s, sec, "server")
	    ? resolve_setting(s, sec, key)->value
	    : NULL;
}

static bool
is_later(const struct store *s, const struct section *sec, const char *key)
{
	return resolve_setting(s, sec, key)->source > resolve_setting(s, sec, "server")->source ||
	    distance(s, sec, key) < distance(s, sec, "server");
}

/* The URL that holds, NULL: an own host is as near or nearer. */
static const char *
url_of(struct store *s, const struct section *sec)
{
	int server = distance(s, sec, "server"), host = distance(s, sec, "host");
	const struct setting *a, *b;

	if (server == LIKE_DEPTH_MAX || host < server)
		return NULL;
	if (host > server)
		return text_of(s, sec, "server");
	a = resolve_setting(s, sec, "server");
	b = resolve_setting(s, sec, "host");
	if (a->source == b->source && server == 0)
		place_report(s->d, &b->at, "keep one of them", "'server' already names the host");
	return a->source >= b->source ? a->value : NULL;
}

static void
settle_tls(const char *tls, uint64_t *port, struct account *a)
{
	bool usual = *port == 25 || *port == 587 || *port == 2525;

	if (tls != NULL)
		a->tls = str_eq(tls, "implicit") ? ACCOUNT_TLS_IMPLICIT
		    : str_eq(tls, "starttls")    ? ACCOUNT_TLS_STARTTLS
						 : ACCOUNT_TLS_OFF;
	else if (a->lmtp || *port == 24)
		a->tls = ACCOUNT_TLS_OFF;
	else
		a->tls = usual ? ACCOUNT_TLS_STARTTLS : ACCOUNT_TLS_IMPLICIT;
	if (*port == 0)
		*port = a->lmtp                      ? 24
		    : a->tls == ACCOUNT_TLS_IMPLICIT ? 465
		    : a->tls == ACCOUNT_TLS_STARTTLS ? 587
						     : 25;
}

static void
resolve_url(struct store *s, const struct section *sec, const char *text, struct account *a)
{
	const struct place *at = place_of(s, sec, "server");
	const char *problem = "", *port, *tls;
	struct url url;
	uint64_t number = 0;

	if (!url_parse(&s->mem, text, &url, &problem)) {
		place_report(s->d, at, NULL, "the URL cannot be used: %s", problem);
		return;
	}
	if (url.nparams > 0)
		place_report(s->d, at,
		    arena_printf(&s->mem, "write '%s' as a key of its own", url.params[0].key),
		    "keys behind '?' are for --server and POSTRIDER_URL");
	a->lmtp = url.lmtp;
	a->socket = url.path;
	a->user = beside(s, sec, "user") == NULL ? url.user : NULL;
	a->tls = ACCOUNT_TLS_OFF;
	if (a->socket != NULL)
		return;
	a->host = host_name(s, sec, "server", url.host);
	port = beside(s, sec, "port");
	if (port == NULL || (url.port != NULL && !is_later(s, sec, "port")))
		port = url.port;
	if (port != NULL && !str_u64(port, 1, 65535, &number))
		place_report(s->d, at, NULL, "'%s' is not a port number",
		    place_quote(&s->mem, port, strlen(port)));
	tls = beside(s, sec, "tls");
	if (tls == NULL && !url.lmtp)
		tls = url.implicit_tls || number == 465 ? "implicit" : "starttls";
	settle_tls(tls, &number, a);
	a->port = (uint16_t)number;
}

/*
 * host and port, or server; what neither says follows from tls, and tls from the port (cli.md 3,
 * pain 6).
 */
static void
resolve_server(struct store *s, const struct section *sec, struct account *a)
{
	const char *server = url_of(s, sec), *host = text_of(s, sec, "host"),
		   *port = text_of(s, sec, "port");
	uint64_t number = 0;

	if (server != NULL) {
		resolve_url(s, sec, server, a);
		return;
	}
	if (host == NULL) {
		place_report(s->d, &sec->at, "add: host = smtp.example.org",
		    "account '%s' names no host", sec->name);
		return;
	}
	a->host = host_name(s, sec, "host", host);
	if (port != NULL)
		str_u64(port, 1, 65535, &number);
	settle_tls(text_of(s, sec, "tls"), &number, a);
	a->port = (uint16_t)number;
}

/*
 * The source of the password: an account that names one takes none from those it is like, and a
 * later source (another file, --set) replaces what an earlier one says.
 */
static void
resolve_password(struct store *s, const struct section *sec, struct account *a)
{
	static const struct {
		const char *key;
		enum password_source source;
	} sources[] = {
	    {"password-keyring", PASSWORD_KEYRING},
	    {"password-command", PASSWORD_COMMAND},
	    {"password-file", PASSWORD_FILE},
	    {"password-credential", PASSWORD_CREDENTIAL},
	    {"password", PASSWORD_INLINE},
	    {"token-command", PASSWORD_TOKEN},
	};
	enum { N = sizeof sources / sizeof sources[0] };
	const struct setting *best = NULL;
	int near = LIKE_DEPTH_MAX;

	for (size_t i = 0; i < N; i++)
		if (distance(s, sec, sources[i].key) < near)
			near = distance(s, sec, sources[i].key);
	for (size_t i = 0; i < N && near < LIKE_DEPTH_MAX; i++) {
		const struct setting *set = resolve_setting(s, sec, sources[i].key);

		if (distance(s, sec, sources[i].key) > near ||
		    (best != NULL && set->source < best->source))
			continue;
		if (best != NULL && set->source == best->source && near == 0)
			place_report(s->d, &set->value_at, "keep one of them",
			    "account '%s' has two sources of its secret: '%s' and '%s'", sec->name,
			    best->key->name, sources[i].key);
		best = set;
		a->password_source = sources[i].source;
		a->password = sources[i].source == PASSWORD_KEYRING ? NULL : set->value;
		if (sources[i].source == PASSWORD_KEYRING && !bool_of(s, sec, "password-keyring"))
			a->password_source = PASSWORD_NONE;
	}
}

/* A mechanism takes a password or a token: at least one must go with what the account has. */
static void
check_mechs(struct store *s, const struct section *sec, const struct account *a)
{
	bool token = a->password_source == PASSWORD_TOKEN;

	for (size_t i = 0; i < a->nmechs; i++)
		if ((str_eq(a->mechs[i], "oauthbearer") || str_eq(a->mechs[i], "xoauth2")) == token)
			return;
	if (a->nmechs == 0 || a->user == NULL)
		return;
	if (token)
		place_report(s->d, place_of(s, sec, "auth"), "allowed then: oauthbearer, xoauth2",
		    "account '%s' has a token-command, and 'auth' names no mechanism that takes a token",
		    sec->name);
	else
		place_report(s->d, place_of(s, sec, "auth"), "add: token-command = COMMAND",
		    "account '%s' has no token-command, and 'auth' names only mechanisms that need a token",
		    sec->name);
}

static void
resolve_login(struct store *s, const struct section *sec, struct account *a)
{
	const char *user = text_of(s, sec, "user");

	if (a->user == NULL)
		a->user = user;
	a->mechs = resolve_list(&s->mem, text_of(s, sec, "auth"), &a->nmechs);
	a->auth = a->user != NULL;
	if (a->nmechs == 1 && str_eq(a->mechs[0], "off")) {
		a->auth = false;
		a->nmechs = 0;
	} else if (a->nmechs > 0 && a->user == NULL) {
		place_report(s->d, place_of(s, sec, "auth"), "add: user = NAME",
		    "'auth' is set, but there is no user");
	}
	resolve_password(s, sec, a);
	check_mechs(s, sec, a);
}

static void
resolve_tls(struct store *s, const struct section *sec, struct account *a)
{
	a->tls_verify = bool_of(s, sec, "tls-verify");
	a->tls_ca = text_of(s, sec, "tls-ca");
	a->tls_priority = text_of(s, sec, "tls-priority");
	a->tls_cert = text_of(s, sec, "tls-cert");
	a->tls_key = text_of(s, sec, "tls-key");
	a->rewrite_from = str_eq(text_of(s, sec, "rewrite-from"), "never") ? REWRITE_NEVER
	    : str_eq(text_of(s, sec, "rewrite-from"), "always")            ? REWRITE_ALWAYS
									   : REWRITE_WHEN_LOCAL;
	a->tls_min_1_3 = str_eq(text_of(s, sec, "tls-min"), "1.3");
	a->tls_pins = resolve_list(&s->mem, text_of(s, sec, "tls-pin"), &a->ntls_pins);
	a->tls_name = text_of(s, sec, "tls-name");
	if (a->tls_name != NULL)
		a->tls_name = host_name(s, sec, "tls-name", a->tls_name);
}

/* Patterns of the account; a whole address among them must be one. */
static void
resolve_from(struct store *s, const struct section *sec, struct account *a)
{
	const char *const *list = resolve_list(&s->mem, text_of(s, sec, "from"), &a->nfrom);
	const char **from = NULL;

	for (size_t i = 0; i < a->nfrom; i++) {
		const char *f = list[i];
		const char *domain = addr_domain(f), *made;

		from = arena_grow(&s->mem, from, i, sizeof *from);
		from[i] = f;
		if (strpbrk(f, "*?") != NULL && domain != NULL)
			continue;
		made = domain != NULL
		    ? addr_make(&s->mem, arena_strndup(&s->mem, f, (size_t)(domain - f) - 1),
			  domain, NULL)
		    : NULL;
		if (made != NULL)
			from[i] = made;
		else
			place_report(s->d, place_of(s, sec, "from"),
			    "write: name@example.org, or *@example.org",
			    "'%s' is no sender address", place_quote(&s->mem, f, strlen(f)));
	}
	a->from = from;
}

static const struct rate *
rates_of(struct store *s, const struct section *sec, size_t *n)
{
	const char *const *parts = resolve_list(&s->mem, text_of(s, sec, "rate"), n);
	struct rate *rates = arena_alloc(&s->mem, (*n + 1) * sizeof *rates);

	for (size_t i = 0; i < *n; i++)
		rate_parse(parts[i], &rates[i]);
	return rates;
}

void
resolve_account(struct store *s, const struct section *sec, struct account *out)
{
	const char *max = text_of(s, sec, "max-recipients");
	uint64_t number = 0;

	*out = (struct account){.name = sec->name};
	check_like(s, sec);
	resolve_server(s, sec, out);
	resolve_tls(s, sec, out);
	resolve_login(s, sec, out);
	resolve_from(s, sec, out);
	out->ehlo_name = text_of(s, sec, "ehlo-name");
	out->source_address = text_of(s, sec, "source-address");
	if (max != NULL)
		str_u64(max, 1, 1000000, &number);
	out->max_recipients = (size_t)number;
	number = 0;
	if (text_of(s, sec, "max-connections") != NULL)
		str_u64(text_of(s, sec, "max-connections"), 1, 1000000, &number);
	out->max_connections = (size_t)number;
	out->rates = rates_of(s, sec, &out->nrates);
	out->timeout_ms = duration_of(s, sec, "timeout");
	out->reply_timeout_ms = duration_of(s, sec, "reply-timeout");
	out->final_timeout_ms = duration_of(s, sec, "final-timeout");
	out->deadline_ms = duration_of(s, sec, "deadline");
}

void
resolve_failover(struct store *s, const struct section *sec, struct account *out,
    const struct account *accounts, size_t n)
{
	size_t nnames;
	const char *const *names = resolve_list(&s->mem, text_of(s, sec, "failover"), &nnames);
	const struct account **list = NULL;

	for (size_t i = 0; i < nnames; i++) {
		const struct account *found = NULL;
		for (size_t k = 0; k < n; k++)
			if (str_eq(accounts[k].name, names[i]))
				found = &accounts[k];
		if (found == NULL)
			place_report(s->d, place_of(s, sec, "failover"), NULL,
			    "there is no account '%s' to fail over to",
			    place_quote(&s->mem, names[i], strlen(names[i])));
		if (found == NULL || found == out)
			continue;
		list = arena_grow(&s->mem, list, out->nfailover, sizeof *list);
		list[out->nfailover++] = found;
	}
	out->failover = list;
}
