/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "base/clock.h"
#include "net/dial.h"
#include "smtp/auth.h"
#include "smtp/ehlo_name.h"
#include "smtp/session_state.h"

#define SUBMISSIONS_PORT 465

/* ---- what the trace learns */

static void
report(const struct session *s, const struct trace_stage *st)
{
	if (s->trace != NULL && s->trace->stage != NULL)
		s->trace->stage(s->trace->arg, st);
}

/* A stage that waits for one reply: from now on. */
static int64_t
begin_reply(const struct session *s, enum stage stage)
{
	int64_t now = clock_mono_ms();

	session_begin(s, stage, NULL, now + s->srv.reply_timeout_ms);
	return now;
}

/* A stage is over: e tells how it failed, NULL: it went well. Returns which. */
static bool
stage_over(const struct session *s, enum stage stage, int64_t ms, const char *detail,
    const struct err *e)
{
	report(s, &(struct trace_stage){.stage = stage, .ms = ms, .detail = detail, .err = e});
	return e == NULL;
}

/* ---- connection */

static bool
is_address(const char *host)
{
	struct in6_addr raw;

	return inet_pton(AF_INET, host, &raw) == 1 || inet_pton(AF_INET6, host, &raw) == 1;
}

static void
on_try(void *session, const char *addr)
{
	const struct session *s = session;

	session_begin(s, STAGE_CONNECT, addr, s->dial_until);
}

static int
dial_host(struct session *s, int64_t deadline, struct err *e)
{
	struct dial_report rep = {0};
	const struct dial_opts opts = {
	    .host = s->srv.host,
	    .port = s->srv.port,
	    .source = s->srv.source,
	    .family = s->srv.family,
	    .deadline = deadline,
	    .on_try = on_try,
	    .arg = s,
	};
	int64_t began = clock_mono_ms(), ms;
	int fd = dial_tcp(&opts, &rep, e);

	ms = clock_mono_ms() - began - rep.resolve_ms;
	if (fd < 0 && e->stage == STAGE_DNS)
		(void)stage_over(s, STAGE_DNS, rep.resolve_ms, "", e);
	else if (!is_address(s->srv.host))
		(void)stage_over(s, STAGE_DNS, rep.resolve_ms, "", NULL);
	if (fd >= 0)
		(void)stage_over(s, STAGE_CONNECT, ms, rep.tries[rep.winner].addr, NULL);
	else if (e->stage != STAGE_DNS)
		(void)stage_over(s, STAGE_CONNECT, ms, s->peer, e);
	return fd;
}

static int
dial_path(struct session *s, int64_t deadline, struct err *e)
{
	int64_t began = clock_mono_ms();
	int fd = dial_unix(s->srv.socket, deadline, e);

	(void)stage_over(s, STAGE_CONNECT, clock_mono_ms() - began, s->peer, fd < 0 ? e : NULL);
	return fd;
}

bool
session_stage_connect(struct session *s, struct err *e)
{
	int64_t began = clock_mono_ms(), deadline = began + s->srv.timeout_ms;
	int fd;

	if (deadline > s->limit)
		deadline = s->limit;
	s->dial_until = deadline;
	session_begin(s, STAGE_CONNECT, NULL, deadline);
	fd = s->srv.socket != NULL ? dial_path(s, deadline, e) : dial_host(s, deadline, e);
	if (fd < 0)
		return false;
	s->tls_budget_ms = s->srv.timeout_ms - (clock_mono_ms() - began);
	s->name = ehlo_name_choose(s->srv.ehlo_name, fd, e);
	s->fd = fd;
	s->stream = stream_new(fd, s->peer, s->limit);
	s->pipeline = pipeline_new(s->stream, s->trace);
	pipeline_timeout(s->pipeline, s->srv.reply_timeout_ms);
	return s->name != NULL || stage_over(s, STAGE_EHLO, 0, "", e);
}

/* ---- TLS */

static bool
protocol_error(struct err *e)
{
	e->sysexit = EX_PROTOCOL;
	return false;
}

bool
session_stage_tls(struct session *s, struct err *e)
{
	struct tls_info info = {0};
	char detail[80], expires[32] = "";
	int64_t began = clock_mono_ms();
	struct trace_stage st = {.stage = STAGE_TLS, .detail = detail};
	bool good;

	stream_deadline(s->stream, began + (s->tls_budget_ms > 0 ? s->tls_budget_ms : 0));
	session_begin(s, STAGE_TLS, NULL, began + s->tls_budget_ms);
	good = tls_start(s->tls, s->stream, &info, e);
	s->verified = good && (s->srv.tls_params.verify || info.pinned);
	(void)snprintf(detail, sizeof(detail), "%s%s%s", info.version,
	    info.cipher[0] != '\0' ? " " : "", info.cipher);
	if (info.not_after != 0)
		clock_rfc3339(info.not_after, expires, sizeof(expires));
	st.ms = clock_mono_ms() - began;
	st.tls_version = info.version;
	st.tls_cipher = info.cipher;
	st.cert_name = info.subject;
	st.cert_expires = expires;
	if (!good) {
		s->broken = true;
		st.stage = e->stage == STAGE_CERT ? STAGE_CERT : STAGE_TLS;
		st.err = e;
	}
	report(s, &st);
	return good;
}

