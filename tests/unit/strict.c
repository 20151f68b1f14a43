/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"

#define LINE_OCTETS 998

struct strict {
	struct peer peer;
	struct session *session;
	struct strict_message *last;
	bool chunking;
};

/* Of the server's process. */
static struct strict *serving;

static struct {
	int fd;
	unsigned char data[65536];
	size_t at, n;
} in;

static int
next(void)
{
	if (in.at == in.n) {
		ssize_t got = read(in.fd, in.data, sizeof(in.data));

		if (got <= 0)
			return -1;
		in.n = (size_t)got;
		in.at = 0;
	}
	return in.data[in.at++];
}

static void
reply(const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t done = write(in.fd, text, n);

		if (done <= 0)
			return;
		text += done;
		n -= (size_t)done;
	}
}

static void
fault(const char *what)
{
	struct strict_message *m = serving->last;

	if (m->fault[0] == '\0')
		(void)snprintf(m->fault, sizeof(m->fault), "%s, octet %zu", what, m->size);
}

/* ---- the text, octet by octet */

static struct {
	size_t column;
	bool cr; /* the octet before was one */
} line;

static void
begin_text(void)
{
	serving->last->size = 0;
	line.column = 0;
	line.cr = false;
}

static void
take(int c)
{
	struct strict_message *m = serving->last;

	if (line.cr != (c == '\n'))
		fault(line.cr ? "a bare CR" : "a bare LF");
	if (c == '\0')
		fault("a NUL");
	line.cr = c == '\r';
	line.column = c == '\n' ? 0 : line.column + (c != '\r');
	if (line.column > LINE_OCTETS)
		fault("a line over 998 octets");
	if (m->size < sizeof(m->text))
		m->text[m->size++] = (char)c;
	else
		fault("too much");
}

static void
end_text(void)
{
	if (line.column > 0 || line.cr)
		fault("the last line has no end");
	serving->last->messages++;
}

/* RFC 5321 4.5.2: up to CRLF.CRLF; a line that begins with a dot and is not stuffed is a fault. */
static bool
take_data(void)
{
	bool bol = true;
	int c;

	begin_text();
	while ((c = next()) >= 0) {
		if (bol && c == '.') {
			c = next();
			if (c == '\r') {
				if (next() == '\n')
					return end_text(), true;
				fault("a dot and a CR without an LF");
			} else if (c != '.') {
				fault("a dot that is not stuffed");
			}
		}
		bol = line.cr && c == '\n';
		take(c);
	}
	return false;
}

static bool
take_chunk(const char *args, bool *last)
{
	char *end;
	unsigned long n = strtoul(args, &end, 10);
	int c = 0;

	*last = strcmp(end, " LAST") == 0;
	if (end == args || (*end != '\0' && !*last))
		fault("a BDAT that is none");
	while (n-- > 0 && (c = next()) >= 0)
		take(c);
	return c >= 0;
}

/* ---- the dialogue */

static bool
read_command(char *out, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = next()) >= 0) {
		if (c == '\n' && n > 0 && out[n - 1] == '\r') {
			out[n - 1] = '\0';
			return true;
		}
		if (c == '\n' || c == '\0' || n + 1 >= size)
			fault("a command that is no line");
		if (n + 1 < size)
			out[n++] = (char)c;
	}
	return false;
}

static bool
answer(const char *line_of, bool *in_chunks)
{
	bool last;

	if (strncmp(line_of, "EHLO ", 5) == 0) {
		reply(serving->chunking
			? "250-strict\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
			  "250-SIZE\r\n250 CHUNKING\r\n"
			: "250-strict\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
			  "250 SIZE\r\n");
	} else if (strcmp(line_of, "DATA") == 0) {
		reply("354 go on\r\n");
		if (!take_data())
			return false;
		reply("250 taken\r\n");
	} else if (strncmp(line_of, "BDAT ", 5) == 0) {
		if (!*in_chunks)
			begin_text();
		if (!take_chunk(line_of + 5, &last))
			return false;
		*in_chunks = !last;
		if (last)
			end_text();
		reply("250 taken\r\n");
	} else if (strcmp(line_of, "QUIT") == 0) {
		reply("221 bye\r\n");
		return false;
	} else {
		if (strncmp(line_of, "MAIL FROM:<", 11) != 0 &&
		    strncmp(line_of, "RCPT TO:<", 9) != 0 && strcmp(line_of, "RSET") != 0)
			fault("a command nobody asked for");
		reply("250 ok\r\n");
	}
	return true;
}

static const char *
serve(int fd)
{
	char command[4096];
	bool in_chunks = false;

	in.fd = fd;
	in.at = in.n = 0;
	reply("220 strict\r\n");
	while (read_command(command, sizeof(command)) && answer(command, &in_chunks))
		;
	return NULL;
}

