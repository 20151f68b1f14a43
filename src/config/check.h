/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check.h - is this a value of that key?
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include <stdbool.h>

#include "config/store.h"

/*
 * Checks set->value by the key's type and brings it into its final form (paths expanded). false: a
 * finding was added.
 */
bool
check_value(struct arena *mem, struct setting *set, struct diags *d);
/* $HOME when it is ours, else the passwd entry's; NULL: none (decisions.md 19). */
const char *
check_home(struct arena *mem);

#endif
