/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/crypto.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Without its constructor GnuTLS costs a process that never needs it next to nothing. */
GNUTLS_SKIP_GLOBAL_INIT

void
crypto_init(void)
{
	static bool done;

	if (!done && gnutls_global_init() != 0)
		mem_die("cannot initialise GnuTLS");
	done = true;
}

void
crypto_hash_init(struct crypto_hash *h)
{
	gnutls_hash_hd_t hd;

	crypto_init();
	if (gnutls_hash_init(&hd, GNUTLS_DIG_SHA256) != 0)
		mem_die("GnuTLS offers no SHA-256");
	h->h = hd;
}

void
crypto_hash_add(struct crypto_hash *h, const void *data, size_t n)
{
	/* A sum over less than all is worse than none. */
	if (n > 0 && gnutls_hash(h->h, data, n) != 0)
		mem_die("SHA-256 failed");
}

void
crypto_hash_end(struct crypto_hash *h, uint8_t out[32])
{
	gnutls_hash_deinit(h->h, out);
	h->h = NULL;
}

void
crypto_hash_sum(struct crypto_hash *h, char out[CRYPTO_SUM_LEN + 1])
{
	uint8_t raw[32];

	crypto_hash_end(h, raw);
	(void)snprintf(out, CRYPTO_SUM_LEN + 1, "%02x%02x%02x%02x", raw[0], raw[1], raw[2], raw[3]);
}

void
crypto_sum(const void *data, size_t n, char out[CRYPTO_SUM_LEN + 1])
{
	struct crypto_hash h;

	crypto_hash_init(&h);
	crypto_hash_add(&h, data, n);
	crypto_hash_sum(&h, out);
}

/*
 * Base64 is done here and not by GnuTLS: its decoder lets blanks through, and both
 * ways hand out memory that is freed unwiped, while passwords pass through.
 */
static const char base64_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
crypto_base64(struct buf *out, const void *data, size_t n)
{
	const uint8_t *p = data;
	uint32_t v;
	char quad[4];

	for (; n > 0; p += 3, n = n > 3 ? n - 3 : 0) {
		v = (uint32_t)p[0] << 16;
		if (n > 1)
			v |= (uint32_t)p[1] << 8;
		if (n > 2)
			v |= p[2];
		quad[0] = base64_digit[v >> 18];
		quad[1] = base64_digit[v >> 12 & 63];
		quad[2] = n > 1 ? base64_digit[v >> 6 & 63] : '=';
		quad[3] = n > 2 ? base64_digit[v & 63] : '=';
		(void)buf_add(out, quad, sizeof(quad));
	}
}

static int
base64_value(char c)
{
	const char *p = c != '\0' ? strchr(base64_digit, c) : NULL;

	return p != NULL ? (int)(p - base64_digit) : -1;
}

/* Four digits, the last pad of which are '='; -1 when they are not. */
static int32_t
quad_value(const char *s, size_t pad)
{
	int32_t v = 0;
	int d;

	for (size_t i = 0; i < 4; i++) {
		d = i < 4 - pad ? base64_value(s[i]) : 0;
		if (d < 0)
			return -1;
		v = v * 64 + d;
	}
	/* RFC 4648 section 3.5: the bits that pad stands for are zero, or two texts mean the same.
	 */
	return (v & ((1 << 8 * pad) - 1)) == 0 ? v : -1;
}

bool
crypto_unbase64(struct buf *out, const char *s, size_t n)
{
	size_t pad = 0, before = out->len, i;
	int32_t v;
	char three[3];

	if (n % 4 != 0)
		return false;
	if (n > 0 && s[n - 1] == '=')
		pad = s[n - 2] == '=' ? 2 : 1;
	for (i = 0; i < n; i += 4) {
		v = quad_value(s + i, i + 4 == n ? pad : 0);
		three[0] = (char)(v >> 16 & 0xff);
		three[1] = (char)(v >> 8 & 0xff);
		three[2] = (char)(v & 0xff);
		if (v < 0 || !buf_add(out, three, i + 4 == n ? 3 - pad : 3))
			break;
	}
	if (i < n && out->len > before) {
		out->len = before;
		out->data[before] = '\0';
	}
	return i >= n;
}

void
crypto_random(void *out, size_t n)
{
	crypto_init();
	/* Ids that are not random would collide, keys would be none. */
	if (n > 0 && gnutls_rnd(GNUTLS_RND_RANDOM, out, n) != 0)
		mem_die("no random bytes to be had");
}

const char *
crypto_library(void)
{
	return gnutls_check_version(NULL);
}
