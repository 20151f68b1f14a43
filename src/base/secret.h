/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * secret.h - a password in memory.
 *
 * Kept in locked pages out of core dumps where the system allows, wiped when
 * done, and without any way to print it. Nothing else in the house holds a
 * password; callers take pointer and length for the moment of use.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAX 65536 /* tokens can be long */

struct secret {
	char *data; /* NUL after the last byte; NULL: none */
	size_t len;
};

/* Copies n bytes; what s held before is wiped. false: n > SECRET_MAX. */
bool
secret_set(struct secret *s, const char *data, size_t n);
void
secret_wipe(struct secret *s);
/* Drops one trailing LF or CRLF: commands and files end in one. */
void
secret_chomp(struct secret *s);
/* Overwrites n bytes in a way the compiler may not remove. */
void
secret_zero(void *p, size_t n);

#endif
