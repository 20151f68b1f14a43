/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load.h - which files, and may they be believed?
 *
 * -C or --server or POSTRIDER_URL stand alone; else the user's own file; else
 * the system's. A file that others could have written is refused, a password
 * in a file that others can read too.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/store.h"

struct load_path {
	const char *path;
	bool found;
};

struct load {
	struct load_path *paths; /* those looked at, in order; in the store's arena */
	size_t n;
	const char *draft_of, *draft; /* as in config_request */
	const char *account;          /* the one made from a URL, NULL: none */
};

void
load_all(struct store *s, const struct config_request *req, struct load *out);

#endif
