/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/certtext.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/str.h"

void
certtext_pin(gnutls_x509_crt_t crt, char *out, size_t size)
{
	unsigned char id[32];
	size_t n = sizeof id;
	struct buf b;

	out[0] = '\0';
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id, &n) < 0)
		return;
	buf_init(&b, 64);
	crypto_base64(&b, id, n);
	snprintf(out, size, "sha256:%s", buf_str(&b));
	buf_done(&b);
}

void
certtext_dn(gnutls_x509_crt_t crt, bool issuer, char *out, size_t size)
{
	char text[128];
	size_t n = sizeof text;
	struct buf b;
	int r;

	/* the common name is what people call an authority; some have only an organisation */
	r = issuer
	    ? gnutls_x509_crt_get_issuer_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &n)
	    : gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &n);
	if (r < 0) {
		n = sizeof text;
		r = issuer ? gnutls_x509_crt_get_issuer_dn(crt, text, &n)
			   : gnutls_x509_crt_get_dn(crt, text, &n);
	}
	buf_init(&b, 512);
	if (r >= 0)
		str_escape(&b, text, strnlen(text, sizeof text), size - 1);
	snprintf(out, size, "%s", b.len > 0 ? buf_str(&b) : "(no name)");
	buf_done(&b);
}

enum certtext_san
certtext_san(gnutls_x509_crt_t crt, unsigned i, char *out, size_t size)
{
	char raw[256];
	size_t n = sizeof raw;
	int type = gnutls_x509_crt_get_subject_alt_name(crt, i, raw, &n, NULL);

	if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return CERTTEXT_END;
	/* longer than any name can be */
	if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return CERTTEXT_OTHER;
	if (type < 0)
		return CERTTEXT_END;
	if (type == GNUTLS_SAN_DNSNAME)
		snprintf(out, size, "%.*s", (int)n, raw);
	else if (type != GNUTLS_SAN_IPADDRESS ||
	    inet_ntop(n == 16 ? AF_INET6 : AF_INET, raw, out, (socklen_t)size) == NULL)
		return CERTTEXT_OTHER;
	return CERTTEXT_NAME;
}
