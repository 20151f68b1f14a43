/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dns.h - records of the mail world, asked of the libc's resolver.
 *
 * Never asked on the way of a message, which needs addresses only: this is for
 * people who want to see what a domain says about its mail (lookup), and for
 * finding a server from an address (setup). An answer that says "there is none"
 * is an answer; only silence and failure are trouble.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define DNS_MAX_RECORDS 64 /* of one answer; the rest is not looked at */

enum dns_type { DNS_A, DNS_AAAA, DNS_MX, DNS_SRV, DNS_TXT, DNS_TLSA, DNS_CNAME };

enum dns_found {
	DNS_RECORDS, /* at least one */
	DNS_NONE,    /* the name exists, without a record of that type */
	DNS_NO_NAME, /* NXDOMAIN */
	DNS_TROUBLE, /* no answer, SERVFAIL, an answer that cannot be read: e tells */
};

struct dns_record {
	uint16_t priority, weight, port; /* MX (priority), SRV */
	const char *name; /* MX, SRV: the target without the last dot ("" is "."); A, AAAA: the
			     address; CNAME: the target */
	const char *text; /* TXT: its strings joined, NUL and 8-bit as they are not: escaped */
	size_t ntexts;    /* TXT: of how many strings it was made */
	uint8_t usage, selector, matching; /* TLSA */
	const char *hex;                   /* TLSA: the data in hexadecimal */
};

struct dns_answer {
	enum dns_found found;
	bool secure; /* AD: validated by the resolver, and resolv.conf trusts it (trust-ad) */
	struct dns_record *records; /* in the arena; MX and SRV by priority, then weight downward */
	size_t nrecords;
	uint32_t ttl; /* the least of them, seconds */
};

/* Who is asked; opaque. */
struct dns;

/*
 * resolver: "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53": this server and no other; NULL: as
 * /etc/resolv.conf says. timeout_ms: for each question with all its repetitions. NULL with e
 * (ERR_USAGE: the address cannot be read).
 */
struct dns *
dns_open(const char *resolver, int64_t timeout_ms, struct err *e);
void
dns_close(struct dns *d);
/*
 * Asks for name (A-labels, no trailing dot needed). Long answers come over TCP. The answer's
 * strings live in mem. false, and found is DNS_TROUBLE: e tells (STAGE_DNS, 4.4.3).
 */
bool
dns_ask(struct dns *d, struct arena *mem, const char *name, enum dns_type type,
    struct dns_answer *out, struct err *e);
/*
 * Is it a name of a host: letters, digits, '-' and '_' between dots? The DNS may hold anything
 * ("h?password-command=..."), so ask before a target becomes part of a URL or a configuration.
 */
bool
dns_is_host(const char *name);
/* Is host the domain, or below it? A target that is not needs more than the DNS (RFC 6186 6). */
bool
dns_is_within(const char *host, const char *domain);
/* For tests: a whole answer of the DNS, read. false: it cannot be. */
bool
dns_read(const unsigned char *data, size_t n, struct arena *mem, enum dns_type type,
    struct dns_answer *out);

#endif
