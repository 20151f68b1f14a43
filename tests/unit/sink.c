/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sink.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_OCTETS 998 /* RFC 5322 2.1.1 */

enum step { S_EHLO, S_MAIL, S_RCPT, S_RCPT_OR_TEXT, S_CHUNKS };

/* What MAIL said of the message, and what the message is. */
struct claims {
	bool sized, eight, utf8;
	uint64_t size;
	bool address_8bit;
};

static struct {
	int fd;
	unsigned offers;
	struct sink_seen *seen;
	unsigned char data[65536];
	size_t at, n;
	enum step step;
	struct claims claims;
	/* of the text */
	size_t column;
	bool cr; /* the octet before was one */
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

static bool
reply(const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t done = write(in.fd, text, n);

		if (done <= 0)
			return false;
		text += done;
		n -= (size_t)done;
	}
	return true;
}

static void
fault(const char *what)
{
	if (in.seen->fault[0] == '\0')
		(void)snprintf(in.seen->fault, sizeof(in.seen->fault), "%s, octet %zu", what,
		    in.seen->size);
}

/* ---- the text, octet by octet */

static void
begin_text(void)
{
	in.seen->size = 0;
	in.column = 0;
	in.cr = false;
}

static void
take(int c)
{
	if (in.cr != (c == '\n'))
		fault(in.cr ? "a bare CR" : "a bare LF");
	if (c == '\0')
		fault("a NUL");
	in.cr = c == '\r';
	in.column = c == '\n' ? 0 : in.column + (c != '\r');
	if (in.column > LINE_OCTETS)
		fault("a line over 998 octets");
	if (in.seen->size < sizeof(in.seen->text))
		in.seen->text[in.seen->size++] = (char)c;
	else
		fault("too much");
}

static bool
has_8bit(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)*s & 0x80) == 0) {
		s++;
		n--;
	}
	return n > 0;
}

/* RFC 3629 4. */
static bool
is_utf8(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t more;

	for (size_t i = 0; i < n; i += more + 1) {
		unsigned char c = s[i], low = 0x80, high = 0xbf;

		more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
		if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || n - i <= more)
			return false;
		low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : low;
		high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : high;
		for (size_t k = 1; k <= more; k++, low = 0x80, high = 0xbf)
			if (s[i + k] < low || s[i + k] > high)
				return false;
	}
	return true;
}

/*
 * RFC 6152 3, RFC 6531 3.4. A header in 8-bit text that is not UTF-8 is nothing that SMTPUTF8 could
 * be said of: it counts as 8-bit text alone.
 */
static void
judge_text(void)
{
	const struct sink_seen *m = in.seen;
	const char *blank = memmem(m->text, m->size, "\r\n\r\n", 4);
	size_t header = blank != NULL ? (size_t)(blank - m->text) : m->size;
	bool eight = has_8bit(m->text, m->size), head = has_8bit(m->text, header);
	bool utf8 = in.claims.address_8bit || (head && is_utf8(m->text, header));

	if (in.claims.sized && in.claims.size != m->size)
		fault("SIZE is not the size");
	if (eight && (in.offers & SINK_8BITMIME) == 0)
		fault("8-bit text, and 8BITMIME is not offered");
	else if (eight != in.claims.eight)
		fault(eight ? "8-bit text without BODY=8BITMIME"
			    : "BODY=8BITMIME, and no 8-bit text");
	if (utf8 && (in.offers & SINK_SMTPUTF8) == 0)
		fault("UTF-8 in header or addresses, and SMTPUTF8 is not offered");
	else if (utf8 != in.claims.utf8)
		fault(utf8 ? "UTF-8 in header or addresses without SMTPUTF8"
			   : "SMTPUTF8, and nothing needs it");
}

static bool
end_text(void)
{
	if (in.column > 0 || in.cr)
		fault("the last line has no end");
	judge_text();
	in.seen->messages++;
	in.step = S_MAIL;
	return reply("250 taken\r\n");
}

/* RFC 5321 4.5.2: up to CRLF.CRLF; a line that begins with a dot and is not stuffed is a fault. */
static bool
take_data(void)
{
	bool bol = true;
	int c;

	begin_text();
	if (!reply("354 go on\r\n"))
		return false;
	while ((c = next()) >= 0) {
		if (bol && c == '.') {
			c = next();
			if (c == '\r') {
				if (next() == '\n')
					return end_text();
				fault("a dot and a CR without an LF");
			} else if (c != '.') {
				fault("a dot that is not stuffed");
			}
		}
		bol = in.cr && c == '\n';
		take(c);
	}
	return false;
}

/* 1*20DIGIT (RFC 1870 3; RFC 3030 2), and nothing else; *s is left behind it. */
static bool
number(const char **s, uint64_t *out)
{
	const char *from = *s;

	for (*out = 0; **s >= '0' && **s <= '9' && *s - from < 19; (*s)++)
		*out = *out * 10 + (uint64_t)(**s - '0');
	return *s > from && (**s < '0' || **s > '9');
}

static bool
take_chunk(const char *args)
{
	uint64_t n;
	bool good = number(&args, &n), last = strcmp(args, " LAST") == 0;

	if (!good || (*args != '\0' && !last)) {
		fault("a BDAT that is none");
		return false;
	}
	if (in.step != S_CHUNKS)
		begin_text();
	in.step = S_CHUNKS;
	for (; n > 0; n--) {
		int c = next();

		if (c < 0)
			return false;
		take(c);
	}
	return last ? end_text() : reply("250 go on\r\n");
}

