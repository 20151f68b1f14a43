/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dma.conf: "KEY value" lines, switches are a KEY alone; auth.conf: "user|host:password".
 */
#include <string.h>

#include "base/str.h"
#include "config/import.h"

enum field {
	F_SMARTHOST,
	F_PORT,
	F_ALIASES,
	F_SECURE,
	F_STARTTLS,
	F_OPPORTUNISTIC,
	F_MASQUERADE,
	F_MAILNAME,
	F_CERT,
	F_DROP,
	FIELDS = F_DROP
};

static const struct {
	const char *name;
	enum field field;
	const char *why;
} keys[] = {
    {"SMARTHOST", F_SMARTHOST, NULL},
    {"PORT", F_PORT, NULL},
    {"ALIASES", F_ALIASES, NULL},
    {"SECURETRANSFER", F_SECURE, NULL},
    {"STARTTLS", F_STARTTLS, NULL},
    {"OPPORTUNISTIC_TLS", F_OPPORTUNISTIC, NULL},
    {"MASQUERADE", F_MASQUERADE, NULL},
    {"MAILNAME", F_MAILNAME, NULL},
    {"CERTFILE", F_CERT, NULL},
    {"FINGERPRINT", F_DROP, "tls-pin, the hash of the key, survives renewals"},
    {"SPOOLDIR", F_DROP, "the queues differ: let dma empty its own"},
    {"AUTHPATH", F_DROP, ""},
    {"SECURE", F_DROP, "SECURETRANSFER is its name"},
    {"INSECURE", F_DROP, "passwords go over TLS"},
    {"DEFER", F_DROP, "sendmail -odq, or send --when queue"},
    {"FULLBOUNCE", F_DROP, "a bounce has the header"},
    {"NULLCLIENT", F_DROP, ""},
};

struct value {
	const char *text; /* NULL: not given; "" for a switch */
	struct import_place at;
};

static void
take_line(struct import *im, struct import_line *line, struct value *v)
{
	const char *names[sizeof keys / sizeof keys[0]], *word, *near, *name;
	size_t n = import_word(line, "", &word);

	name = arena_strndup(&im->mem, word, n);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		names[i] = keys[i].name;
		if (!str_eq_nocase(name, keys[i].name))
			continue;
		if (keys[i].field != F_DROP)
			v[keys[i].field] = (struct value){arena_strndup(&im->mem, line->s, line->n),
			    line->at};
		else if (keys[i].why[0] != '\0')
			import_drop(im, keys[i].name, keys[i].why);
		return;
	}
	near = str_nearest(name, names, sizeof names / sizeof names[0]);
	import_bad(im, &line->at, "unknown key%s%s%s", near != NULL ? " (is '" : "",
	    near != NULL ? near : "", near != NULL ? "' meant?)" : "");
}

static bool
has(const struct value *v)
{
	return v->text != NULL;
}

static bool
has_text(const struct value *v)
{
	return v->text != NULL && v->text[0] != '\0';
}

static void
set(struct import *im, struct import_section *sec, const char *key, const struct value *v,
    const char *what)
{
	if (has_text(v))
		import_set(im, sec, key, v->text, &v->at, what);
}

static void
write_tls(struct import *im, struct import_section *sec, const struct value *v)
{
	bool implicit = has(&v[F_SECURE]) && !has(&v[F_STARTTLS]);
	const struct import_place *at = has(&v[F_SECURE]) ? &v[F_SECURE].at : &v[F_SMARTHOST].at;

	if (!has(&v[F_SECURE]) && import_is_loopback(v[F_SMARTHOST].text)) {
		import_set(im, sec, "tls", "off", at, "SMARTHOST");
		return;
	}
	if (!has(&v[F_SECURE]))
		import_remark(im, sec,
		    "WARNING: dma sent everything in the clear; with a server that cannot do STARTTLS: tls = off");
	else if (has(&v[F_OPPORTUNISTIC]))
		import_remark(im, sec,
		    "OPPORTUNISTIC_TLS went on in the clear without STARTTLS; postrider does not");
	import_set(im, sec, "tls", implicit ? "implicit" : "starttls", at, "SECURETRANSFER");
	if (has(&v[F_SECURE]))
		import_remark(im, sec,
		    "dma took any certificate; here it is checked: tls-ca names an authority of your own");
	set(im, sec, "tls-cert", &v[F_CERT], "CERTFILE");
}

