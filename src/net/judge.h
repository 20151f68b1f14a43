/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * judge.h - is this the server that was meant?
 *
 * The second half of tls.h, behind the handshake: pin, chain, name, dates and
 * purpose, and the sentence that explains a refusal.
 */
#ifndef NET_JUDGE_H
#define NET_JUDGE_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "base/err.h"
#include "net/tls.h"
#include "net/trust.h"

struct judge {
	const struct tls_params *p;
	struct trust *trust; /* NULL: not asked (pins, or no verification) */
	const char *peer;
	gnutls_session_t session;
	gnutls_certificate_credentials_t cred;
};

bool
judge_peer(const struct judge *j, struct tls_info *info, struct err *e);

#endif
