/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char pem_begin[] = "-----BEGIN CERTIFICATE-----";
static const char pem_end[] = "-----END CERTIFICATE-----";

#define HEAD 512 /* octets of a certificate in which its names are looked for */

/* Where systems keep their bundle; the first that exists is taken. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Alpine */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
    "/etc/ssl/cert.pem",                  /* FreeBSD, OpenBSD, macOS */
    "/etc/ssl/ca-bundle.pem",             /* SUSE */
    "/usr/local/share/certs/ca-root-nss.crt",
};

struct trust {
	char *file; /* NULL: no bundle known, GnuTLS's own idea of the system's store */
	char *pem;
	size_t size;
	bool all; /* everything is loaded */
	char problem[300];
};

static bool
map_file(struct trust *t, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	errno = 0;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p != MAP_FAILED) {
			t->pem = p;
			t->size = (size_t)st.st_size;
			t->file = mem_strdup(path);
		}
	}
	close(fd);
	return t->pem != NULL;
}

struct trust *
trust_open(const char *ca_file)
{
	struct trust *t = mem_alloc(sizeof *t);

	if (ca_file != NULL) {
		if (!map_file(t, ca_file))
			snprintf(t->problem, sizeof t->problem,
			    "cannot read the file of authorities %s (tls-ca): %s", ca_file,
			    errno != 0 ? strerror(errno) : "it is empty");
		return t;
	}
	for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
		if (map_file(t, bundles[i]))
			break;
	return t;
}

void
trust_close(struct trust *t)
{
	if (t == NULL)
		return;
	if (t->pem != NULL)
		munmap(t->pem, t->size);
	free(t->file);
	free(t);
}

const char *
trust_problem(const struct trust *t)
{
	return t->problem[0] != '\0' ? t->problem : NULL;
}

const char *
trust_name(const struct trust *t)
{
	return t->file != NULL ? t->file : "the system's trust store";
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/*
 * The names stand at the beginning of a certificate, and decoding all of what stands behind them
 * would cost as much as the rest of the handshake. So only the head is decoded to be searched;
 * line ends, and whatever is no base64, are passed over: the import of a match is strict.
 */
static size_t
decode_head(const char *s, size_t n, unsigned char out[HEAD])
{
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t len = 0;

	for (size_t i = 0; i < n && len < HEAD; i++) {
		int v = base64_value(s[i]);

		if (v < 0)
			continue;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (unsigned char)(acc >> bits);
		}
	}
	return len;
}

static bool
names_issuer(const unsigned char *head, size_t len, const gnutls_datum_t *issuers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (issuers[i].size > 0 &&
		    memmem(head, len, issuers[i].data, issuers[i].size) != NULL)
			return true;
	return false;
}

static void
add_pem(gnutls_certificate_credentials_t cred, const char *begin, const char *end)
{
	gnutls_datum_t pem = {(unsigned char *)(uintptr_t)begin, (unsigned)(end - begin)};
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM) >= 0)
		gnutls_certificate_set_x509_trust(cred, &crt, 1);
	gnutls_x509_crt_deinit(crt);
}

/* Each certificate of the bundle whose head holds one of the issuers' names, octet for octet. */
static void
scan_bundle(const struct trust *t, gnutls_certificate_credentials_t cred,
    const gnutls_datum_t *issuers, unsigned n)
{
	const char *p = t->pem, *end = t->pem + t->size;
	unsigned char head[HEAD];

	while ((p = memmem(p, (size_t)(end - p), pem_begin, sizeof pem_begin - 1)) != NULL) {
		const char *body = p + sizeof pem_begin - 1;
		const char *stop = memmem(body, (size_t)(end - body), pem_end, sizeof pem_end - 1);
		size_t len;

		if (stop == NULL)
			break;
		stop += sizeof pem_end - 1;
		len = decode_head(body, (size_t)(stop - body), head);
		if (names_issuer(head, len, issuers, n))
			add_pem(cred, p, stop);
		p = stop;
	}
}

void
trust_add_issuers(struct trust *t, gnutls_certificate_credentials_t cred,
    const gnutls_datum_t *chain, unsigned nchain)
{
	gnutls_datum_t issuers[16];
	unsigned n = 0;

	if (t->pem == NULL)
		return;
	for (unsigned i = 0; i < nchain && n < 16; i++) {
		gnutls_x509_crt_t crt;

		if (gnutls_x509_crt_init(&crt) < 0)
			break;
		if (gnutls_x509_crt_import(crt, &chain[i], GNUTLS_X509_FMT_DER) >= 0 &&
		    gnutls_x509_crt_get_raw_issuer_dn(crt, &issuers[n]) >= 0)
			n++;
		gnutls_x509_crt_deinit(crt);
	}
	scan_bundle(t, cred, issuers, n);
	for (unsigned i = 0; i < n; i++)
		gnutls_free(issuers[i].data);
}

bool
trust_add_all(struct trust *t, gnutls_certificate_credentials_t cred)
{
	gnutls_datum_t pem;

	if (t->all)
		return false;
	t->all = true;
	if (t->pem == NULL) {
		if (t->problem[0] == '\0')
			gnutls_certificate_set_x509_system_trust(cred);
		return true;
	}
	pem.data = (unsigned char *)(uintptr_t)t->pem;
	pem.size = (unsigned)t->size;
	gnutls_certificate_set_x509_trust_mem(cred, &pem, GNUTLS_X509_FMT_PEM);
	return true;
}
