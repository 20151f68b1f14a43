/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * msmtprc: "command argument" lines. An account begins as a copy of what `defaults` says at that
 * point, or of the accounts behind its colon; so accounts are kept as copies here, too, and
 * written out whole.
 */
#include <string.h>

#include "base/str.h"
#include "config/import.h"

enum field {
	F_HOST,
	F_PORT,
	F_PROTOCOL,
	F_SOCKET,
	F_TLS,
	F_STARTTLS,
	F_TRUST,
	F_CERTCHECK,
	F_NAME,
	F_KEY,
	F_CERT,
	F_PRIORITIES,
	F_FROM,
	F_OVERRIDE,
	F_AUTH,
	F_USER,
	F_PASSWORD,
	F_EVAL,
	F_DOMAIN,
	F_SOURCE,
	F_TIMEOUT,
	F_MAILDOMAIN,
	F_ALIASES,
	F_UNDISCLOSED,
	FIELDS
};

/* The argument where it stands in the text; s NULL: never given. */
struct value {
	const char *s;
	size_t n;
	struct import_place at;
};

struct rc {
	const char *name;
	struct import_place at;
	struct value v[FIELDS];
};

struct reader {
	struct import *im;
	struct rc defaults, *accounts, *now; /* now: what lines belong to */
	size_t n;
	struct value fallback; /* of `account default : NAME` */
};

static const struct {
	const char *name;
	enum field field;
} carried[] = {
    {"host", F_HOST},
    {"port", F_PORT},
    {"protocol", F_PROTOCOL},
    {"socket", F_SOCKET},
    {"tls", F_TLS},
    {"tls_starttls", F_STARTTLS},
    {"tls_trust_file", F_TRUST},
    {"tls_certcheck", F_CERTCHECK},
    {"tls_host_override", F_NAME},
    {"tls_key_file", F_KEY},
    {"tls_cert_file", F_CERT},
    {"tls_priorities", F_PRIORITIES},
    {"from", F_FROM},
    {"allow_from_override", F_OVERRIDE},
    {"auth", F_AUTH},
    {"user", F_USER},
    {"password", F_PASSWORD},
    {"passwordeval", F_EVAL},
    {"domain", F_DOMAIN},
    {"source_ip", F_SOURCE},
    {"timeout", F_TIMEOUT},
    {"maildomain", F_MAILDOMAIN},
    {"aliases", F_ALIASES},
    {"undisclosed_recipients", F_UNDISCLOSED},
};

/* Known, without counterpart. quiet: what it asks for happens anyway. */
static const struct {
	const char *name, *why;
	bool quiet;
} dropped[] = {
    {"tls_min_dh_prime_bits", "GnuTLS decides", false},
    {"tls_crl_file", "revocation lists are not read", false},
    {"tls_fingerprint", "tls-pin, the hash of the key, survives renewals", false},
    {"tls_force_sslv3", "TLS 1.2 is the least", false},
    {"tls_nocertcheck", "write tls-verify = no if it must be", false},
    {"proxy_host", "no proxies yet", false},
    {"proxy_port", "no proxies yet", false},
    {"ntlmdomain", "no NTLM", false},
    {"logfile", "the system's log has it; a file is kept with: [log] file = PATH", false},
    {"logfile_time_format", "the system's log has it", false},
    {"syslog", "it is logged there anyway", true},
    {"dsn_notify", "send --notify, or sendmail -N", false},
    {"dsn_return", "send --return, or sendmail -R", false},
    {"from_full_name", "the name in the user database is taken", false},
    {"set_from_header", "rewrite-from decides", false},
    {"set_date_header", "a missing date is added", false},
    {"set_msgid_header", "a missing Message-ID is added", true},
    {"add_missing_from_header", "it is added", true},
    {"add_missing_date_header", "it is added", true},
    {"remove_bcc_headers", "Bcc never leaves", true},
    {"keepbcc", "Bcc never leaves", false},
    {"auto_from", "senders are completed with the domain", true},
    {"eval", "its output cannot be known here", false},
};

static const char *
text_of(struct import *im, const struct value *v)
{
	return arena_strndup(&im->mem, v->s != NULL ? v->s : "", v->s != NULL ? v->n : 0);
}

static bool
is(const struct value *v, const char *word)
{
	return v->s != NULL && str_neq_nocase(v->s, v->n, word);
}

