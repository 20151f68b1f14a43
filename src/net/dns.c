/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define ANSWER_MAX 65535
#define TRIES 2
#define RESOLVER_PORT 53

struct dns {
	struct __res_state state;
	unsigned char answer[ANSWER_MAX];
};

/* ---- who is asked */

/* "192.0.2.1:5353", "[2001:db8::1]:53", "2001:db8::1" */
static bool
parse_resolver(const char *text, char host[64], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	uint64_t n = RESOLVER_PORT;
	size_t len = strlen(text);

	if (text[0] == '[') {
		const char *close = strchr(text, ']');

		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return false;
		colon = close[1] == ':' ? close + 1 : NULL;
		text++;
		len = (size_t)(close - text);
	} else if (colon != NULL && strchr(text, ':') == colon) {
		len = (size_t)(colon - text);
	} else {
		colon = NULL; /* an address of IPv6 without a port */
	}
	if (len >= 64 || (colon != NULL && !str_u64(colon + 1, 1, 65535, &n)))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	*port = (uint16_t)n;
	return true;
}

static bool
set_resolver(struct dns *d, const char *text)
{
	struct sockaddr_in *in = &d->state.nsaddr_list[0];
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char host[64];
	uint16_t port;

	if (!parse_resolver(text, host, &port))
		return false;
	d->state.nscount = 1;
	/* whoever names a resolver has reason to believe what it says of DNSSEC */
	d->state.options |= RES_TRUSTAD;
	*in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1)
		return true;
	in6.sin6_port = htons(port);
	if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
		return false;
	in->sin_family = 0; /* the libc looks at the other list then, and frees it */
	free(d->state._u._ext.nsaddrs[0]);
	d->state._u._ext.nsaddrs[0] = mem_alloc(sizeof in6);
	*d->state._u._ext.nsaddrs[0] = in6;
	d->state._u._ext.nscount = 1;
	return true;
}

struct dns *
dns_open(const char *resolver, int64_t timeout_ms, struct err *e)
{
	struct dns *d = mem_alloc(sizeof *d);

	if (res_ninit(&d->state) != 0) {
		err_set(e, ERR_LOCAL, STAGE_DNS, "4.4.3", "the resolver cannot be set up: %s",
		    strerror(errno));
		free(d);
		return NULL;
	}
	/* a name is asked for as it is: no search list */
	d->state.options &= ~(unsigned long)(RES_DEFNAMES | RES_DNSRCH);
	d->state.retry = TRIES;
	d->state.retrans = timeout_ms >= TRIES * 2000 ? (int)(timeout_ms / (TRIES * 1000)) : 1;
	if (resolver == NULL || set_resolver(d, resolver))
		return d;
	err_set(e, ERR_USAGE, STAGE_DNS, "",
	    "'%s' is not the address of a resolver; write 192.0.2.1 or [2001:db8::1]:5353",
	    resolver);
	dns_close(d);
	return NULL;
}

void
dns_close(struct dns *d)
{
	if (d == NULL)
		return;
	res_nclose(&d->state);
	free(d);
}

/* ---- what is answered */

static int
type_of(enum dns_type t)
{
	static const int types[] = {
	    [DNS_A] = ns_t_a,
	    [DNS_AAAA] = ns_t_aaaa,
	    [DNS_MX] = ns_t_mx,
	    [DNS_SRV] = ns_t_srv,
	    [DNS_TXT] = ns_t_txt,
	    [DNS_TLSA] = 52, /* RFC 6698 7.1 */
	    [DNS_CNAME] = ns_t_cname,
	};

	return types[t];
}

