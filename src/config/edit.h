/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edit.h - changes a configuration as a careful person would.
 *
 * Only the lines concerned change: comments, order and blank lines stay. The
 * result must load before it replaces the file.
 */
#ifndef CONFIG_EDIT_H
#define CONFIG_EDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"
#include "config/diag.h"
#include "config/schema.h"

/*
 * Sets key in [kind name] of the text: its line, with all that goes on behind it, is replaced (a
 * list that is set by several lines gets one); a new line comes behind the section's last one; a
 * missing section comes last. value NULL: the key is taken out. false (e, ERR_CONFIG): the value
 * cannot stand on a line.
 */
bool
edit_set(struct buf *text, enum schema_section kind, const char *name, const char *key,
    const char *value, struct err *e);
/* Appends a whole section, with a blank line before it when there is text; section ends in LF. */
void
edit_append(struct buf *text, const char *section);
/*
 * Is all well with what `how` names, once the file at path has this text? Then it is replaced (or
 * made: 600, folders 700). false: d holds what is wrong with the text, or it is empty and e tells.
 */
bool
edit_save(const struct config_request *how, const char *path, const struct buf *text,
    struct diags *d, struct err *e);
/*
 * The file to change: of -C; else the one that holds; else root's is the system's, a person's his
 * own. Absolute. NULL (e): there is no home, or a URL in the environment takes the place of all.
 */
const char *
edit_target(struct arena *mem, const struct config_request *how, struct err *e);
/* Is there a file of that name, whatever is in it? */
bool
edit_exists(const char *path);

#endif
