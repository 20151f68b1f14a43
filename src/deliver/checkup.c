/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/checkup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "deliver/ask.h"
#include "deliver/confined.h"
#include "deliver/relay.h"
#include "deliver/worker.h"
#include "net/dial.h"
#include "smtp/session.h"

#define CONNECT_MS ((int64_t)5000)
#define REPLY_MS ((int64_t)20000)
#define WHOLE_MS ((int64_t)90000)
#define LOOK_MS 2000
#define DAY_MS ((int64_t)86400 * 1000)
#define NOT_REACHED "not reached"

/* The state of the confined process; findings lie in memory that its parent sees. */
struct visit {
	const struct checkup *c;
	struct checkup_finding *out;
	size_t v4, v6; /* addresses of the host */
};

static void __attribute__((format(printf, 4, 5)))
note(struct checkup_finding *f, enum checkup_verdict verdict, int64_t ms, const char *fmt, ...)
{
	va_list ap;

	f->verdict = verdict;
	f->ms = ms;
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
}

static void
fail(struct checkup_finding *f, int64_t ms, const struct err *e)
{
	note(f, CHECKUP_FAILED, ms, "%s%s", "", e->text);
	if (e->code > 0)
		(void)snprintf(f->text, sizeof f->text, "%d %s%s%.300s", e->code, e->status,
		    e->status[0] != '\0' ? " " : "", e->text);
	f->why = *e;
}

/* ---- stages of the session */

static enum checkup_step
step_of(enum stage s)
{
	switch (s) {
	case STAGE_DNS:
		return CHECKUP_DNS;
	case STAGE_CONNECT:
		return CHECKUP_TCP;
	case STAGE_TLS:
	case STAGE_CERT:
		return CHECKUP_TLS;
	case STAGE_AUTH:
	case STAGE_SECRET:
		return CHECKUP_AUTH;
	default:
		return CHECKUP_EHLO;
	}
}

/* "2027-01-11T09:00:00Z" */
static bool
parse_time(const char *text, int64_t *ms)
{
	struct tm tm = {.tm_isdst = 0};

	if (strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return false;
	*ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

static void
note_expiry(struct visit *v, const char *expires)
{
	struct checkup_finding *f = &v->out[CHECKUP_CERT];
	int64_t until, left;

	if (expires == NULL || !parse_time(expires, &until)) {
		note(f, CHECKUP_SKIPPED, -1, "its end is not known");
		return;
	}
	left = (until - clock_wall_ms()) / DAY_MS;
	if (until < clock_wall_ms())
		note(f, CHECKUP_WARN, -1, "%.10s, over for %" PRId64 " days", expires, -left);
	else
		note(f, left * DAY_MS < v->c->expiry_warn_ms ? CHECKUP_WARN : CHECKUP_OK, -1,
		    "%.10s, %" PRId64 " day%s left", expires, left, left == 1 ? "" : "s");
}

static void
on_stage(void *arg, const struct trace_stage *s)
{
	struct visit *v = arg;
	struct checkup_finding *f = &v->out[step_of(s->stage)];

	if (v->c->trace != NULL && v->c->trace->stage != NULL)
		v->c->trace->stage(v->c->trace->arg, s);
	if (s->err != NULL) {
		fail(f, s->ms, s->err);
		return;
	}
	switch (s->stage) {
	case STAGE_DNS:
		note(f, CHECKUP_OK, s->ms, "%s: %zu IPv4, %zu IPv6", v->c->account->host, v->v4,
		    v->v6);
		break;
	case STAGE_CONNECT:
		note(f, CHECKUP_OK, s->ms, "%s in %" PRId64 " ms", s->detail, s->ms);
		break;
	case STAGE_TLS:
		note(f, CHECKUP_OK, s->ms, "%s, %s", s->detail,
		    s->cert_name != NULL && s->cert_name[0] != '\0' ? s->cert_name : "no name");
		note_expiry(v, s->cert_expires);
		break;
	case STAGE_EHLO:
		note(f, CHECKUP_OK, s->ms, "%s", s->detail);
		break;
	case STAGE_AUTH:
		note(f, CHECKUP_OK, s->ms, "%s as %s", s->detail, v->c->account->user);
		break;
	default:
		break;
	}
}

static void
on_line(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n)
{
	const struct visit *v = arg;

	if (v->c->trace != NULL && v->c->trace->line != NULL)
		v->c->trace->line(v->c->trace->arg, dir, encrypted, text, n);
}

/* ---- what the session does not tell */

static void
count_addresses(struct visit *v)
{
	const struct addrinfo want = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *all = NULL;

	if (v->c->account->host == NULL || getaddrinfo(v->c->account->host, NULL, &want, &all) != 0)
		return;
	for (const struct addrinfo *a = all; a != NULL; a = a->ai_next) {
		v->v4 += a->ai_family == AF_INET;
		v->v6 += a->ai_family == AF_INET6;
	}
	freeaddrinfo(all);
}

/* Both kinds are raced, so one that is broken costs nothing; but somebody may want to know. */
static void
try_ipv6(struct visit *v)
{
	const struct account *a = v->c->account;
	const struct dial_opts opts = {.host = a->host,
	    .port = a->port,
	    .source = a->source_address,
	    .family = AF_INET6,
	    .deadline = clock_mono_ms() + CONNECT_MS};
	struct checkup_finding *f = &v->out[CHECKUP_TCP6];
	struct dial_report rep = {0};
	struct err e;
	int fd;

	if (v->v6 == 0 || v->v4 == 0) {
		note(f, CHECKUP_SKIPPED, -1, "the host has one kind of addresses");
		return;
	}
	fd = dial_tcp(&opts, &rep, &e);
	if (fd < 0) {
		note(f, CHECKUP_WARN, -1, "%.200s; IPv4 is used (both are tried at once)", e.text);
		return;
	}
	close(fd);
	note(f, CHECKUP_OK, rep.tries[rep.winner].ms, "%s in %" PRId64 " ms",
	    rep.tries[rep.winner].addr, rep.tries[rep.winner].ms);
}

static void
note_capabilities(struct visit *v, const struct capabilities *caps)
{
	const struct {
		bool is;
		const char *word;
	} words[] = {{caps->pipelining, "PIPELINING"}, {caps->chunking, "CHUNKING"},
	    {caps->eightbitmime, "8BITMIME"}, {caps->smtputf8, "SMTPUTF8"}, {caps->dsn, "DSN"}};
	struct checkup_finding *f = &v->out[CHECKUP_EHLO];
	struct buf b;

	buf_init(&b, sizeof f->text - 1);
	if (caps->size && caps->size_max > 0)
		(void)buf_addf(&b, "SIZE %" PRIu64 " MB", caps->size_max / 1000000);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].is)
			(void)buf_addf(&b, "%s%s", b.len > 0 ? ", " : "", words[i].word);
	note(f, caps->eightbitmime ? CHECKUP_OK : CHECKUP_WARN, -1, "%s%s%s", buf_str(&b),
	    b.len > 0 ? "" : "nothing but the least",
	    caps->eightbitmime ? "" : "; no 8BITMIME: 8-bit text is refused");
	buf_done(&b);
}

