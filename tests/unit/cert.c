/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cert.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509-ext.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/crypto.h"

static void
check(int code)
{
	if (code < 0)
		fail_msg("GnuTLS: %s", gnutls_strerror(code));
}

/* ---- certificates */

static void
make_key(gnutls_x509_privkey_t *key, unsigned rsa_bits)
{
	check(gnutls_x509_privkey_init(key));
	if (rsa_bits > 0)
		check(gnutls_x509_privkey_generate(*key, GNUTLS_PK_RSA, rsa_bits, 0));
	else
		check(gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
}

/* RFC 5280 4.2.1.6: SEQUENCE { [2] IA5String }. */
static void
set_raw_name(gnutls_x509_crt_t crt, const char *name)
{
	unsigned char der[128] = {0x30, 0, 0x82};
	size_t n = strlen(name);

	assert_true(n < 100);
	der[1] = (unsigned char)(n + 2);
	der[3] = (unsigned char)n;
	memcpy(der + 4, name, n);
	check(gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", der, n + 4, 0));
}

static void
set_names(gnutls_x509_crt_t crt, const struct cert_spec *spec)
{
	unsigned char raw[16];

	if (spec->dn != NULL)
		check(gnutls_x509_crt_set_dn(crt, spec->dn, NULL));
	if (spec->cn != NULL)
		check(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, spec->cn,
		    (unsigned)strlen(spec->cn)));
	for (size_t i = 0; i < 3 && spec->dns[i] != NULL; i++)
		check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, spec->dns[i],
		    (unsigned)strlen(spec->dns[i]), GNUTLS_FSAN_APPEND));
	if (spec->ip != NULL) {
		bool v6 = strchr(spec->ip, ':') != NULL;

		assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, spec->ip, raw), 1);
		check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, raw,
		    v6 ? 16 : 4, GNUTLS_FSAN_APPEND));
	}
	if (spec->raw_name != NULL)
		set_raw_name(crt, spec->raw_name);
}

static void
set_use(gnutls_x509_crt_t crt, const struct cert_spec *spec)
{
	gnutls_x509_tlsfeatures_t features;

	check(gnutls_x509_crt_set_basic_constraints(crt, spec->authority, -1));
	if (spec->authority) {
		check(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN));
		return;
	}
	check(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
	check(gnutls_x509_crt_set_key_purpose_oid(crt,
	    spec->purpose != NULL ? spec->purpose : GNUTLS_KP_TLS_WWW_SERVER, 0));
	if (spec->must_staple) {
		check(gnutls_x509_tlsfeatures_init(&features));
		check(gnutls_x509_tlsfeatures_add(features, 5)); /* status_request */
		check(gnutls_x509_crt_set_tlsfeatures(crt, features));
		gnutls_x509_tlsfeatures_deinit(features);
	}
}

/* Without these ids GnuTLS takes a server's chain for one that ends with its first certificate. */
static void
set_ids(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
	unsigned char id[64];
	size_t n = sizeof(id);

	check(gnutls_x509_crt_get_key_id(crt, 0, id, &n));
	check(gnutls_x509_crt_set_subject_key_id(crt, id, n));
	n = sizeof(id);
	check(gnutls_x509_crt_get_key_id(issuer, 0, id, &n));
	check(gnutls_x509_crt_set_authority_key_id(crt, id, n));
}

void
cert_make(struct cert *c, const struct cert_spec *spec, const struct cert *issuer)
{
	static unsigned char serial[4] = {1};
	bool now = spec->from_h == 0 && spec->until_h == 0;
	time_t t = time(NULL);

	crypto_init();
	serial[3]++;
	make_key(&c->key, spec->rsa_bits);
	check(gnutls_x509_crt_init(&c->crt));
	check(gnutls_x509_crt_set_version(c->crt, 3));
	check(gnutls_x509_crt_set_serial(c->crt, serial, sizeof(serial)));
	check(gnutls_x509_crt_set_activation_time(c->crt, t + 3600 * (now ? -24 : spec->from_h)));
	check(gnutls_x509_crt_set_expiration_time(c->crt, t + 3600 * (now ? 24 : spec->until_h)));
	set_names(c->crt, spec);
	check(gnutls_x509_crt_set_key(c->crt, c->key));
	set_use(c->crt, spec);
	if (issuer == NULL)
		issuer = c;
	set_ids(c->crt, issuer->crt);
	check(gnutls_x509_crt_sign2(c->crt, issuer->crt, issuer->key,
	    spec->digest != 0 ? spec->digest : GNUTLS_DIG_SHA256, 0));
}

