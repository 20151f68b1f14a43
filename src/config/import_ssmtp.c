/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ssmtp.conf: "Key=Value", case of the key ignored; revaliases: "user:address[:hub[:port]]".
 */
#include <string.h>

#include "base/str.h"
#include "config/import.h"

enum field {
	F_ROOT,
	F_HUB,
	F_HOSTNAME,
	F_DOMAIN,
	F_TLS,
	F_STARTTLS,
	F_USER,
	F_PASS,
	F_METHOD,
	F_OVERRIDE,
	F_CA,
	F_CERT,
	F_KEY,
	F_DROP, /* and all behind it */
};

#define FIELDS F_DROP

static const struct {
	const char *name;
	enum field field;
	const char *why;
} keys[] = {
    {"Root", F_ROOT, NULL},
    {"MailHub", F_HUB, NULL},
    {"Hostname", F_HOSTNAME, NULL},
    {"RewriteDomain", F_DOMAIN, NULL},
    {"UseTLS", F_TLS, NULL},
    {"UseSTARTTLS", F_STARTTLS, NULL},
    {"AuthUser", F_USER, NULL},
    {"AuthPass", F_PASS, NULL},
    {"AuthMethod", F_METHOD, NULL},
    {"FromLineOverride", F_OVERRIDE, NULL},
    {"TLS_CA_File", F_CA, NULL},
    {"TLSCert", F_CERT, NULL},
    {"TLSKey", F_KEY, NULL},
    {"UseTLSCert", F_DROP, ""},
    {"TLS_CA_Dir", F_DROP, "tls-ca names a file"},
    {"Debug", F_DROP, "-v shows the steps, -vv the conversation"},
    {"UseOldAuth", F_DROP, "the server says what it has"},
    {"RemoteAddr", F_DROP, "the address of a caller is not passed on"},
};

struct value {
	const char *s; /* in the source; NULL: not given */
	size_t n;
	struct import_place at;
};

static const char *
text_of(struct import *im, const struct value *v)
{
	return arena_strndup(&im->mem, v->s != NULL ? v->s : "", v->s != NULL ? v->n : 0);
}

static bool
is_yes(const struct value *v)
{
	return v->s != NULL && str_neq_nocase(v->s, v->n, "yes");
}

static void
unknown_key(struct import *im, const struct import_line *line, const char *name)
{
	const char *names[sizeof keys / sizeof keys[0]], *near;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		names[i] = keys[i].name;
	near = str_nearest(name, names, sizeof names / sizeof names[0]);
	if (near != NULL)
		import_bad(im, &line->at, "unknown key (is '%s' meant?)", near);
	else
		import_bad(im, &line->at, "unknown key");
}

/* A comment may follow a value, but never cuts a password. */
static size_t
value_length(const struct import_line *line, enum field field)
{
	size_t n = line->n;

	for (size_t i = 1; field != F_PASS && i < line->n; i++)
		if (line->s[i] == '#' && str_is_blank((unsigned char)line->s[i - 1])) {
			n = i;
			break;
		}
	while (n > 0 && str_is_blank((unsigned char)line->s[n - 1]))
		n--;
	return n;
}

static void
take_line(struct import *im, struct import_line *line, struct value *v)
{
	const char *word, *name;
	size_t n = import_word(line, "=", &word);

	name = arena_strndup(&im->mem, word, n);
	if (line->n == 0 || line->s[0] != '=') {
		import_bad(im, &line->at, "expected Key=Value");
		return;
	}
	line->s++;
	line->n--;
	while (line->n > 0 && str_is_blank((unsigned char)line->s[0])) {
		line->s++;
		line->n--;
	}
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (!str_eq_nocase(name, keys[i].name))
			continue;
		if (keys[i].field == F_DROP)
			import_drop(im, keys[i].name, keys[i].why);
		else
			v[keys[i].field] = (struct value){line->s,
			    value_length(line, keys[i].field), line->at};
		return;
	}
	unknown_key(im, line, name);
}

