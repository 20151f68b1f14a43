/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/judge.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"

#define NAMES_SHOWN 120 /* octets of the list of names in a sentence */

static bool
refuse(struct err *e, const char *hint)
{
	if (e != NULL)
		e->sysexit = 77;
	return err_hint(e, hint);
}

static void
day(int64_t ms, char out[16])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm = {.tm_mday = 1};

	gmtime_r(&t, &tm);
	strftime(out, 16, "%Y-%m-%d", &tm);
}

/* "sha256:BASE64" of the SubjectPublicKeyInfo. */
static void
pin_of(gnutls_x509_crt_t crt, char *out, size_t size)
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

static void
dn_text(gnutls_x509_crt_t crt, bool issuer, char *out, size_t size)
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

/* The names a certificate is for, "a, b, ..."; how many there are. Common names do not count (RFC
 * 9525). */
static unsigned
list_names(gnutls_x509_crt_t crt, struct buf *out, char *first, size_t size)
{
	unsigned found = 0;

	for (unsigned i = 0;; i++) {
		char raw[256], text[300];
		size_t n = sizeof raw;
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, raw, &n, NULL);

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ||
		    (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER))
			return found;
		if (type == GNUTLS_SAN_DNSNAME)
			snprintf(text, sizeof text, "%.*s", (int)n, raw);
		else if (type != GNUTLS_SAN_IPADDRESS ||
		    inet_ntop(n == 16 ? AF_INET6 : AF_INET, raw, text, sizeof text) == NULL)
			continue;
		if (found++ == 0)
			snprintf(first, size, "%.*s", (int)size - 1, text);
		if (out->len > NAMES_SHOWN)
			continue;
		if (out->len > 0)
			buf_adds(out, ", ");
		str_escape(out, text, strlen(text), 100);
		if (out->len > NAMES_SHOWN)
			buf_adds(out, ", ...");
	}
}

static bool
has_pin(const struct tls_params *p, const char *pin)
{
	for (size_t i = 0; i < p->npins; i++)
		if (str_eq(p->pins[i], pin))
			return true;
	return false;
}

/* GnuTLS's verdict for the configured name and the purpose of a server. */
static bool
verify(const struct judge *j, unsigned *status)
{
	unsigned char raw[16];
	gnutls_typed_vdata_st data[2] = {{.type = GNUTLS_DT_DNS_HOSTNAME},
	    {.type = GNUTLS_DT_KEY_PURPOSE_OID}};

	data[0].data = (unsigned char *)(uintptr_t)j->p->name;
	/* an address is matched with the addresses of the certificate, never with a DNS name that
	 * looks like one */
	if (inet_pton(AF_INET, j->p->name, raw) == 1 || inet_pton(AF_INET6, j->p->name, raw) == 1) {
		data[0].type = GNUTLS_DT_IP_ADDRESS;
		data[0].data = raw;
		data[0].size = strchr(j->p->name, ':') != NULL ? 16 : 4;
	}
	data[1].data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER;
	*status = GNUTLS_CERT_INVALID;
	if (gnutls_certificate_verify_peers(j->session, data, 2, status) >= 0)
		return true;
	*status |= GNUTLS_CERT_INVALID;
	return false;
}

static bool
explain_dates(const struct judge *j, const struct tls_info *info, unsigned status, struct err *e)
{
	char from[16], until[16], now[16];

	day(info->not_before, from);
	day(info->not_after, until);
	day(clock_wall_ms(), now);
	if ((status & GNUTLS_CERT_EXPIRED) != 0)
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s expired on %s (this computer's clock says %s); issued by \"%s\", key pin %s",
		    j->peer, until, now, info->issuer, info->pin);
	else
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s is valid only from %s on (this computer's clock says %s)",
		    j->peer, from, now);
	return refuse(e, "cert-expired");
}

static bool
explain_trust(const struct judge *j, const struct tls_info *info, unsigned status, struct err *e)
{
	char from[16], until[16], why[220];

	day(info->not_before, from);
	day(info->not_after, until);
	if (info->self_signed)
		snprintf(why, sizeof why, "it is signed by itself");
	else if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0)
		snprintf(why, sizeof why, "issued by \"%s\", which is not in %s", info->issuer,
		    trust_name(j->trust));
	else if ((status & GNUTLS_CERT_SIGNER_NOT_CA) != 0)
		snprintf(why, sizeof why, "issued by \"%s\", which is no authority", info->issuer);
	else
		snprintf(why, sizeof why, "issued by \"%s\", and the chain does not hold",
		    info->issuer);
	err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
	    "the certificate of %s is not trusted: %s; valid %s to %s, key pin %s", j->peer, why,
	    from, until, info->pin);
	return refuse(e, "cert-untrusted");
}

