/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config_change.h - the verbs of `postrider config` that write: set, unset, edit.
 */
#ifndef CLI_CONFIG_CHANGE_H
#define CLI_CONFIG_CHANGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "cli/shared.h"
#include "cli/ui.h"

/* value NULL: the key is taken out. Returns the exit status. */
int
config_change_set(struct arena *mem, const struct shared *shared, const struct ui *ui,
    const char *key, const char *value);
/* With the person's own editor; what is wrong can be mended before it counts. */
int
config_change_edit(struct arena *mem, const struct shared *shared, const struct ui *ui);

#endif
