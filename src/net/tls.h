/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls.h - TLS on a stream, and the one place that decides whom to trust.
 *
 * The certificate is judged after every handshake, by name, purpose and
 * profile (smtp.md "TLS", RFC 9525): DNS or IP SAN only, left-most wildcard
 * only, no common names; a DNS name never matches an address. A matching pin
 * of the key replaces name, chain and dates; a pin that does not match refuses
 * a valid chain (decisions.md 32). A refusal explains itself.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/stream.h"

struct tls_view;

struct tls_params {
	/* the configured host name (A-label) or address, for SNI and the check */
	const char *name;
	bool verify;             /* false only by an explicit word of the account */
	const char *ca_file;     /* PEM, in place of the system's trust store; NULL: the system's */
	const char *const *pins; /* "sha256:BASE64" of the SubjectPublicKeyInfo */
	size_t npins;
	bool min_1_3;                     /* tls-min = 1.3; 1.2 is the floor anyway */
	const char *priority;             /* GnuTLS priority string, NULL: ours (decisions.md 26) */
	const char *cert_file, *key_file; /* client certificate, NULL: none */
	/* Who wants to see the handshake before it is judged; NULL: nobody. The view ends with the
	 * call. */
	void (*look)(void *arg, const struct tls_view *view);
	void *look_arg;
};

struct tls_info {
	char version[16], cipher[48]; /* "TLS1.3", "AES-256-GCM" */
	char pin[64];                 /* "sha256:..." of the key the server showed */
	char subject[128];            /* first name of the certificate */
	char issuer[128];
	int64_t not_before, not_after; /* wall clock, ms */
	bool self_signed;
	bool pinned; /* accepted because of a pin */
};

/*
 * Starts loading the trust store; called while TCP connects. Never fails: what is wrong is told by
 * tls_start. tls_free accepts NULL.
 */
struct tls;
struct tls *
tls_prepare(const struct tls_params *p);
void
tls_free(struct tls *t);
/*
 * Handshake on the stream within its deadline, then the judgement. Input that is already buffered
 * in clear is an error (RFC 3207 4.2, injection). false: e with STAGE_TLS (handshake; 76) or
 * STAGE_CERT (77; the sentence names the reason, the names offered, dates, issuer and the key
 * pin), and the stream is not usable any more. When the server speaks plain SMTP in answer to the
 * ClientHello that is said with the remedy (hint "tls-mode"). info is filled as far as the
 * handshake came; may be NULL.
 */
bool
tls_start(struct tls *t, struct stream *s, struct tls_info *info, struct err *e);

#endif
