/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * netrc.h - passwords other programs know already.
 */
#ifndef CONFIG_NETRC_H
#define CONFIG_NETRC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"

/* The password for user at host in the text of a netrc file; false: none. `default` counts last. */
bool
netrc_find(const char *text, size_t n, const char *host, const char *user, struct secret *out);

#endif
