/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "smtp/wire_trace.h"

#define LINE_MAX_OUT 12288 /* RFC 4954 section 4 */
#define FIRST_STEPS 16
#define FAREWELL_MS 1000
/* RFC 5321 4.5.3.2; only until the caller names its own. */
#define REPLY_MS (5 * 60 * 1000)

#define SECRETS_MAX 6

struct step {
	enum stage stage;
	size_t off, len; /* the line with its CRLF in p->lines; len 0: only a reply is owed */
	char *shown;     /* stands for a secret line in the trace, NULL: the line */
	const void *data;
	size_t ndata;
	char *data_shown;
	int64_t timeout_ms;
	pipeline_handler *on_reply;
	void *arg;
};

struct pipeline {
	struct stream *stream;
	const struct trace *trace;
	size_t window;
	int64_t timeout_ms;
	struct step *steps;
	size_t nsteps, cap;
	size_t written, answered;
	struct buf lines;
	struct reply reply;
	size_t line_max;
	bool cut; /* a write failed: the server cannot have seen everything */
	bool sent, broken;
	struct secret secrets[SECRETS_MAX]; /* that no reply may show; the oldest makes room */
	size_t nsecrets;
};

struct pipeline *
pipeline_new(struct stream *s, const struct trace *trace)
{
	struct pipeline *p = mem_alloc(sizeof(*p));

	p->stream = s;
	p->trace = trace;
	p->window = 1;
	p->timeout_ms = REPLY_MS;
	p->line_max = REPLY_LINE_MAX;
	buf_init(&p->lines, SIZE_MAX);
	reply_init(&p->reply);
	return p;
}

static void
forget_steps(struct pipeline *p)
{
	for (size_t i = 0; i < p->nsteps; i++) {
		if (p->steps[i].shown != NULL)
			secret_zero(p->lines.data + p->steps[i].off, p->steps[i].len);
		free(p->steps[i].shown);
		free(p->steps[i].data_shown);
	}
	p->nsteps = p->written = p->answered = 0;
	buf_clear(&p->lines);
}

void
pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	pipeline_secret(p, NULL, 0);
	forget_steps(p);
	free(p->steps);
	buf_done(&p->lines);
	reply_done(&p->reply);
	free(p);
}

void
pipeline_window(struct pipeline *p, size_t window)
{
	assert(window > 0);
	p->window = window;
}

void
pipeline_timeout(struct pipeline *p, int64_t ms)
{
	p->timeout_ms = ms;
}

/* ---- the trace */

static void
trace_text(const struct pipeline *p, enum trace_dir dir, const char *text, size_t n)
{
	wire_trace_text(p->trace, p->stream, dir, text, n);
}

static void
trace_step(const struct pipeline *p, const struct step *st)
{
	if (st->shown != NULL)
		trace_text(p, TRACE_OUT, st->shown, strlen(st->shown));
	else
		trace_text(p, TRACE_OUT, p->lines.data + st->off, st->len - 2);
	if (st->data_shown != NULL)
		trace_text(p, TRACE_NOTE, st->data_shown, strlen(st->data_shown));
}

/* ---- errors */

static bool
broken(const struct pipeline *p, enum stage stage, struct err *e, const char *what)
{
	(void)err_set(e, ERR_RELAY, stage, "4.5.0", "%s broke the protocol: %s",
	    stream_peer(p->stream), what);
	if (e != NULL)
		e->sysexit = EX_PROTOCOL;
	return false;
}

/* RFC 5321 3.8: 421 may come at any time and means that the connection ends. */
static bool
closing(const struct pipeline *p, enum stage stage, struct err *e)
{
	return reply_error(&p->reply, ERR_RELAY, stage, e);
}

