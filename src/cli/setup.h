/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * setup.h - from an address to an account that works.
 *
 * What is known, or can be found, is not asked for. Everything is tried before
 * anything is written, and the password is the last thing that is asked for and
 * the first that is forgotten.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "cli/credential.h"
#include "cli/shared.h"
#include "cli/ui.h"
#include "config/config.h"
#include "deliver/discover.h"

/* Where the account's secret comes from. */
enum setup_keep {
	SETUP_UNDECIDED,
	SETUP_KEYRING,
	SETUP_FILE,
	SETUP_COMMAND, /* a command of theirs prints the password */
	SETUP_TOKEN,   /* ... an access token */
	SETUP_NO_LOGIN,
};

struct setup {
	struct arena *mem;
	const struct ui *ui;
	const struct shared *shared;
	const struct config *config; /* what there is already, never NULL */
	bool asks;                   /* there is a person to ask, and he wants to be asked */
	size_t questions;            /* that were asked */
	/* what is to be */
	const char *address, *name, *user, *local_to, *host, *tls_ca, *tls_pin;
	uint16_t port;
	bool starttls, make_default;
	const struct provider *provider;
	enum setup_keep keep;
	const char *command; /* of SETUP_COMMAND, SETUP_TOKEN */
	const char *file;    /* of SETUP_FILE */
	struct credential_source source;
	struct secret secret; /* of SETUP_KEYRING and SETUP_FILE */
};

/* ---- setup_ask: each takes what it needs from the options, else asks. false: e, or (ERR_NONE) the
 * person has gone away. */

/* The answer, or deflt where nobody is asked or nothing is answered. NULL: end of file. */
const char *
setup_ask(struct setup *s, const char *question, const char *deflt);
/* A line of explanation. */
void
setup_tell(const struct setup *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool
setup_ask_server(struct setup *s, const char *resolver, struct err *e);
/* What kind of secret, and where it is kept. */
bool
setup_ask_keep(struct setup *s, struct err *e);
bool
setup_ask_secret(struct setup *s, struct err *e);
bool
setup_ask_local(struct setup *s, struct err *e);

/* ---- setup_text */

/* A name for the account that none has yet. */
const char *
setup_name(const struct setup *s);
/* Its section. false (e): a value cannot stand on a line. */
bool
setup_section(const struct setup *s, struct buf *out, struct err *e);
/* All that is new, put into the text of a configuration. false: e. */
bool
setup_add(const struct setup *s, struct buf *out, struct err *e);
/* The whole file at path with the new account in it. false: e. */
bool
setup_file(const struct setup *s, const char *path, struct buf *out, struct err *e);

/* ---- setup_try */

/* Is it an account that can be used, as it is to be? Before a password is asked for. false: e. */
bool
setup_judge(const struct setup *s, struct err *e);
/* At its server. Tells each step; 0: it works. */
int
setup_try(const struct setup *s, struct err *why);

#endif
