/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_file.h - where the other programs keep their configuration.
 */
#ifndef CONFIG_IMPORT_FILE_H
#define CONFIG_IMPORT_FILE_H

#include "config/import.h"

struct import_kind;

/* NULL: no such program. */
const struct import_kind *
import_file_kind(const char *name);
/* The names of all, NULL behind the last. */
const char *
import_file_kind_name(size_t i);
/* What that program has in one of its usual places and we may read; NULL: nothing. */
const char *
import_file_found(struct arena *mem, const struct import_kind *k);
/*
 * Reads path (a file, or the folder of a program that has several), NULL: the usual places, and
 * lets the importer work. *from: what was read, in im's arena. false: nothing could be read, e
 * tells (err.sysexit 66).
 */
bool
import_file_read(struct import *im, const struct import_kind *k, const char *path,
    const char **from, struct err *e);
/* "~/" and "$XDG/" (~/.config unless told otherwise) in front of a path; NULL: there is no home. */
const char *
import_file_expand(struct arena *mem, const char *place);

#endif
