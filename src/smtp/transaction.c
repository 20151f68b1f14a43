/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/transaction.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/mem.h"
#include "smtp/cmdline.h"
#include "smtp/ledger.h"
#include "smtp/wire_trace.h"

/* What may be shipped before anybody was accepted (decisions.md 23). */
#define SMALL_BODY 65536
/* So many recipients at once keep memory bounded; more of them cost a turn each time. */
#define BATCH 1024

/* How the message goes. */
enum way {
	WAY_NONE,   /* a dry run */
	WAY_CHUNK,  /* BDAT LAST with its octets in the same write */
	WAY_STREAM, /* BDAT LAST once somebody was accepted */
	WAY_DATA,
};

struct run {
	struct session *session;
	const struct transaction *t;
	struct pipeline *p;
	const struct server *srv;
	const struct capabilities *caps;
	struct ledger ledger;
	enum way way;
	bool together;     /* the message, or DATA, goes in the window of its recipients */
	char *chunk;       /* WAY_CHUNK: the message */
	bool chunk_queued; /* BDAT is among the steps of this run of the pipeline */
	int64_t began;     /* monotonic ms */
};

/* Steps out and replies in. */
static bool
turn(struct run *run, struct err *e)
{
	bool good = pipeline_run(run->p, e);

	if (run->chunk_queued && pipeline_sent(run->p))
		run->ledger.whole = true;
	return good;
}

static bool
out_of_step(const struct run *run, enum stage stage, const char *what, struct err *e)
{
	session_break(run->session);
	(void)err_set(e, ERR_RELAY, stage, "4.5.0", "%s broke the protocol: %s",
	    session_peer(run->session), what);
	e->sysexit = EX_PROTOCOL;
	return false;
}

/* ---- the message */

static void
octets_shown(const struct run *run, char *out, size_t n)
{
	(void)snprintf(out, n, "<%" PRIu64 " octets of message>", run->t->body.size);
}

static void
bdat_line(const struct run *run, char *out, size_t n)
{
	(void)snprintf(out, n, "BDAT %" PRIu64 " LAST", run->t->body.size);
}

/* So many different reasons at most come from now on; room for them is made before. */
static void
make_room(struct run *run)
{
	size_t n = run->together || run->srv->lmtp ? run->ledger.n : 1;

	ledger_reserve(&run->ledger, (n < BATCH ? n : BATCH) + 3);
}

/* The message is gone, or goes in this window: what is left is the server's verdict. */
static void
wait_for_final(struct run *run)
{
	pipeline_timeout(run->p, run->srv->final_timeout_ms);
	session_begin(run->session, STAGE_FINAL, NULL,
	    clock_mono_ms() + run->srv->final_timeout_ms);
}

/* Asks for the replies that are owed behind a whole message. */
static void
expect_final(struct run *run, size_t already)
{
	size_t owed = run->srv->lmtp ? run->ledger.naccepted : 1;

	for (; already < owed; already++)
		pipeline_expect(run->p, STAGE_FINAL, ledger_on_final, &run->ledger);
}

static bool
cut_off(struct run *run, struct err *e)
{
	struct err broken;

	session_break(run->session);
	pipeline_expect(run->p, STAGE_DATA, ledger_on_early, &run->ledger);
	if (!turn(run, &broken)) {
		*e = broken;
		return false;
	}
	if (ledger_is_wanted(&run->ledger))
		return out_of_step(run, STAGE_DATA, "it answered before the message was complete",
		    e);
	return err_set(e, ERR_RELAY, STAGE_DATA, "", "%s refused the message before its end",
	    session_peer(run->session));
}

static void
on_ending(void *arg)
{
	session_commit(arg, true);
}

static bool
stream_body(struct run *run, struct err *e)
{
	const struct trace *trace = session_trace(run->session);
	struct stream *stream = pipeline_stream(run->p);
	const struct body_opts opts = {
	    .stuff = run->way == WAY_DATA,
	    .step_ms = run->srv->reply_timeout_ms,
	    .trace = trace,
	    .ending = on_ending,
	    .arg = run->session,
	};
	char shown[64];

	octets_shown(run, shown, sizeof(shown));
	wire_trace_text(trace, stream, TRACE_NOTE, shown, strlen(shown));
	session_begin(run->session, STAGE_DATA, NULL, 0);
	switch (body_send(stream, &run->t->body, &opts, e)) {
	case BODY_WHOLE:
		break;
	case BODY_CUT:
		return cut_off(run, e);
	case BODY_UNREADABLE:
		/* Without the final dot, or short of octets, the server has to forget it. */
		session_break(run->session);
		return false;
	}
	run->ledger.whole = true;
	make_room(run);
	wait_for_final(run);
	expect_final(run, 0);
	return turn(run, e);
}

