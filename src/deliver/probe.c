/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/probe.h"

#include <string.h>

#include "base/clock.h"
#include "deliver/ask.h"
#include "deliver/confined.h"
#include "deliver/relay.h"
#include "smtp/auth.h"
#include "smtp/session.h"

#define WHOLE_MS ((int64_t)180000)
#define QUIT_MS 5000

struct walk {
	const struct probe *p;
	struct probe_result *out;
	struct server srv;
	struct session *s; /* NULL before it is connected */
	struct trace trace;
	bool mailed; /* a transaction is open */
	bool hung_up;
};

/* ---- what is told */

static void
on_stage(void *arg, const struct trace_stage *st)
{
	struct walk *w = arg;
	int64_t *ms = &w->out->ms[st->stage];

	*ms = (*ms > 0 ? *ms : 0) + st->ms;
	if (w->p->trace->stage != NULL)
		w->p->trace->stage(w->p->trace->arg, st);
}

static void
on_line(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n)
{
	const struct walk *w = arg;

	if (w->p->trace->line != NULL)
		w->p->trace->line(w->p->trace->arg, dir, encrypted, text, n);
}

static void
on_tls(void *arg, const struct tls_view *v)
{
	const struct walk *w = arg;

	if (w->p->tls != NULL)
		w->p->tls(w->p->arg, v);
}

static bool
is_safe(const struct server *srv)
{
	const struct tls_params *t = &srv->tls_params;

	return srv->socket != NULL || (srv->tls != SESSION_TLS_OFF && (t->verify || t->npins > 0));
}

static void
show_caps(const struct walk *w)
{
	const struct capabilities *caps = session_caps(w->s);
	const struct auth_params params = {
	    .user = w->srv.user,
	    .host = w->srv.host,
	    .mechs = w->srv.mechs,
	    .nmechs = w->srv.nmechs,
	    .token = w->srv.token,
	    .safe_channel = is_safe(&w->srv),
	};
	struct err why;

	err_clear(&why);
	if (w->p->caps != NULL)
		w->p->caps(w->p->arg, caps, auth_choose(&params, caps, &why), &why);
}

static void
note_failure(const struct walk *w, const struct err *e)
{
	if (w->out->why.class == ERR_NONE)
		w->out->why = *e;
}

/* ---- the stages of the session */

static bool
has_point(const struct walk *w, enum probe_point at)
{
	bool starttls = w->srv.tls == SESSION_TLS_STARTTLS;

	switch (at) {
	case PROBE_TLS:
		return w->srv.tls != SESSION_TLS_OFF;
	case PROBE_EHLO2:
		return starttls;
	case PROBE_AUTH:
		return w->srv.auth;
	default:
		return true;
	}
}

static enum session_point
session_point_of(enum probe_point at)
{
	static const enum session_point points[PROBE_POINTS] = {
	    [PROBE_CONNECT] = SESSION_CONNECT,
	    [PROBE_BANNER] = SESSION_BANNER,
	    [PROBE_EHLO] = SESSION_EHLO,
	    [PROBE_TLS] = SESSION_TLS,
	    [PROBE_EHLO2] = SESSION_EHLO2,
	    [PROBE_AUTH] = SESSION_AUTH,
	};

	return points[at];
}

static void
hang_up(struct walk *w)
{
	if (w->s != NULL)
		session_drop(w->s);
	w->hung_up = true;
	w->out->arrived = true;
}

static bool
is_here(const struct walk *w, enum probe_point at, enum probe_end end)
{
	return w->p->at == at && w->p->end == end;
}

/* What the client says first at that point; "" where it says nothing, and hears the server. */
static const char *
opening(const struct walk *w, enum probe_point at, struct buf *line)
{
	const char *mech;

	if (at == PROBE_EHLO || at == PROBE_EHLO2) {
		(void)buf_addf(line, "%s %s", w->srv.lmtp ? "LHLO" : "EHLO", session_name(w->s));
	} else if (at == PROBE_TLS && w->srv.tls == SESSION_TLS_STARTTLS) {
		(void)buf_adds(line, "STARTTLS");
	} else if (at == PROBE_AUTH) {
		/* without a response: no secret is on its way when we hang up */
		mech = w->srv.nmechs > 0 ? w->srv.mechs[0] : "PLAIN";
		(void)buf_addf(line, "AUTH %s", mech);
	}
	return buf_str(line);
}

static void
say_and_hang_up(struct walk *w, enum probe_point at)
{
	struct buf line;

	buf_init(&line, 1024);
	if (opening(w, at, &line)[0] != '\0')
		pipeline_farewell(session_pipeline(w->s), buf_str(&line));
	buf_done(&line);
	hang_up(w);
}

/* true: go on. */
static bool
pass(struct walk *w, enum probe_point at, struct err *e)
{
	if (!has_point(w, at))
		return true;
	if (is_here(w, at, PROBE_DROP_BEFORE_REPLY)) {
		say_and_hang_up(w, at);
		return false;
	}
	if (!session_advance(w->s, session_point_of(at), e)) {
		note_failure(w, e);
		return false;
	}
	if (at == PROBE_EHLO || at == PROBE_EHLO2)
		show_caps(w);
	if (w->p->at != at)
		return true;
	w->out->arrived = true;
	if (w->p->end == PROBE_DROP)
		hang_up(w);
	return false;
}

