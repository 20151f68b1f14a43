/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * addr.h - one mailbox address, and the gate before the wire.
 *
 * Two forms are kept apart: what people write (header syntax, comments, obsolete
 * forms, parsed by addrlist) and what may stand between < and > in a command
 * (RFC 5321 4.1.2). Only strings that pass addr_is_wire() reach a command line.
 */
#ifndef MESSAGE_ADDR_H
#define MESSAGE_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/*
 * True when s is a Mailbox of RFC 5321 4.1.2 (dot-string or quoted-string, "@", domain or address
 * literal), UTF-8 allowed as in RFC 6531 3.3; no control characters, no bare specials, nothing
 * behind it; local part <= 64 octets, 254 in all. The null path is not a mailbox.
 */
bool
addr_is_wire(const char *s);
/* Where the domain begins (behind the last '@' outside quotes), NULL when there is none. */
const char *
addr_domain(const char *addr);
/*
 * The wire form: domain to A-labels (base/idn); local part quoted when it needs to be, unquoted
 * when it need not. local is the decoded content. domain NULL or "": no domain ("root"). NULL
 * with e (ERR_RECIPIENT, 5.1.3 or 5.6.7) when it cannot be one.
 */
const char *
addr_make(struct arena *a, const char *local, const char *domain, struct err *e);
/* Non-ASCII octets left in it: needs SMTPUTF8. */
bool
addr_needs_utf8(const char *addr);
/* Equal recipients: local part exact, domain without case. */
bool
addr_eq(const char *a, const char *b);
/*
 * Does a sender pattern of the configuration match? Whole addresses, or '*' and '?' in them;
 * local part compared exactly, domain without case. "*@example.org", "ann@*".
 */
bool
addr_matches(const char *pattern, const char *addr);
/*
 * Appends valid UTF-8 as utf-8-addr-xtext of RFC 6533 section 3: printable ASCII but for \ + =, all
 * else as \x{HEX}. It may stand where SMTPUTF8 is not at hand.
 */
void
addr_utf8_xtext(struct buf *out, const char *s);

#endif