struct strict *
strict_open(bool chunking)
{
	struct strict *s = calloc(1, sizeof(*s));
	struct server srv = {.tls = SESSION_TLS_OFF, .ehlo_name = "me.example"};
	static const struct trace silent;
	struct err e;

	assert_non_null(s);
	s->chunking = chunking;
	s->last = mmap(NULL, sizeof(*s->last), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	assert_true(s->last != MAP_FAILED);
	serving = s;
	peer_listen_run(&s->peer, serve);
	srv.socket = s->peer.path;
	srv.timeout_ms = srv.reply_timeout_ms = srv.final_timeout_ms = 15000;
	s->session = session_open(&srv, clock_mono_ms() + 15000, &silent, &e);
	if (s->session == NULL)
		fail_msg("no session: %s", e.text);
	return s;
}

void
strict_close(struct strict *s)
{
	session_close(s->session);
	peer_finish(&s->peer);
	(void)munmap(s->last, sizeof(*s->last));
	free(s);
}

struct session *
strict_session(struct strict *s)
{
	return s->session;
}

const struct strict_message *
strict_last(const struct strict *s)
{
	return s->last;
}

/* ---- what a body should have become */

/* The input, character by character, as the text has to have it: CRLF for any line end. */
struct wanted {
	const char *s;
	size_t n, at;
	bool lf;    /* of a CRLF the LF is next */
	bool ended; /* the last line has its end */
};

static int
wanted_next(struct wanted *w)
{
	size_t crs = 0;

	if (w->lf) {
		w->lf = false;
		w->ended = true;
		return '\n';
	}
	if (w->at == w->n) {
		if (w->ended || w->n == 0)
			return -1;
		w->lf = true;
		return '\r';
	}
	while (w->at + crs < w->n && w->s[w->at + crs] == '\r')
		crs++;
	if (w->at + crs < w->n && w->s[w->at + crs] == '\n') {
		w->at += crs + 1;
		w->lf = true;
		return '\r';
	}
	/* at the very end CRs are a line end, too */
	if (crs > 0 && w->at + crs == w->n) {
		w->at = w->n;
		w->lf = true;
		return '\r';
	}
	w->ended = false;
	if (crs > 0) {
		w->at++;
		return ' ';
	}
	return (unsigned char)w->s[w->at++];
}

static int
hex_value(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Quoted-printable (RFC 2045 6.7) in place; false: it is not. */
static bool
decode_qp(char *s, size_t *n)
{
	size_t to = 0, column = 0;

	for (size_t i = 0; i < *n; i++) {
		unsigned char c = (unsigned char)s[i];

		column = c == '\n' ? 0 : column + (c != '\r');
		if (column > 76 || c > 126)
			return false;
		if (c != '=') {
			s[to++] = (char)c;
		} else if (i + 2 < *n && s[i + 1] == '\r' && s[i + 2] == '\n') {
			i += 2;
			column = 0;
		} else if (i + 2 < *n && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			s[to++] = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
			column += 2;
			i += 2;
		} else {
			return false;
		}
	}
	*n = to;
	return true;
}

static int
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Without case, and without the program's own idea of it. */
static bool
is_same(const char *a, const char *b, size_t n)
{
	while (n > 0 && fold(*a) == fold(*b)) {
		a++;
		b++;
		n--;
	}
	return n == 0;
}

/* Does that field with that value stand in the header (CRLF lines, unfolded)? */
static bool
has_field(const char *text, size_t header, const char *whole)
{
	size_t n = strlen(whole);

	for (size_t at = 0; at + n <= header; at++)
		if ((at == 0 || text[at - 1] == '\n') && is_same(text + at, whole, n))
			return true;
	return false;
}

const char *
strict_compare(const char *text, size_t len, const char *input, size_t n)
{
	static char complaint[200];
	struct wanted w = {.s = input, .n = n};
	const char *blank = memmem(text, len, "\r\n\r\n", 4);
	size_t header = blank != NULL ? (size_t)(blank - text) + 2 : len, m, i = 0;
	bool whole;
	char *body;
	int c;

	if (blank == NULL)
		return "no empty line behind the header";
	m = len - header - 2;
	body = malloc(m + 1);
	assert_non_null(body);
	memcpy(body, blank + 4, m);
	complaint[0] = '\0';
	if (has_field(text, header, "Content-Transfer-Encoding: quoted-printable") &&
	    !decode_qp(body, &m))
		(void)snprintf(complaint, sizeof(complaint), "not quoted-printable, as it says");
	whole = !has_field(text, header, "Content-Type: multipart");
	while (complaint[0] == '\0' && (c = wanted_next(&w)) >= 0) {
		/* a long line of a multipart may have been cut, with a blank behind the cut */
		if (!whole && i + 1 < m && body[i] == '\r' && c != '\r') {
			i += 2;
			if (i < m && body[i] == ' ' && c != ' ')
				i++;
		}
		if (i >= m || (unsigned char)body[i] != c)
			(void)snprintf(complaint, sizeof(complaint),
			    "octet %zu of the body is %d, wanted %d", i, i < m ? body[i] : -1, c);
		i++;
	}
	if (complaint[0] == '\0' && i != m)
		(void)snprintf(complaint, sizeof(complaint), "%zu octets too many", m - i);
	free(body);
	return complaint[0] != '\0' ? complaint : NULL;
}
