/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * provider.h - what is known of mail providers, so that an address is enough to set up an account.
 *
 * Data, not code: only what providers themselves tell their customers. What is
 * not known here is found by the DNS or by trying (deliver/discover).
 */
#ifndef CONFIG_PROVIDER_H
#define CONFIG_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What its server takes in place of a password. */
enum provider_secret {
	PROVIDER_PASSWORD,
	PROVIDER_APP_PASSWORD, /* made for one program; the normal one is refused */
	PROVIDER_TOKEN,        /* made on its web site, for sending alone */
	PROVIDER_OAUTH2,       /* access tokens alone */
	PROVIDER_NOTHING,      /* it has no submission server at all */
};

struct provider {
	const char *id;      /* the account's name, too */
	const char *name;    /* "Google" */
	const char *domains; /* globs of its own addresses, NULL: customers bring their domain */
	const char *mx;      /* globs of the hosts in MX of its customers' domains, NULL: none */
	const char *host;
	uint16_t port;
	bool starttls;   /* else TLS from the start */
	bool local_user; /* the user is what stands before the '@' */
	enum provider_secret secret;
	bool oauth2;       /* takes access tokens, too */
	const char *where; /* where the app password or token is made; NULL: not needed */
	const char *rate;  /* sensible values, NULL: none */
	const char *max_connections;
	const char *topic; /* of `postrider help`, NULL: none */
};

extern const struct provider provider_table[];
extern const size_t provider_table_count;

/* By the domain of an address, lower case; NULL: not known. */
const struct provider *
provider_of_domain(const char *domain);
/* By a host that takes mail for the domain. */
const struct provider *
provider_of_mx(const char *host);
/* By the submission server. */
const struct provider *
provider_of_host(const char *host);

#endif
