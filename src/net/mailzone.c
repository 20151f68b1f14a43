/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mailzone.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "net/mailrec.h"

#define QUESTIONS_MAX 80
#define TIME_MS 30000
#define MX_MAX 5     /* hosts that are looked at */
#define SPF_DEPTH 10 /* RFC 7208 4.6.4 allows no more */
#define SPF_LOOKUPS 10
#define SPF_VOID 2
#define DMARC_WALK 8 /* questions, RFC 9989 4.10 */

struct look {
	const struct mailzone *z;
	struct arena mem;
	size_t questions, answers;
	int64_t deadline;
	struct err trouble; /* of the last question that had no answer */
};

static void __attribute__((format(printf, 6, 7))) tell(struct look *l, const char *kind,
    enum mailzone_verdict verdict, const char *name, const char *value, const char *fmt, ...)
{
	struct mailzone_finding f = {.kind = kind,
	    .verdict = verdict,
	    .name = name,
	    .value = value};
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	f.text = text;
	l->z->found(l->z->arg, &f);
}

/* Too many questions, or too late: as if nobody answered. */
static enum dns_found
ask(struct look *l, const char *name, enum dns_type type, struct dns_answer *out)
{
	*out = (struct dns_answer){.found = DNS_TROUBLE};
	if (l->questions++ >= QUESTIONS_MAX || clock_mono_ms() >= l->deadline)
		err_set(&l->trouble, ERR_RELAY, STAGE_DNS, "4.4.3",
		    "too many questions, or too slow answers: %s was not asked for", name);
	else if (dns_ask(l->z->dns, &l->mem, name, type, out, &l->trouble))
		l->answers++;
	return out->found;
}

static const char *
under(struct look *l, const char *label, const char *name)
{
	return arena_printf(&l->mem, "%s.%s", label, name);
}

/* The records of that version among the TXT of a name; how many. *no_answer tells of silence. */
static size_t
find_txt(struct look *l, const char *name, const char *version, const char **out, bool *no_answer)
{
	struct dns_answer a;
	size_t n = 0;

	*no_answer = ask(l, name, DNS_TXT, &a) == DNS_TROUBLE;
	for (size_t i = 0; i < a.nrecords; i++)
		if (mailrec_is(a.records[i].text, version) && n++ == 0)
			*out = a.records[i].text;
	return n;
}

/* ---- addresses */

/* "2 IPv4, 1 IPv6"; false: it has none. */
static bool
count_addresses(struct look *l, const char *host, char *out, size_t size)
{
	struct dns_answer v4, v6;

	(void)ask(l, host, DNS_A, &v4);
	(void)ask(l, host, DNS_AAAA, &v6);
	(void)snprintf(out, size, "%zu IPv4, %zu IPv6", v4.nrecords, v6.nrecords);
	return v4.nrecords + v6.nrecords > 0 || v4.found == DNS_TROUBLE || v6.found == DNS_TROUBLE;
}

/* ---- TLSA (RFC 7672) */