/* One command of a transaction that ends in RSET. */
static bool
ask_server(struct session *s, enum stage stage, const char *verb, const char *addr,
    struct checkup_finding *f)
{
	struct pipeline *p = session_pipeline(s);
	int64_t began = clock_mono_ms();
	struct buf line;
	struct err e;
	bool good;

	buf_init(&line, 1024);
	(void)buf_addf(&line, "%s:<%s>", verb, addr);
	pipeline_add(p, stage, buf_str(&line), NULL, NULL);
	buf_done(&line);
	session_owe_reset(s, true);
	good = pipeline_run(p, &e);
	if (good && reply_class(pipeline_reply(p)) != 2)
		good = reply_error(pipeline_reply(p),
		    stage == STAGE_MAIL ? ERR_MESSAGE : ERR_RECIPIENT, stage, &e);
	if (good)
		note(f, CHECKUP_OK, clock_mono_ms() - began, "%s", addr);
	else
		fail(f, clock_mono_ms() - began, &e);
	return good;
}

static void
ask_for_mail(struct visit *v, struct session *s)
{
	const struct account *a = v->c->account;
	const char *from = v->c->from != NULL ? v->c->from : account_address(a);
	struct checkup_finding *sender = &v->out[CHECKUP_SENDER],
			       *rcpt = &v->out[CHECKUP_RECIPIENT];

	if (v->c->to == NULL)
		note(rcpt, CHECKUP_SKIPPED, -1, "none was asked for (--to)");
	if (from == NULL)
		note(sender, CHECKUP_WARN, -1,
		    "the account names no address of its own: set `from`");
	else if (ask_server(s, STAGE_MAIL, "MAIL FROM", from, sender) && v->c->to != NULL)
		(void)ask_server(s, STAGE_RCPT, "RCPT TO", v->c->to, rcpt);
	(void)session_reset(s);
}

/* ---- the visit */

