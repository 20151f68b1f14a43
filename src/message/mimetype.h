/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mimetype.h - media types: guessed from the name of a file, or given.
 *
 * A small table of what people attach, for /etc/mime.types is not everywhere and the same command
 * should make the same message on each machine.
 */
#ifndef MESSAGE_MIMETYPE_H
#define MESSAGE_MIMETYPE_H

#include <stdbool.h>

/* By the extension, case ignored; application/octet-stream when it says nothing. */
const char *
mimetype_guess(const char *name);
/* "type/subtype", maybe with parameters behind ';', printable ASCII on one line (RFC 2045 5.1)? */
bool
mimetype_is_valid(const char *type);
bool
mimetype_is_text(const char *type);
/* message/...: its encoding is that of what it holds (RFC 2046 5.2.1). */
bool
mimetype_is_message(const char *type);
bool
mimetype_is_multipart(const char *type);

#endif