/* user@host: one sender for all; host: the domain of all; user@: a name of the account's domain. */
static void
write_masquerade(struct import *im, struct import_section *sec, struct import_section *all,
    const struct value *v)
{
	const char *at = has_text(v) ? strchr(v->text, '@') : NULL;

	if (!has_text(v))
		return;
	if (at == NULL) {
		set(im, all, "domain", v, "MASQUERADE");
	} else if (at[1] == '\0') {
		import_drop(im, "MASQUERADE", "a name without a domain");
	} else if (at == v->text) {
		import_set(im, all, "domain", at + 1, &v->at, "MASQUERADE");
	} else {
		set(im, sec, "from", v, "MASQUERADE");
		import_set(im, sec, "rewrite-from", "always", &v->at, "MASQUERADE");
		import_set(im, all, "domain", at + 1, &v->at, "MASQUERADE");
	}
}

/* A login belongs to the smarthost, the others to nobody. */
static void
take_login(struct import *im, struct import_line *line, struct import_section *sec)
{
	const char *bar = memchr(line->s, '|', line->n), *host, *colon, *end = line->s + line->n;
	const char *want = import_get(sec, "host");

	colon = bar != NULL ? memchr(bar, ':', (size_t)(end - bar)) : NULL;
	if (colon == NULL || bar == line->s) {
		import_bad(im, &line->at, "expected user|smarthost:password");
		return;
	}
	host = arena_strndup(&im->mem, bar + 1, (size_t)(colon - bar) - 1);
	if (want == NULL || !str_eq_nocase(host, want)) {
		import_drop(im, "auth.conf", "a login for a server that is not the smarthost");
		return;
	}
	if (import_get(sec, "user") != NULL)
		return; /* dma takes the first one */
	import_set(im, sec, "user", arena_strndup(&im->mem, line->s, (size_t)(bar - line->s)),
	    &line->at, "auth.conf");
	import_password(im, sec, colon + 1, (size_t)(end - colon) - 1, &line->at);
}

static void
write_defaults(struct import *im, struct import_section *all, const struct value *v)
{
	const char *name = has_text(&v[F_MAILNAME]) ? v[F_MAILNAME].text : "";

	if (name[0] == '/')
		import_drop(im, "MAILNAME", "without ehlo-name the full host name is said");
	else if (strchr(name, '.') != NULL)
		set(im, all, "ehlo-name", &v[F_MAILNAME], "MAILNAME");
	if (has_text(&v[F_ALIASES]) && !str_eq(v[F_ALIASES].text, "/etc/aliases"))
		set(im, all, "aliases", &v[F_ALIASES], "ALIASES");
}

void
import_dma(struct import *im)
{
	const struct import_source *src = import_find(im, "dma.conf"),
				   *auth = import_find(im, "auth.conf");
	struct value v[FIELDS] = {{NULL, {NULL, 0}}};
	struct import_line line = {.n = 0};
	struct import_section *sec, *all;
	size_t off = 0;

	while (src != NULL && import_next(src, &off, &line)) {
		struct import_line copy = line;
		take_line(im, &copy, v);
	}
	if (!has_text(&v[F_SMARTHOST])) {
		if (src != NULL)
			import_bad(im, &(struct import_place){src->path, 0},
			    "no SMARTHOST is named: dma delivers by itself, which postrider does not");
		return;
	}
	all = import_section(im, SECTION_DEFAULTS, "", &v[F_SMARTHOST].at);
	sec = import_section(im, SECTION_ACCOUNT, "relay", &v[F_SMARTHOST].at);
	import_set(im, all, "account", "relay", &v[F_SMARTHOST].at, "SMARTHOST");
	set(im, sec, "host", &v[F_SMARTHOST], "SMARTHOST");
	import_set(im, sec, "port", has_text(&v[F_PORT]) ? v[F_PORT].text : "25",
	    has(&v[F_PORT]) ? &v[F_PORT].at : &v[F_SMARTHOST].at, "PORT");
	write_tls(im, sec, v);
	write_masquerade(im, sec, all, &v[F_MASQUERADE]);
	write_defaults(im, all, v);
	line = (struct import_line){.n = 0};
	for (off = 0; auth != NULL && import_next(auth, &off, &line);) {
		struct import_line copy = line;
		take_login(im, &copy, sec);
	}
}
