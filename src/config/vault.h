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
#include "base/putfile.h"
#include "base/secret.h"
#include "config/account.h"

/* Is there a keyring that can be written: secret-tool, and a session of somebody? */
bool
vault_has_keyring(void);
/* Stores for `secret-tool lookup host HOST service smtp user USER`; what was there is replaced. */
bool
vault_keyring_store(const char *host, const char *user, const struct secret *s, struct err *e);
/* The file becomes the password and a line end. */
bool
vault_file_store(const char *path, const struct secret *s, enum putfile_how how, struct err *e);
/*
 * Where the account's password comes from, if that is a place that can be written: stores it
 * there. false: e (ERR_CONFIG, STAGE_SECRET) says why that source cannot be, and what to do.
 */
bool
vault_store(const struct account *a, const struct secret *s, struct err *e);
/* Takes it out again; that nothing was there is no error. */
bool
vault_clear(const struct account *a, struct err *e);

#endif
