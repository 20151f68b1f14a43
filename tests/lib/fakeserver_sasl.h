/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_sasl.h - the server's side of AUTH (RFC 4954), by libgsasl, and of
 * OAUTHBEARER and XOAUTH2, where the password of --user is the token.
 *
 * Every mechanism that libgsasl has a server for and that needs no more than
 * names and passwords; the -PLUS ones bind to the TLS session (tls-exporter).
 */
#ifndef FAKESERVER_SASL_H
#define FAKESERVER_SASL_H

#include "fakeserver_conn.h"

enum sasl_result {
	SASL_ACCEPTED,
	SASL_REFUSED,   /* wrong user, password, proof */
	SASL_CANCELLED, /* the client sent "*" */
	SASL_UNKNOWN,   /* no such mechanism here */
	SASL_GONE,      /* the connection ended in the middle */
};

/*
 * Runs the exchange that "AUTH <argument>" began: 334 lines and what answers them. The last reply
 * (235, 535) is left to the caller. --scram-final decides about the server's signature.
 */
enum sasl_result
sasl_serve(struct conn *c, const char *argument);

#endif