void
cert_free(struct cert *c)
{
	gnutls_x509_crt_deinit(c->crt);
	gnutls_x509_privkey_deinit(c->key);
}

static gnutls_pubkey_t
public_key(const struct cert *c)
{
	gnutls_pubkey_t key;

	check(gnutls_pubkey_init(&key));
	check(gnutls_pubkey_import_x509(key, c->crt, 0));
	return key;
}

void
cert_pin(const struct cert *c, char *out, size_t size)
{
	gnutls_pubkey_t key = public_key(c);
	gnutls_datum_t der;
	unsigned char sum[32];
	struct buf b;

	check(gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der));
	check(gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, sum));
	buf_init(&b, 64);
	crypto_base64(&b, sum, sizeof(sum));
	(void)snprintf(out, size, "sha256:%s", buf_str(&b));
	buf_done(&b);
	gnutls_free(der.data);
	gnutls_pubkey_deinit(key);
}

void
cert_append(const struct cert *c, const char *path)
{
	gnutls_datum_t pem;
	FILE *f = fopen(path, "a");

	assert_non_null(f);
	check(gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_PEM, &pem));
	assert_int_equal(fwrite(pem.data, 1, pem.size, f), pem.size);
	assert_int_equal(fclose(f), 0);
	gnutls_free(pem.data);
}

/* ---- OCSP responses, which GnuTLS reads but does not write */

/* A DER object of up to 64 KiB around what b holds; b is emptied. */
static void
wrap(struct buf *out, unsigned tag, struct buf *b)
{
	const char head[] = {(char)tag, (char)0x82, (char)(b->len >> 8), (char)(b->len & 0xff)};

	if (b->len < 128) {
		(void)buf_add(out, head, 1);
		(void)buf_addc(out, (char)b->len);
	} else {
		(void)buf_add(out, head, sizeof(head));
	}
	(void)buf_add(out, b->data, b->len);
	buf_clear(b);
}

static void
put(struct buf *out, unsigned tag, const void *data, size_t n)
{
	struct buf b;

	buf_init(&b, 65535);
	(void)buf_add(&b, data, n);
	wrap(out, tag, &b);
	buf_done(&b);
}

static void
put_time(struct buf *out, unsigned tag, time_t t)
{
	char text[32];
	struct tm tm;
	struct buf b;

	(void)gmtime_r(&t, &tm);
	(void)strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	buf_init(&b, 100);
	put(&b, 0x18, text, strlen(text));
	if (tag == 0)
		(void)buf_add(out, b.data, b.len);
	else
		wrap(out, tag, &b);
	buf_done(&b);
}

static void
put_sha1(struct buf *out, const void *data, size_t n)
{
	unsigned char sum[20];

	check(gnutls_hash_fast(GNUTLS_DIG_SHA1, data, n, sum));
	put(out, 0x04, sum, sizeof(sum));
}

/* CertID: which certificate the answer is about. */
static void
put_id(struct buf *out, const struct cert *c, const struct cert *issuer)
{
	static const unsigned char sha1[] = {0x30, 9, 6, 5, 0x2b, 14, 3, 2, 0x1a, 5, 0};
	gnutls_pubkey_t key = public_key(issuer);
	gnutls_datum_t dn, curve, point;
	unsigned char serial[32];
	size_t n = sizeof(serial);
	struct buf b;

	buf_init(&b, 1000);
	(void)buf_add(&b, sha1, sizeof(sha1));
	check(gnutls_x509_crt_get_raw_dn(issuer->crt, &dn));
	put_sha1(&b, dn.data, dn.size);
	check(gnutls_pubkey_export_ecc_x962(key, &curve, &point));
	put_sha1(&b, point.data + 2, point.size - 2);
	check(gnutls_x509_crt_get_serial(c->crt, serial, &n));
	put(&b, 0x02, serial, n);
	wrap(out, 0x30, &b);
	buf_done(&b);
	gnutls_free(dn.data);
	gnutls_free(curve.data);
	gnutls_free(point.data);
	gnutls_pubkey_deinit(key);
}

