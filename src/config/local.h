/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * local.h - which addresses mean a user of this machine.
 *
 * A name without a domain, at localhost, at the machine's own name (short or
 * full), or at a domain that `local-domains` lists (decisions.md 41). The machine's
 * name is what the kernel says: no resolver is ever asked, one that hangs
 * would hang every cron job.
 */
#ifndef CONFIG_LOCAL_H
#define CONFIG_LOCAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct local {
	const char *host;           /* as the kernel has it: "nas" or "nas.home.example" */
	const char *host_short;     /* up to its first dot */
	const char *const *domains; /* [defaults] local-domains */
	size_t ndomains;
};

/* The machine's names; domains are the caller's to set. */
void
local_init(struct arena *mem, struct local *out);
/* Is the address, in wire form or a name without a domain, one of the machine itself? */
bool
local_is(const struct local *l, const char *addr);

#endif
