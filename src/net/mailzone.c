/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mailzone.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "net/mailrec.h"
#include "net/mailzone_look.h"

#define TIME_MS 30000
#define MX_MAX 5 /* hosts that are looked at */

/* ---- addresses */

/* "2 IPv4, 1 IPv6"; false: it has none. */
static bool
count_addresses(struct mailzone_look *l, const char *host, char *out, size_t size)
{
	struct dns_answer v4, v6;

	(void)mailzone_look_ask(l, host, DNS_A, &v4);
	(void)mailzone_look_ask(l, host, DNS_AAAA, &v6);
	(void)snprintf(out, size, "%zu IPv4, %zu IPv6", v4.nrecords, v6.nrecords);
	return v4.nrecords + v6.nrecords > 0 || v4.found == DNS_TROUBLE || v6.found == DNS_TROUBLE;
}

/* ---- TLSA (RFC 7672) */

static void
look_tlsa(struct mailzone_look *l, const char *host, unsigned port)
{
	const char *name = arena_printf(&l->mem, "_%u._tcp.%s", port, host);
	struct dns_answer a;

	if (mailzone_look_ask(l, name, DNS_TLSA, &a) != DNS_RECORDS) {
		if (a.found == DNS_TROUBLE)
			mailzone_look_tell(l, "tlsa", MAILZONE_UNKNOWN, name, NULL, "%s",
			    l->trouble.text);
		else
			mailzone_look_tell(l, "tlsa", MAILZONE_INFO, name, NULL,
			    "none: no DANE for this host");
		return;
	}
	for (size_t i = 0; i < a.nrecords; i++) {
		const struct dns_record *r = &a.records[i];
		const char *value = arena_printf(&l->mem, "%u %u %u %.80s", r->usage, r->selector,
		    r->matching, r->hex);

		if (!a.secure)
			mailzone_look_tell(l, "tlsa", MAILZONE_WARN, name, value,
			    "not validated by DNSSEC here, so nobody may rely on it (or the resolver is not trusted: options trust-ad)");
		else if (r->usage != 3 && r->usage != 2)
			mailzone_look_tell(l, "tlsa", MAILZONE_WARN, name, value,
			    "usage %u is not for SMTP: 3 1 1 is what works (RFC 7672 3.1)",
			    r->usage);
		else
			mailzone_look_tell(l, "tlsa", MAILZONE_OK, name, value,
			    "validated by DNSSEC");
	}
}

/* ---- SRV (RFC 6186, RFC 8314) */

