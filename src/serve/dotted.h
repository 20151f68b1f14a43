/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dotted.h - the text behind DATA, un-stuffed (RFC 5321 4.5.2).
 *
 * Where does it end? Whoever ended the line of DATA in CRLF ends the text with CRLF "." CRLF and
 * nothing else: a lone dot between bare LFs is text, as it may come from a stranger whose words
 * the caller stuffed by CRLF alone; taken as the end, the rest of them would be commands
 * (SMTP smuggling, reliability.md D3). Whoever ended it in a bare LF has sessions of such lines,
 * as the LSB allows: there each LF begins a line, and the end is a line of a dot, with or
 * without a CR. One rule holds for the whole text; nothing is forwarded raw, for what comes out
 * here is made canonical before it leaves.
 */
#ifndef SERVE_DOTTED_H
#define SERVE_DOTTED_H

#include <stdbool.h>
#include <stddef.h>

enum dotted_state { DOTTED_START, DOTTED_DOT, DOTTED_DOT_CR, DOTTED_TEXT, DOTTED_END };

struct dotted {
	enum dotted_state state;
	bool crlf; /* the rule */
	bool cr;   /* the last octet of the text was a CR */
};

void
dotted_init(struct dotted *d, bool crlf);
/*
 * Takes in[0..n), writes what it stands for to out, which has room for n + 1 octets, and sets
 * *done to how much of in was taken: less than n only behind the end. Returns how much was written.
 */
size_t
dotted_feed(struct dotted *d, const char *in, size_t n, char *out, size_t *done);
bool
dotted_ended(const struct dotted *d);

#endif
