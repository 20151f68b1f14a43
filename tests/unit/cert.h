/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cert.h - certificates made on the spot, good and bad, and a server that shows them.
 *
 * A field left zero means the harmless thing: ECDSA, SHA-256, valid from
 * yesterday to tomorrow, for servers, with no common name and no names at all.
 */
#ifndef CERT_H
#define CERT_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>

struct cert_spec {
	const char *cn, *dn;     /* a common name; or a whole name (RFC 4514) */
	const char *dns[3], *ip; /* subject alternative names */
	/* the only name, as it is: the library would make a better one of it; under 100 octets */
	const char *raw_name;
	int from_h, until_h; /* hours from now, both zero: -24 to 24 */
	const char *purpose; /* NULL: server */
	unsigned rsa_bits;   /* 0: ECDSA */
	gnutls_digest_algorithm_t digest;
	bool authority;   /* may sign others */
	bool must_staple; /* RFC 7633 */
};

struct cert {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

/* issuer NULL: signed by itself. */
void
cert_make(struct cert *c, const struct cert_spec *spec, const struct cert *issuer);
void
cert_free(struct cert *c);
/* "sha256:BASE64" of the SubjectPublicKeyInfo, computed from its DER. */
void
cert_pin(const struct cert *c, char *out, size_t size);
/* Appends c in PEM to the file. */
void
cert_append(const struct cert *c, const char *path);
/* What a server needs to show first and those behind it. */
gnutls_certificate_credentials_t
cert_server(const struct cert *const *chain, unsigned n);

enum cert_status { CERT_GOOD, CERT_REVOKED, CERT_STALE };

/* An OCSP response (RFC 6960) about c, signed by its issuer, for cred to staple. */
void
cert_staple(gnutls_certificate_credentials_t cred, const struct cert *c, const struct cert *issuer,
    enum cert_status status);

/* The server's side of a handshake on fd; NULL when the client did not like it. */
gnutls_session_t
cert_accept(int fd, gnutls_certificate_credentials_t cred, const char *priority);

#endif
