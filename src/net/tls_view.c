/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_view.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "net/certtext.h"

#define OPTIONAL(text) ((text) != NULL ? (text) : "")

static bool
is_address(const char *host)
{
	unsigned char raw[16];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

/* Does a name of a certificate, maybe "*.example.org", cover host? (RFC 9525 6.3) */
static bool
covers(const char *pattern, const char *host)
{
	const char *dot = strchr(host, '.');

	if (!str_starts(pattern, "*."))
		return str_eq_nocase(pattern, host);
	/* the wildcard is one whole label, the left-most one */
	return !is_address(host) && dot != NULL && dot > host && str_eq_nocase(pattern + 1, dot);
}

static void
fill_fingerprint(gnutls_x509_crt_t crt, char *out, size_t size)
{
	unsigned char raw[32];
	size_t n = sizeof raw;

	out[0] = '\0';
	if (gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, raw, &n) < 0)
		return;
	for (size_t i = 0; i < n && 3 * i + 3 < size; i++)
		snprintf(out + 3 * i, size - 3 * i, "%02X%s", (unsigned)raw[i],
		    i + 1 < n ? ":" : "");
}

static void
fill_cert(struct tls_view_cert *c, gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int key = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	int signature = gnutls_x509_crt_get_signature_algorithm(crt);
	const char *algorithm = key >= 0 ? gnutls_pk_algorithm_get_name((gnutls_pk_algorithm_t)key)
					 : NULL;
	const char *sign = signature >= 0 ? gnutls_sign_get_name((gnutls_sign_algorithm_t)signature)
					  : NULL;

	certtext_dn(crt, false, c->subject, sizeof c->subject);
	certtext_dn(crt, true, c->issuer, sizeof c->issuer);
	c->not_before = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
	c->not_after = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	snprintf(c->key, sizeof c->key, "%s %u", algorithm != NULL ? algorithm : "unknown", bits);
	snprintf(c->signature, sizeof c->signature, "%s", sign != NULL ? sign : "unknown");
	fill_fingerprint(crt, c->fingerprint, sizeof c->fingerprint);
	certtext_pin(crt, c->pin, sizeof c->pin);
}

static void
fill_names(struct tls_view *v, gnutls_x509_crt_t crt, const char *host)
{
	enum certtext_san kind;
	char text[256];

	for (unsigned i = 0; (kind = certtext_san(crt, i, text, sizeof text)) != CERTTEXT_END;
	     i++) {
		struct tls_view_name *n = &v->names[v->nnames];
		struct buf shown;

		if (kind != CERTTEXT_NAME || v->nnamed++ >= TLS_VIEW_NAMES)
			continue;
		buf_init(&shown, sizeof n->name);
		str_escape(&shown, text, strlen(text), sizeof n->name - 1);
		snprintf(n->name, sizeof n->name, "%s", buf_str(&shown));
		buf_done(&shown);
		n->matches = host != NULL && covers(text, host);
		v->nnames++;
	}
}

static void
add_pem(gnutls_x509_crt_t crt, struct buf *out)
{
	gnutls_datum_t pem;

	if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem) < 0)
		return;
	(void)buf_add(out, pem.data, pem.size);
	gnutls_free(pem.data);
}

static void
fill_chain(struct tls_view *v, gnutls_session_t session, const char *host, struct buf *pem)
{
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);

	v->nsent = n;
	for (unsigned i = 0; chain != NULL && i < n && i < TLS_VIEW_CHAIN; i++) {
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) < 0)
			return;
		if (gnutls_x509_crt_import(crt, &chain[i], GNUTLS_X509_FMT_DER) >= 0) {
			fill_cert(&v->chain[v->nchain++], crt);
			if (i == 0)
				fill_names(v, crt, host);
			add_pem(crt, pem);
		}
		gnutls_x509_crt_deinit(crt);
	}
}

void
tls_view_fill(struct tls_view *v, gnutls_session_t session, const char *name, struct buf *pem)
{
	const char *group = gnutls_group_get_name(gnutls_group_get(session));
	gnutls_datum_t alpn;

	*v = (struct tls_view){.nchain = 0};
	snprintf(v->version, sizeof v->version, "%s",
	    OPTIONAL(gnutls_protocol_get_name(gnutls_protocol_get_version(session))));
	snprintf(v->cipher, sizeof v->cipher, "%s",
	    OPTIONAL(gnutls_cipher_get_name(gnutls_cipher_get(session))));
	snprintf(v->group, sizeof v->group, "%s", OPTIONAL(group));
	if (gnutls_alpn_get_selected_protocol(session, &alpn) >= 0)
		snprintf(v->alpn, sizeof v->alpn, "%.*s", (int)alpn.size, (const char *)alpn.data);
	v->resumed = gnutls_session_is_resumed(session) != 0;
	fill_chain(v, session, name, pem);
	v->pem = buf_str(pem);
}
