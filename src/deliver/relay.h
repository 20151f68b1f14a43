/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relay.h - an account of the configuration in the words of the network layers.
 *
 * smtp does not know config and config does not know net; this is the one
 * place where they meet.
 */
#ifndef DELIVER_RELAY_H
#define DELIVER_RELAY_H

#include <stddef.h>

#include "base/arena.h"
#include "config/account.h"
#include "smtp/session.h"

/* Fills srv; strings stay the account's. The password callback is the caller's to set. */
void
relay_server(const struct account *a, struct server *srv);
/* "smtp.example.org:465" or the socket's path. */
const char *
relay_peer(struct arena *mem, const struct account *a);
/*
 * Confines this process to what these servers need: their ports, their certificate files, the
 * resolver's files. Nothing can be executed or created any more, and nothing written but existing
 * files of writable_dir (NULL: none). A system that cannot confine is no error. (decisions.md 22)
 */
void
relay_confine(const struct account *const *accounts, size_t n, const char *writable_dir);

#endif
