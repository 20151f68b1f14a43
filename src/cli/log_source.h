/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log_source.h - the lines of a log, from wherever it is kept.
 *
 * The file of the configuration; or the journal, asked through journalctl; or a
 * file that a syslog daemon writes. All of them are read line by line, and can be
 * followed.
 */
#ifndef CLI_LOG_SOURCE_H
#define CLI_LOG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A line without its end. false: no more are wanted. */
typedef bool
log_source_take(void *arg, const char *line, size_t n);

struct log_source {
	const char *path; /* a file; NULL: the journal */
	int64_t since_ms; /* nothing older is needed, 0: all is */
	log_source_take *take;
	void *arg;
	/* state */
	int fd;           /* the file as far as it was read, -1: none */
	char cursor[512]; /* of the journal: where it was read to, "" unknown */
};

/*
 * The lines that are there, those of PATH.1 first when they may be young enough. false: it cannot
 * be read (e, errno): for a file that is not there ENOENT.
 */
bool
log_source_read(struct log_source *s, struct err *e);
/*
 * After log_source_read: those that come, until take says no or nobody reads our standard output
 * any more. A file that was moved away or cut is read to its end, and then the one in its place.
 */
bool
log_source_follow(struct log_source *s, struct err *e);
void
log_source_close(struct log_source *s);

#endif
