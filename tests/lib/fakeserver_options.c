/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeserver_text.h"

static const char *const place_names[PLACE_MAX] = {
    "greeting",
    "ehlo",
    "starttls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "chunk",
    "final",
    "rset",
    "quit",
};

/* What a friendly server of today offers. */
static const char *const default_ext[] = {
    "PIPELINING",
    "SIZE 536870912",
    "8BITMIME",
    "SMTPUTF8",
    "DSN",
    "CHUNKING",
    "ENHANCEDSTATUSCODES",
};

/* ---- one setter a kind of value; false: the value is not acceptable */

static bool
set_tls(struct options *o, char *value)
{
	static const char *const names[] = {"off", "starttls", "implicit"};

	for (int i = 0; i < 3; i++) {
		if (text_same(value, names[i])) {
			o->tls = (enum tls_mode)i;
			return true;
		}
	}
	return false;
}

static bool
set_scram_final(struct options *o, char *value)
{
	static const char *const names[] = {"good", "wrong", "missing"};

	for (int i = 0; i < 3; i++) {
		if (text_same(value, names[i])) {
			o->scram_final = (enum scram_final)i;
			return true;
		}
	}
	return false;
}

static bool
drop_ext(struct options *o, char *value)
{
	if (text_same(value, "all")) {
		while (o->next > 0)
			free(o->ext[--o->next]);
		return true;
	}
	for (size_t i = 0; i < o->next; i++) {
		if (text_same_word(o->ext[i], value)) {
			free(o->ext[i]);
			o->ext[i] = o->ext[--o->next];
			return true;
		}
	}
	return false;
}

static bool
add_ext(struct options *o, char *value)
{
	drop_ext(o, value);
	o->ext = text_grow(o->ext, o->next + 1, sizeof(*o->ext));
	o->ext[o->next++] = text_dup(value, strlen(value));
	return true;
}

static bool
add_user(struct options *o, char *value)
{
	char *colon = strchr(value, ':');

	if (colon == NULL)
		return false;
	o->users = text_grow(o->users, o->nusers + 1, sizeof(*o->users));
	o->users[o->nusers].name = text_dup(value, (size_t)(colon - value));
	o->users[o->nusers++].password = text_dup(colon + 1, strlen(colon + 1));
	return true;
}

/* NAME=REST: the copy of REST with its escapes resolved, NULL when it is not of that form. */
static char *
right_side(char *value)
{
	char *equals = strchr(value, '='), *right;

	if (equals == NULL)
		return NULL;
	right = text_dup(equals + 1, strlen(equals + 1));
	if (text_unescape(right) == SIZE_MAX) {
		free(right);
		return NULL;
	}
	return right;
}

static bool
add_rule(struct rules *r, char *value)
{
	char *reply = right_side(value);

	if (reply == NULL)
		return false;
	r->items = text_grow(r->items, r->n + 1, sizeof(*r->items));
	r->items[r->n].pattern = text_dup(value, strcspn(value, "="));
	r->items[r->n++].reply = reply;
	return true;
}

static bool
add_rcpt(struct options *o, char *value)
{
	return add_rule(&o->rcpt, value);
}

static bool
add_final(struct options *o, char *value)
{
	return add_rule(&o->final, value);
}

static int
place_find(const char *value)
{
	size_t n = strcspn(value, "=");

	for (int i = 0; i < PLACE_MAX; i++)
		if (strlen(place_names[i]) == n && strncmp(place_names[i], value, n) == 0)
			return i;
	return -1;
}

static bool
set_reply(struct options *o, char *value)
{
	int place = place_find(value);
	char *reply = place < 0 ? NULL : right_side(value);

	if (reply == NULL)
		return false;
	free(o->reply[place]);
	o->reply[place] = reply;
	return true;
}

static bool
set_delay(struct options *o, char *value)
{
	int place = place_find(value);
	const char *equals = strchr(value, '=');
	uint64_t ms;

	if (place < 0 || equals == NULL || !text_number(equals + 1, 600000, &ms))
		return false;
	o->delay_ms[place] = (int)ms;
	return true;
}

/* ---- the table */

enum kind { FLAG, TEXT, LIST, NUMBER, SECONDS, OWN };

