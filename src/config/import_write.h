/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_write.h - an imported configuration becomes a file, its passwords files beside it.
 */
#ifndef CONFIG_IMPORT_WRITE_H
#define CONFIG_IMPORT_WRITE_H

#include "config/import.h"

/* The configuration file that --write makes: root's is the system's. NULL: there is no home. */
const char *
import_write_target(struct arena *mem);
/*
 * Writes text to path (600, folders 700) and the passwords beside it, each by a temporary file and
 * a rename. Without force nothing that is there is touched: false with e.
 */
bool
import_write(const struct import *im, const char *path, const struct buf *text, bool force,
    struct err *e);

#endif
