/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeserver_body.h"
#include "fakeserver_sasl.h"
#include "fakeserver_text.h"

/* Nobody should have read so much of an endless reply. */
#define FLOOD_MAX ((uint64_t)64 * 1024 * 1024)

struct play {
	struct conn *conn;
	const struct script *script;
	unsigned connection, nbodies;
	bool closed;     /* by us: what the client sent is of no interest any more */
	bool gather;     /* since GATHER only lines that read */
	uint64_t nreads; /* ... and so many reads were done before it */
};

static bool
fail(const struct play *p, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static bool
fail(const struct play *p, unsigned line, const char *fmt, ...)
{
	char what[700], outcome[1200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(outcome, sizeof(outcome), "%s:%u: %s", p->script->file, line, what);
	fprintf(stderr, "%s\n", outcome);
	record_script(conn_record(p->conn), outcome);
	return false;
}

static const char *
mode(const struct play *p)
{
	return wire_is_tls(conn_wire(p->conn)) ? "inside TLS" : "in clear";
}

static const char *
why_nothing(const struct play *p)
{
	const char *end = wire_end(conn_wire(p->conn));

	return end == NULL ? "nothing" : end;
}

/* ---- lines that read */

/* The next line must match the pattern; NULL after a complaint. */
static char *
expect(struct play *p, const struct step *step, const char *pattern)
{
	size_t len;
	char *line = conn_line(p->conn, &len), verb[32];

	if (line == NULL) {
		fail(p, step->line, "wanted '%s %s', got: %s", step->name, pattern, why_nothing(p));
		return NULL;
	}
	snprintf(verb, sizeof(verb), "%.*s", (int)strcspn(line, " "), line);
	conn_topic(p->conn, verb);
	if (len != strlen(line) || !text_glob(pattern, line)) {
		fail(p, step->line, "wanted '%s', got '%.300s' (%s)", pattern, line, mode(p));
		return NULL;
	}
	return line;
}

static bool
do_expect(struct play *p, const struct step *step)
{
	return expect(p, step, step->text) != NULL;
}

static bool
do_auth(struct play *p, const struct step *step)
{
	static const char *const results[] = {"accepted", "refused", "cancelled by the client",
	    "not a mechanism of this server", "left alone by the client"};
	char *pattern = text_alloc(step->len + 8), *argument = NULL, *line;
	enum sasl_result result = SASL_GONE;

	snprintf(pattern, step->len + 8, "AUTH %s*", step->text);
	line = expect(p, step, pattern);
	if (line != NULL) {
		argument = text_dup(line + 5, strlen(line + 5));
		result = sasl_serve(p->conn, argument);
		if (result != SASL_ACCEPTED)
			fail(p, step->line, "wanted a login by %s, it was %s", step->text,
			    results[result]);
	}
	free(argument);
	free(pattern);
	return result == SASL_ACCEPTED;
}

/* Where the next body is kept, NULL: nowhere. */
static char *
body_file(struct play *p)
{
	const char *dir = conn_options(p->conn)->mail_dir;
	size_t n = dir == NULL ? 0 : strlen(dir) + 32;
	char *file = NULL;

	p->nbodies++;
	if (dir != NULL) {
		file = text_alloc(n);
		snprintf(file, n, "%s/%u-%u.eml", dir, p->connection, p->nbodies);
	}
	return file;
}

/* Reads a body (chunk: octets of BDAT; UINT64_MAX: up to the lone dot) and records it. */
static bool
take_body(struct play *p, const char *by, uint64_t chunk, uint64_t *size)
{
	char *file = body_file(p), sha256[65];
	struct body *b = body_new(p->conn, file);
	bool complete = chunk == UINT64_MAX ? body_read_data(b) : body_read_chunk(b, chunk);
	struct record_message m = {
	    .from = "",
	    .by = by,
	    .size = body_size(b),
	    .sha256 = sha256,
	    .file = file,
	    .complete = complete,
	    .reply = "",
	};

	*size = m.size;
	conn_topic(p->conn, "final");
	body_finish(b, sha256);
	record_message(conn_record(p->conn), &m);
	free(file);
	return complete;
}

static bool
do_body(struct play *p, const struct step *step)
{
	uint64_t size;

	if (!take_body(p, "DATA", UINT64_MAX, &size))
		return fail(p, step->line, "wanted a body up to its dot, got: %s", why_nothing(p));
	if (step->number != UINT64_MAX && size != step->number)
		return fail(p, step->line, "wanted a body of %llu octets, got one of %llu",
		    (unsigned long long)step->number, (unsigned long long)size);
	return true;
}

static bool
do_bdat(struct play *p, const struct step *step)
{
	char *line = expect(p, step, step->len > 0 ? "BDAT * LAST" : "BDAT *");
	uint64_t size, got;

	if (line == NULL)
		return false;
	line += 5;
	line[strcspn(line, " ")] = '\0';
	if (!text_number(line, UINT64_MAX - 1, &size))
		return fail(p, step->line, "wanted a number behind BDAT, got '%.100s'", line);
	if (!take_body(p, "BDAT", size, &got))
		return fail(p, step->line, "wanted a chunk of %llu octets, got: %s",
		    (unsigned long long)size, why_nothing(p));
	return true;
}

static bool
do_read(struct play *p, const struct step *step)
{
	uint64_t left = step->number;

	while (left > 0) {
		char *data;
		size_t n = conn_take(p->conn, &data, left < SIZE_MAX ? (size_t)left : SIZE_MAX);

		if (n == 0)
			return fail(p, step->line, "wanted %llu octets more, got: %s",
			    (unsigned long long)left, why_nothing(p));
		left -= n;
	}
	return true;
}

static bool
do_tls(struct play *p, const struct step *step)
{
	if (!conn_start_tls(p->conn))
		return fail(p, step->line, "wanted a TLS handshake, got: %s", why_nothing(p));
	return true;
}

static bool
do_silence(struct play *p, const struct step *step)
{
	char *data;

	while (conn_take(p->conn, &data, SIZE_MAX) > 0)
		;
	if (strncmp(why_nothing(p), "client", 6) != 0 && strncmp(why_nothing(p), "tls", 3) != 0)
		return fail(p, step->line, "wanted the client to leave, got: %s", why_nothing(p));
	return true;
}

/* ---- lines that write */

static bool
do_send(struct play *p, const struct step *step)
{
	char *line = text_alloc(step->len + 3);

	snprintf(line, step->len + 3, "%s\r\n", step->text);
	conn_reply(p->conn, line, step->len + 2);
	free(line);
	conn_flush(p->conn);
	return true;
}

static bool
do_send_raw(struct play *p, const struct step *step)
{
	conn_reply(p->conn, step->text, step->len);
	conn_flush(p->conn);
	return true;
}

static bool
do_repeat(struct play *p, const struct step *step)
{
	for (uint64_t i = 0; i < step->number && !wire_gone(conn_wire(p->conn)); i++) {
		conn_reply(p->conn, step->text, step->len);
		conn_reply(p->conn, "\r\n", 2);
	}
	conn_flush(p->conn);
	return true;
}

static bool
do_flood(struct play *p, const struct step *step)
{
	int64_t until = text_now() + conn_options(p->conn)->patience_ms;
	bool lines = step->verb == VERB_FLOOD;
	uint64_t sent = 0;

	while (!wire_gone(conn_wire(p->conn)) && sent < FLOOD_MAX && text_now() < until) {
		for (int i = 0; i < 100; i++) {
			conn_reply(p->conn, step->text, step->len);
			conn_reply(p->conn, "\r\n", lines ? 2 : 0);
			sent += step->len + (lines ? 2 : 0);
		}
		conn_flush(p->conn);
	}
	if (text_now() >= until || sent >= FLOOD_MAX)
		return fail(p, step->line,
		    "wanted the client to leave, got: still there after %llu octets",
		    (unsigned long long)sent);
	return true;
}

static bool
do_drip(struct play *p, const struct step *step)
{
	conn_drip(p->conn, (int)step->number);
	return true;
}

static bool
do_pause(struct play *p, const struct step *step)
{
	wire_pause(conn_wire(p->conn), (int)step->number);
	return true;
}

static bool
do_truncate(struct play *p, const struct step *step)
{
	wire_truncate(conn_wire(p->conn), step->number);
	return true;
}

static bool
do_close(struct play *p, const struct step *step)
{
	enum wire_close how = step->verb == VERB_CLOSE ? WIRE_CLOSE
	    : step->verb == VERB_RESET                 ? WIRE_RESET
						       : WIRE_CLOSE_NO_NOTIFY;

	wire_close(conn_wire(p->conn), how);
	p->closed = true;
	return true;
}

/* ---- GATHER */

static bool
do_gather(struct play *p, const struct step *step)
{
	(void)step;
	p->gather = true;
	p->nreads = conn_nreads(p->conn);
	if (conn_buffered(p->conn) > 0) /* what is here came by the last read */
		p->nreads--;
	return true;
}

/* Ends the group of lines that had to arrive by one read. */
static bool
check_gather(struct play *p, unsigned line)
{
	uint64_t n = conn_nreads(p->conn) - p->nreads;

	if (!p->gather)
		return true;
	p->gather = false;
	if (n > 1)
		return fail(p, line, "wanted the lines since GATHER in one write, got %llu",
		    (unsigned long long)n);
	return true;
}

/* ---- the table */

static const struct action {
	bool (*run)(struct play *p, const struct step *step);
	bool reads; /* may belong to a GATHER group */
} actions[] = {
    [VERB_SEND] = {do_send, false},
    [VERB_SEND_RAW] = {do_send_raw, false},
    [VERB_EXPECT] = {do_expect, true},
    [VERB_AUTH] = {do_auth, false},
    [VERB_BODY] = {do_body, true},
    [VERB_BDAT] = {do_bdat, true},
    [VERB_READ] = {do_read, true},
    [VERB_TLS] = {do_tls, false},
    [VERB_GATHER] = {do_gather, false},
    [VERB_DRIP] = {do_drip, false},
    [VERB_PAUSE] = {do_pause, false},
    [VERB_REPEAT] = {do_repeat, false},
    [VERB_FLOOD] = {do_flood, false},
    [VERB_FLOOD_RAW] = {do_flood, false},
    [VERB_SILENCE] = {do_silence, false},
    [VERB_TRUNCATE] = {do_truncate, false},
    [VERB_CLOSE] = {do_close, false},
    [VERB_CLOSE_NO_NOTIFY] = {do_close, false},
    [VERB_RESET] = {do_close, false},
};

static void
answer(struct play *p, const char *text)
{
	conn_reply(p->conn, text, strlen(text));
	conn_flush(p->conn);
}

/* Behind the last line the client may tidy up and leave, no more. */
static bool
see_off(struct play *p, unsigned line)
{
	const char *end;
	char *command;
	size_t len;

	while (!p->closed && (command = conn_line(p->conn, &len)) != NULL) {
		conn_topic(p->conn, command);
		if (text_same(command, "QUIT")) {
			record_quit(conn_record(p->conn));
			answer(p, "221 2.0.0 Bye\r\n");
			return true;
		}
		if (!text_same(command, "RSET"))
			return fail(p, line, "wanted the client to leave, got '%.300s' (%s)",
			    command, mode(p));
		answer(p, "250 2.0.0 Ok\r\n");
	}
	end = why_nothing(p);
	if (strcmp(end, "silence") == 0 || strcmp(end, "stopped") == 0)
		return fail(p, line, "wanted the client to leave, got: %s", end);
	return true;
}

bool
play_script(struct conn *c, const struct script *s, unsigned connection)
{
	struct play p = {.conn = c, .script = s, .connection = connection};
	unsigned line = s->steps[s->nsteps - 1].line;
	const struct step *step;
	size_t n;

	step = script_part(s, connection, &n);
	if (step == NULL)
		return fail(&p, line, "wanted no further connection, got number %u", connection);
	for (; n > 0; step++, n--) {
		const struct action *a = &actions[step->verb];

		line = step->line;
		if (!a->reads && !check_gather(&p, line))
			return false;
		if (!a->run(&p, step))
			return false;
	}
	if (!check_gather(&p, line) || !see_off(&p, line))
		return false;
	record_script(conn_record(c), "ok");
	return true;
}
