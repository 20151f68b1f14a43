/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mailpath.h - the path behind MAIL FROM: and RCPT TO: (RFC 5321 4.1.2), with the
 * tolerance that forty years of clients ask for: blanks in front, no angle brackets, source
 * routes (dropped), a name without a domain.
 */
#ifndef SERVE_MAILPATH_H
#define SERVE_MAILPATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * Parses s: *addr gets the address in wire form, maybe without a domain ("root"), "" for the null
 * path; *rest what follows (blanks and parameters). false: e, whose code and status are those of
 * the reply: 501 5.5.4 where no path can be made out, 553 5.1.3 (a sender: 5.1.7) for what is no
 * address, 5.6.7 as addr_make has it.
 */
bool
mailpath_parse(struct arena *mem, const char *s, bool is_sender, const char **addr,
    const char **rest, struct err *e);

#endif