static void
queue_chunk(struct run *run)
{
	char line[48], shown[64];

	bdat_line(run, line, sizeof(line));
	octets_shown(run, shown, sizeof(shown));
	make_room(run);
	wait_for_final(run);
	session_commit(run->session, true);
	pipeline_add(run->p, STAGE_FINAL, line, ledger_on_final, &run->ledger);
	pipeline_add_data(run->p, run->chunk, (size_t)run->t->body.size, shown);
	run->chunk_queued = true;
}

/* Behind the answer to DATA. */
static bool
after_data(struct run *run, struct err *e)
{
	if (run->ledger.odd)
		return out_of_step(run, STAGE_DATA, "it does not answer DATA with 354", e);
	if (!run->ledger.go_ahead)
		return true;
	if (!ledger_is_wanted(&run->ledger)) {
		/* RFC 2033 4.2: such a server would owe no reply to the dot */
		if (run->srv->lmtp)
			return out_of_step(run, STAGE_DATA, "it wants a message that is for nobody",
			    e);
		/* RFC 2920 3.1: 354 for nobody; its answer changes nothing */
		pipeline_add(run->p, STAGE_FINAL, ".", NULL, NULL);
		return turn(run, e);
	}
	if (!ledger_announce(&run->ledger, e)) {
		session_break(run->session);
		return false;
	}
	return stream_body(run, e);
}

/* The message on its own, once it is known that somebody wants it. */
static bool
send_apart(struct run *run, struct err *e)
{
	char line[48];

	switch (run->way) {
	case WAY_NONE:
		pipeline_add(run->p, STAGE_RCPT, "RSET", NULL, NULL);
		return turn(run, e);
	case WAY_DATA:
		pipeline_add(run->p, STAGE_DATA, "DATA", ledger_on_data, &run->ledger);
		return turn(run, e) && after_data(run, e);
	case WAY_CHUNK:
		if (!ledger_announce(&run->ledger, e))
			return false;
		queue_chunk(run);
		expect_final(run, 1);
		return turn(run, e);
	case WAY_STREAM:
		if (!ledger_announce(&run->ledger, e))
			return false;
		bdat_line(run, line, sizeof(line));
		pipeline_put(run->p, line);
		return stream_body(run, e);
	}
	return true;
}

/* ---- the envelope */

static void
queue_mail(struct run *run)
{
	struct buf line;
	bool good;

	if (session_owes_reset(run->session))
		pipeline_add(run->p, STAGE_MAIL, "RSET", NULL, NULL);
	session_owe_reset(run->session, true);
	buf_init(&line, 4096);
	good = cmdline_mail(&line, run->t->env, run->caps, run->t->body.size);
	assert(good); /* cmdline_check_message has seen to it */
	(void)good;
	pipeline_add(run->p, STAGE_MAIL, buf_str(&line), ledger_on_mail, &run->ledger);
	buf_done(&line);
}

static void
queue_rcpt(struct run *run, struct slot *s, struct buf *line)
{
	bool good;

	buf_clear(line);
	good = cmdline_rcpt(line, s->rcpt, run->caps);
	assert(good); /* cmdline_check_rcpt has seen to it */
	(void)good;
	pipeline_add(run->p, STAGE_RCPT, buf_str(line), ledger_on_rcpt, s);
}

static bool
queue_rcpts(struct run *run, struct err *e)
{
	struct ledger *l = &run->ledger;
	struct buf line;
	bool good = true;

	buf_init(&line, 4096);
	for (size_t i = 0; i < l->n && good && !run->ledger.refused; i++) {
		queue_rcpt(run, &l->slots[i], &line);
		if ((i + 1) % BATCH == 0 && i + 1 < l->n)
			good = turn(run, e);
	}
	buf_done(&line);
	return good;
}

/* What ends the window of MAIL and RCPT. */
static void
queue_ending(struct run *run)
{
	if (run->way == WAY_CHUNK)
		queue_chunk(run);
	else if (run->way == WAY_DATA)
		pipeline_add(run->p, STAGE_DATA, "DATA", ledger_on_data, &run->ledger);
	else
		pipeline_add(run->p, STAGE_RCPT, "RSET", NULL, NULL);
}

static bool
send_envelope(struct run *run, struct err *e)
{
	queue_mail(run);
	/* Without PIPELINING a thousand RCPT behind a refused MAIL would be a thousand turns. */
	if (!run->caps->pipelining && !turn(run, e))
		return false;
	if (!queue_rcpts(run, e))
		return false;
	if (run->ledger.refused)
		return true;
	if (run->together)
		queue_ending(run);
	return turn(run, e);
}

