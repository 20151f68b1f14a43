/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/nearhost.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "config/provider.h"

/* Beside those of the table of providers: services that no address tells. */
static const char *const services[] = {
    "email-smtp.eu-central-1.amazonaws.com",
    "email-smtp.eu-west-1.amazonaws.com",
    "email-smtp.us-east-1.amazonaws.com",
    "email-smtp.us-west-2.amazonaws.com",
    "smtp-relay.brevo.com",
    "smtp-relay.gmail.com",
    "smtp.eu.mailgun.org",
    "smtp.hostinger.com",
    "smtp.mailgun.org",
    "smtp.postmarkapp.com",
    "smtp.sendgrid.net",
};

#define OWN_MAX 3
#define NSERVICES (sizeof(services) / sizeof(services[0]))
#define PROVIDERS_MAX 128

/* What stands in front of host when as many labels as domain has are cut off its end. */
static size_t
own_labels(const char *host, const char *domain)
{
	size_t labels = 1, have = 1, n = 0;

	for (const char *p = domain; *p != '\0'; p++)
		labels += *p == '.';
	for (const char *p = host; *p != '\0'; p++)
		have += *p == '.';
	for (; have > labels; have--)
		n += strcspn(host + n, ".") + 1;
	return n;
}

/* Names in the domain of the account's address: the host's own first labels, and the usual ones. */
static size_t
own_names(const char *host, const char *address, char out[OWN_MAX][NEARHOST_MAX])
{
	const char *domain = address != NULL ? strrchr(address, '@') : NULL;
	size_t n = 0;

	if (domain == NULL || domain[1] == '\0' || strlen(domain) > NEARHOST_MAX / 2 ||
	    strlen(host) > NEARHOST_MAX / 2)
		return 0;
	domain++;
	(void)snprintf(out[n++], NEARHOST_MAX, "%.*s%s", (int)own_labels(host, domain), host,
	    domain);
	(void)snprintf(out[n++], NEARHOST_MAX, "smtp.%s", domain);
	(void)snprintf(out[n++], NEARHOST_MAX, "mail.%s", domain);
	return n;
}

/* The servers that many people have; how many. */
static size_t
known_names(const char *out[NSERVICES + PROVIDERS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < NSERVICES; i++)
		out[n++] = services[i];
	for (size_t i = 0; i < provider_table_count && i < PROVIDERS_MAX; i++)
		if (provider_table[i].host != NULL)
			out[n++] = provider_table[i].host;
	return n;
}

bool
nearhost_find(const char *host, const char *address, char near[NEARHOST_MAX])
{
	const char *names[OWN_MAX + NSERVICES + PROVIDERS_MAX], *best;
	char own[OWN_MAX][NEARHOST_MAX];
	size_t nown = own_names(host, address, own), n = 0, nknown;

	/* the own domain first: of two that are equally near it is the likelier one */
	for (size_t i = 0; i < nown; i++)
		if (!str_eq_nocase(own[i], host))
			names[n++] = own[i];
	nknown = known_names(names + n);
	for (size_t i = n; i < n + nknown; i++)
		if (str_eq_nocase(names[i], host))
			return false;
	best = str_nearest(host, names, n + nknown);
	return best != NULL && snprintf(near, NEARHOST_MAX, "%s", best) < NEARHOST_MAX;
}