/* The port to publish, where there is nothing. */
static void
look_srv(struct mailzone_look *l, const char *service, unsigned port)
{
	const char *name = mailzone_look_under(l, service, l->z->domain);
	struct dns_answer a;

	switch (mailzone_look_ask(l, name, DNS_SRV, &a)) {
	case DNS_RECORDS:
		break;
	case DNS_TROUBLE:
		mailzone_look_tell(l, "srv", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
		return;
	default:
		mailzone_look_tell(l, "srv", MAILZONE_INFO, name, NULL,
		    "none: programs have to guess the server for sending; publish: %s. SRV 0 1 %u smtp.%s.",
		    name, port, l->z->domain);
		return;
	}
	for (size_t i = 0; i < a.nrecords; i++) {
		const struct dns_record *r = &a.records[i];
		const char *value = arena_printf(&l->mem, "%u %u %u %s", r->priority, r->weight,
		    r->port, r->name[0] != '\0' ? r->name : ".");
		char addresses[40];

		if (r->name[0] == '\0')
			mailzone_look_tell(l, "srv", MAILZONE_INFO, name, value,
			    "this service is not offered, and says so");
		else if (!count_addresses(l, r->name, addresses, sizeof addresses))
			mailzone_look_tell(l, "srv", MAILZONE_WRONG, name, value,
			    "%s has no address", r->name);
		else
			mailzone_look_tell(l, "srv", MAILZONE_OK, name, value, "%s port %u: %s",
			    r->name, r->port, addresses);
	}
}

/* ---- MX */

static void
look_mx_host(struct mailzone_look *l, const struct dns_record *r)
{
	const char *value = arena_printf(&l->mem, "%u %s", r->priority, r->name);
	struct dns_answer alias;
	char addresses[40];

	if (mailzone_look_ask(l, r->name, DNS_CNAME, &alias) == DNS_RECORDS)
		mailzone_look_tell(l, "mx", MAILZONE_WRONG, l->z->domain, value,
		    "%s is an alias (CNAME), which a mail host must not be (RFC 5321 5.1)",
		    r->name);
	else if (!count_addresses(l, r->name, addresses, sizeof addresses))
		mailzone_look_tell(l, "mx", MAILZONE_WRONG, l->z->domain, value,
		    "%s has no address", r->name);
	else
		mailzone_look_tell(l, "mx", MAILZONE_OK, l->z->domain, value, "%s", addresses);
	look_tlsa(l, r->name, 25);
}

/* false: there is no such domain, or nobody to ask. */
static bool
look_mx(struct mailzone_look *l)
{
	const char *domain = l->z->domain;
	struct dns_answer a;
	char addresses[40];

	switch (mailzone_look_ask(l, domain, DNS_MX, &a)) {
	case DNS_RECORDS:
		break;
	case DNS_NO_NAME:
		return false;
	case DNS_TROUBLE:
		if (l->answers == 0)
			return false;
		mailzone_look_tell(l, "mx", MAILZONE_UNKNOWN, domain, NULL, "%s", l->trouble.text);
		return true;
	case DNS_NONE:
		if (count_addresses(l, domain, addresses, sizeof addresses))
			mailzone_look_tell(l, "mx", MAILZONE_WARN, domain, NULL,
			    "none: mail goes to the address of the domain itself (%s)", addresses);
		else
			mailzone_look_tell(l, "mx", MAILZONE_MISSING, domain, NULL,
			    "none, and no address: answers to your mail come back; publish: %s. MX 10 mail.%s.",
			    domain, domain);
		return true;
	}
	if (a.nrecords == 1 && a.records[0].name[0] == '\0') {
		mailzone_look_tell(l, "mx", MAILZONE_INFO, domain, "0 .",
		    "the domain takes no mail, and says so (RFC 7505): answers come back");
		return true;
	}
	for (size_t i = 0; i < a.nrecords && i < MX_MAX; i++)
		look_mx_host(l, &a.records[i]);
	if (a.nrecords > MX_MAX)
		mailzone_look_tell(l, "mx", MAILZONE_INFO, domain, NULL, "and %zu more",
		    a.nrecords - MX_MAX);
	return true;
}

/* ---- DKIM */

static void
judge_dkim(struct mailzone_look *l, const char *name, const char *record)
{
	struct mailrec_dkim d;

	mailrec_dkim_read(&l->mem, record, &d);
	if (d.revoked)
		mailzone_look_tell(l, "dkim", MAILZONE_WRONG, name, record,
		    "this key is revoked (p is empty)");
	else if (d.bits == 0)
		mailzone_look_tell(l, "dkim", MAILZONE_WRONG, name, record,
		    "its key cannot be read");
	else if (str_eq_nocase(d.type, "rsa") && d.bits < 1024)
		mailzone_look_tell(l, "dkim", MAILZONE_WRONG, name, record,
		    "RSA of %u bits is not accepted any more (RFC 8301): make a key of 2048",
		    d.bits);
	else if (str_eq_nocase(d.type, "rsa") && d.bits < 2048)
		mailzone_look_tell(l, "dkim", MAILZONE_WARN, name, record,
		    "RSA of %u bits: 2048 are recommended (RFC 8301)%s", d.bits,
		    d.testing ? "; only a test (t=y)" : "");
	else
		mailzone_look_tell(l, "dkim", d.testing ? MAILZONE_WARN : MAILZONE_OK, name, record,
		    "%s of %u bits%s", d.type, d.bits,
		    d.testing ? "; only a test (t=y): nobody counts it" : "");
}

static void
look_dkim(struct mailzone_look *l)
{
	for (size_t i = 0; i < l->z->nselectors; i++) {
		const char *name = arena_printf(&l->mem, "%s._domainkey.%s", l->z->selectors[i],
		    l->z->domain);
		struct dns_answer a;

		if (mailzone_look_ask(l, name, DNS_TXT, &a) == DNS_TROUBLE)
			mailzone_look_tell(l, "dkim", MAILZONE_UNKNOWN, name, NULL, "%s",
			    l->trouble.text);
		else if (a.nrecords == 0)
			mailzone_look_tell(l, "dkim", MAILZONE_MISSING, name, NULL,
			    "no key of that selector: signatures with it fail");
		else if (a.nrecords > 1)
			mailzone_look_tell(l, "dkim", MAILZONE_WRONG, name, NULL,
			    "%zu records: there must be one", a.nrecords);
		else
			judge_dkim(l, name, a.records[0].text);
	}
	if (l->z->nselectors == 0)
		mailzone_look_tell(l, "dkim", MAILZONE_INFO, l->z->domain, NULL,
		    "not looked for: its name is in your mail, as s= of DKIM-Signature; give it with --selector");
}

/* ---- MTA-STS (RFC 8461), TLS-RPT (RFC 8460) */

static void
look_sts(struct mailzone_look *l)
{
	const char *name = mailzone_look_under(l, "_mta-sts", l->z->domain), *record = NULL;
	bool silent;
	size_t n = mailzone_look_txt(l, name, "STSv1", &record, &silent);

	if (silent)
		mailzone_look_tell(l, "mta-sts", MAILZONE_UNKNOWN, name, NULL, "%s",
		    l->trouble.text);
	else if (n == 0)
		mailzone_look_tell(l, "mta-sts", MAILZONE_INFO, name, NULL,
		    "none: who sends to this domain need not insist on TLS");
	else if (n > 1 || mailrec_tag(&l->mem, record, "id") == NULL)
		mailzone_look_tell(l, "mta-sts", MAILZONE_WRONG, name, record,
		    "it must be one record with an id (RFC 8461 3.1)");
	else
		mailzone_look_tell(l, "mta-sts", MAILZONE_OK, name, record,
		    "there is a policy; it is at https://mta-sts.%s/.well-known/mta-sts.txt, and not fetched here",
		    l->z->domain);
	name = mailzone_look_under(l, "_smtp._tls", l->z->domain);
	n = mailzone_look_txt(l, name, "TLSRPTv1", &record, &silent);
	if (n == 1 && mailrec_tag(&l->mem, record, "rua") != NULL)
		mailzone_look_tell(l, "tls-rpt", MAILZONE_OK, name, record,
		    "reports of failed TLS are sent");
	else if (n > 0)
		mailzone_look_tell(l, "tls-rpt", MAILZONE_WRONG, name, record,
		    "it must be one record with rua (RFC 8460 3)");
	else if (!silent)
		mailzone_look_tell(l, "tls-rpt", MAILZONE_INFO, name, NULL,
		    "none: nobody reports failed TLS");
}

bool
mailzone_look(const struct mailzone *z, struct err *e)
{
	struct mailzone_look l = {.z = z, .deadline = clock_mono_ms() + TIME_MS};
	bool good = look_mx(&l);

	if (good) {
		look_srv(&l, "_submissions._tcp", 465);
		look_srv(&l, "_submission._tcp", 587);
		mailzone_spf(&l);
		look_dkim(&l);
		mailzone_dmarc(&l);
		look_sts(&l);
	} else if (l.answers == 0) {
		*e = l.trouble;
		e->sysexit = EX_TEMPFAIL;
	} else {
		err_set(e, ERR_RELAY, STAGE_DNS, "5.1.2", "there is no domain %s in the DNS",
		    z->domain);
		e->sysexit = EX_NOHOST;
	}
	arena_done(&l.mem);
	return good;
}
