/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config.h - the configuration as a whole: loaded once, const afterwards.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "config/account.h"
#include "config/alias_expand.h"
#include "config/diag.h"
#include "config/local.h"
#include "config/schema.h"

struct config;

struct config_request {
	/* -C: replaces every other file (decisions.md 33); NULL: the usual places */
	const char *file;
	/* a configuration that stands in no file yet: replaces all files and the environment */
	const char *text;
	/* what is read in place of the file of that name: a new text of it, to be judged */
	const char *draft_of, *draft;
	const char *const *sets; /* --set KEY=VALUE */
	size_t nsets;
	/* --server URL: one account named "server", the default; NULL: none */
	const char *server;
	/* --timeout: sets timeout and reply-timeout of every account; 0: not given */
	int64_t timeout_ms;
};

/*
 * Loads, merges, checks. NULL when anything is wrong: d holds every finding. Without any file and
 * without URL the result is a configuration with no account (config_naccounts is 0), which is no
 * error yet.
 */
struct config *
config_load(const struct config_request *req, struct diags *d);
/*
 * For mail that must be kept although config_load found something wrong: no accounts and no domain,
 * only what could be understood of [queue], by which a later run will find it. Never NULL.
 */
struct config *
config_load_rest(const struct config_request *req);
void
config_free(struct config *c);

size_t
config_naccounts(const struct config *c);
const struct account *
config_account(const struct config *c, size_t i);
/* [defaults] domain, NULL: none. */
const char *
config_domain(const struct config *c);
/* [defaults] undisclosed-recipients. */
bool
config_undisclosed(const struct config *c);
/* [defaults] aliases, local-to: where mail for users of this machine goes. */
const struct alias_settings *
config_aliases(const struct config *c);
/* Which addresses mean a user of this machine. */
const struct local *
config_local(const struct config *c);
/*
 * The files that were looked at, in order; *found tells whether it was there. NULL behind the
 * last one.
 */
const char *
config_path(const struct config *c, size_t i, bool *found);

/* [queue], with its defaults. */
struct queue_settings {
	bool enabled;          /* no: nothing is kept unless it is asked for */
	const char *directory; /* NULL: there can be none (no home) */
	const int64_t *retry_ms;
	size_t nretry;
	int64_t lifetime_ms, warn_after_ms;
	const char *bounce_to; /* NULL: the sender of the mail */
	size_t parallel, per_connection;
	bool hold_doubtful;
};

const struct queue_settings *
config_queue(const struct config *c);
/* [log], fit for log_settle. */
const struct log_settings *
config_log(const struct config *c);
/*
 * A number that changes when the configuration or the account's password file does: what an open
 * breaker waits for.
 */
uint64_t
config_fingerprint(const struct config *c, const struct account *a);

struct pick {
	const char *name; /* -a, NULL: none */
	const char *from; /* From or envelope sender address, NULL or "": none */
	const char *const *rcpts;
	size_t nrcpts;
	const char *user; /* login name of the caller */
};
/*
 * The account for a message: by name, by the first route that matches, by an account that owns
 * `from` (whole addresses before patterns), the default account, the only account. *sender gets
 * the route's `from` or NULL. NULL with e (ERR_CONFIG, STAGE_CONFIG, hint "no-account" when none
 * is configured at all; did-you-mean for names).
 */
const struct account *
config_pick(const struct config *c, const struct pick *p, const char **sender, struct err *e);

/*
 * The value of a key as it holds in that section, its default where it is not set, "(hidden)" for
 * secrets; NULL: it has none, or there is no such section. name: of an account, else "".
 */
const char *
config_value(const struct config *c, enum schema_section kind, const char *name,
    const struct schema_key *key);
/*
 * `config show`: every section with its keys as they hold, one "key = value" a line; with origin
 * each line ends in a tab and "# FILE:LINE" or "# default". Secrets are shown as "(hidden)".
 */
void
config_show(const struct config *c, bool origin, struct buf *out);
void
config_show_json(const struct config *c, struct buf *out);

#endif
