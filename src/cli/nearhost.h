/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nearhost.h - the host that was meant, when the one that was written does not exist.
 *
 * Two sources: the domain of the account's own address, which is often that of
 * its server, and the servers that many people have. Nothing is looked up.
 */
#ifndef CLI_NEARHOST_H
#define CLI_NEARHOST_H

#include <stdbool.h>

#define NEARHOST_MAX 256

/*
 * A name that is one or two slips of the finger away from host; address: of the account, NULL:
 * none. false: none is near, or host is one of them.
 */
bool
nearhost_find(const char *host, const char *address, char near[NEARHOST_MAX]);

#endif
