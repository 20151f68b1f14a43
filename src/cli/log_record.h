/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log_record.h - a line of the log, found again among those of others.
 *
 * In a file of the system many programs write: ours is a line whose text is all
 * KEY=VALUE with a status that we know. Who may write there may forge one;
 * nothing is ever decided by what is read here.
 */
#ifndef CLI_LOG_RECORD_H
#define CLI_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/logline.h"
#include "cli/ui.h"

struct log_status {
	const char *word;
	enum ui_paint paint;
	bool failed; /* --failed shows it */
};

struct log_record {
	int64_t at_ms;       /* wall */
	const char *program; /* as it was called, with its tag */
	uint64_t pid;        /* 0: the line has none */
	const struct log_status *status;
	struct logline_fields fields;
};

/*
 * A line without its end: "TIME PROGRAM[PID]: TEXT" of our own file, "TIME HOST PROGRAM[PID]: TEXT"
 * of a syslog daemon or journalctl -o short-iso. What a terminal might obey is escaped. Strings are
 * the arena's. false: it is none of ours.
 */
bool
log_record_read(struct arena *mem, const char *line, size_t n, int64_t now_ms,
    struct log_record *out);
/* A key's value without the angle brackets that an address has; NULL: there is none. */
const char *
log_record_get(struct arena *mem, const struct log_record *r, const char *key);

struct log_filter {
	int64_t since_ms, until_ms; /* wall; 0: no such end */
	const char *to, *from, *id; /* patterns, '*' and '?'; NULL: any */
	bool failed;                /* only what went wrong */
};

/* id: whole, or its last characters, or a Message-ID with or without its brackets. */
bool
log_record_fits(struct arena *mem, const struct log_record *r, const struct log_filter *f);

#endif
