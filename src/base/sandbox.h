/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox.h - giving up what a process that parses a server's octets does not need.
 *
 * Landlock on Linux (files from ABI 1, TCP ports from ABI 4), pledge on
 * OpenBSD. A system without either is no error: this is a second wall.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox {
	const char *const
	    *readable; /* files and directories that may still be opened for reading */
	size_t nreadable;
	const char
	    *writable; /* a directory whose existing files may be opened for writing; NULL: none */
	const uint16_t *ports; /* TCP ports that may be connected to */
	size_t nports;
};

/*
 * Confines the calling process for good: nothing can be executed, created or removed, and only what
 * is listed be opened or connected to; what is open stays open, Unix sockets stay reachable. false:
 * the system cannot.
 */
bool
sandbox_enter(const struct sandbox *s);
/* No core dump, and no debugger of the same user, for a process that may hold a secret. */
void
sandbox_no_core(void);

#endif
