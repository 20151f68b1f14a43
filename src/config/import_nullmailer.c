/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nullmailer: a folder of files with one value each, and `remotes` with a server a line, tried in
 * order: "host [protocol [option...]]", words quoted as in a shell.
 */
#include <inttypes.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "config/import.h"

#define WORDS_MAX 64
#define WAITS_MAX 16

struct remote {
	struct import_place at;
	const char *host, *port, *user, *source, *cert, *key, *ca;
	char *pass; /* in the arena: wiped when it is kept */
	bool implicit, starttls, insecure, login, external;
};

/* The first line of a one-value file, NULL: absent or empty. */
static const char *
value_of(struct import *im, const char *file, struct import_place *at)
{
	const struct import_source *src = import_find(im, file);
	struct import_line line = {.n = 0};
	size_t off = 0;

	if (src == NULL || !import_next(src, &off, &line))
		return NULL;
	*at = line.at;
	return arena_strndup(&im->mem, line.s, line.n);
}

/* One word of line[0..n) as a shell reads it. false: none, or a quotation without an end. */
static bool
next_word(struct import *im, struct import_line *line, char **out)
{
	char *w = arena_alloc(&im->mem, line->n + 1);
	char quote = '\0';

	*out = w;
	while (line->n > 0 && str_is_blank((unsigned char)line->s[0])) {
		line->s++;
		line->n--;
	}
	if (line->n == 0)
		return false;
	for (; line->n > 0; line->s++, line->n--) {
		char c = line->s[0];

		if (quote == '\0' && str_is_blank((unsigned char)c))
			break;
		if (c == quote) {
			quote = '\0';
		} else if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' && quote != '\'' && line->n > 1) {
			line->s++;
			line->n--;
			*w++ = line->s[0];
		} else {
			*w++ = c;
		}
	}
	*w = '\0';
	if (quote != '\0')
		import_bad(im, &line->at, "a quotation has no end");
	return quote == '\0';
}

static void
take_value(struct import *im, struct remote *r, const char *name, char *value)
{
	if (str_eq(name, "port"))
		r->port = value;
	else if (str_eq(name, "user"))
		r->user = value;
	else if (str_eq(name, "pass"))
		r->pass = value;
	else if (str_eq(name, "source"))
		r->source = value;
	else if (str_eq(name, "x509certfile"))
		r->cert = value;
	else if (str_eq(name, "x509keyfile"))
		r->key = value;
	else if (str_eq(name, "x509cafile"))
		r->ca = value;
	else if (str_eq(name, "x509crlfile"))
		import_drop(im, "x509crlfile", "revocation lists are not read");
	else
		import_bad(im, &r->at, "an option with a value that nullmailer does not have");
}

static void
take_flag(struct import *im, struct remote *r, const char *name)
{
	static const char *const known[] = {"ssl", "tls", "starttls", "insecure", "auth-login",
	    "auth-external", "port", "user", "pass"};
	const char *near;

	if (str_eq(name, "ssl") || str_eq(name, "tls")) {
		r->implicit = true;
	} else if (str_eq(name, "starttls")) {
		r->starttls = true;
	} else if (str_eq(name, "insecure")) {
		r->insecure = true;
	} else if (str_eq(name, "auth-login")) {
		r->login = true;
	} else if (str_eq(name, "auth-external")) {
		r->external = true;
	} else {
		near = str_nearest(name, known, sizeof known / sizeof known[0]);
		import_bad(im, &r->at, "unknown option%s%s%s", near != NULL ? " (is '" : "",
		    near != NULL ? near : "", near != NULL ? "' meant?)" : "");
	}
}

/* "--port=587", "port=587", "--starttls"; false: the line is of no use. */
static bool
take_remote(struct import *im, struct import_line *line, struct remote *r)
{
	char *word;

	*r = (struct remote){.at = line->at};
	for (size_t i = 0; i < WORDS_MAX && next_word(im, line, &word); i++) {
		char *name = i > 0 && str_starts(word, "--") ? word + 2 : word;
		char *eq = strchr(name, '=');

		if (i == 0) {
			r->host = word;
		} else if (i == 1 && eq == NULL && str_eq_nocase(word, "qmqp")) {
			import_drop(im, "qmqp", "only SMTP and LMTP");
			return false;
		} else if (i == 1 && eq == NULL && str_eq_nocase(word, "smtp")) {
			continue;
		} else if (eq != NULL) {
			*eq = '\0';
			take_value(im, r, name, eq + 1);
		} else {
			take_flag(im, r, name);
		}
	}
	return r->host != NULL && r->host[0] != '\0';
}

static void
write_tls(struct import *im, struct import_section *sec, const struct remote *r)
{
	bool implicit = r->implicit && !r->starttls, local = import_is_loopback(r->host);

	import_set(im, sec, "port",
	    r->port != NULL ? r->port
		: implicit  ? "465"
			    : "25",
	    &r->at, "port");
	if (!implicit && !r->starttls && !local)
		import_remark(im, sec,
		    "WARNING: nullmailer sent everything in the clear; with a server that cannot do STARTTLS: tls = off");
	import_set(im, sec, "tls",
	    implicit                    ? "implicit"
		: r->starttls || !local ? "starttls"
					: "off",
	    &r->at, "tls");
	if (r->insecure) {
		import_unverified(im, sec, "insecure", r->user != NULL);
		import_set(im, sec, "tls-verify", "no", &r->at, "insecure");
	}
	import_set(im, sec, "tls-ca", r->ca != NULL ? r->ca : "", &r->at, "x509cafile");
	import_set(im, sec, "tls-cert", r->cert != NULL ? r->cert : "", &r->at, "x509certfile");
	import_set(im, sec, "tls-key", r->key != NULL ? r->key : "", &r->at, "x509keyfile");
}

