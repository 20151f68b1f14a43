/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conf.h - configurations for tests: files in a folder of their own, results written down as text.
 */
#ifndef UNIT_CONF_H
#define UNIT_CONF_H

#include <sys/types.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/diag.h"

/* Group set-up and tear-down: an empty folder that is $HOME, no variable that matters. */
int
conf_setup(void **state);
int
conf_teardown(void **state);
/* Path of a name in the folder; valid until the program ends. */
const char *
conf_path(const char *name);
/* Writes a file there, with its folders; mode whatever the umask says. */
const char *
conf_write(const char *name, const char *text, mode_t mode);
/* A file of tests/data/config as a string, freed by the caller. */
char *
conf_data(const char *name);
/* Loads text as -C FILE, mode 600. */
struct config *
conf_load(const char *text, struct diags *d);
/* One line an account, what is not a default named. */
void
conf_dump(const struct config *c, struct buf *out);
/*
 * "FILE:LINE:COLUMN+WIDTH text (hint)", a line each. The folder's name is left out wherever it
 * occurs.
 */
void
conf_findings(const struct diags *d, struct buf *out);
/* conf_dump or conf_findings of it, and all freed. */
void
conf_result(struct config *c, struct diags *d, struct buf *out);

#endif