static bool
converse(struct run *run, struct err *e)
{
	pipeline_timeout(run->p, run->srv->reply_timeout_ms);
	session_begin(run->session, STAGE_RCPT, NULL, clock_mono_ms() + run->srv->reply_timeout_ms);
	if (run->way == WAY_CHUNK) {
		run->chunk = mem_alloc((size_t)run->t->body.size + 1);
		if (!body_load(&run->t->body, run->chunk, e))
			return false;
		if (run->together && !ledger_announce(&run->ledger, e))
			return false;
	}
	if (!send_envelope(run, e))
		return false;
	if (run->together)
		return run->way != WAY_DATA || after_data(run, e);
	return run->ledger.naccepted == 0 || send_apart(run, e);
}

/* ---- before anything is sent */

static bool
takes_part(const struct rcpt *r)
{
	return r->state == RCPT_PENDING && r->why == NULL;
}

/* Those of the slice whom the server is asked about; the others are settled here. */
static void
choose_participants(struct run *run)
{
	const struct envelope *env = run->t->env;
	const char *peer = session_peer(run->session);
	struct err message, own;
	bool fit = cmdline_check_message(env, run->caps, run->t->body.size, peer, &message);
	struct rcpt *r;

	for (size_t i = run->t->first; i < run->t->first + run->t->n; i++) {
		r = &env->rcpts[i];
		if (!takes_part(r))
			continue;
		if (!cmdline_check_rcpt(env, r, run->caps, peer, &own))
			ledger_refuse(&run->ledger, r, &own);
		else if (!fit)
			ledger_refuse(&run->ledger, r, &message);
		else
			(void)ledger_add(&run->ledger, r);
	}
}

/* RFC 3461: a server without DSN never learns what was asked about notices. */
static void
note_dsn(const struct run *run)
{
	const struct trace *trace = session_trace(run->session);
	const struct envelope *env = run->t->env;
	bool wanted = env->ret != RETURN_DEFAULT || env->envid != NULL;
	char text[400];

	if (run->caps->dsn || trace == NULL || trace->note == NULL || run->t->first > 0)
		return;
	for (size_t i = 0; i < env->nrcpts && !wanted; i++)
		wanted = env->rcpts[i].notify != 0;
	if (!wanted)
		return;
	(void)snprintf(text, sizeof(text),
	    "%s does not offer DSN: it is not told which notices are wanted",
	    session_peer(run->session));
	trace->note(trace->arg, text);
}

static void
choose_way(struct run *run)
{
	bool small = run->t->body.size <= SMALL_BODY;

	if (run->t->dry_run)
		run->way = WAY_NONE;
	else if (run->caps->chunking)
		run->way = small ? WAY_CHUNK : WAY_STREAM;
	else
		run->way = WAY_DATA;
	/*
	 * In LMTP the number of replies behind BDAT is known only when RCPT is over; and
	 * there the server is near.
	 */
	run->together = run->caps->pipelining && run->way != WAY_STREAM &&
	    !(run->srv->lmtp && run->way == WAY_CHUNK);
}

static void
report(const struct run *run, const struct err *e)
{
	static const char *const names[] = {"", "BDAT", "BDAT", "DATA"};
	const struct trace *trace = session_trace(run->session);
	struct trace_stage st = {.stage = STAGE_FINAL, .detail = names[run->way], .err = e};

	if (trace == NULL || trace->stage == NULL)
		return;
	if (run->way == WAY_NONE)
		st.stage = STAGE_RCPT;
	st.ms = clock_mono_ms() - run->began;
	trace->stage(trace->arg, &st);
}

/* The verdict of the whole; nobody is left without a reason. */
static bool
finish(struct run *run, bool good, struct err *e)
{
	if (!good)
		ledger_lose(&run->ledger, e);
	ledger_conclude(&run->ledger);
	if (run->ledger.sent)
		session_owe_reset(run->session, false);
	if (good && run->ledger.fail.class != ERR_NONE) {
		*e = run->ledger.fail;
		good = false;
	}
	report(run, good ? NULL : e);
	return good;
}

bool
transaction_run(struct session *s, struct transaction *t, const struct transaction_hooks *hooks,
    struct err *e)
{
	struct run run = {.session = s, .t = t, .began = clock_mono_ms()};
	bool good = true;
	struct err own;

	if (e == NULL)
		e = &own;
	run.p = session_pipeline(s);
	run.srv = session_server(s);
	run.caps = session_caps(s);
	ledger_init(&run.ledger, t, hooks, session_peer(s));
	run.ledger.lmtp = run.srv->lmtp;
	choose_way(&run);
	choose_participants(&run);
	if (run.ledger.n > 0)
		note_dsn(&run);
	if (run.ledger.n > 0)
		good = finish(&run, converse(&run, e), e);
	session_commit(s, false);
	ledger_done(&run.ledger);
	free(run.chunk);
	return good;
}
