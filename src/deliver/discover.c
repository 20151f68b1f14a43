/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/discover.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "deliver/relay.h"
#include "deliver/worker.h"
#include "net/dns.h"
#include "smtp/session.h"

#define QUESTION_MS 4000
#define GUESS_MS 5000

struct search {
	const struct discover *d;
	struct arena *mem;
	struct dns *dns; /* NULL: there is none to ask */
	struct discover_result *out;
};

static void
tell(const struct search *s, const char *what, const char *found)
{
	if (s->d->told != NULL)
		s->d->told(s->d->arg, what, found);
}

static const char *
server_words(struct arena *mem, const char *host, uint16_t port, bool starttls)
{
	return arena_printf(mem, "%s:%u, %s", host, (unsigned)port,
	    starttls ? "STARTTLS" : "TLS from the start");
}

static void
take_provider(const struct search *s, const struct provider *p)
{
	s->out->provider = p;
	s->out->host = p->host;
	s->out->port = p->port;
	s->out->starttls = p->starttls;
}

/* ---- SRV */

static bool
ask_srv(const struct search *s, const char *service, struct dns_answer *a)
{
	return s->dns != NULL &&
	    dns_ask(s->dns, s->mem, arena_printf(s->mem, "%s.%s", service, s->d->domain), DNS_SRV,
		a, NULL) &&
	    a->nrecords > 0 && dns_is_host(a->records[0].name);
}

static bool
by_srv(const struct search *s)
{
	static const struct {
		const char *service;
		bool starttls;
	} services[] = {{"_submissions._tcp", false}, {"_submission._tcp", true}};
	struct dns_answer a;

	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
		const struct dns_record *r;

		if (!ask_srv(s, services[i].service, &a))
			continue;
		r = &a.records[0];
		s->out->host = r->name;
		s->out->port = r->port;
		s->out->starttls = services[i].starttls;
		s->out->provider = provider_of_host(r->name);
		s->out->doubtful = !dns_is_within(r->name, s->d->domain) &&
		    s->out->provider == NULL;
		s->out->elsewhere = s->out->doubtful && !a.secure;
		tell(s, "DNS SRV",
		    server_words(s->mem, s->out->host, s->out->port, s->out->starttls));
		return true;
	}
	tell(s, "DNS SRV", "none");
	return false;
}

/* What the table says and the DNS confirms, or not: the table holds. */
static void
confirm(const struct search *s)
{
	struct dns_answer a;

	if (!ask_srv(s, s->out->starttls ? "_submission._tcp" : "_submissions._tcp", &a))
		return;
	tell(s, "DNS SRV",
	    arena_printf(s->mem, "%s:%u%s", a.records[0].name, (unsigned)a.records[0].port,
		str_eq_nocase(a.records[0].name, s->out->host) ? ", agrees" : ""));
}

/* ---- MX */

static bool
by_mx(const struct search *s)
{
	struct dns_answer a;

	if (s->dns == NULL || !dns_ask(s->dns, s->mem, s->d->domain, DNS_MX, &a, NULL))
		return false;
	for (size_t i = 0; i < a.nrecords; i++) {
		const struct provider *p = provider_of_mx(a.records[i].name);

		if (p == NULL)
			continue;
		take_provider(s, p);
		tell(s, "DNS MX",
		    arena_printf(s->mem, "%s: this is %s", a.records[i].name, p->name));
		return true;
	}
	tell(s, "DNS MX",
	    a.nrecords > 0 ? arena_printf(s->mem, "%s: nobody we know", a.records[0].name)
			   : "none");
	return false;
}

/* ---- the usual names */

struct guess {
	const char *host;
	uint16_t port;
	pid_t pid;
	bool good;
};

/* In a process of its own. true: it is there, and it is the one of that name. */
static bool
try_guess(const struct discover *d, const struct guess *g)
{
	const struct account account = {.host = g->host, .port = g->port, .tls_ca = d->ca_file};
	const struct account *accounts[] = {&account};
	const struct server srv = {.host = g->host,
	    .port = g->port,
	    .tls = g->port == 465 ? SESSION_TLS_IMPLICIT : SESSION_TLS_STARTTLS,
	    .tls_params = {.name = g->host, .verify = true, .ca_file = d->ca_file},
	    .timeout_ms = GUESS_MS,
	    .reply_timeout_ms = GUESS_MS,
	    .final_timeout_ms = GUESS_MS,
	    .until = SESSION_TLS};
	struct session *s;

	relay_confine(accounts, 1, NULL);
	s = session_open(&srv, clock_mono_ms() + GUESS_MS, NULL, NULL);
	if (s == NULL)
		return false;
	session_close(s);
	return true;
}

static bool
by_guess(const struct search *s)
{
	static const char *const labels[] = {"smtp.", "mail.", ""};
	static const uint16_t ports[] = {465, 587};
	struct guess guesses[6];
	const struct guess *best = NULL;
	pid_t parent = getpid();
	size_t n = 0;

	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < 3; i++) {
			struct guess *g = &guesses[n++];

			*g = (struct guess){.port = ports[p],
			    .host = arena_printf(s->mem, "%s%s", labels[i], s->d->domain)};
			g->pid = fork();
			if (g->pid == 0) {
				worker_signals(parent);
				_exit(try_guess(s->d, g) ? 0 : 1);
			}
		}
	for (size_t i = 0; i < n; i++) {
		int status = 1;

		if (guesses[i].pid > 0)
			while (waitpid(guesses[i].pid, &status, 0) < 0 && errno == EINTR)
				;
		if (guesses[i].pid > 0 && status == 0 && best == NULL)
			best = &guesses[i];
	}
	if (best == NULL) {
		tell(s, "usual names",
		    arena_printf(s->mem,
			"smtp.%s, mail.%s, %s: none answers with a good certificate", s->d->domain,
			s->d->domain, s->d->domain));
		return false;
	}
	s->out->host = best->host;
	s->out->port = best->port;
	s->out->starttls = best->port != 465;
	s->out->doubtful = true;
	tell(s, "usual names", server_words(s->mem, best->host, best->port, s->out->starttls));
	return true;
}

void
discover_run(const struct discover *d, struct arena *mem, struct discover_result *out)
{
	struct search s = {.d = d, .mem = mem, .out = out};
	const struct provider *p = provider_of_domain(d->domain);

	*out = (struct discover_result){.host = NULL};
	s.dns = dns_open(d->resolver, QUESTION_MS, NULL);
	if (p != NULL) {
		take_provider(&s, p);
		tell(&s, "known provider",
		    p->host != NULL ? arena_printf(mem, "%s: %s", p->name,
					  server_words(mem, p->host, p->port, p->starttls))
				    : p->name);
		if (p->host != NULL)
			confirm(&s);
	} else if (!by_srv(&s) && !by_mx(&s)) {
		(void)by_guess(&s);
	}
	dns_close(s.dns);
}