static bool
walk_in(struct walk *w, struct err *e)
{
	static const enum probe_point order[] = {PROBE_BANNER, PROBE_EHLO, PROBE_TLS, PROBE_EHLO2,
	    PROBE_AUTH};

	w->srv.until = SESSION_CONNECT;
	w->s = session_open(&w->srv, clock_mono_ms() + WHOLE_MS, &w->trace, e);
	if (w->s == NULL) {
		note_failure(w, e);
		return false;
	}
	if (w->p->at == PROBE_CONNECT) {
		w->out->arrived = true;
		if (w->p->end != PROBE_STOP)
			hang_up(w);
		return false;
	}
	if (w->srv.tls == SESSION_TLS_IMPLICIT && !pass(w, PROBE_TLS, e))
		return false;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if ((order[i] != PROBE_TLS || w->srv.tls == SESSION_TLS_STARTTLS) &&
		    !pass(w, order[i], e))
			return false;
	return true;
}

/* ---- a transaction that leads nowhere */

/* false: the walk is over. */
static bool
command(struct walk *w, enum probe_point at, enum stage stage, const char *line)
{
	struct pipeline *p = session_pipeline(w->s);
	const struct reply *r = pipeline_reply(p);
	struct trace_stage st = {.stage = stage};
	int64_t began = clock_mono_ms();
	struct buf detail;
	struct err e;
	bool good;

	if (is_here(w, at, PROBE_DROP_BEFORE_REPLY)) {
		pipeline_farewell(p, line);
		hang_up(w);
		return false;
	}
	pipeline_add(p, stage, line, NULL, NULL);
	good = pipeline_run(p, &e);
	if (good && reply_class(r) > 3)
		good = reply_error(r, stage == STAGE_RCPT ? ERR_RECIPIENT : ERR_MESSAGE, stage, &e);
	buf_init(&detail, 1024);
	(void)buf_adds(&detail, line);
	if (good) {
		(void)buf_addf(&detail, ": %d%s%s ", r->code, r->status[0] != '\0' ? " " : "",
		    r->status);
		reply_words(r, &detail);
	}
	st.ms = clock_mono_ms() - began;
	st.detail = buf_str(&detail);
	st.err = good ? NULL : &e;
	on_stage(w, &st);
	buf_done(&detail);
	if (!good)
		note_failure(w, &e);
	/* a refused recipient, or MAIL, is no end of the dialogue; a dead connection is */
	return good || (stage == STAGE_RCPT && !session_is_broken(w->s));
}

static bool
past(struct walk *w, enum probe_point at)
{
	if (w->p->at != at)
		return true;
	w->out->arrived = true;
	if (w->p->end == PROBE_DROP)
		hang_up(w);
	return false;
}

static bool
ask_for_mail(struct walk *w)
{
	const struct capabilities *caps = session_caps(w->s);
	struct buf line;
	bool good;

	buf_init(&line, 1024);
	(void)buf_addf(&line, "MAIL FROM:<%s>", w->p->from);
	if (w->p->size != NULL && caps->size)
		(void)buf_addf(&line, " SIZE=%s", w->p->size);
	w->mailed = true;
	good = command(w, PROBE_MAIL, STAGE_MAIL, buf_str(&line)) && past(w, PROBE_MAIL);
	for (size_t i = 0; good && i < w->p->nto; i++) {
		buf_clear(&line);
		(void)buf_addf(&line, "RCPT TO:<%s>", w->p->to[i]);
		good = command(w, PROBE_RCPT, STAGE_RCPT, buf_str(&line));
	}
	buf_done(&line);
	return good && (w->p->nto == 0 || past(w, PROBE_RCPT));
}

static void
transact(struct walk *w)
{
	if (w->p->from == NULL || !ask_for_mail(w) || w->p->at != PROBE_DATA)
		return;
	/* Whatever the answer: a body is the one thing that is never sent. */
	if (command(w, PROBE_DATA, STAGE_DATA, "DATA"))
		hang_up(w);
}

static void
take_leave(struct walk *w)
{
	struct pipeline *p = session_pipeline(w->s);
	struct err e;

	if (w->hung_up || p == NULL || session_is_broken(w->s) || pipeline_reply(p)->code == 0)
		return;
	session_owe_reset(w->s, w->mailed);
	if (!session_reset(w->s))
		return;
	pipeline_timeout(p, QUIT_MS);
	pipeline_add(p, STAGE_EHLO, "QUIT", NULL, NULL);
	(void)pipeline_run(p, &e);
	session_break(w->s);
}

static void
visit(void *arg, void *shared, int sock)
{
	struct walk *w = arg;
	struct ask ask = {sock, 0};
	int64_t began = clock_mono_ms();
	struct err e;

	w->out = shared;
	for (size_t i = 0; i < STAGE_MAX; i++)
		w->out->ms[i] = -1;
	w->trace = (struct trace){.line = w->p->trace->line != NULL ? on_line : NULL,
	    .stage = on_stage,
	    .arg = w};
	relay_server(w->p->account, &w->srv);
	w->srv.family = w->p->family;
	w->srv.password = ask_password;
	w->srv.password_arg = &ask;
	w->srv.tls_params.look = on_tls;
	w->srv.tls_params.look_arg = w;
	if (walk_in(w, &e))
		transact(w);
	if (w->s != NULL)
		take_leave(w);
	session_close(w->s);
	w->out->whole_ms = clock_mono_ms() - began;
}

bool
probe_run(const struct probe *p, struct probe_result *out, struct err *e)
{
	struct walk w = {.p = p};
	const struct confined process = {.account = p->account,
	    .may_ask = p->may_ask,
	    .whole_ms = WHOLE_MS,
	    .run = visit,
	    .arg = &w,
	    .size = sizeof *out};

	return confined_run(&process, out, e);
}
