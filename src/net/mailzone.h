/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mailzone.h - what the DNS says about the mail of a domain, record by record.
 *
 * Asks, judges, and hands each finding on as soon as it is there. What is
 * missing is said with the line that would mend it. Bounded: not many questions, not
 * much time, whatever the zones point at.
 */
#ifndef NET_MAILZONE_H
#define NET_MAILZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/dns.h"

enum mailzone_verdict {
	MAILZONE_OK,
	MAILZONE_INFO,
	MAILZONE_WARN,
	MAILZONE_MISSING, /* a domain that sends mail should have it */
	MAILZONE_WRONG,
	MAILZONE_UNKNOWN, /* the DNS gave no answer */
};

struct mailzone_finding {
	const char *kind; /* srv, mx, spf, dkim, dmarc, tlsa, mta-sts, tls-rpt */
	enum mailzone_verdict verdict;
	const char *name;  /* that was asked for */
	const char *value; /* the record, NULL: there is none, or several */
	const char *text;  /* what it means, or what to do */
};

struct mailzone {
	struct dns *dns;
	const char *domain; /* A-labels, lower case, without a last dot */
	const char *const *selectors;
	size_t nselectors; /* of DKIM */
	void (*found)(void *arg, const struct mailzone_finding *f);
	void *arg;
};

/* Strings of a finding last as long as the call. false (e): there is no such domain (5.1.2), or
 * nothing answers (4.4.3). */
bool
mailzone_look(const struct mailzone *z, struct err *e);

#endif
