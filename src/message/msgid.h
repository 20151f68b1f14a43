/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * msgid.h - message identifiers (RFC 5322 3.6.4).
 *
 * Time and random bits, and the sender's domain on the right: no host name,
 * no pid, no user leaks into mail.
 */
#ifndef MESSAGE_MSGID_H
#define MESSAGE_MSGID_H

#include "base/arena.h"

/* "<...@domain>"; domain NULL or not usable: "localhost.invalid". */
const char *
msgid_make(struct arena *a, const char *domain);

#endif