/* For what an account does not do. */
static void
note_absent(struct visit *v)
{
	const struct account *a = v->c->account;

	if (a->socket != NULL)
		note(&v->out[CHECKUP_DNS], CHECKUP_SKIPPED, -1, "the server is a Unix socket");
	else
		note(&v->out[CHECKUP_DNS], CHECKUP_SKIPPED, -1, "the host is an address");
	if (a->socket != NULL)
		note(&v->out[CHECKUP_TCP6], CHECKUP_SKIPPED, -1, "the server is a Unix socket");
	if (a->tls == ACCOUNT_TLS_OFF) {
		note(&v->out[CHECKUP_TLS], CHECKUP_SKIPPED, -1, "off: nothing is encrypted");
		note(&v->out[CHECKUP_CERT], CHECKUP_SKIPPED, -1, "no TLS");
	}
	if (!a->auth)
		note(&v->out[CHECKUP_AUTH], CHECKUP_SKIPPED, -1, "no login is configured");
}

static void
visit(void *arg, void *shared, int sock)
{
	struct visit *v = arg;
	const struct account *a = v->c->account;
	const struct trace trace = {.line = on_line, .stage = on_stage, .arg = v};
	struct ask ask = {sock, 0};
	struct server srv;
	struct session *s;
	struct err e;

	v->out = shared;
	for (size_t i = 0; i < CHECKUP_STEPS; i++)
		note(&v->out[i], CHECKUP_SKIPPED, -1, NOT_REACHED);
	relay_server(a, &srv);
	srv.password = ask_password;
	srv.password_arg = &ask;
	srv.timeout_ms = srv.timeout_ms < CONNECT_MS ? srv.timeout_ms : CONNECT_MS;
	srv.reply_timeout_ms = srv.reply_timeout_ms < REPLY_MS ? srv.reply_timeout_ms : REPLY_MS;
	note_absent(v);
	count_addresses(v);
	s = session_open(&srv, clock_mono_ms() + WHOLE_MS, &trace, &e);
	if (s == NULL) {
		if (v->out[step_of(e.stage)].verdict != CHECKUP_FAILED)
			fail(&v->out[step_of(e.stage)], -1, &e);
		/* an EHLO in clear, before STARTTLS, is not the one that counts */
		if (v->out[CHECKUP_TLS].verdict == CHECKUP_FAILED)
			note(&v->out[CHECKUP_EHLO], CHECKUP_SKIPPED, -1, NOT_REACHED);
		return;
	}
	if (a->host != NULL)
		try_ipv6(v);
	note_capabilities(v, session_caps(s));
	ask_for_mail(v, s);
	session_close(s);
}

/* ---- the parent */

/* The first step that was not reached is where it went wrong. */
static void
blame(struct checkup_finding *out, const struct err *why)
{
	for (size_t i = 0; i < CHECKUP_STEPS; i++)
		if (out[i].verdict == CHECKUP_SKIPPED && str_eq(out[i].text, NOT_REACHED)) {
			fail(&out[i], -1, why);
			return;
		}
}

bool
checkup_run(const struct checkup *c, struct checkup_finding *out, struct err *e)
{
	struct visit v = {.c = c};
	const struct confined process = {.account = c->account,
	    .secret = c->secret,
	    .may_ask = c->may_ask,
	    .whole_ms = WHOLE_MS,
	    .run = visit,
	    .arg = &v,
	    .size = CHECKUP_STEPS * sizeof *out};
	struct err own;

	if (confined_run(&process, out, &own))
		return true;
	/* it had begun */
	if (out[CHECKUP_DNS].text[0] != '\0') {
		blame(out, &own);
		return true;
	}
	if (e != NULL)
		*e = own;
	return false;
}

/* ---- other ports */

const uint16_t checkup_ports[CHECKUP_NPORTS] = {465, 587, 2525};

void
checkup_look(const char *host, bool open[CHECKUP_NPORTS])
{
	pid_t pids[CHECKUP_NPORTS], parent = getpid();

	for (size_t i = 0; i < CHECKUP_NPORTS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			const struct dial_opts opts = {.host = host,
			    .port = checkup_ports[i],
			    .family = AF_UNSPEC,
			    .deadline = clock_mono_ms() + LOOK_MS};

			worker_signals(parent);
			_exit(dial_tcp(&opts, NULL, NULL) >= 0 ? 0 : 1);
		}
	}
	for (size_t i = 0; i < CHECKUP_NPORTS; i++) {
		int status = 1;

		if (pids[i] > 0)
			while (waitpid(pids[i], &status, 0) < 0 && errno == EINTR)
				;
		open[i] = pids[i] > 0 && status == 0;
	}
}
