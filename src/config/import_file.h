/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_file.h - where the other programs keep their configuration, and where ours goes.
 */
#ifndef CONFIG_IMPORT_FILE_H
#define CONFIG_IMPORT_FILE_H

#include "config/import.h"

struct import_kind;

/* NULL: no such program. */
const struct import_kind *
import_kind_find(const char *name);
/* The names of all, NULL behind the last. */
const char *
import_kind_name(size_t i);
/*
 * Reads path (a file, or the folder of a program that has several), NULL: the usual places, and
 * lets the importer work. *from: what was read, in im's arena. false: nothing could be read, e tells
 * (err.sysexit 66).
 */
bool
import_file(struct import *im, const struct import_kind *k, const char *path, const char **from,
    struct err *e);
/* The configuration file that --write makes: root's is the system's. NULL: there is no home. */
const char *
import_target(struct arena *mem);
/*
 * Writes text to path (600, folders 700) and the passwords beside it, each by a temporary file and
 * a rename. Without force nothing that is there is touched: false with e.
 */
bool
import_write(const struct import *im, const char *path, const struct buf *text, bool force,
    struct err *e);

#endif