/* Input before anything was asked; a server that gives up on an idle client may say 421. */
static bool
unasked(struct pipeline *p, enum stage stage, struct err *e)
{
	const char *data;
	size_t n, used;
	struct buf what;
	enum reply_parse got;

	if (stream_peek(p->stream, &data) == 0) {
		stream_deadline(p->stream, clock_mono_ms() + p->timeout_ms);
		if (!stream_fill(p->stream))
			return stream_error(p->stream, stage, e);
	}
	n = stream_peek(p->stream, &data);
	reply_reset(&p->reply, p->line_max);
	got = reply_feed(&p->reply, data, n, &used);
	if (got == REPLY_DONE && p->reply.code == 421) {
		wire_trace_reply(p->trace, p->stream, &p->reply);
		return closing(p, stage, e);
	}
	wire_trace_junk(p->trace, p->stream, data, n);
	buf_init(&what, 256);
	(void)buf_adds(&what, "it spoke before it was asked: \"");
	str_escape(&what, data, n, 60);
	(void)buf_adds(&what, "\"");
	(void)broken(p, stage, e, buf_str(&what));
	buf_done(&what);
	return false;
}

/* ---- reading */

static bool
read_reply(struct pipeline *p, enum stage stage, struct err *e)
{
	const char *data;
	size_t n, used;
	enum reply_parse got = REPLY_MORE;

	reply_reset(&p->reply, p->line_max);
	while (got == REPLY_MORE) {
		n = stream_peek(p->stream, &data);
		if (n == 0) {
			if (!stream_fill(p->stream))
				return stream_error(p->stream, stage, e);
			continue;
		}
		got = reply_feed(&p->reply, data, n, &used);
		stream_drop(p->stream, got == REPLY_BAD ? n : used);
	}
	if (got == REPLY_BAD) {
		wire_trace_junk(p->trace, p->stream, buf_str(&p->reply.line), p->reply.line.len);
		return broken(p, stage, e, p->reply.bad);
	}
	/* a challenge is for the mechanism, and is not shown */
	for (size_t i = 0; p->reply.code != 334 && i < SECRETS_MAX; i++)
		if (p->secrets[i].len >= PIPELINE_SECRET_MIN)
			reply_mask(&p->reply, p->secrets[i].data, p->secrets[i].len);
	return true;
}

/* Is a reply of this code possible here at all? */
static bool
check_reply(const struct pipeline *p, const struct step *st, struct err *e)
{
	if (p->reply.code == 421)
		return closing(p, st->stage, e);
	if (reply_class(&p->reply) == 3 && st->stage != STAGE_AUTH && st->stage != STAGE_DATA)
		return broken(p, st->stage, e, "it asks for more where nothing more can come");
	if (reply_class(&p->reply) == 2 && p->cut && st->ndata > 0)
		return stream_error(p->stream, st->stage, e);
	return true;
}

static bool
take_answer(struct pipeline *p, struct err *e)
{
	const struct step *st = &p->steps[p->answered];
	bool good;

	stream_deadline(p->stream, clock_mono_ms() + st->timeout_ms);
	if (!read_reply(p, st->stage, e))
		return false;
	good = check_reply(p, st, e);
	p->answered++;
	if (good && st->on_reply != NULL)
		st->on_reply(st->arg, &p->reply);
	wire_trace_reply(p->trace, p->stream, &p->reply);
	return good;
}

/* ---- writing */

static struct step *
add_step(struct pipeline *p, enum stage stage, pipeline_handler *on_reply, void *arg)
{
	struct step *st;

	if (p->nsteps == p->cap) {
		p->cap = p->cap > 0 ? p->cap * 2 : FIRST_STEPS;
		p->steps = mem_array(p->steps, p->cap, sizeof(*p->steps));
	}
	st = &p->steps[p->nsteps++];
	*st = (struct step){.stage = stage, .on_reply = on_reply, .arg = arg};
	st->timeout_ms = p->timeout_ms;
	return st;
}

/* Nothing that a person or a file gave us may end a line or begin another one. */
static void
assert_line(const char *line)
{
	size_t n = strlen(line);

	assert(n <= LINE_MAX_OUT);
	assert(strpbrk(line, "\r\n") == NULL);
	(void)n;
}

void
pipeline_add(struct pipeline *p, enum stage stage, const char *line, pipeline_handler *on_reply,
    void *arg)
{
	struct step *st = add_step(p, stage, on_reply, arg);

	assert_line(line);
	st->off = p->lines.len;
	st->len = strlen(line) + 2;
	(void)buf_adds(&p->lines, line);
	(void)buf_adds(&p->lines, "\r\n");
}