static const struct option {
	const char *name;
	enum kind kind;
	size_t at; /* of the field in struct options */
	bool (*set)(struct options *o, char *value);
	const char *help;
} table[] = {
#define FIELD(f) offsetof(struct options, f), NULL
#define SETTER(f) 0, f
    {"unix", TEXT, FIELD(unix_path), "PATH  listen on a Unix socket, not on 127.0.0.1:0"},
    {"tls", OWN, SETTER(set_tls), "off|starttls|implicit (off)"},
    {"cert", TEXT, FIELD(cert), "BASE  certificate BASE.pem with key BASE.key"},
    {"tls-priority", TEXT, FIELD(tls_priority), "STRING  GnuTLS priority (NORMAL)"},
    {"lmtp", FLAG, FIELD(lmtp), "speak LMTP: LHLO, one final reply a recipient"},
    {"name", TEXT, FIELD(name), "HOST  name in greeting and EHLO (fake.test)"},
    {"ext", OWN, SETTER(add_ext),
	"'KEYWORD PARAMS'  offer it, replacing the keyword's former line"},
    {"no-ext", OWN, SETTER(drop_ext), "KEYWORD|all  do not offer it"},
    {"auth", LIST, FIELD(auth), "MECH[,MECH...]  offer AUTH"},
    {"auth-in-clear", FLAG, FIELD(auth_in_clear),
	"offer AUTH outside TLS although TLS is on offer"},
    {"require-auth", FLAG, FIELD(require_auth), "530 to MAIL before AUTH"},
    {"user", OWN, SETTER(add_user), "NAME:PASSWORD"},
    {"scram-iterations", NUMBER, FIELD(scram_iterations), "N  count told to the client (4096)"},
    {"scram-final", OWN, SETTER(set_scram_final), "good|wrong|missing  the server's signature"},
    {"rcpt", OWN, SETTER(add_rcpt), "GLOB=REPLY  reply to RCPT; the first match counts"},
    {"final", OWN, SETTER(add_final),
	"GLOB=REPLY  reply after the body; SMTP: of the first recipient"},
    {"reply", OWN, SETTER(set_reply), "PLACE=REPLY  another reply; escapes \\n \\xHH are known"},
    {"delay", OWN, SETTER(set_delay), "PLACE=MS  wait before that reply"},
    {"answer-each", FLAG, FIELD(answer_each), "write each reply at once"},
    {"settle", NUMBER, FIELD(settle_ms), "MS  hold replies until the client was quiet so long"},
    {"sndbuf", NUMBER, FIELD(sndbuf), "OCTETS  SO_SNDBUF"},
    {"rcvbuf", NUMBER, FIELD(rcvbuf), "OCTETS  SO_RCVBUF"},
    {"script", TEXT, FIELD(script), "FILE  play this dialogue, do not be a server"},
    {"record", TEXT, FIELD(record), "FILE  append a line of JSON a connection"},
    {"mail-dir", TEXT, FIELD(mail_dir), "DIR  keep bodies as CONNECTION-MESSAGE.eml"},
    {"limit", SECONDS, FIELD(limit_ms), "SECONDS  end then at the latest (60)"},
    {"grace", NUMBER, FIELD(grace_ms), "MS  for open connections at the end (2000)"},
    {"patience", NUMBER, FIELD(patience_ms), "MS  longest single wait for a client (10000)"},
    {"ignore-stdin", FLAG, FIELD(ignore_stdin), "do not end when stdin does"},
    {"verbose", FLAG, FIELD(verbose), "the conversation on stderr"},
#undef FIELD
#undef SETTER
};

#define NOPTIONS (sizeof(table) / sizeof(*table))

_Noreturn static void
help(void)
{
	puts("usage: fakeserver [OPTION]...   (see tests/lib/README)\n");
	for (size_t i = 0; i < NOPTIONS; i++)
		printf("  --%-18s %s\n", table[i].name, table[i].help);
	fputs("\nplaces:", stdout);
	for (int i = 0; i < PLACE_MAX; i++)
		printf(" %s", place_names[i]);
	putchar('\n');
	exit(0);
}

static bool
set_option(const struct option *opt, struct options *o, char *value)
{
	void *field = (char *)o + opt->at;
	uint64_t n;

	switch (opt->kind) {
	case FLAG:
		*(bool *)field = true;
		return true;
	case TEXT:
		*(const char **)field = value;
		return true;
	case LIST:
		free(*(char **)field);
		*(char **)field = text_dup(value, strlen(value));
		for (char *p = *(char **)field; *p != '\0'; p++)
			if (*p == ',')
				*p = ' ';
		return true;
	case NUMBER:
		if (!text_number(value, 1000000000, &n))
			return false;
		*(int *)field = (int)n;
		return true;
	case SECONDS: /* kept in milliseconds */
		if (!text_number(value, 1000000, &n))
			return false;
		*(int *)field = (int)n * 1000;
		return true;
	case OWN:
		break;
	}
	return opt->set(o, value);
}

void
options_parse(struct options *o, char **argv)
{
	*o = (struct options){
	    .tls_priority = "NORMAL",
	    .name = "fake.test",
	    .scram_iterations = 4096,
	    .limit_ms = 60000,
	    .grace_ms = 2000,
	    .patience_ms = 10000,
	};
	for (size_t i = 0; i < sizeof(default_ext) / sizeof(*default_ext); i++) {
		char *line = text_dup(default_ext[i], strlen(default_ext[i]));

		add_ext(o, line);
		free(line);
	}
	for (argv++; *argv != NULL; argv++) {
		const struct option *opt = table;

		if (strcmp(*argv, "--help") == 0)
			help();
		while (opt < table + NOPTIONS &&
		    (strncmp(*argv, "--", 2) != 0 || strcmp(*argv + 2, opt->name) != 0))
			opt++;
		if (opt == table + NOPTIONS)
			text_die("no option '%s'; --help lists them", *argv);
		if (opt->kind != FLAG && *++argv == NULL)
			text_die("--%s wants a value: %s", opt->name, opt->help);
		if (!set_option(opt, o, *argv))
			text_die("--%s '%s': not of the form %s", opt->name, *argv, opt->help);
	}
	if (o->tls != TLS_OFF && o->cert == NULL)
		text_die("--tls wants --cert BASE");
}

static void
rules_done(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].pattern);
		free(r->items[i].reply);
	}
	free(r->items);
}

void
options_done(struct options *o)
{
	for (size_t i = 0; i < o->next; i++)
		free(o->ext[i]);
	free(o->ext);
	for (size_t i = 0; i < o->nusers; i++) {
		free(o->users[i].name);
		free(o->users[i].password);
	}
	free(o->users);
	for (int i = 0; i < PLACE_MAX; i++)
		free(o->reply[i]);
	free(o->auth);
	rules_done(&o->rcpt);
	rules_done(&o->final);
}

const char *
options_ext(const struct options *o, const char *keyword)
{
	for (size_t i = 0; i < o->next; i++)
		if (text_same_word(o->ext[i], keyword))
			return o->ext[i];
	return NULL;
}

const char *
rules_find(const struct rules *r, const char *addr)
{
	for (size_t i = 0; i < r->n; i++)
		if (text_glob(r->items[i].pattern, addr))
			return r->items[i].reply;
	return NULL;
}
