/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attach.h - files that go into a message: FILE[,name=NAME][,type=TYPE][,cid=ID].
 *
 * A file is opened when the command line is read and read when its turn comes. One that is another
 * by then - longer, shorter, written to - is no mail: the reader fails, and nothing is sent. A pipe
 * has no size and is read to its end.
 */
#ifndef CLI_ATTACH_H
#define CLI_ATTACH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "message/parts.h"

struct attach {
	const char *path; /* as given; "-": standard input */
	int fd;
	bool whole; /* a file that stands still, not a pipe */
	struct stat st;
	uint64_t done;
	struct err *e; /* why a read failed */
	struct part part;
};

struct attach_how {
	struct arena *mem;   /* for the strings */
	const char *charset; /* of texts that cannot be read twice, and of names; NULL: none said */
	bool inlined;        /* --inline: with a Content-ID */
	struct err *trouble; /* where a read tells later why it failed */
};

/* Does such a word read standard input? */
bool
attach_is_stdin(const char *word);
/*
 * Opens what the word names and fills *a. false: e (ERR_USAGE; ERR_LOCAL STAGE_INPUT, 66;
 * ERR_MESSAGE 65), and *a can be closed all the same.
 */
bool
attach_open(struct attach *a, const struct attach_how *how, const char *word, struct err *e);
void
attach_close(struct attach *a);

#endif
