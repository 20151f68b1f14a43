/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * addrlist.h - address lists as people and programs write them.
 *
 * RFC 5322 3.4 with the obsolete syntax of 4.4 and the UTF-8 of RFC 6532:
 * groups, comments (nested), quoted local parts, source routes, empty list
 * elements, folding. One parser for header fields, command-line recipients
 * and configuration values.
 */
#ifndef MESSAGE_ADDRLIST_H
#define MESSAGE_ADDRLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct mailbox {
	const char *addr; /* wire form; no "@" in it when no domain was written ("root") */
	/*
	 * display name decoded from quotes, blanks folded, or the text of the last comment; NULL:
	 * none
	 */
	const char *name;
	size_t start, end; /* the addr-spec in the source text: source[start, end) */
};

struct mailbox_list {
	struct mailbox *items;
	size_t n;
	bool group; /* at least one group was there, maybe an empty one */
};

/*
 * Parses s[0..n) and appends to *out (zero it first). All memory from a. An address that cannot
 * be parsed gives false and e (ERR_RECIPIENT, STAGE_INPUT, 5.1.3, with the offending text quoted)
 * and the column in *bad; the mailboxes before it stay in *out, and the caller may go on behind
 * the next top-level comma with addrlist_skip(). An empty list is true with n unchanged. NUL,
 * bare CR or LF outside folds are errors.
 */
bool
addrlist_parse(struct arena *a, const char *s, size_t n, struct mailbox_list *out, size_t *bad,
    struct err *e);
/*
 * Index behind the next comma outside quotes, comments and angle brackets from `from` on; n when
 * none.
 */
size_t
addrlist_skip(const char *s, size_t n, size_t from);
/* Where the list element that holds s[at] begins. */
size_t
addrlist_start(const char *s, size_t at);
/*
 * A display name as it may stand before <addr>: atoms, quoted string, or RFC 2047 words when it
 * has 8-bit octets (UTF-8, else unknown-8bit). Line breaks in it become blanks. Lines are folded
 * below 78.
 */
const char *
addrlist_quote_name(struct arena *a, const char *name);

#endif
