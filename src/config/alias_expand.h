/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alias_expand.h - from a name to whom the mail is for.
 *
 * Only addresses of this machine's users (local.h) are looked up: by the name, then by what
 * stands before a '+' in it. What has no alias goes to `local-to`; without that it stays a bare
 * name, to be given a domain by whoever asked: mail is never sent to a local domain.
 */
#ifndef CONFIG_ALIAS_EXPAND_H
#define CONFIG_ALIAS_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/aliases.h"
#include "config/local.h"

#define ALIAS_EXPAND_MAX ((size_t)10000) /* addresses that one may become */

/* [defaults] aliases, local-to */
struct alias_settings {
	const char *const *files;
	size_t nfiles;
	bool may_lack; /* they are the usual ones, and not asked for */
	const char *const *local_to;
	size_t nlocal_to;
};

struct alias_expand {
	const struct alias_settings *settings;
	const struct local *local;
	const struct aliases *aliases; /* NULL: none are looked at */
	struct arena *mem;             /* of the addresses handed out */
	/*
	 * One of those that it leads to: an address in wire form, or a bare name without an alias.
	 * The same one may come more than once.
	 */
	void (*add)(void *arg, const char *addr);
	/* What it leads to and cannot be sent to; the others are added all the same. */
	void (*refuse)(void *arg, const struct err *why);
	void *arg;
};

/* addr: in wire form, or a bare name. */
void
alias_expand(const struct alias_expand *x, const char *addr);

#endif
