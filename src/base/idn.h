/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * idn.h - domain names between people and the wire (libidn2 lives here).
 */
#ifndef BASE_IDN_H
#define BASE_IDN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * The A-label form of a domain (IDNA 2008, non-transitional), lower-cased only where it was not
 * ASCII; a trailing dot is dropped. Checks label syntax itself (RFC 5890 2.3.1: letters, digits,
 * hyphen, 1-63 octets a label, 253 in all; underscores are let through), as libidn2 does not for
 * pure ASCII. Address literals "[...]" are not domains: the caller handles them. false: not a
 * domain; out untouched.
 */
bool
idn_to_ascii(const char *domain, size_t n, struct buf *out);

/* The version of libidn2 that we run with. */
const char *
idn_library(void);

#endif
