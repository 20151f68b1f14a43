/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "smtp/session_state.h"

void
session_begin(const struct session *s, enum stage stage, const char *addr, int64_t until)
{
	if (s->trace != NULL && s->trace->begin != NULL)
		s->trace->begin(s->trace->arg, &(struct trace_begin){stage, s->peer, addr, until});
}

/* One step on, unless it lies behind us, or we are where we were to go. */
static bool
step(struct session *s, enum session_point point, bool (*run)(struct session *, struct err *),
    struct err *e)
{
	unsigned bit = 1U << point;

	if (s->arrived || (s->passed & bit) != 0)
		return true;
	s->passed |= bit;
	s->arrived = point == s->srv.until;
	return run(s, e);
}

bool
session_advance(struct session *s, enum session_point until, struct err *e)
{
	bool implicit = s->srv.tls == SESSION_TLS_IMPLICIT;
	bool starttls = s->srv.tls == SESSION_TLS_STARTTLS;
	bool good;

	s->srv.until = until;
	s->arrived = false;
	good = step(s, SESSION_CONNECT, session_stage_connect, e) &&
	    (!implicit || step(s, SESSION_TLS, session_stage_tls, e)) &&
	    step(s, SESSION_BANNER, session_stage_greet, e) &&
	    step(s, SESSION_EHLO, session_stage_hello, e) &&
	    (!starttls || step(s, SESSION_TLS, session_stage_starttls, e)) &&
	    (!starttls || step(s, SESSION_EHLO2, session_stage_hello, e)) &&
	    (!s->srv.auth || step(s, SESSION_AUTH, session_stage_auth, e));
	return good;
}

static char *
name_peer(const struct server *srv)
{
	struct buf b;
	char *name;

	buf_init(&b, 1024);
	if (srv->socket != NULL)
		(void)buf_adds(&b, srv->socket);
	else if (strchr(srv->host, ':') != NULL)
		(void)buf_addf(&b, "[%s]:%u", srv->host, (unsigned)srv->port);
	else
		(void)buf_addf(&b, "%s:%u", srv->host, (unsigned)srv->port);
	name = mem_strdup(buf_str(&b));
	buf_done(&b);
	return name;
}

struct session *
session_open(const struct server *srv, int64_t limit, const struct trace *trace, struct err *e)
{
	struct session *s = mem_alloc(sizeof(*s));
	struct err own;

	assert(!srv->auth || srv->password != NULL);
	/* The trace learns of errors too, so there is always a place for one. */
	if (e == NULL)
		e = &own;
	s->srv = *srv;
	s->fd = -1;
	s->trace = trace;
	s->limit = limit;
	s->peer = name_peer(srv);
	/* The trust store is read while nothing waits for us yet. */
	if (srv->tls != SESSION_TLS_OFF)
		s->tls = tls_prepare(&s->srv.tls_params);
	if (session_advance(s, srv->until, e))
		return s;
	session_close(s);
	return NULL;
}

void
session_close(struct session *s)
{
	if (s == NULL)
		return;
	/* Before the greeting there is nobody to say QUIT to. */
	if (s->greeted && !session_is_broken(s))
		pipeline_farewell(s->pipeline, "QUIT");
	pipeline_free(s->pipeline);
	stream_close(s->stream);
	tls_free(s->tls);
	free(s->peer);
	free(s->name);
	free(s);
}

/* ---- for transactions */

const struct capabilities *
session_caps(const struct session *s)
{
	return &s->caps;
}

const struct server *
session_server(const struct session *s)
{
	return &s->srv;
}

struct pipeline *
session_pipeline(struct session *s)
{
	return s->pipeline;
}

const struct trace *
session_trace(const struct session *s)
{
	return s->trace;
}

const char *
session_name(const struct session *s)
{
	return s->name;
}

const char *
session_peer(const struct session *s)
{
	return s->peer;
}

void
session_owe_reset(struct session *s, bool owed)
{
	s->reset_owed = owed;
}

bool
session_owes_reset(const struct session *s)
{
	return s->reset_owed;
}

void
session_limit(struct session *s, int64_t at)
{
	s->limit = at;
	stream_limit(s->stream, at);
}

bool
session_reset(struct session *s)
{
	struct err e;

	if (session_is_broken(s))
		return false;
	/* Nothing is owed to us: a 421, a FIN or anything else means that this is over. */
	if (stream_has_input(s->stream) || stream_trouble(s->stream) != STREAM_OK)
		s->broken = true;
	if (s->reset_owed && !s->broken) {
		pipeline_add(s->pipeline, STAGE_MAIL, "RSET", NULL, NULL);
		(void)pipeline_run(s->pipeline, &e);
		s->reset_owed = false;
	}
	return !session_is_broken(s);
}

void
session_drop(struct session *s)
{
	stream_abandon(s->stream);
	s->broken = true;
}

void
session_break(struct session *s)
{
	s->broken = true;
}

bool
session_is_broken(const struct session *s)
{
	return s->broken || pipeline_is_broken(s->pipeline);
}

void
session_commit(struct session *s, bool whole)
{
	s->whole = whole;
}

void
session_cut(const struct session *s)
{
	if (s->whole == 0 && s->fd >= 0)
		(void)shutdown(s->fd, SHUT_RDWR);
}
