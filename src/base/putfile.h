/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * putfile.h - a small file appears whole or not at all.
 *
 * Written beside its place under another name, synced, then put there: who reads
 * meanwhile sees the old one, and a full disk leaves it.
 */
#ifndef BASE_PUTFILE_H
#define BASE_PUTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum putfile_how {
	PUTFILE_NEW,     /* mode 600; what is there already stays: e, EEXIST in errno */
	PUTFILE_PRIVATE, /* mode 600, whatever was there */
	PUTFILE_REPLACE, /* keeps mode and owner of what is there (else 600) */
};

/*
 * Missing folders are made (700). A symbolic link stays one, but for PUTFILE_NEW. false: e
 * (ERR_LOCAL, 74) and errno.
 */
bool
putfile(const char *path, const struct buf *text, enum putfile_how how, struct err *e);
/*
 * The two halves of it, for those who look at the new file before it counts: the name it has until
 * then, in mem; NULL with e.
 */
const char *
putfile_draft(struct arena *mem, const char *path, const struct buf *text, enum putfile_how how,
    struct err *e);
/* Puts it in its place, or (false) removes it. */
bool
putfile_commit(const char *draft, const char *path, enum putfile_how how, struct err *e);
void
putfile_drop(const char *draft);

#endif
