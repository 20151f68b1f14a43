/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trust.h - the certificate authorities, as few of them as a chain needs.
 *
 * Parsing the system's 140 authorities costs more than a whole handshake, and a
 * mail needs one. So the bundle is only mapped, and once the server's chain
 * is there the issuers it names are looked for in it. When that
 * does not do, the whole bundle is loaded: the short way can never refuse
 * what the long one takes, and never trusts more than the system does.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

struct trust;

/* ca_file: PEM authorities in place of the system's; NULL: those. What cannot be read is told by
 * trust_problem. */
struct trust *
trust_open(const char *ca_file);
void
trust_close(struct trust *t);
/* A sentence when there is nothing to trust, NULL when all is well. */
const char *
trust_problem(const struct trust *t);
/* For messages: the file that is asked. */
const char *
trust_name(const struct trust *t);
/* Adds to cred the authorities that the chain's certificates name as their issuers. */
void
trust_add_issuers(struct trust *t, gnutls_certificate_credentials_t cred,
    const gnutls_datum_t *chain, unsigned nchain);
/* Adds them all, once; false when that has been done already. */
bool
trust_add_all(struct trust *t, gnutls_certificate_credentials_t cred);

#endif