static uint16_t
get16(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

bool
dns_is_host(const char *name)
{
	size_t n = 0; /* octets of the label so far */

	for (; *name != '\0'; name++) {
		if (*name == '.' && n == 0)
			return false;
		if (*name != '.' && *name != '-' && *name != '_' &&
		    !str_is_alpha((unsigned char)*name) && !str_is_digit((unsigned char)*name))
			return false;
		n = *name == '.' ? 0 : n + 1;
	}
	return n > 0;
}

bool
dns_is_within(const char *host, const char *domain)
{
	size_t n = strlen(host), k = strlen(domain);

	return n >= k && str_eq_nocase(host + n - k, domain) && (n == k || host[n - k - 1] == '.');
}

struct reading {
	struct arena *mem;
	const ns_msg *msg;
	const unsigned char *data;
	size_t n;
	struct dns_record *out;
};

/* A name at data[off]; dn_expand escapes what is odd. */
static bool
read_name(const struct reading *r, size_t off)
{
	char name[NS_MAXDNAME];
	struct buf shown;

	if (off >= r->n ||
	    dn_expand(ns_msg_base(*r->msg), ns_msg_end(*r->msg), r->data + off, name, sizeof name) <
		0)
		return false;
	buf_init(&shown, SIZE_MAX);
	str_escape(&shown, name, strlen(name), 0);
	r->out->name = arena_strdup(r->mem, buf_str(&shown));
	buf_done(&shown);
	return true;
}

static bool
read_address(const struct reading *r, int family, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	if (r->n != size || inet_ntop(family, r->data, text, sizeof text) == NULL)
		return false;
	r->out->name = arena_strdup(r->mem, text);
	return true;
}

static bool
read_txt(const struct reading *r)
{
	struct buf raw, shown;
	size_t off = 0;

	buf_init(&raw, SIZE_MAX);
	while (off < r->n) {
		size_t n = r->data[off++];

		if (n > r->n - off)
			break;
		(void)buf_add(&raw, r->data + off, n);
		off += n;
		r->out->ntexts++;
	}
	buf_init(&shown, SIZE_MAX);
	str_escape(&shown, buf_str(&raw), raw.len, 0);
	r->out->text = arena_strdup(r->mem, buf_str(&shown));
	buf_done(&shown);
	buf_done(&raw);
	return off == r->n && r->n > 0;
}

static bool
read_tlsa(const struct reading *r)
{
	struct buf hex;

	if (r->n < 4)
		return false;
	r->out->usage = r->data[0];
	r->out->selector = r->data[1];
	r->out->matching = r->data[2];
	buf_init(&hex, SIZE_MAX);
	for (size_t i = 3; i < r->n; i++)
		(void)buf_addf(&hex, "%02x", (unsigned)r->data[i]);
	r->out->hex = arena_strdup(r->mem, buf_str(&hex));
	buf_done(&hex);
	return true;
}

static bool
read_record(const struct reading *r, enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return read_address(r, AF_INET, 4);
	case DNS_AAAA:
		return read_address(r, AF_INET6, 16);
	case DNS_CNAME:
		return read_name(r, 0);
	case DNS_MX:
		r->out->priority = r->n > 2 ? get16(r->data) : 0;
		return read_name(r, 2);
	case DNS_SRV:
		if (r->n < 7)
			return false;
		r->out->priority = get16(r->data);
		r->out->weight = get16(r->data + 2);
		r->out->port = get16(r->data + 4);
		return read_name(r, 6);
	case DNS_TXT:
		return read_txt(r);
	case DNS_TLSA:
		return read_tlsa(r);
	}
	return false;
}

static int
by_priority(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->weight == y->weight ? 0 : x->weight > y->weight ? -1 : 1;
}

bool
dns_read(const unsigned char *data, size_t n, struct arena *mem, enum dns_type type,
    struct dns_answer *out)
{
	struct dns_record records[DNS_MAX_RECORDS];
	ns_msg msg;
	ns_rr rr;

	*out = (struct dns_answer){.found = DNS_TROUBLE, .ttl = UINT32_MAX};
	if (ns_initparse(data, (int)n, &msg) < 0)
		return false;
	out->secure = ns_msg_getflag(msg, ns_f_ad) != 0;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && out->nrecords < DNS_MAX_RECORDS; i++) {
		struct reading r = {.mem = mem, .msg = &msg, .out = &records[out->nrecords]};

		if (ns_parserr(&msg, ns_s_an, i, &rr) < 0)
			return false;
		/* the way through aliases is not what was asked for */
		if (ns_rr_class(rr) != ns_c_in || (int)ns_rr_type(rr) != type_of(type))
			continue;
		r.data = ns_rr_rdata(rr);
		r.n = ns_rr_rdlen(rr);
		records[out->nrecords] = (struct dns_record){.name = ""};
		if (!read_record(&r, type))
			return false;
		out->ttl = ns_rr_ttl(rr) < out->ttl ? ns_rr_ttl(rr) : out->ttl;
		out->nrecords++;
	}
	if (type == DNS_MX || type == DNS_SRV)
		qsort(records, out->nrecords, sizeof records[0], by_priority);
	out->records = arena_alloc(mem, (out->nrecords + 1) * sizeof records[0]);
	memcpy(out->records, records, out->nrecords * sizeof records[0]);
	out->found = out->nrecords > 0 ? DNS_RECORDS : DNS_NONE;
	return true;
}

static bool
no_answer(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_RELAY, STAGE_DNS, "4.4.3", "the DNS gives no answer for %s: %s", name,
	    why);
}

bool
dns_ask(struct dns *d, struct arena *mem, const char *name, enum dns_type type,
    struct dns_answer *out, struct err *e)
{
	int n;

	*out = (struct dns_answer){.found = DNS_TROUBLE};
	errno = 0;
	n = res_nquery(&d->state, name, ns_c_in, type_of(type), d->answer, sizeof d->answer);
	if (n >= 0) {
		if ((size_t)n <= sizeof d->answer && dns_read(d->answer, (size_t)n, mem, type, out))
			return true;
		out->found = DNS_TROUBLE;
		return no_answer(name, "what came cannot be read", e);
	}
	switch (d->state.res_h_errno) {
	case HOST_NOT_FOUND:
		out->found = DNS_NO_NAME;
		return true;
	case NO_DATA:
		out->found = DNS_NONE;
		return true;
	case TRY_AGAIN:
		return no_answer(name,
		    errno == ECONNREFUSED ? "the resolver refuses the connection"
					  : "the resolver is silent, or fails itself (SERVFAIL)",
		    e);
	default:
		return no_answer(name, "the resolver refuses the question", e);
	}
}
