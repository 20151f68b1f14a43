/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store.h - what the files said: sections and their settings, checked against the schema.
 *
 * A later source wins per key; each setting remembers where it comes from.
 * Nothing is resolved here: that is resolve.h.
 */
#ifndef CONFIG_STORE_H
#define CONFIG_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/lexer.h"
#include "config/place.h"
#include "config/schema.h"

struct setting {
	const struct schema_key *key;
	const char *value; /* of a list: all parts so far, joined by ", " */
	struct place at;   /* of the key */
	struct place value_at;
	int source; /* number of the file it comes from */
};

struct section {
	enum schema_section kind;
	const char *name; /* "" for defaults and routes */
	struct place at;
	struct setting *settings;
	size_t n;
};

struct store {
	struct arena mem;
	struct section *sections; /* routes in order, one section a route */
	size_t n;
	struct diags *d;
	size_t current; /* index of the section that pairs go to, n: none or an unknown one */
	int source;
	bool weak;              /* an included file: what is there already stays */
	struct setting include; /* of the source read last, when its number is that */
	bool have_section;
	bool secret; /* a `password` was seen in this source */
	struct place secret_at;
};

void
store_init(struct store *s, struct diags *d);
/* Secrets are wiped. */
void
store_done(struct store *s);
/* Reads one source of text[0..n). */
void
store_read(struct store *s, const char *file, const char *text, size_t n);
/* Sets one key of a section from the command line, the environment or a URL: checked like a line of
 * a file. */
void
store_set(struct store *s, enum schema_section kind, const char *section, const char *key,
    const char *value, const struct place *at);
/* The section, NULL: there is none of that name. */
const struct section *
store_find(const struct store *s, enum schema_section kind, const char *name);
/* The setting, NULL: not set there. */
const struct setting *
store_get(const struct section *sec, const char *key);

#endif
