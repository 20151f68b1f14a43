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
#include "base/str.h"
#include "net/certtext.h"

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

/* The names a certificate is for, "a, b, ..."; how many there are. */
static unsigned
list_names(gnutls_x509_crt_t crt, struct buf *out, char *first, size_t size)
{
	enum certtext_san kind;
	unsigned found = 0;
	char text[300];
	struct buf shown;

	for (unsigned i = 0; (kind = certtext_san(crt, i, text, sizeof text)) != CERTTEXT_END;
	     i++) {
		if (kind != CERTTEXT_NAME)
			continue;
		if (found++ == 0) {
			buf_init(&shown, size);
			str_escape(&shown, text, strlen(text), size - 1);
			snprintf(first, size, "%s", buf_str(&shown));
			buf_done(&shown);
		}
		if (out->len > NAMES_SHOWN)
			continue;
		if (out->len > 0)
			buf_adds(out, ", ");
		str_escape(out, text, strlen(text), 100);
		if (out->len > NAMES_SHOWN)
			buf_adds(out, ", ...");
	}
	return found;
}

static bool
has_pin(const struct tls_params *p, const char *pin)
{
	for (size_t i = 0; i < p->npins; i++)
		if (str_eq(p->pins[i], pin))
			return true;
	return false;
}

/* GnuTLS's verdict for the configured name and the purpose of a server; 0: accepted. */
static unsigned
verify(const struct judge *j)
{
	unsigned char raw[16];
	unsigned status = 0;
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
	/* an error may come after a good status of the chain: it is no acceptance */
	if (gnutls_certificate_verify_peers(j->session, data, 2, &status) < 0)
		status |= GNUTLS_CERT_INVALID;
	return status;
}

/* ---- the sentence that explains a refusal */

/* What it is made of. */
struct refusal {
	const struct judge *j;
	const struct tls_info *info;
	const char *names; /* offered */
	const gnutls_datum_t *chain;
	unsigned n;
};

/* "2 days", "6 years". */
static void
add_span(struct buf *b, int64_t ms)
{
	int64_t days = ms / 86400000;

	if (days < 2)
		buf_addf(b, "%d hours", (int)(ms / 3600000));
	else if (days < 730)
		buf_addf(b, "%d days", (int)days);
	else
		buf_addf(b, "%d years", (int)(days / 365));
}

/* The first certificate of the chain that is out of its time is the one to name. */
static void
say_dates(const struct refusal *r, struct buf *b)
{
	int64_t now = clock_wall_ms(), from = 0, until = 0;
	bool found = false;
	char text[16], subject[80];
	unsigned i;

	for (i = 0; i < r->n && !found; i++) {
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) < 0)
			break;
		if (gnutls_x509_crt_import(crt, &r->chain[i], GNUTLS_X509_FMT_DER) >= 0) {
			from = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
			until = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
			found = now < from || now > until;
			certtext_dn(crt, false, subject, sizeof subject);
		}
		gnutls_x509_crt_deinit(crt);
	}
	if (!found) {
		buf_adds(b, "has an issuer that is out of date");
		return;
	}
	if (i > 1)
		buf_addf(b, "has an issuer \"%s\" that ", subject);
	if (now < from) {
		day(from, text);
		buf_addf(b, "is valid only from %s on, in ", text);
		add_span(b, from - now);
	} else {
		day(until, text);
		buf_addf(b, "expired on %s, ", text);
		add_span(b, now - until);
		buf_adds(b, " ago");
	}
	day(now, text);
	buf_addf(b, " (this computer's clock says %s)", text);
}

static void
say_revoked(const struct refusal *r, struct buf *b)
{
	buf_addf(b, "has been revoked by \"%.60s\"", r->info->issuer);
}

static void
say_weak(const struct refusal *r, struct buf *b)
{
	(void)r;
	buf_adds(b, "or one of its issuers has a key or a signature that is too weak");
}

static void
say_untrusted(const struct refusal *r, struct buf *b)
{
	if (r->info->self_signed)
		buf_adds(b, "is not trusted: it is signed by itself");
	else
		buf_addf(b, "is not trusted: issued by \"%.60s\", which is not in %.80s",
		    r->info->issuer, trust_name(r->j->trust));
}

static void
say_no_authority(const struct refusal *r, struct buf *b)
{
	buf_addf(b, "is not trusted: issued by \"%.60s\", which is no authority", r->info->issuer);
}