/* "host", "host:port", "[2001:db8::1]:25"; *port stays where there is none in it. */
static const char *
split_hub(struct import *im, const char *hub, const char **port)
{
	const char *colon = strrchr(hub, ':'), *end = strchr(hub, ']');
	size_t n = strlen(hub);

	if (hub[0] == '[' && end != NULL) {
		colon = end[1] == ':' ? end + 1 : NULL;
		n = (size_t)(end - hub) - 1;
		hub++;
	} else if (colon != NULL && strchr(hub, ':') != colon) {
		colon = NULL; /* an IPv6 address without brackets */
	} else if (colon != NULL) {
		n = (size_t)(colon - hub);
	}
	if (colon != NULL)
		*port = colon + 1;
	return arena_strndup(&im->mem, hub, n);
}

static void
write_tls(struct import *im, struct import_section *sec, const struct value *v)
{
	const char *host = import_get(sec, "host");
	bool starttls = is_yes(&v[F_STARTTLS]), tls = starttls || is_yes(&v[F_TLS]);

	if (host == NULL)
		return;
	if (tls) {
		import_set(im, sec, "tls", starttls ? "starttls" : "implicit",
		    starttls ? &v[F_STARTTLS].at : &v[F_TLS].at, "UseTLS");
		if (v[F_CA].s == NULL)
			import_remark(im, sec,
			    "ssmtp took any certificate; here it is checked: tls-ca names an authority of your own");
	} else if (import_is_loopback(host)) {
		import_set(im, sec, "tls", "off", &v[F_HUB].at, "MailHub");
	} else {
		import_remark(im, sec,
		    "WARNING: ssmtp sent everything in the clear; with a server that cannot do STARTTLS: tls = off");
		import_set(im, sec, "tls", "starttls", &v[F_HUB].at, "MailHub");
	}
	if (import_get(sec, "port") == NULL && !(tls && !starttls))
		import_set(im, sec, "port", "25", &v[F_HUB].at, "MailHub");
	import_set(im, sec, "tls-ca", text_of(im, &v[F_CA]), &v[F_CA].at, "TLS_CA_File");
	import_set(im, sec, "tls-cert", text_of(im, &v[F_CERT]), &v[F_CERT].at, "TLSCert");
	import_set(im, sec, "tls-key", text_of(im, &v[F_KEY]), &v[F_KEY].at, "TLSKey");
}

static void
write_login(struct import *im, struct import_section *sec, const struct value *v)
{
	const char *user = text_of(im, &v[F_USER]), *method = text_of(im, &v[F_METHOD]);

	if (user[0] == '\0')
		return;
	import_set(im, sec, "user", user, &v[F_USER].at, "AuthUser");
	if (str_eq_nocase(method, "cram-md5"))
		import_set(im, sec, "auth", "cram-md5", &v[F_METHOD].at, "AuthMethod");
	else if (str_eq_nocase(method, "login"))
		import_set(im, sec, "auth", "login, plain", &v[F_METHOD].at, "AuthMethod");
	else if (method[0] != '\0')
		import_bad(im, &v[F_METHOD].at, "AuthMethod is LOGIN or CRAM-MD5");
	if (v[F_PASS].n > 0)
		import_password(im, sec, v[F_PASS].s, v[F_PASS].n, &v[F_PASS].at);
}

/* ssmtp has no address of its own; a login that is one is the best guess. */
static void
write_from(struct import *im, struct import_section *sec, const struct value *v)
{
	const char *user = text_of(im, &v[F_USER]);
	bool address = strchr(user, '@') != NULL && user[strlen(user) - 1] != '@';

	if (address) {
		import_remark(im, sec, "the login is taken as the address that belongs to it");
		import_set(im, sec, "from", user, &v[F_USER].at, "AuthUser");
	}
	if (is_yes(&v[F_OVERRIDE]))
		import_set(im, sec, "rewrite-from", "when-local", &v[F_OVERRIDE].at,
		    "FromLineOverride");
	else if (address)
		import_set(im, sec, "rewrite-from", "always",
		    v[F_OVERRIDE].s != NULL ? &v[F_OVERRIDE].at : &sec->at, "FromLineOverride");
	else
		import_remark(im, sec,
		    "ssmtp replaced the sender always: with from = ADDRESS here, rewrite-from = always does so");
}

