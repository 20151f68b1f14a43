/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/nearhost.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* A provider's names differ by region and product: those in common use are enough here. */
static const char *const known[] = {
    "email-smtp.eu-central-1.amazonaws.com",
    "email-smtp.eu-west-1.amazonaws.com",
    "email-smtp.us-east-1.amazonaws.com",
    "email-smtp.us-west-2.amazonaws.com",
    "mail.gmx.com",
    "mail.gmx.net",
    "mail.infomaniak.com",
    "posteo.de",
    "smtp-mail.outlook.com",
    "smtp-relay.brevo.com",
    "smtp-relay.gmail.com",
    "smtp.eu.mailgun.org",
    "smtp.fastmail.com",
    "smtp.gmail.com",
    "smtp.hostinger.com",
    "smtp.ionos.com",
    "smtp.ionos.de",
    "smtp.mail.me.com",
    "smtp.mail.ovh.net",
    "smtp.mail.ru",
    "smtp.mail.yahoo.com",
    "smtp.mailbox.org",
    "smtp.mailgun.org",
    "smtp.migadu.com",
    "smtp.office365.com",
    "smtp.orange.fr",
    "smtp.postmarkapp.com",
    "smtp.protonmail.ch",
    "smtp.purelymail.com",
    "smtp.sendgrid.net",
    "smtp.strato.de",
    "smtp.web.de",
    "smtp.yandex.com",
    "smtp.zoho.com",
    "smtp.zoho.eu",
};

#define OWN_MAX 3
#define NKNOWN (sizeof(known) / sizeof(known[0]))

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

bool
nearhost_find(const char *host, const char *address, char near[NEARHOST_MAX])
{
	const char *names[OWN_MAX + NKNOWN], *best;
	char own[OWN_MAX][NEARHOST_MAX];
	size_t nown = own_names(host, address, own), n = 0;

	/* the own domain first: of two that are equally near it is the likelier one */
	for (size_t i = 0; i < nown; i++)
		if (!str_eq_nocase(own[i], host))
			names[n++] = own[i];
	for (size_t i = 0; i < NKNOWN; i++) {
		if (str_eq_nocase(known[i], host))
			return false;
		names[n++] = known[i];
	}
	best = str_nearest(host, names, n);
	return best != NULL && snprintf(near, NEARHOST_MAX, "%s", best) < NEARHOST_MAX;
}
