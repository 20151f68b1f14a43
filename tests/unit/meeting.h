/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meeting.h - a client with its trust store meets a server with its certificate.
 *
 * The client trusts the authorities in meeting_ca: the root and three that have
 * nothing to do with it.
 */
#ifndef MEETING_H
#define MEETING_H

#include <stdbool.h>

#include "base/err.h"
#include "cert.h"
#include "net/tls.h"

#define MEETING_HOST "mail.example.org"
#define MEETING_NORMAL "NORMAL:%COMPAT"

/* meeting_root signed the two between, of which one is out of date; nobody knows the stranger. */
extern struct cert meeting_root, meeting_middle, meeting_old_middle, meeting_stranger;
extern char meeting_ca[64];
/* What the server's child shows and speaks. */
extern gnutls_certificate_credentials_t meeting_shown;
extern const char *meeting_priority;

/* For cmocka: all of the above. */
int
meeting_open(void **state);
int
meeting_close(void **state);

/* A client that verifies, by meeting_ca, that it speaks to name. */
struct tls_params
meeting_params(const char *name);
/*
 * Servers. The first says a line inside TLS and wants one, or nothing from a client that refuses
 * it; the second says nothing at all.
 */
const char *
meeting_greet(int fd);
const char *
meeting_silence(int fd);

/* Makes leaf a good certificate and shows it, with the authority between. */
void
meeting_show(struct cert *leaf);
void
meeting_drop(struct cert *leaf);

struct meeting {
	bool good;
	bool usable; /* the stream took another line after tls_start */
	struct tls_info info;
	struct err e;
};

/* tls_start with these parameters against run. What follows a good handshake is checked as well. */
void
meeting_run(const struct tls_params *p, const char *(*run)(int fd), struct meeting *out);

#endif
