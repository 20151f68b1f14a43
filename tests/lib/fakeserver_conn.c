/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_conn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeserver_text.h"

#define IN_MAX ((size_t)256 * 1024)
#define OUT_MAX ((size_t)1024 * 1024)
#define TLS_RECORD_MAX 16384

struct conn {
	struct wire *wire;
	const struct options *options;
	struct record *record;
	char *in, *out;
	size_t in_pos, in_len, out_len;
	uint64_t nreads;
	char topic[32];
	bool owed; /* we answered while nothing was there to read: what comes next was waited for */
	bool wait_open; /* a wait was counted and nothing has come since */
	int drip_ms;
};

struct conn *
conn_new(struct wire *w, const struct options *o, struct record *r)
{
	struct conn *c = text_alloc(sizeof(*c));

	c->wire = w;
	c->options = o;
	c->record = r;
	c->in = text_alloc(IN_MAX);
	c->out = text_alloc(OUT_MAX);
	conn_topic(c, "greeting");
	return c;
}

void
conn_free(struct conn *c)
{
	conn_flush(c);
	free(c->in);
	free(c->out);
	free(c);
}

struct wire *
conn_wire(const struct conn *c)
{
	return c->wire;
}

struct record *
conn_record(const struct conn *c)
{
	return c->record;
}

const struct options *
conn_options(const struct conn *c)
{
	return c->options;
}

size_t
conn_buffered(const struct conn *c)
{
	return c->in_len - c->in_pos;
}

uint64_t
conn_nreads(const struct conn *c)
{
	return c->nreads;
}

void
conn_topic(struct conn *c, const char *topic)
{
	snprintf(c->topic, sizeof(c->topic), "%s", topic);
}

/* ---- writing */

static void
write_held(struct conn *c)
{
	size_t n = c->out_len;

	c->out_len = 0;
	if (c->drip_ms == 0) {
		wire_write(c->wire, c->out, n);
		return;
	}
	for (size_t i = 0; i < n && wire_write(c->wire, c->out + i, 1); i++)
		wire_pause(c->wire, c->drip_ms);
}

/* Nothing to read, now and for the time of --settle. */
static bool
is_quiet(struct conn *c)
{
	return conn_buffered(c) == 0 && !wire_pending(c->wire) &&
	    wire_wait(c->wire, POLLIN, 0) == 0 &&
	    (c->options->settle_ms == 0 || wire_wait(c->wire, POLLIN, c->options->settle_ms) == 0);
}

void
conn_flush(struct conn *c)
{
	if (c->out_len == 0)
		return;
	if (!c->owed && is_quiet(c))
		c->owed = true;
	write_held(c);
}

void
conn_drip(struct conn *c, int ms)
{
	conn_flush(c);
	c->drip_ms = ms;
}

static void
show(const struct conn *c, char who, const char *text, size_t n)
{
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	fprintf(stderr, "%c%c %.*s\n", who, wire_is_tls(c->wire) ? '#' : ' ',
	    (int)(n < 200 ? n : 200), text);
}

void
conn_reply(struct conn *c, const char *data, size_t n)
{
	if (c->options->verbose)
		show(c, 'S', data, n);
	while (n > 0) {
		size_t room = OUT_MAX - c->out_len, m = n < room ? n : room;

		memcpy(c->out + c->out_len, data, m);
		c->out_len += m;
		data += m;
		n -= m;
		if (c->out_len == OUT_MAX)
			conn_flush(c);
	}
	if (c->options->answer_each)
		conn_flush(c);
}

/* ---- reading */

/* The client was waited for: was it worth a turn? A QUIT and a closed connection are not. */
static void
wait_over(struct conn *c, bool idle)
{
	if (c->wait_open && idle)
		record_wait_was_idle(c->record);
	c->wait_open = false;
}

/*
 * Waits until there is something to read; our replies leave when there is nothing, and the wait
 * is counted when we had answered. false: the client is silent for good.
 */
static bool
await_input(struct conn *c)
{
	if (c->out_len > 0 && wire_wait(c->wire, POLLIN, 0) == 0) {
		if (c->options->settle_ms > 0 &&
		    wire_wait(c->wire, POLLIN, c->options->settle_ms) != 0)
			return true;
		c->owed = true;
		write_held(c);
	}
	if (c->owed) {
		record_wait(c->record, c->topic);
		c->owed = false;
		c->wait_open = true;
	}
	if (wire_wait(c->wire, POLLIN, c->options->patience_ms) != 0)
		return true;
	return wire_ended(c->wire, "silence", "");
}

