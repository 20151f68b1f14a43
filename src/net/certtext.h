/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * certtext.h - what a certificate says, as text fit for a terminal.
 *
 * For those who judge a certificate and those who show it. Nothing here decides
 * whether it is trusted.
 */
#ifndef NET_CERTTEXT_H
#define NET_CERTTEXT_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>

/* "sha256:BASE64" of the SubjectPublicKeyInfo; "" when there is none. */
void
certtext_pin(gnutls_x509_crt_t crt, char *out, size_t size);
/* The common name of its subject or issuer, else the whole name, escaped; "(no name)". */
void
certtext_dn(gnutls_x509_crt_t crt, bool issuer, char *out, size_t size);

enum certtext_san { CERTTEXT_END, CERTTEXT_OTHER, CERTTEXT_NAME };
/*
 * Subject alternative name number i: a DNS name or an address as text (raw: escape it), or one of
 * another kind. Common names do not count (RFC 9525 2).
 */
enum certtext_san
certtext_san(gnutls_x509_crt_t crt, unsigned i, char *out, size_t size);

#endif