static void
look_tlsa(struct look *l, const char *host, unsigned port)
{
	const char *name = arena_printf(&l->mem, "_%u._tcp.%s", port, host);
	struct dns_answer a;

	if (ask(l, name, DNS_TLSA, &a) != DNS_RECORDS) {
		if (a.found == DNS_TROUBLE)
			tell(l, "tlsa", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
		else
			tell(l, "tlsa", MAILZONE_INFO, name, NULL, "none: no DANE for this host");
		return;
	}
	for (size_t i = 0; i < a.nrecords; i++) {
		const struct dns_record *r = &a.records[i];
		const char *value = arena_printf(&l->mem, "%u %u %u %.80s", r->usage, r->selector,
		    r->matching, r->hex);

		if (!a.secure)
			tell(l, "tlsa", MAILZONE_WARN, name, value,
			    "not validated by DNSSEC here, so nobody may rely on it (or the resolver is not trusted: options trust-ad)");
		else if (r->usage != 3 && r->usage != 2)
			tell(l, "tlsa", MAILZONE_WARN, name, value,
			    "usage %u is not for SMTP: 3 1 1 is what works (RFC 7672 3.1)",
			    r->usage);
		else
			tell(l, "tlsa", MAILZONE_OK, name, value, "validated by DNSSEC");
	}
}

/* ---- SRV (RFC 6186, RFC 8314) */

/* The port to publish, where there is nothing. */
static void
look_srv(struct look *l, const char *service, unsigned port)
{
	const char *name = under(l, service, l->z->domain);
	struct dns_answer a;

	switch (ask(l, name, DNS_SRV, &a)) {
	case DNS_RECORDS:
		break;
	case DNS_TROUBLE:
		tell(l, "srv", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
		return;
	default:
		tell(l, "srv", MAILZONE_INFO, name, NULL,
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
			tell(l, "srv", MAILZONE_INFO, name, value,
			    "this service is not offered, and says so");
		else if (!count_addresses(l, r->name, addresses, sizeof addresses))
			tell(l, "srv", MAILZONE_WRONG, name, value, "%s has no address", r->name);
		else
			tell(l, "srv", MAILZONE_OK, name, value, "%s port %u: %s", r->name, r->port,
			    addresses);
	}
}

/* ---- MX */

static void
look_mx_host(struct look *l, const struct dns_record *r)
{
	const char *value = arena_printf(&l->mem, "%u %s", r->priority, r->name);
	struct dns_answer alias;
	char addresses[40];

	if (ask(l, r->name, DNS_CNAME, &alias) == DNS_RECORDS)
		tell(l, "mx", MAILZONE_WRONG, l->z->domain, value,
		    "%s is an alias (CNAME), which a mail host must not be (RFC 5321 5.1)",
		    r->name);
	else if (!count_addresses(l, r->name, addresses, sizeof addresses))
		tell(l, "mx", MAILZONE_WRONG, l->z->domain, value, "%s has no address", r->name);
	else
		tell(l, "mx", MAILZONE_OK, l->z->domain, value, "%s", addresses);
	look_tlsa(l, r->name, 25);
}

/* false: there is no such domain, or nobody to ask. */
static bool
look_mx(struct look *l)
{
	const char *domain = l->z->domain;
	struct dns_answer a;
	char addresses[40];

	switch (ask(l, domain, DNS_MX, &a)) {
	case DNS_RECORDS:
		break;
	case DNS_NO_NAME:
		return false;
	case DNS_TROUBLE:
		if (l->answers == 0)
			return false;
		tell(l, "mx", MAILZONE_UNKNOWN, domain, NULL, "%s", l->trouble.text);
		return true;
	case DNS_NONE:
		if (count_addresses(l, domain, addresses, sizeof addresses))
			tell(l, "mx", MAILZONE_WARN, domain, NULL,
			    "none: mail goes to the address of the domain itself (%s)", addresses);
		else
			tell(l, "mx", MAILZONE_MISSING, domain, NULL,
			    "none, and no address: answers to your mail come back; publish: %s. MX 10 mail.%s.",
			    domain, domain);
		return true;
	}
	if (a.nrecords == 1 && a.records[0].name[0] == '\0') {
		tell(l, "mx", MAILZONE_INFO, domain, "0 .",
		    "the domain takes no mail, and says so (RFC 7505): answers come back");
		return true;
	}
	for (size_t i = 0; i < a.nrecords && i < MX_MAX; i++)
		look_mx_host(l, &a.records[i]);
	if (a.nrecords > MX_MAX)
		tell(l, "mx", MAILZONE_INFO, domain, NULL, "and %zu more", a.nrecords - MX_MAX);
	return true;
}

/* ---- SPF */

struct spf_count {
	size_t lookups, voids;
	const char *fault; /* a sentence, NULL: none yet */
	enum mailrec_all all;
};

static void
count_spf(struct look *l, const char *text, int depth, struct spf_count *c)
{
	struct mailrec_spf spf;

	mailrec_spf_read(&l->mem, text, &spf);
	c->lookups += spf.lookups;
	if (spf.unknown != NULL && c->fault == NULL)
		c->fault = arena_printf(&l->mem, "'%.60s' is no term of SPF", spf.unknown);
	if (depth == 0 || spf.all == MAILREC_ALL_REDIRECT)
		c->all = spf.all;
	for (size_t i = 0; i < spf.nincludes; i++) {
		const char *name = spf.includes[i], *record = NULL;
		bool silent;
		size_t n;

		/* macros depend on the mail; beyond the limit nobody reads on */
		if (strchr(name, '%') != NULL || depth >= SPF_DEPTH || c->lookups > 2 * SPF_LOOKUPS)
			continue;
		n = find_txt(l, name, "spf1", &record, &silent);
		if (n == 1) {
			bool last = spf.all == MAILREC_ALL_REDIRECT && i + 1 == spf.nincludes;

			count_spf(l, record, last ? depth : depth + 1, c);
		} else if (silent) {
			c->fault = c->fault != NULL ? c->fault : "an included record had no answer";
		} else {
			c->voids += n == 0;
			if (c->fault == NULL)
				c->fault = arena_printf(&l->mem,
				    "%.100s, which it includes, has %s", name,
				    n == 0 ? "no SPF record" : "several SPF records");
		}
	}
}

static const char *
words_of_all(enum mailrec_all all)
{
	static const char *const words[] = {
	    [MAILREC_ALL_NONE] = "says nothing of other hosts (no `all`)",
	    [MAILREC_ALL_PASS] = "lets every host in the world send (+all)",
	    [MAILREC_ALL_NEUTRAL] = "says nothing of other hosts (?all)",
	    [MAILREC_ALL_SOFT] = "other hosts are suspect (~all)",
	    [MAILREC_ALL_FAIL] = "other hosts may not send (-all)",
	    [MAILREC_ALL_REDIRECT] = "leads to another record",
	};

	return words[all];
}

static void
look_spf(struct look *l)
{
	const char *domain = l->z->domain, *record = NULL;
	struct spf_count c = {.lookups = 0};
	bool silent;
	size_t n = find_txt(l, domain, "spf1", &record, &silent);

	if (silent) {
		tell(l, "spf", MAILZONE_UNKNOWN, domain, NULL, "%s", l->trouble.text);
	} else if (n == 0) {
		tell(l, "spf", MAILZONE_MISSING, domain, NULL,
		    "none: publish which hosts send your mail: %s. TXT \"v=spf1 include:YOUR-PROVIDER ~all\"",
		    domain);
	} else if (n > 1) {
		tell(l, "spf", MAILZONE_WRONG, domain, NULL,
		    "%zu records: there must be one, or all of them fail (RFC 7208 4.5)", n);
	} else {
		count_spf(l, record, 0, &c);
		if (c.fault != NULL)
			tell(l, "spf", MAILZONE_WRONG, domain, record, "%s", c.fault);
		else if (c.lookups > SPF_LOOKUPS)
			tell(l, "spf", MAILZONE_WRONG, domain, record,
			    "it costs %zu lookups, and only %d are made: it fails everywhere (RFC 7208 4.6.4)",
			    c.lookups, SPF_LOOKUPS);
		else if (c.voids > SPF_VOID || c.all == MAILREC_ALL_PASS ||
		    c.all == MAILREC_ALL_NEUTRAL || c.all == MAILREC_ALL_NONE)
			tell(l, "spf", MAILZONE_WARN, domain, record, "%s; %zu of %d lookups",
			    words_of_all(c.all), c.lookups, SPF_LOOKUPS);
		else
			tell(l, "spf", MAILZONE_OK, domain, record, "%s; %zu of %d lookups",
			    words_of_all(c.all), c.lookups, SPF_LOOKUPS);
	}
}

/* ---- DKIM */

static void
judge_dkim(struct look *l, const char *name, const char *record)
{
	struct mailrec_dkim d;

	mailrec_dkim_read(&l->mem, record, &d);
	if (d.revoked)
		tell(l, "dkim", MAILZONE_WRONG, name, record, "this key is revoked (p is empty)");
	else if (d.bits == 0)
		tell(l, "dkim", MAILZONE_WRONG, name, record, "its key cannot be read");
	else if (str_eq_nocase(d.type, "rsa") && d.bits < 1024)
		tell(l, "dkim", MAILZONE_WRONG, name, record,
		    "RSA of %u bits is not accepted any more (RFC 8301): make a key of 2048",
		    d.bits);
	else if (str_eq_nocase(d.type, "rsa") && d.bits < 2048)
		tell(l, "dkim", MAILZONE_WARN, name, record,
		    "RSA of %u bits: 2048 are recommended (RFC 8301)%s", d.bits,
		    d.testing ? "; only a test (t=y)" : "");
	else
		tell(l, "dkim", d.testing ? MAILZONE_WARN : MAILZONE_OK, name, record,
		    "%s of %u bits%s", d.type, d.bits,
		    d.testing ? "; only a test (t=y): nobody counts it" : "");
}

static void
look_dkim(struct look *l)
{
	for (size_t i = 0; i < l->z->nselectors; i++) {
		const char *name = arena_printf(&l->mem, "%s._domainkey.%s", l->z->selectors[i],
		    l->z->domain);
		struct dns_answer a;

		if (ask(l, name, DNS_TXT, &a) == DNS_TROUBLE)
			tell(l, "dkim", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
		else if (a.nrecords == 0)
			tell(l, "dkim", MAILZONE_MISSING, name, NULL,
			    "no key of that selector: signatures with it fail");
		else if (a.nrecords > 1)
			tell(l, "dkim", MAILZONE_WRONG, name, NULL,
			    "%zu records: there must be one", a.nrecords);
		else
			judge_dkim(l, name, a.records[0].text);
	}
	if (l->z->nselectors == 0)
		tell(l, "dkim", MAILZONE_INFO, l->z->domain, NULL,
		    "not looked for: its name is in your mail, as s= of DKIM-Signature; give it with --selector");
}

/* ---- DMARC (RFC 9989): the tree walk */

struct dmarc_walk {
	const char *own, *own_name; /* the record at the domain itself */
	const char *org, *org_name; /* the one that holds for the organisation */
	const char *org_domain;
	bool silent;
};

/* One step; true: the walk is over. */
static bool
step_dmarc(struct look *l, const char *domain, const char *below, struct dmarc_walk *w)
{
	const char *name = under(l, "_dmarc", domain), *record = NULL;
	struct mailrec_dmarc d;

	/* several records are none (RFC 9989 4.10) */
	if (find_txt(l, name, "DMARC1", &record, &w->silent) != 1)
		return w->silent;
	mailrec_dmarc_read(&l->mem, record, &d);
	if (str_eq(domain, l->z->domain)) {
		w->own = record;
		w->own_name = name;
	}
	/* a public suffix is nobody's organisation: that is the name below it, and what that one
	 * says goes before (RFC 9989 4.10.1, 4.10.2) */
	if (d.psd == 'y' && below != NULL) {
		if (w->org == NULL || !str_eq(w->org_domain, below)) {
			w->org = record;
			w->org_name = name;
		}
		w->org_domain = below;
		return true;
	}
	w->org = record;
	w->org_name = name;
	w->org_domain = domain;
	return d.psd == 'n';
}

static void
walk_dmarc(struct look *l, struct dmarc_walk *w)
{
	const char *domain = l->z->domain, *below = NULL;

	for (int i = 0; i < DMARC_WALK && domain != NULL; i++) {
		if (step_dmarc(l, domain, below, w))
			return;
		below = domain;
		domain = mailrec_dmarc_above(domain);
	}
}

static void
judge_dmarc(struct look *l, const struct dmarc_walk *w)
{
	const char *record = w->own != NULL ? w->own : w->org;
	const char *name = w->own != NULL ? w->own_name : w->org_name, *policy, *from = "";
	struct mailrec_dmarc d;

	mailrec_dmarc_read(&l->mem, record, &d);
	policy = d.policy;
	if (w->own == NULL) {
		policy = d.sub != NULL ? d.sub : d.policy;
		from = arena_printf(&l->mem, ", as %s says for what is below it", w->org_domain);
	}
	if (policy == NULL && !d.reports)
		tell(l, "dmarc", MAILZONE_WRONG, name, record,
		    "it has no policy: add p=none, p=quarantine or p=reject");
	else
		tell(l, "dmarc", MAILZONE_OK, name, record, "forged mail: %s%s%s%s%s",
		    policy == NULL || str_eq(policy, "none") ? "nothing is done (none)"
			: str_eq(policy, "reject")           ? "refused (reject)"
							     : "put aside (quarantine)",
		    from, d.testing ? "; only a test (t=y)" : "",
		    d.reports ? "; reports are sent" : "; no reports (rua)",
		    str_eq(w->org_domain, l->z->domain)
			? ""
			: arena_printf(&l->mem, "; the organisation is %s", w->org_domain));
}

static void
look_dmarc(struct look *l)
{
	const char *name = under(l, "_dmarc", l->z->domain);
	struct dmarc_walk w = {.own = NULL};

	walk_dmarc(l, &w);
	if (w.org != NULL)
		judge_dmarc(l, &w);
	else if (w.silent)
		tell(l, "dmarc", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
	else
		tell(l, "dmarc", MAILZONE_MISSING, name, NULL,
		    "none: large receivers want one; publish: %s. TXT \"v=DMARC1; p=none\"", name);
}

/* ---- MTA-STS (RFC 8461), TLS-RPT (RFC 8460) */

static void
look_sts(struct look *l)
{
	const char *name = under(l, "_mta-sts", l->z->domain), *record = NULL;
	bool silent;
	size_t n = find_txt(l, name, "STSv1", &record, &silent);

	if (silent)
		tell(l, "mta-sts", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
	else if (n == 0)
		tell(l, "mta-sts", MAILZONE_INFO, name, NULL,
		    "none: who sends to this domain need not insist on TLS");
	else if (n > 1 || mailrec_tag(&l->mem, record, "id") == NULL)
		tell(l, "mta-sts", MAILZONE_WRONG, name, record,
		    "it must be one record with an id (RFC 8461 3.1)");
	else
		tell(l, "mta-sts", MAILZONE_OK, name, record,
		    "there is a policy; it is at https://mta-sts.%s/.well-known/mta-sts.txt, and not fetched here",
		    l->z->domain);
	name = under(l, "_smtp._tls", l->z->domain);
	n = find_txt(l, name, "TLSRPTv1", &record, &silent);
	if (n == 1 && mailrec_tag(&l->mem, record, "rua") != NULL)
		tell(l, "tls-rpt", MAILZONE_OK, name, record, "reports of failed TLS are sent");
	else if (n > 0)
		tell(l, "tls-rpt", MAILZONE_WRONG, name, record,
		    "it must be one record with rua (RFC 8460 3)");
	else if (!silent)
		tell(l, "tls-rpt", MAILZONE_INFO, name, NULL, "none: nobody reports failed TLS");
}

bool
mailzone_look(const struct mailzone *z, struct err *e)
{
	struct look l = {.z = z, .deadline = clock_mono_ms() + TIME_MS};
	bool good = look_mx(&l);

	if (good) {
		look_srv(&l, "_submissions._tcp", 465);
		look_srv(&l, "_submission._tcp", 587);
		look_spf(&l);
		look_dkim(&l);
		look_dmarc(&l);
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
