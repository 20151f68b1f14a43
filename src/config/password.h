/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * password.h - where an account's password, or its access token, comes from.
 *
 * Runs in the process that has the terminal and the user's environment, never
 * in the network worker. Secrets do not come from argv or from the value of an
 * environment variable.
 */
#ifndef CONFIG_PASSWORD_H
#define CONFIG_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/secret.h"
#include "config/account.h"

/*
 * From the account's one source; without one: $NETRC or ~/.netrc, then, with may_ask, a prompt on
 * the terminal (/dev/tty, echo off). A command runs each time anew; what token-command prints must
 * be one word of printable ASCII. Errors: ERR_CONFIG, STAGE_SECRET with what to do.
 */
bool
password_get(const struct account *a, bool may_ask, struct secret *out, struct err *e);

#endif