/* ResponseData: who says what of which certificate, and for how long. */
static void
put_data(struct buf *out, const struct cert *c, const struct cert *issuer, enum cert_status status)
{
	time_t now = time(NULL), then = status == CERT_STALE ? now - 40 * 86400 : now - 3600;
	gnutls_datum_t dn;
	struct buf data, one, list;

	buf_init(&data, 4000);
	buf_init(&one, 4000);
	buf_init(&list, 4000);
	check(gnutls_x509_crt_get_raw_dn(issuer->crt, &dn));
	put(&data, 0xa1, dn.data, dn.size);
	gnutls_free(dn.data);
	put_time(&data, 0, then);
	put_id(&one, c, issuer);
	if (status == CERT_REVOKED)
		put_time(&one, 0xa1, then);
	else
		put(&one, 0x80, "", 0);
	put_time(&one, 0, then);
	put_time(&one, 0xa0, then + 86400);
	wrap(&list, 0x30, &one);
	wrap(&data, 0x30, &list);
	wrap(out, 0x30, &data);
	buf_done(&data);
	buf_done(&one);
	buf_done(&list);
}

static void
put_signature(struct buf *out, const struct cert *issuer)
{
	static const unsigned char ecdsa_sha256[] = {0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	    4, 3, 2};
	gnutls_datum_t data = {(unsigned char *)out->data, (unsigned)out->len}, sig;
	gnutls_privkey_t key;
	struct buf bits;

	check(gnutls_privkey_init(&key));
	check(gnutls_privkey_import_x509(key, issuer->key, 0));
	check(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &data, &sig));
	(void)buf_add(out, ecdsa_sha256, sizeof(ecdsa_sha256));
	buf_init(&bits, 1000);
	(void)buf_addc(&bits, 0);
	(void)buf_add(&bits, sig.data, sig.size);
	wrap(out, 0x03, &bits);
	buf_done(&bits);
	gnutls_free(sig.data);
	gnutls_privkey_deinit(key);
}

void
cert_staple(gnutls_certificate_credentials_t cred, const struct cert *c, const struct cert *issuer,
    enum cert_status status)
{
	static const unsigned char basic[] = {6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1};
	static const unsigned char successful[] = {0x0a, 1, 0};
	struct buf a, b;
	gnutls_datum_t der;

	buf_init(&a, 8000);
	buf_init(&b, 8000);
	put_data(&a, c, issuer, status);
	put_signature(&a, issuer);
	wrap(&b, 0x30, &a); /* BasicOCSPResponse */
	(void)buf_add(&a, basic, sizeof(basic));
	put(&a, 0x04, b.data, b.len);
	buf_clear(&b);
	wrap(&b, 0x30, &a); /* ResponseBytes */
	(void)buf_add(&a, successful, sizeof(successful));
	put(&a, 0xa0, b.data, b.len);
	buf_clear(&b);
	wrap(&b, 0x30, &a);
	der = (gnutls_datum_t){(unsigned char *)b.data, (unsigned)b.len};
	check(gnutls_certificate_set_ocsp_status_request_mem(cred, &der, 0, GNUTLS_X509_FMT_DER));
	buf_done(&a);
	buf_done(&b);
}

/* ---- the server */

gnutls_certificate_credentials_t
cert_server(const struct cert *const *chain, unsigned n)
{
	gnutls_certificate_credentials_t cred;
	gnutls_x509_crt_t crts[8];

	assert_true(n > 0 && n <= 8);
	for (unsigned i = 0; i < n; i++)
		crts[i] = chain[i]->crt;
	check(gnutls_certificate_allocate_credentials(&cred));
	gnutls_certificate_set_flags(cred, GNUTLS_CERTIFICATE_SKIP_OCSP_RESPONSE_CHECK);
	check(gnutls_certificate_set_x509_key(cred, crts, (int)n, chain[0]->key));
	return cred;
}

gnutls_session_t
cert_accept(int fd, gnutls_certificate_credentials_t cred, const char *priority)
{
	gnutls_session_t tls;
	int code;

	if (gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NO_SIGNAL) < 0)
		return NULL;
	code = gnutls_priority_set_direct(tls, priority, NULL);
	if (code >= 0)
		code = gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_transport_set_int(tls, fd);
	while (code >= 0 || !gnutls_error_is_fatal(code)) {
		code = gnutls_handshake(tls);
		if (code == GNUTLS_E_SUCCESS)
			return tls;
	}
	gnutls_deinit(tls);
	return NULL;
}
