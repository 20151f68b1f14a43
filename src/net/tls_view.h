/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_view.h - a TLS connection and its certificates, for people who look at servers.
 *
 * Read from the finished handshake before anybody judges it, so that what is
 * refused can be looked at, too. It says what is there, not whether it is good.
 */
#ifndef NET_TLS_VIEW_H
#define NET_TLS_VIEW_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TLS_VIEW_CHAIN 10
#define TLS_VIEW_NAMES 50

struct tls_view_cert {
	char subject[128], issuer[128];
	int64_t not_before, not_after; /* wall clock, ms */
	char key[32];                  /* "RSA 2048", "EC/ECDSA 256" */
	char signature[48];            /* "RSA-SHA256" */
	char fingerprint[100];         /* SHA-256 of the certificate, "AB:CD:..." */
	char pin[64];                  /* "sha256:..." of the key */
};

struct tls_view_name {
	char name[256];
	bool matches; /* the name that was asked for */
};

struct tls_view {
	char version[16], cipher[48], group[32], alpn[32]; /* "" when there is none */
	bool resumed;
	struct tls_view_cert chain[TLS_VIEW_CHAIN]; /* as sent, the server's own first */
	size_t nchain, nsent;                       /* nsent: of how many */
	struct tls_view_name names[TLS_VIEW_NAMES];
	size_t nnames, nnamed; /* nnamed: of how many */
	const char *pem; /* the chain, "-----BEGIN CERTIFICATE-----..."; while the view lasts */
};

/* name: what was asked for. pem is filled, view points into it. */
void
tls_view_fill(struct tls_view *v, gnutls_session_t session, const char *name, struct buf *pem);

#endif
