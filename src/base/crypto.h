/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crypto.h - hash, base64, random: thin words over GnuTLS.
 */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CRYPTO_SUM_LEN 8

/*
 * GnuTLS made ready, once; whoever calls GnuTLS without the functions below does this first, as
 * its constructor is switched off (GNUTLS_SKIP_GLOBAL_INIT stands in crypto.c alone).
 */
void
crypto_init(void);

/* A running SHA-256. */
struct crypto_hash {
	void *h;
};

void
crypto_hash_init(struct crypto_hash *h);
void
crypto_hash_add(struct crypto_hash *h, const void *data, size_t n);
/* Ends it; out gets the 32 raw octets. */
void
crypto_hash_end(struct crypto_hash *h, uint8_t out[32]);
/* The same cut to the first 8 hex digits and a NUL: the sums of the queue files. */
void
crypto_hash_sum(struct crypto_hash *h, char out[CRYPTO_SUM_LEN + 1]);
void
crypto_sum(const void *data, size_t n, char out[CRYPTO_SUM_LEN + 1]);

/* Base64 (RFC 4648 section 4) without line breaks, appended. */
void
crypto_base64(struct buf *out, const void *data, size_t n);
/* Strict decoding, appended; false and out untouched when it is not base64. */
bool
crypto_unbase64(struct buf *out, const char *s, size_t n);
/* Random bytes fit for ids and keys. */
void
crypto_random(void *out, size_t n);

/* The version of GnuTLS that we run with. */
const char *
crypto_library(void);

#endif
