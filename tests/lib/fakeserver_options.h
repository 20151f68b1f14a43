/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_options.h - what the fake server was told to be.
 *
 * Read once from the command line, const afterwards; shared by all connections.
 * One table drives parser and --help; tests/lib/README explains each at length.
 */
#ifndef FAKESERVER_OPTIONS_H
#define FAKESERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum tls_mode { TLS_OFF, TLS_STARTTLS, TLS_IMPLICIT };
enum scram_final { SCRAM_GOOD, SCRAM_WRONG, SCRAM_MISSING };

/* The places of a session whose reply and delay can be chosen. */
enum place {
	PLACE_GREETING,
	PLACE_EHLO,
	PLACE_STARTTLS,
	PLACE_AUTH,
	PLACE_MAIL,
	PLACE_RCPT,
	PLACE_DATA,
	PLACE_CHUNK, /* the reply to a BDAT that is not the last one */
	PLACE_FINAL,
	PLACE_RSET,
	PLACE_QUIT,
	PLACE_MAX
};

struct rule {
	char *pattern; /* glob over the address */
	char *reply;   /* "550 5.1.1 No such user", lines joined by "\n" */
};

struct rules {
	struct rule *items;
	size_t n;
};

struct user {
	char *name, *password;
};

struct options {
	const char *unix_path; /* NULL: TCP on 127.0.0.1 */
	enum tls_mode tls;
	const char *cert; /* BASE of BASE.pem and BASE.key */
	const char *tls_priority;
	bool lmtp;
	const char *name;
	char **ext; /* EHLO keywords with their parameters */
	size_t next;
	char *auth; /* mechanisms, separated by blanks; NULL: none offered */
	bool auth_in_clear, require_auth;
	struct user *users;
	size_t nusers;
	int scram_iterations;
	enum scram_final scram_final;
	struct rules rcpt, final;
	char *reply[PLACE_MAX];
	int delay_ms[PLACE_MAX];
	bool answer_each;
	int settle_ms;
	int sndbuf, rcvbuf;
	const char *script, *record, *mail_dir;
	int limit_ms, grace_ms, patience_ms;
	bool ignore_stdin, verbose;
};

/* Ends the process with a message when something is wrong, and for --help. */
void
options_parse(struct options *o, char **argv);
void
options_done(struct options *o);
/* The keyword's line as offered ("SIZE 1000"), NULL when it is not offered. */
const char *
options_ext(const struct options *o, const char *keyword);
/* Reply of the first rule that matches, NULL when none does. */
const char *
rules_find(const struct rules *r, const char *addr);

#endif
