/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vault.h - puts a password where an account will look for it.
 *
 * The counterpart of password.h: into the keyring (secret-tool, by its standard
 * input) or into a file that only its owner reads. Never into the configuration
 * itself, never into an argument.
 */
#ifndef CONFIG_VAULT_H
#define CONFIG_VAULT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "config/account.h"

/* Is there a keyring that can be written (secret-tool, and a session bus)? */
bool
vault_has_keyring(void);
/* Stores for `secret-tool lookup host HOST service smtp user USER`; what was there is replaced. */
bool
vault_keyring_store(const char *host, const char *user, const struct secret *s, struct err *e);
bool
vault_keyring_clear(const char *host, const char *user, struct err *e);
/*
 * The file (600, its folders 700) becomes the password and a line end: temporary file, fsync,
 * rename. A symbolic link is followed to what it names. e: ERR_LOCAL.
 */
bool
vault_file_store(const char *path, const struct secret *s, struct err *e);
/*
 * Where the account's password comes from, if it is a place that can be written: stores there.
 * e (ERR_CONFIG) with the reason for a source that cannot be: a command, a credential, an inline
 * password (the file's line is named), none at all.
 */
bool
vault_store(const struct account *a, const struct secret *s, struct err *e);
bool
vault_clear(const struct account *a, struct err *e);

#endif