/* A switch: on alone is on. */
static bool
is_on(struct import *im, const struct value *v, bool otherwise)
{
	if (v->s == NULL)
		return otherwise;
	if (v->n == 0 || is(v, "on"))
		return true;
	if (!is(v, "off"))
		import_bad(im, &v->at, "a switch is on or off; it is taken as on");
	return !is(v, "off");
}

/* ---- reading */

static struct rc *
find_account(struct reader *r, const char *s, size_t n)
{
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->accounts[i].name) == n && memcmp(r->accounts[i].name, s, n) == 0)
			return &r->accounts[i];
	return NULL;
}

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && str_is_blank((unsigned char)**s)) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && str_is_blank((unsigned char)(*s)[*n - 1]))
		(*n)--;
}

/* What the accounts behind the colon have; later ones win. */
static void
inherit(struct reader *r, struct rc *a, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s)), *name = s;
		size_t len = (size_t)((comma != NULL ? comma : end) - s);
		const struct rc *from;

		s += len + (comma != NULL);
		trim(&name, &len);
		from = find_account(r, name, len);
		if (from == NULL)
			import_bad(r->im, &a->at,
			    "there is no account of that name above to take settings from");
		for (size_t i = 0; from != NULL && i < FIELDS; i++)
			if (from->v[i].s != NULL)
				a->v[i] = from->v[i];
	}
}

static void
take_account(struct reader *r, const struct import_line *rest)
{
	const char *colon = rest->n > 0 ? memchr(rest->s, ':', rest->n) : NULL, *name = rest->s;
	size_t n = colon != NULL ? (size_t)(colon - rest->s) : rest->n, more;
	struct rc a = {.at = rest->at};

	trim(&name, &n);
	if (n == 0) {
		import_bad(r->im, &rest->at, "an account has no name");
		r->now = NULL;
		return;
	}
	if (find_account(r, name, n) != NULL)
		import_bad(r->im, &rest->at, "there are two accounts of that name");
	if (colon == NULL)
		a = r->defaults;
	a.at = rest->at;
	a.name = arena_strndup(&r->im->mem, name, n);
	if (colon != NULL) {
		more = (size_t)(rest->s + rest->n - colon) - 1;
		name = colon + 1;
		trim(&name, &more);
		if (str_eq(a.name, "default"))
			r->fallback = (struct value){name, more, rest->at};
		inherit(r, &a, name, more);
	}
	r->accounts = arena_grow(&r->im->mem, r->accounts, r->n, sizeof *r->accounts);
	r->accounts[r->n++] = a;
	r->now = &r->accounts[r->n - 1];
}

static void
no_counterpart(struct reader *r, const char *word, const struct import_line *line)
{
	const char *names[sizeof carried / sizeof carried[0] + 2] = {"account", "defaults"}, *near;

	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		if (str_eq_nocase(word, dropped[i].name)) {
			if (!dropped[i].quiet)
				import_drop(r->im, dropped[i].name, dropped[i].why);
			return;
		}
	for (size_t i = 0; i < sizeof carried / sizeof carried[0]; i++)
		names[i + 2] = carried[i].name;
	near = str_nearest(word, names, sizeof names / sizeof names[0]);
	/* an unknown word may be a slip that holds a secret: only likely ones are quoted */
	if (near != NULL)
		import_bad(r->im, &line->at, "unknown command (is '%s' meant?)", near);
	else
		import_bad(r->im, &line->at, "unknown command");
}

static void
take_line(struct reader *r, struct import_line *line)
{
	const char *word;
	size_t n = import_word(line, "", &word);
	const char *name = arena_strndup(&r->im->mem, word, n);

	if (str_eq_nocase(name, "account")) {
		take_account(r, line);
		return;
	}
	if (str_eq_nocase(name, "defaults")) {
		r->now = &r->defaults;
		return;
	}
	if (line->n > 1 && line->s[0] == '"' && line->s[line->n - 1] == '"') {
		line->s++;
		line->n -= 2;
	}
	for (size_t i = 0; i < sizeof carried / sizeof carried[0]; i++)
		if (str_eq_nocase(name, carried[i].name)) {
			if (r->now == NULL)
				import_bad(r->im, &line->at, "'%s' belongs to no account",
				    carried[i].name);
			else
				r->now->v[carried[i].field] = (struct value){line->s, line->n,
				    line->at};
			return;
		}
	no_counterpart(r, name, line);
}

/* ---- writing */