static struct step *
last_step(struct pipeline *p)
{
	assert(p->nsteps > 0 && p->steps[p->nsteps - 1].len > 0);
	return &p->steps[p->nsteps - 1];
}

void
pipeline_secret(struct pipeline *p, const char *s, size_t n)
{
	if (s != NULL) {
		(void)secret_set(&p->secrets[p->nsecrets++ % SECRETS_MAX], s, n);
		return;
	}
	for (size_t i = 0; i < SECRETS_MAX; i++)
		secret_wipe(&p->secrets[i]);
	p->nsecrets = 0;
}

void
pipeline_hide(struct pipeline *p, const char *shown)
{
	struct step *st = last_step(p);

	assert(st->shown == NULL);
	st->shown = mem_strdup(shown);
}

void
pipeline_add_data(struct pipeline *p, const void *data, size_t n, const char *shown)
{
	struct step *st = last_step(p);

	assert(st->data_shown == NULL);
	st->data = data;
	st->ndata = n;
	st->data_shown = mem_strdup(shown);
}

void
pipeline_expect(struct pipeline *p, enum stage stage, pipeline_handler *on_reply, void *arg)
{
	(void)add_step(p, stage, on_reply, arg);
}

/* The next lines, at most a window of them, in as few writes as the stream can. */
static bool
write_window(struct pipeline *p, struct err *e)
{
	size_t end = p->written;
	const struct step *st;

	if (stream_has_input(p->stream))
		return unasked(p, p->steps[p->written].stage, e);
	stream_deadline(p->stream, clock_mono_ms() + p->steps[p->written].timeout_ms);
	for (; end < p->nsteps && end - p->written < p->window && p->steps[end].len > 0; end++) {
		st = &p->steps[end];
		trace_step(p, st);
		stream_write(p->stream, p->lines.data + st->off, st->len);
		if (st->ndata > 0)
			stream_write(p->stream, st->data, st->ndata);
	}
	p->written = end;
	/*
	 * A server that has had enough says so and closes: what it said counts more than
	 * that we could not write on (reliability.md H30), so reading goes on.
	 */
	if (!stream_flush(p->stream))
		p->cut = true;
	return true;
}

bool
pipeline_run(struct pipeline *p, struct err *e)
{
	bool good = true;

	while (good && p->answered < p->nsteps) {
		if (p->steps[p->answered].len > 0)
			good = write_window(p, e);
		else
			p->written = p->answered + 1;
		while (good && p->answered < p->written)
			good = take_answer(p, e);
	}
	p->sent = p->written == p->nsteps && !p->cut;
	p->broken = p->broken || !good;
	forget_steps(p);
	return good;
}

bool
pipeline_sent(const struct pipeline *p)
{
	return p->sent;
}

bool
pipeline_is_broken(const struct pipeline *p)
{
	return p->broken;
}

bool
pipeline_read(struct pipeline *p, enum stage stage, struct err *e)
{
	pipeline_expect(p, stage, NULL, NULL);
	return pipeline_run(p, e);
}

const struct reply *
pipeline_reply(const struct pipeline *p)
{
	return &p->reply;
}

void
pipeline_put(struct pipeline *p, const char *line)
{
	assert_line(line);
	trace_text(p, TRACE_OUT, line, strlen(line));
	stream_write(p->stream, line, strlen(line));
	stream_write(p->stream, "\r\n", 2);
}

void
pipeline_farewell(struct pipeline *p, const char *line)
{
	stream_deadline(p->stream, clock_mono_ms() + FAREWELL_MS);
	pipeline_put(p, line);
	(void)stream_flush(p->stream);
}

struct stream *
pipeline_stream(struct pipeline *p)
{
	return p->stream;
}

void
pipeline_auth_lines(struct pipeline *p, bool on)
{
	p->line_max = on ? REPLY_AUTH_LINE_MAX : REPLY_LINE_MAX;
}
