/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cert.h - what a certificate says, as text fit for a terminal.
 *
 * For those who judge a certificate and those who show it. Nothing here decides
 * whether it is trusted.
 */
#ifndef NET_CERT_H
#define NET_CERT_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>

/* "sha256:BASE64" of the SubjectPublicKeyInfo; "" when there is none. */
void
cert_pin(gnutls_x509_crt_t crt, char *out, size_t size);
/* The common name of its subject or issuer, else the whole name, escaped; "(no name)". */
void
cert_dn(gnutls_x509_crt_t crt, bool issuer, char *out, size_t size);

enum cert_san { CERT_SAN_END, CERT_SAN_OTHER, CERT_SAN_NAME };
/*
 * Subject alternative name number i: a DNS name or an address as text (raw: escape it), or one of
 * another kind. Common names do not count (RFC 9525 2).
 */
enum cert_san
cert_san(gnutls_x509_crt_t crt, unsigned i, char *out, size_t size);

#endif