static void
say_names(const struct refusal *r, struct buf *b)
{
	if (r->names[0] != '\0')
		buf_addf(b, "is for other names: expected %.100s", r->j->p->name);
	else
		buf_addf(b, "names no host: it has no subject alternative name, only \"%.60s\"",
		    r->info->subject);
}

static void
say_purpose(const struct refusal *r, struct buf *b)
{
	(void)r;
	buf_adds(b, "is not meant for servers");
}

static void
say_no_proof(const struct refusal *r, struct buf *b)
{
	(void)r;
	buf_adds(b, "comes without a valid proof that it is not revoked");
}

static void
say_chain(const struct refusal *r, struct buf *b)
{
	buf_addf(b, "is not trusted: issued by \"%.60s\", and the chain does not hold",
	    r->info->issuer);
}

/* In the order in which people can do something about it; the last row is for the rest. */
static const struct fault {
	unsigned bits;
	const char *hint;
	void (*say)(const struct refusal *r, struct buf *b);
} faults[] = {
    {GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED, "cert-expired", say_dates},
    {GNUTLS_CERT_REVOKED, "cert", say_revoked},
    {GNUTLS_CERT_INSECURE_ALGORITHM, "cert", say_weak},
    {GNUTLS_CERT_SIGNER_NOT_FOUND, "cert-untrusted", say_untrusted},
    {GNUTLS_CERT_SIGNER_NOT_CA, "cert-untrusted", say_no_authority},
    {GNUTLS_CERT_UNEXPECTED_OWNER, "cert-name", say_names},
    {GNUTLS_CERT_PURPOSE_MISMATCH, "cert", say_purpose},
    {GNUTLS_CERT_MISSING_OCSP_STATUS | GNUTLS_CERT_INVALID_OCSP_STATUS |
	    GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED | GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
	"cert", say_no_proof},
    {~0U, "cert-untrusted", say_chain},
};

/* The reason, and then the facts, those first that a cut may not take. */
static bool
explain(const struct refusal *r, unsigned status, struct err *e)
{
	const struct fault *f = faults;
	const struct tls_info *info = r->info;
	char from[16], until[16];
	struct buf b;

	while ((f->bits & status) == 0)
		f++;
	day(info->not_before, from);
	day(info->not_after, until);
	buf_init(&b, 1000);
	f->say(r, &b);
	buf_addf(&b, "; key pin %s", info->pin);
	if (r->names[0] != '\0')
		buf_addf(&b, "; offered %s", r->names);
	buf_addf(&b, "; valid %s to %s", from, until);
	if (strstr(buf_str(&b), "issued by") == NULL)
		buf_addf(&b, "; issued by \"%.60s\"", info->issuer);
	err_set(e, ERR_RELAY, STAGE_CERT, "4.7.0", "the certificate of %.80s %s", r->j->peer,
	    buf_str(&b));
	buf_done(&b);
	return refuse(e, f->hint);
}

static bool
judge_chain(const struct refusal *r, struct err *e)
{
	const struct judge *j = r->j;
	const char *problem = trust_problem(j->trust);
	unsigned status;

	if (problem != NULL)
		return err_set(e, ERR_CONFIG, STAGE_CERT, "", "%s", problem);
	/* a common name is no name (RFC 9525 2), though GnuTLS takes one */
	if (r->names[0] == '\0')
		return explain(r, GNUTLS_CERT_UNEXPECTED_OWNER, e);
	trust_add_issuers(j->trust, j->cred, r->chain, r->n);
	status = verify(j);
	if (status != 0 && trust_add_all(j->trust, j->cred))
		status = verify(j);
	return status == 0 || explain(r, status, e);
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
	certtext_dn(crt, false, info->subject, sizeof info->subject);
	certtext_dn(crt, true, info->issuer, sizeof info->issuer);
	info->not_before = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
	info->not_after = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	info->self_signed = gnutls_x509_crt_check_issuer(crt, crt) != 0;
	certtext_pin(crt, info->pin, sizeof info->pin);
	list_names(crt, &names, info->subject, sizeof info->subject);
	if (j->p->npins > 0)
		good = judge_pin(j, info, e);
	else
		good = !j->p->verify ||
		    judge_chain(&(struct refusal){j, info, buf_str(&names), chain, n}, e);
	buf_done(&names);
	gnutls_x509_crt_deinit(crt);
	return good;
}
