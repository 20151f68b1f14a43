/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edit.h - changes a configuration as a careful person would.
 *
 * Only the lines concerned change: comments, order and blank lines stay. The
 * result must load before it replaces the file, which then keeps its mode and
 * owner; a symbolic link stays one.
 */
#ifndef CONFIG_EDIT_H
#define CONFIG_EDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/diag.h"
#include "config/schema.h"

/*
 * Sets key in [kind name] of the text: its line (or, of a list, its lines) is replaced; a new line
 * comes behind the section's last one; a missing section comes last. value NULL: the key is taken
 * out. false (e): the value cannot stand in a file (line breaks, NUL), or the text is none that
 * could be edited.
 */
bool
edit_set(struct buf *text, enum schema_section kind, const char *name, const char *key,
    const char *value, struct err *e);
/* Appends a whole section, with a blank line before it when there is text; section ends in LF. */
void
edit_append(struct buf *text, const char *section);
/*
 * Loads the text as configuration; only if nothing is wrong with it the file is replaced (or made:
 * 600, folders 700). false: d holds what is wrong with the text, or it is empty and e tells.
 */
bool
edit_save(const char *path, const struct buf *text, struct diags *d, struct err *e);
/* The file that `config set` and `setup` change: -C's, else root's is the system's, else the
 * person's own. NULL: there is no home. */
const char *
edit_target(struct arena *mem, const char *given);

#endif