/* The first of what is wrong, in the order in which people can do something about it. */
static bool
explain(const struct judge *j, const struct tls_info *info, unsigned status, const char *names,
    struct err *e)
{
	if ((status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)) != 0)
		return explain_dates(j, info, status, e);
	if ((status & GNUTLS_CERT_REVOKED) != 0) {
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s has been revoked by \"%s\"", j->peer, info->issuer);
		return refuse(e, "cert");
	}
	if ((status & GNUTLS_CERT_INSECURE_ALGORITHM) != 0) {
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s, or one of its issuers, uses a key or signature that is too weak",
		    j->peer);
		return refuse(e, "cert");
	}
	if ((status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA)) != 0)
		return explain_trust(j, info, status, e);
	if ((status & GNUTLS_CERT_UNEXPECTED_OWNER) != 0) {
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate offered by %s is for other names: expected %s, offered %s; issued by \"%s\", key pin %s",
		    j->peer, j->p->name, names, info->issuer, info->pin);
		return refuse(e, "cert-name");
	}
	if ((status & GNUTLS_CERT_PURPOSE_MISMATCH) != 0) {
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s is not meant for servers", j->peer);
		return refuse(e, "cert");
	}
	if ((status & (GNUTLS_CERT_MISSING_OCSP_STATUS | GNUTLS_CERT_INVALID_OCSP_STATUS)) != 0) {
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s asks for a proof that it is not revoked, and the server gave none",
		    j->peer);
		return refuse(e, "cert");
	}
	return explain_trust(j, info, status, e);
}

static bool
judge_chain(const struct judge *j, struct tls_info *info, const gnutls_datum_t *chain, unsigned n,
    const char *names, struct err *e)
{
	const char *problem = trust_problem(j->trust);
	unsigned status;

	if (problem != NULL)
		return err_set(e, ERR_CONFIG, STAGE_CERT, "", "%s", problem);
	if (names[0] == '\0') {
		err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s names no host: it has no subject alternative name, only \"%s\"; key pin %s",
		    j->peer, info->subject, info->pin);
		return refuse(e, "cert-name");
	}
	trust_add_issuers(j->trust, j->cred, chain, n);
	if ((!verify(j, &status) || status != 0) && trust_add_all(j->trust, j->cred))
		verify(j, &status);
	return status == 0 || explain(j, info, status, names, e);
}

static bool
judge_pin(const struct judge *j, struct tls_info *info, struct err *e)
{
	info->pinned = has_pin(j->p, info->pin);
	if (info->pinned)
		return true;
	err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
	    "the key of %s is not the pinned one: it showed %s, the account wants %s%s", j->peer,
	    info->pin, j->p->pins[0], j->p->npins > 1 ? " or others" : "");
	return refuse(e, "cert-pin");
}

bool
judge_peer(const struct judge *j, struct tls_info *info, struct err *e)
{
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(j->session, &n);
	gnutls_x509_crt_t crt;
	struct buf names;
	bool good;

	if (chain == NULL || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0", "%s showed no certificate",
		    j->peer);
	if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) < 0) {
		gnutls_x509_crt_deinit(crt);
		return err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0",
		    "the certificate of %s cannot be read", j->peer);
	}
	buf_init(&names, 1024);
	dn_text(crt, false, info->subject, sizeof info->subject);
	dn_text(crt, true, info->issuer, sizeof info->issuer);
	info->not_before = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
	info->not_after = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	info->self_signed = gnutls_x509_crt_check_issuer(crt, crt) != 0;
	pin_of(crt, info->pin, sizeof info->pin);
	list_names(crt, &names, info->subject, sizeof info->subject);
	if (j->p->npins > 0)
		good = judge_pin(j, info, e);
	else
		good = !j->p->verify || judge_chain(j, info, chain, n, buf_str(&names), e);
	buf_done(&names);
	gnutls_x509_crt_deinit(crt);
	return good;
}
