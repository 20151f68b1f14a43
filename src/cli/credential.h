/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * credential.h - a password from a person: where it is read, tried, and kept.
 *
 * For `account login` and `setup`. It is tried before it is stored, and is never
 * an argument.
 */
#ifndef CLI_CREDENTIAL_H
#define CLI_CREDENTIAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "cli/ui.h"
#include "config/config.h"

/* What the command line says; all NULL: it is asked for on the terminal. */
struct credential_source {
	const char *file, *fd, *command;
};

/*
 * Reads the password for an account. An app password of Google loses its blanks; one that cannot be
 * an app password is warned of. false: e.
 */
bool
credential_get(const struct credential_source *src, const struct account *a, const struct ui *ui,
    struct secret *out, struct err *e);
/* Logs in with it, no mail is sent. Tells; returns the exit status. */
int
credential_try(const struct account *a, const struct secret *s, const struct ui *ui);
/* "password-file", "keyring": where the account's password comes from. */
const char *
credential_source_name(const struct account *a);
/* The file for an account's password, beside the configuration; NULL: there is no home. */
const char *
credential_file(struct arena *mem, const struct shared *shared, const char *account);
/* Mail that waited for a login may go (decisions.md 8). */
void
credential_release(const struct config *c, const struct account *a);

#endif