/* RFC 3207. Whatever is not exactly a 220 ends the session: nothing is sent in clear. */
static bool
ask_for_tls(struct session *s, struct err *e)
{
	const struct reply *r;

	if (!s->caps.starttls) {
		(void)err_set(e, ERR_RELAY, STAGE_TLS, "",
		    "%s does not offer STARTTLS, and nothing is sent in clear", s->peer);
		(void)err_hint(e, "starttls-missing");
		return protocol_error(e);
	}
	pipeline_add(s->pipeline, STAGE_TLS, "STARTTLS", NULL, NULL);
	if (!pipeline_run(s->pipeline, e))
		return false;
	r = pipeline_reply(s->pipeline);
	if (r->code != 220) {
		if (reply_class(r) >= 4)
			(void)reply_error(r, ERR_RELAY, STAGE_TLS, e);
		else
			(void)err_set(e, ERR_RELAY, STAGE_TLS, "4.5.0",
			    "%s answers STARTTLS with %d, where only 220 will do", s->peer,
			    r->code);
		return protocol_error(e);
	}
	if (stream_has_input(s->stream)) {
		s->broken = true;
		(void)err_set(e, ERR_RELAY, STAGE_TLS, "4.5.0",
		    "%s sent octets in clear behind its answer to STARTTLS (injected?)", s->peer);
		return protocol_error(e);
	}
	return true;
}

/* ---- greeting, EHLO, AUTH */

static bool
read_greeting(struct session *s, struct err *e)
{
	const struct reply *r = pipeline_reply(s->pipeline);

	if (!pipeline_read(s->pipeline, STAGE_GREETING, e)) {
		/* RFC 8314 3.3: there the client has to begin, with TLS. */
		if (stream_trouble(s->stream) == STREAM_TIMEOUT &&
		    s->srv.port == SUBMISSIONS_PORT && s->srv.tls != SESSION_TLS_IMPLICIT)
			(void)err_hint(e, "tls-mode");
		return false;
	}
	s->greeted = true;
	if (reply_class(r) >= 4)
		return reply_error(r, ERR_RELAY, STAGE_GREETING, e);
	if (r->code == 220)
		return true;
	(void)err_set(e, ERR_RELAY, STAGE_GREETING, "4.5.0",
	    "%s greets with %d, where only 220 will do", s->peer, r->code);
	return protocol_error(e);
}

/* A fallback must not be a way around TLS or AUTH (reliability.md H33). */
static bool
may_fall_back(const struct session *s)
{
	return s->srv.tls == SESSION_TLS_OFF && !s->srv.auth && !s->srv.lmtp;
}

static bool
hello(struct session *s, struct err *e)
{
	const struct ehlo_opts opts = {
	    .name = s->name,
	    .lmtp = s->srv.lmtp,
	    .fall_back = may_fall_back(s),
	};

	return ehlo_run(s->pipeline, &opts, &s->caps, e);
}

static bool
log_in(struct session *s, const char **mech, struct err *e)
{
	const struct auth_params params = {
	    .user = s->srv.user,
	    .host = s->srv.host,
	    .port = s->srv.port,
	    .token = s->srv.token,
	    .mechs = s->srv.mechs,
	    .nmechs = s->srv.nmechs,
	    .safe_channel = s->srv.socket != NULL || s->verified,
	    .password = s->srv.password,
	    .arg = s->srv.password_arg,
	};

	return auth_run(s->pipeline, &params, &s->caps, mech, e);
}

/* ---- the stages in order */

bool
session_stage_greet(struct session *s, struct err *e)
{
	int64_t began = begin_reply(s, STAGE_GREETING);
	bool good = read_greeting(s, e);

	return stage_over(s, STAGE_GREETING, clock_mono_ms() - began,
	    buf_str(&pipeline_reply(s->pipeline)->words), good ? NULL : e);
}

bool
session_stage_hello(struct session *s, struct err *e)
{
	int64_t began = begin_reply(s, STAGE_EHLO);
	bool good = hello(s, e);

	return stage_over(s, STAGE_EHLO, clock_mono_ms() - began, s->caps.greeting_name,
	    good ? NULL : e);
}

bool
session_stage_starttls(struct session *s, struct err *e)
{
	int64_t began = begin_reply(s, STAGE_TLS);

	if (!ask_for_tls(s, e))
		return stage_over(s, STAGE_TLS, clock_mono_ms() - began, "", e);
	return session_stage_tls(s, e);
}

bool
session_stage_auth(struct session *s, struct err *e)
{
	int64_t began = begin_reply(s, STAGE_AUTH);
	const char *mech = "";
	bool good = log_in(s, &mech, e);

	return stage_over(s, STAGE_AUTH, clock_mono_ms() - began, mech, good ? NULL : e);
}