static void
set(struct import *im, struct import_section *sec, const char *key, const struct value *v,
    const char *what)
{
	if (v->s != NULL)
		import_set(im, sec, key, text_of(im, v), &v->at, what);
}

static const char *
port_number(const char *port)
{
	static const struct {
		const char *name, *number;
	} services[] = {{"smtp", "25"}, {"smtps", "465"}, {"submissions", "465"}, {"ssmtp", "465"},
	    {"submission", "587"}, {"lmtp", "24"}};

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (str_eq_nocase(port, services[i].name))
			return services[i].number;
	return port;
}

static void
write_server(struct import *im, struct import_section *sec, const struct rc *a, bool tls,
    bool starttls)
{
	const char *host = text_of(im, &a->v[F_HOST]),
		   *port = port_number(text_of(im, &a->v[F_PORT]));
	bool lmtp = is(&a->v[F_PROTOCOL], "lmtp"), v6 = strchr(host, ':') != NULL;

	if (lmtp && a->v[F_SOCKET].n > 0) {
		import_set(im, sec, "server",
		    arena_printf(&im->mem, "lmtp://%s", text_of(im, &a->v[F_SOCKET])),
		    &a->v[F_SOCKET].at, "socket");
		return;
	}
	if (a->v[F_SOCKET].n > 0)
		import_drop(im, "socket", "SMTP goes over TCP only");
	if (lmtp && host[0] != '\0') {
		import_set(im, sec, "server",
		    arena_printf(&im->mem, "lmtp://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "",
			port[0] != '\0' ? port : "24"),
		    &a->v[F_HOST].at, "host");
		return;
	}
	set(im, sec, "host", &a->v[F_HOST], "host");
	import_set(im, sec, "port",
	    port[0] != '\0'        ? port
		: tls && !starttls ? "465"
				   : "25",
	    a->v[F_PORT].s != NULL ? &a->v[F_PORT].at : &a->at, "port");
}

static bool
is_system_store(const struct value *v)
{
	static const char *const paths[] = {"system", "/etc/ssl/certs/ca-certificates.crt",
	    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
	    "/etc/ssl/certs/ca-bundle.crt", "/usr/local/share/certs/ca-root-nss.crt"};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (is(v, paths[i]))
			return true;
	return false;
}

static void
write_tls(struct import *im, struct import_section *sec, const struct rc *a, bool tls,
    bool starttls)
{
	const struct import_place *at = a->v[F_TLS].s != NULL ? &a->v[F_TLS].at : &a->at;

	import_set(im, sec, "tls", !tls ? "off" : starttls ? "starttls" : "implicit", at, "tls");
	if (!tls)
		return;
	if (!is_system_store(&a->v[F_TRUST]))
		set(im, sec, "tls-ca", &a->v[F_TRUST], "tls_trust_file");
	if (!is_on(im, &a->v[F_CERTCHECK], true)) {
		import_unverified(im, sec, "tls_certcheck off", a->v[F_USER].n > 0);
		import_set(im, sec, "tls-verify", "no", &a->v[F_CERTCHECK].at, "tls_certcheck");
	}
	set(im, sec, "tls-name", &a->v[F_NAME], "tls_host_override");
	set(im, sec, "tls-cert", &a->v[F_CERT], "tls_cert_file");
	set(im, sec, "tls-key", &a->v[F_KEY], "tls_key_file");
	set(im, sec, "tls-priority", &a->v[F_PRIORITIES], "tls_priorities");
}

/* msmtp logs in only where `auth` says so. An access token is a password to it. */
static void
write_login(struct import *im, struct import_section *sec, const struct rc *a)
{
	static const char *const known[] = {"scram-sha-256", "scram-sha-1", "cram-md5", "plain",
	    "login", "oauthbearer", "xoauth2"};
	const struct value *auth = &a->v[F_AUTH];
	bool ours = auth->n == 0 || is(auth, "on"),
	     token = is(auth, "oauthbearer") || is(auth, "xoauth2");

	if (a->v[F_USER].n == 0)
		return;
	set(im, sec, "user", &a->v[F_USER], "user");
	if (auth->s == NULL || is(auth, "off")) {
		import_set(im, sec, "auth", "off", auth->s != NULL ? &auth->at : &a->at, "auth");
		return;
	}
	if (token && a->v[F_EVAL].n == 0) {
		import_drop(im, "auth", "a token needs token-command, a command that prints it");
		import_remark(im, sec,
		    "this login used an access token: add  token-command = COMMAND that prints one");
		return;
	}
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (is(auth, known[i])) {
			import_set(im, sec, "auth", known[i], &auth->at, "auth");
			ours = true;
		}
	if (!ours) {
		import_drop(im, "auth", "postrider does not have this mechanism");
		import_remark(im, sec,
		    "this login used '%s', which postrider does not have: it may fail",
		    text_of(im, auth));
	}
	if (a->v[F_EVAL].n > 0)
		set(im, sec, token ? "token-command" : "password-command", &a->v[F_EVAL],
		    "passwordeval");
	else if (a->v[F_PASSWORD].n > 0)
		import_password(im, sec, a->v[F_PASSWORD].s, a->v[F_PASSWORD].n,
		    &a->v[F_PASSWORD].at);
	else
		import_set(im, sec, "password-keyring", "yes", &a->v[F_USER].at, "user");
}

