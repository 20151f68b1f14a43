/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keypath.h - a key of the configuration as one word: account.gmail.port, queue.lifetime.
 */
#ifndef CONFIG_KEYPATH_H
#define CONFIG_KEYPATH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/schema.h"

struct keypath {
	enum schema_section kind;
	const char *name; /* of the account, else "" */
	const char *key;
	const struct schema_key *schema; /* of keypath_parse */
};

/* Whether the key exists is not asked. Strings live in mem. false: it has not this form. */
bool
keypath_split(struct arena *mem, const char *text, struct keypath *out);
/* The same, and the key is one of the schema. false: e (ERR_USAGE), with the nearest one. */
bool
keypath_parse(struct arena *mem, const char *text, struct keypath *out, struct err *e);

#endif
