/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schema.h - THE table of keys.
 *
 * It drives the parser, `config keys`, the completions, the key list of
 * postrider.conf(5) and the did-you-mean. A key stands here when it works, and
 * nowhere else.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

enum schema_section {
	SECTION_DEFAULTS,
	SECTION_ACCOUNT,
	SECTION_ROUTE,
	SECTION_QUEUE,
	SECTION_LOG,
	SECTION_MAX
};

enum schema_type {
	TYPE_TEXT,
	TYPE_LIST, /* comma separated, or the key repeated */
	TYPE_BOOL,
	TYPE_CHOICE, /* one of `choices` */
	TYPE_NUMBER,
	TYPE_PORT,
	TYPE_DURATION,
	TYPE_DURATIONS, /* several, comma separated */
	TYPE_RATES,     /* "30/min, 450/day" */
	TYPE_SIZE,
	TYPE_PATH,   /* ~ and $XDG_CONFIG_HOME expanded */
	TYPE_SECRET, /* never shown; the file must be 0600 */
};

struct schema_key {
	const char *name;
	enum schema_section section;
	bool defaults_too; /* an account key that may stand in [defaults] for all accounts */
	enum schema_type type;
	const char *choices; /* "implicit|starttls|off" */
	const char *value;   /* default as text, NULL: none */
	const char *help;    /* one line */
};

extern const struct schema_key schema_keys[];
extern const size_t schema_nkeys;

const char *
schema_section_name(enum schema_section s);
/* NULL when that section has no such key. */
const struct schema_key *
schema_find(enum schema_section s, const char *name);

#endif