/* Brings at least one octet more; false at the end. */
static bool
fill(struct conn *c)
{
	if (c->in_pos > 0) {
		memmove(c->in, c->in + c->in_pos, c->in_len - c->in_pos);
		c->in_len -= c->in_pos;
		c->in_pos = 0;
	}
	if (IN_MAX - c->in_len < TLS_RECORD_MAX)
		wire_ended(c->wire, "line without end", "");
	while (wire_end(c->wire) == NULL && (wire_pending(c->wire) || await_input(c))) {
		bool tls = wire_is_tls(c->wire);
		ssize_t n = wire_read(c->wire, c->in + c->in_len, IN_MAX - c->in_len);

		if (n > 0) {
			c->in_len += (size_t)n;
			c->nreads++;
			record_read(c->record, tls, (size_t)n);
			return true;
		}
	}
	wait_over(c, true);
	return false;
}

/* What no command line may look like: RFC 5321 4.1.1 and 4.5.3.1.4, RFC 3461 4, RFC 4954 4. */
static void
judge_line(struct conn *c, const char *line, size_t len, bool crlf)
{
	bool sasl = text_starts(line, "AUTH ") || memchr(line, ' ', len) == NULL;
	bool path = text_starts(line, "MAIL ") || text_starts(line, "RCPT ");
	size_t max = sasl ? 12288 : path ? 1100 : 512;

	if (!crlf)
		record_fault(c->record, "a line ends in a bare LF: %.100s", line);
	if (len + 2 > max)
		record_fault(c->record, "a command of %zu octets: %.60s", len, line);
	for (size_t i = 0; i < len; i++) {
		unsigned char b = (unsigned char)line[i];

		if (b < 0x20 || b == 0x7f) {
			record_fault(c->record, "octet %u in a command: %.100s", b, line);
			return;
		}
	}
}

static char *
line_end(struct conn *c, char *line, char *lf, size_t *len)
{
	bool crlf = lf > line && lf[-1] == '\r';

	*len = (size_t)(lf - line) - (crlf ? 1 : 0);
	line[*len] = '\0';
	c->in_pos += (size_t)(lf - line) + 1;
	wait_over(c, text_same(line, "QUIT"));
	record_command(c->record, wire_is_tls(c->wire), line, *len);
	judge_line(c, line, *len, crlf);
	if (c->options->verbose)
		show(c, 'C', line, *len);
	return line;
}

char *
conn_line(struct conn *c, size_t *len)
{
	size_t seen = 0;

	for (;;) {
		char *line = c->in + c->in_pos;
		char *lf = memchr(line + seen, '\n', conn_buffered(c) - seen);

		if (lf != NULL)
			return line_end(c, line, lf, len);
		seen = conn_buffered(c);
		if (!fill(c)) {
			if (seen > 0)
				record_fault(c->record, "the connection ended within a line");
			return NULL;
		}
	}
}

size_t
conn_take(struct conn *c, char **data, size_t max)
{
	size_t n;

	if (conn_buffered(c) == 0 && !fill(c))
		return 0;
	wait_over(c, false);
	n = conn_buffered(c) < max ? conn_buffered(c) : max;
	*data = c->in + c->in_pos;
	c->in_pos += n;
	return n;
}

void
conn_untake(struct conn *c, size_t n)
{
	c->in_pos -= n;
}

bool
conn_start_tls(struct conn *c)
{
	struct wire_tls agreed;

	/* RFC 3207 4.2: nothing may be sent in clear behind STARTTLS */
	if (conn_buffered(c) > 0)
		record_fault(c->record, "%zu octets in clear behind STARTTLS", conn_buffered(c));
	c->in_pos = c->in_len = 0;
	conn_flush(c);
	if (!await_input(c))
		return false;
	wait_over(c, false);
	if (!wire_handshake(c->wire))
		return false;
	wire_describe(c->wire, &agreed);
	record_tls(c->record, agreed.version, agreed.cipher, agreed.sni);
	return true;
}