static void
write_defaults(struct import *im, const char *account, const struct value *v)
{
	struct import_section *all = import_section(im, SECTION_DEFAULTS, "", &v[F_HUB].at);
	const char *root = text_of(im, &v[F_ROOT]), *name = text_of(im, &v[F_HOSTNAME]);
	const struct value *domain = v[F_DOMAIN].n > 0 ? &v[F_DOMAIN] : &v[F_HOSTNAME];
	const char *d = text_of(im, domain);

	import_set(im, all, "account", account, &v[F_HUB].at, "MailHub");
	if (strchr(d, '.') != NULL)
		import_set(im, all, "domain", d, &domain->at, "RewriteDomain");
	if (strchr(name, '.') != NULL)
		import_set(im, all, "ehlo-name", name, &v[F_HOSTNAME].at, "Hostname");
	if (root[0] != '\0' && strchr(root, '@') == NULL && strchr(d, '.') != NULL)
		root = arena_printf(&im->mem, "%s@%s", root, d);
	if (strchr(root, '@') != NULL)
		import_set(im, all, "local-to", root, &v[F_ROOT].at, "Root");
	else if (root[0] != '\0')
		import_drop(im, "Root", "it has no domain");
}

/* The account of a user whose mail goes to another server: there already, or like the main one. */
static const char *
other_hub(struct import *im, const char *main_name, const char *hub, const char *port,
    const struct import_place *at)
{
	const char *host = split_hub(im, hub, &port), *name;
	struct import_section *sec;

	for (size_t i = 0; i < im->nsections; i++) {
		const char *h = import_get(im->sections[i], "host"),
			   *p = import_get(im->sections[i], "port");

		if (h != NULL && str_eq_nocase(h, host) &&
		    (port[0] == '\0' || (p != NULL && str_eq(p, port))))
			return im->sections[i]->name;
	}
	name = import_account_name(im, host, strlen(host));
	sec = import_section(im, SECTION_ACCOUNT, name, at);
	import_set(im, sec, "like", main_name, at, "revaliases");
	import_set(im, sec, "host", host, at, "revaliases");
	import_set(im, sec, "port", port, at, "revaliases");
	return name;
}

static void
take_alias(struct import *im, struct import_line *line, const char *main_name)
{
	const char *part[4] = {"", "", "", ""}, *word;
	struct import_section *route;
	size_t n = 0;

	while (n < 4 && line->n > 0) {
		size_t len = import_word(line, ":", &word);

		part[n++] = arena_strndup(&im->mem, word, len);
		if (line->n > 0 && line->s[0] == ':') {
			line->s++;
			line->n--;
		}
	}
	if (n < 2 || part[0][0] == '\0' || strchr(part[1], '@') == NULL) {
		import_bad(im, &line->at, "expected user:address or user:address:mailhub");
		return;
	}
	if (part[2][0] != '\0')
		main_name = other_hub(im, main_name, part[2], part[3], &line->at);
	route = import_section(im, SECTION_ROUTE, "", &line->at);
	import_set(im, route, "match-user", part[0], &line->at, "revaliases");
	import_set(im, route, "account", main_name, &line->at, "revaliases");
	import_set(im, route, "from", part[1], &line->at, "revaliases");
}

void
import_ssmtp(struct import *im)
{
	const struct import_source *src = import_find(im, "ssmtp.conf"),
				   *aliases = import_find(im, "revaliases");
	struct value v[FIELDS] = {{NULL, 0, {NULL, 0}}};
	struct import_line line = {.n = 0};
	struct import_section *sec;
	const char *port = "";
	size_t off = 0;

	while (src != NULL && import_next(src, &off, &line)) {
		struct import_line copy = line;
		take_line(im, &copy, v);
	}
	if (v[F_HUB].n == 0) {
		if (src != NULL)
			import_bad(im, &(struct import_place){src->path, 0},
			    "no MailHub is named, so there is no server");
		return;
	}
	sec = import_section(im, SECTION_ACCOUNT, "relay", &v[F_HUB].at);
	import_set(im, sec, "host", split_hub(im, text_of(im, &v[F_HUB]), &port), &v[F_HUB].at,
	    "MailHub");
	import_set(im, sec, "port", port, &v[F_HUB].at, "MailHub");
	write_tls(im, sec, v);
	write_login(im, sec, v);
	write_from(im, sec, v);
	write_defaults(im, "relay", v);
	line = (struct import_line){.n = 0};
	for (off = 0; aliases != NULL && import_next(aliases, &off, &line);) {
		struct import_line copy = line;
		take_alias(im, &copy, "relay");
	}
}
