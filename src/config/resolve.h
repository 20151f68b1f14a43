/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolve.h - from what the files say to what holds.
 *
 * A value is looked for in the account, in those it is `like`, in
 * [defaults], and last in the schema.
 */
#ifndef CONFIG_RESOLVE_H
#define CONFIG_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/account.h"
#include "config/store.h"

/* The setting that holds for key in an account section, NULL: only the schema's default, if any. */
const struct setting *
resolve_setting(const struct store *s, const struct section *account, const char *key);
/* A list value cut at its commas, blanks trimmed, empty parts dropped. */
const char *const *
resolve_list(struct arena *mem, const char *value, size_t *n);
/*
 * Fills out from the section; failover is left to resolve_failover, when all accounts are there.
 * Findings go to the store's diags.
 */
void
resolve_account(struct store *s, const struct section *sec, struct account *out);
void
resolve_failover(struct store *s, const struct section *sec, struct account *out,
    const struct account *accounts, size_t n);

#endif