/* ---- the dialogue */

static bool
read_command(char *out, size_t size)
{
	size_t n = 0;
	int c, before = 0;

	while ((c = next()) >= 0) {
		if ((before == '\r') != (c == '\n'))
			fault(c == '\n' ? "a bare LF in a command" : "a bare CR in a command");
		if (c == '\n') {
			out[n > 0 ? n - 1 : 0] = '\0';
			return true;
		}
		if (c == '\0' || n + 1 >= size) {
			fault("a command that is no line");
			return false;
		}
		out[n++] = (char)(before = c);
	}
	return false;
}

static bool
take_parameter(const char *s)
{
	struct claims *c = &in.claims;

	if (strncmp(s, "SIZE=", 5) == 0 && !c->sized && (in.offers & SINK_SIZE) != 0) {
		s += 5;
		return (c->sized = number(&s, &c->size)) && *s == '\0';
	}
	if (strcmp(s, "BODY=8BITMIME") == 0 && (in.offers & SINK_8BITMIME) != 0)
		return !c->eight && (c->eight = true);
	if (strcmp(s, "SMTPUTF8") == 0 && (in.offers & SINK_SMTPUTF8) != 0)
		return !c->utf8 && (c->utf8 = true);
	return false;
}

/* Path and parameters, one space between them. A path of ours has no ">" in it. */
static bool
take_path(char *s)
{
	char *end = strchr(s, '>'), *after;

	if (end == NULL)
		return false;
	in.claims.address_8bit = in.claims.address_8bit || has_8bit(s, (size_t)(end - s));
	for (s = end + 1; *s != '\0'; s = after) {
		if (*s++ != ' ')
			return false;
		after = s + strcspn(s, " ");
		if (in.step != S_MAIL)
			return false;
		if (*after == ' ') {
			*after = '\0';
			if (!take_parameter(s) || after[1] == '\0')
				return false;
			*after = ' ';
		} else if (!take_parameter(s)) {
			return false;
		}
	}
	return true;
}

static bool
take_mail(char *path)
{
	if (in.step != S_MAIL)
		fault("MAIL out of order");
	in.step = S_MAIL;
	in.claims = (struct claims){false};
	if (!take_path(path))
		fault("a MAIL that is none");
	in.step = S_RCPT;
	in.seen->rcpts = 0;
	return reply("250 ok\r\n");
}

static bool
take_rcpt(char *path)
{
	if (in.step != S_RCPT && in.step != S_RCPT_OR_TEXT)
		fault("RCPT out of order");
	in.step = S_RCPT_OR_TEXT;
	in.seen->rcpts++;
	if (!take_path(path))
		fault("a RCPT that is none");
	return reply("250 ok\r\n");
}

static bool
greet(const char *name)
{
	static const struct {
		unsigned offer;
		const char *word;
	} words[] = {{SINK_PIPELINING, "PIPELINING"}, {SINK_CHUNKING, "CHUNKING"},
	    {SINK_8BITMIME, "8BITMIME"}, {SINK_SMTPUTF8, "SMTPUTF8"}, {SINK_SIZE, "SIZE"}};
	char line[200] = "250-sink\r\n";
	size_t n = strlen(line);

	if (in.step != S_EHLO || *name == '\0' || strchr(name, ' ') != NULL)
		fault("an EHLO that is none");
	in.step = S_MAIL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((in.offers & words[i].offer) != 0)
			n += (size_t)snprintf(line + n, sizeof(line) - n, "250-%s\r\n",
			    words[i].word);
	(void)snprintf(line + n, sizeof(line) - n, "250 HELP\r\n");
	return reply(line);
}

static bool
answer(char *command)
{
	bool chunking = (in.offers & SINK_CHUNKING) != 0;

	if (in.step == S_CHUNKS && strncmp(command, "BDAT ", 5) != 0)
		fault("a command between two chunks");
	if (strncmp(command, "EHLO ", 5) == 0)
		return greet(command + 5);
	if (strncmp(command, "MAIL FROM:<", 11) == 0)
		return take_mail(command + 11);
	if (strncmp(command, "RCPT TO:<", 9) == 0)
		return take_rcpt(command + 9);
	if (strcmp(command, "QUIT") == 0)
		return reply("221 bye\r\n") && false;
	if (strcmp(command, "RSET") == 0 && in.step != S_EHLO) {
		in.step = S_MAIL;
		return reply("250 ok\r\n");
	}
	if (in.step != S_RCPT_OR_TEXT && in.step != S_CHUNKS)
		fault("a command out of order");
	if (strcmp(command, "DATA") == 0) {
		if (chunking)
			fault("DATA, and CHUNKING is offered");
		return take_data();
	}
	if (strncmp(command, "BDAT ", 5) == 0) {
		if (!chunking)
			fault("BDAT, and CHUNKING is not offered");
		return take_chunk(command + 5);
	}
	fault("a command nobody asked for");
	return reply("500 what\r\n");
}

void
sink_serve(int fd, unsigned offers, struct sink_seen *seen)
{
	char command[4096];

	in.fd = fd;
	in.offers = offers;
	in.seen = seen;
	in.at = in.n = 0;
	in.step = S_EHLO;
	if (!reply("220 sink\r\n"))
		return;
	while (read_command(command, sizeof(command)) && answer(command))
		;
}