static void
write_login(struct import *im, struct import_section *sec, struct remote *r)
{
	if (r->external)
		import_drop(im, "auth-external", "postrider does not have this mechanism");
	if (r->user != NULL && r->user[0] != '\0') {
		import_set(im, sec, "user", r->user, &r->at, "user");
		if (r->login)
			import_set(im, sec, "auth", "login", &r->at, "auth-login");
		if (r->pass != NULL)
			import_password(im, sec, r->pass, strlen(r->pass), &r->at);
	}
	if (r->pass != NULL)
		secret_zero(r->pass, strlen(r->pass));
}

static const char *
write_remote(struct import *im, struct remote *r)
{
	const char *name = import_account_name(im, "relay", 5), *from;
	struct import_section *sec = import_section(im, SECTION_ACCOUNT, name, &r->at);
	struct import_place at;

	import_set(im, sec, "host", r->host, &r->at, "host");
	write_tls(im, sec, r);
	write_login(im, sec, r);
	import_set(im, sec, "source-address", r->source != NULL ? r->source : "", &r->at, "source");
	from = value_of(im, "allmailfrom", &at);
	if (from != NULL && strchr(from, '@') != NULL) {
		import_set(im, sec, "from", from, &at, "allmailfrom");
		import_set(im, sec, "rewrite-from", "always", &at, "allmailfrom");
	}
	return name;
}

/* The name that completes addresses: defaulthost, or me; defaultdomain where it has no dot. */
static void
write_domain(struct import *im, struct import_section *all)
{
	struct import_place at, other;
	const char *host = value_of(im, "defaulthost", &at), *domain;

	if (host == NULL)
		host = value_of(im, "me", &at);
	domain = value_of(im, "defaultdomain", &other);
	if (host == NULL && domain == NULL)
		return;
	if (host == NULL) {
		host = domain;
		at = other;
	} else if (strchr(host, '.') == NULL && domain != NULL) {
		host = arena_printf(&im->mem, "%s.%s", host, domain);
	}
	import_set(im, all, "domain", host, &at, "defaulthost");
}

static void
write_defaults(struct import *im, struct import_section *all)
{
	struct import_place at;
	const char *name = value_of(im, "helohost", &at), *admin;

	if (name == NULL)
		name = value_of(im, "me", &at);
	write_domain(im, all);
	if (name != NULL && strchr(name, '.') != NULL)
		import_set(im, all, "ehlo-name", name, &at, "helohost");
	admin = value_of(im, "adminaddr", &at);
	if (admin != NULL && strchr(admin, '@') != NULL)
		import_set(im, all, "local-to", admin, &at, "adminaddr");
	else if (admin != NULL)
		import_drop(im, "adminaddr", "it has no domain");
	if (value_of(im, "idhost", &at) != NULL)
		import_drop(im, "idhost", "the sender's domain is taken");
	if (value_of(im, "doublebounceto", &at) != NULL)
		import_drop(im, "doublebounceto", "a bounce that fails goes to dead/");
	if (value_of(im, "sendtimeout", &at) != NULL)
		import_drop(im, "sendtimeout",
		    "deadline in the account says how long an attempt may take");
}

static bool
seconds(struct import *im, const char *file, uint64_t otherwise, uint64_t *out,
    struct import_place *at)
{
	const char *text = value_of(im, file, at);

	*out = otherwise;
	if (text == NULL)
		return false;
	if (str_u64(text, 1, UINT64_C(3650) * 86400, out))
		return true;
	import_bad(im, at, "%s is a number of seconds, at least 1", file);
	return false;
}

/* nullmailer doubles its pause up to a maximum. */
static void
write_queue(struct import *im)
{
	struct import_place none = {"", 0}, at = none;
	uint64_t pause, most, life;
	bool has_pause = seconds(im, "pausetime", 60, &pause, &at),
	     has_most = seconds(im, "maxpause", 86400, &most, &at);
	struct import_section *q;

	q = import_section(im, SECTION_QUEUE, "", &none);
	if (has_pause || has_most) {
		const char *list = "";

		for (size_t i = 0; i < WAITS_MAX; i++) {
			uint64_t wait = pause < most && i + 1 < WAITS_MAX ? pause : most;

			list = arena_printf(&im->mem, "%s%s%" PRIu64 "s", list, i > 0 ? ", " : "",
			    wait);
			if (wait == most)
				break;
			pause *= 2;
		}
		import_set(im, q, "retry", list, &at, "pausetime");
	}
	if (seconds(im, "queuelifetime", 0, &life, &at))
		import_set(im, q, "lifetime", arena_printf(&im->mem, "%" PRIu64 "s", life), &at,
		    "queuelifetime");
}

void
import_nullmailer(struct import *im)
{
	const struct import_source *src = import_find(im, "remotes");
	struct import_line line = {.n = 0};
	struct import_section *all, *first = NULL;
	struct remote r;
	size_t off = 0;

	while (src != NULL && import_next(src, &off, &line)) {
		struct import_line copy = line;
		const char *name;

		if (!take_remote(im, &copy, &r))
			continue;
		name = write_remote(im, &r);
		if (first == NULL)
			first = import_section(im, SECTION_ACCOUNT, name, &r.at);
		else
			import_set(im, first, "failover", name, &r.at, "remotes");
	}
	if (first == NULL) {
		if (src != NULL)
			import_bad(im, &(struct import_place){src->path, 0}, "it names no server");
		return;
	}
	all = import_section(im, SECTION_DEFAULTS, "", &first->at);
	import_set(im, all, "account", first->name, &first->at, "remotes");
	write_defaults(im, all);
	write_queue(im);
}