static void
write_rest(struct import *im, struct import_section *sec, const struct rc *a)
{
	const struct value *timeout = &a->v[F_TIMEOUT];

	set(im, sec, "ehlo-name", &a->v[F_DOMAIN], "domain");
	set(im, sec, "source-address", &a->v[F_SOURCE], "source_ip");
	if (timeout->n > 0 && !is(timeout, "off") && !is(timeout, "0"))
		set(im, sec, "timeout", timeout, "timeout");
	if (a->v[F_FROM].n > 0 && !is_on(im, &a->v[F_OVERRIDE], true))
		import_set(im, sec, "rewrite-from", "always", &a->v[F_OVERRIDE].at,
		    "allow_from_override");
}

/* Keys that are one for all accounts: the first that says it. */
static void
write_common(struct import *im, const struct rc *a)
{
	struct import_section *all = import_section(im, SECTION_DEFAULTS, "", &a->at);

	if (import_get(all, "domain") == NULL)
		set(im, all, "domain", &a->v[F_MAILDOMAIN], "maildomain");
	if (import_get(all, "aliases") == NULL)
		set(im, all, "aliases", &a->v[F_ALIASES], "aliases");
	if (is_on(im, &a->v[F_UNDISCLOSED], false))
		import_set(im, all, "undisclosed-recipients", "yes", &a->v[F_UNDISCLOSED].at,
		    "undisclosed_recipients");
}

static const char *
write_account(struct import *im, const struct rc *a)
{
	const char *name = import_account_name(im, a->name, strlen(a->name));
	struct import_section *sec = import_section(im, SECTION_ACCOUNT, name, &a->at);
	bool tls = is_on(im, &a->v[F_TLS], false), starttls = is_on(im, &a->v[F_STARTTLS], true);

	write_server(im, sec, a, tls, starttls);
	write_tls(im, sec, a, tls, starttls);
	set(im, sec, "from", &a->v[F_FROM], "from");
	write_login(im, sec, a);
	write_rest(im, sec, a);
	write_common(im, a);
	return name;
}

/* `account default : X` with nothing of its own is only a pointer. */
static bool
is_pointer(const struct reader *r, const struct rc *a, const struct rc *to)
{
	if (!str_eq(a->name, "default") || r->fallback.s == NULL || to == NULL)
		return false;
	for (size_t i = 0; i < FIELDS; i++)
		if (a->v[i].s != to->v[i].s)
			return false;
	return true;
}

void
import_msmtp(struct import *im)
{
	const struct import_source *src = import_find(im, "msmtprc");
	struct reader r = {.im = im};
	struct import_line line = {.n = 0};
	struct import_section *all;
	const struct rc *to;
	const char **names;
	size_t off = 0;

	while (src != NULL && import_next(src, &off, &line)) {
		struct import_line copy = line;
		take_line(&r, &copy);
	}
	if (r.n == 0)
		return;
	all = import_section(im, SECTION_DEFAULTS, "", &r.accounts[0].at);
	to = r.fallback.s != NULL ? find_account(&r, r.fallback.s, r.fallback.n) : NULL;
	names = arena_alloc(&im->mem, r.n * sizeof *names);
	for (size_t i = 0; i < r.n; i++)
		if (!is_pointer(&r, &r.accounts[i], to))
			names[i] = write_account(im, &r.accounts[i]);
	for (size_t i = 0; i < r.n; i++)
		if (str_eq(r.accounts[i].name, "default"))
			import_set(im, all, "account",
			    names[i] != NULL ? names[i] : names[to - r.accounts], &r.accounts[i].at,
			    "account default");
}
