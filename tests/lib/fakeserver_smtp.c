/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeserver_body.h"
#include "fakeserver_path.h"
#include "fakeserver_sasl.h"
#include "fakeserver_text.h"

struct session {
	struct conn *conn;
	const struct options *options;
	struct record *record;
	unsigned connection, nmessages;
	bool refused; /* by the greeting: nothing but QUIT is served */
	bool greeted, authed, have_mail, over;
	bool body_8bit, utf8; /* parameters of MAIL */
	char *from, **to;
	size_t nto;
	struct body *body; /* while it comes in */
	const char *by;    /* the command that brings it */
	char *file;
};

/* ---- replies */

/* Sends TEXT, whose lines are joined by "\n", after the delay of its place. */
static void
send_reply(struct session *s, enum place place, const char *text)
{
	int delay = s->options->delay_ms[place];

	if (delay > 0) {
		conn_flush(s->conn);
		wire_pause(conn_wire(s->conn), delay);
	}
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		char *line = text_alloc(n + 3);

		snprintf(line, n + 3, "%.*s\r\n", (int)n, text);
		conn_reply(s->conn, line, n + 2);
		free(line);
		text += n + (text[n] == '\n');
	}
}

/* Sends the rule's reply, else --reply, else ours. Returns its first digit. */
static char
say(struct session *s, enum place place, const char *rule, const char *ours)
{
	const char *text = rule != NULL ? rule : s->options->reply[place];

	if (text == NULL)
		text = ours;
	send_reply(s, place, text);
	if (strncmp(text, "421", 3) == 0)
		s->over = true;
	return text[0];
}

/* Replies that no option changes. */
static void
refuse(struct session *s, const char *text)
{
	conn_reply(s->conn, text, strlen(text));
	conn_reply(s->conn, "\r\n", 2);
}

/* ---- the transaction */

static void
forget(struct session *s)
{
	char unused[65];

	if (s->body != NULL)
		body_finish(s->body, unused);
	s->body = NULL;
	free(s->file);
	s->file = NULL;
	for (size_t i = 0; i < s->nto; i++)
		free(s->to[i]);
	free(s->to);
	s->to = NULL;
	s->nto = 0;
	free(s->from);
	s->from = NULL;
	s->have_mail = false;
}

static void
begin_body(struct session *s, const char *by)
{
	const char *dir = s->options->mail_dir;

	s->nmessages++;
	s->by = by;
	if (dir != NULL) {
		size_t n = strlen(dir) + 32;

		s->file = text_alloc(n);
		snprintf(s->file, n, "%s/%u-%u.eml", dir, s->connection, s->nmessages);
	}
	s->body = body_new(s->conn, s->file);
}

/* Closes the books on a body. */
static void
end_body(struct session *s, bool complete, const char *reply)
{
	char sha256[65];
	struct record_message m = {
	    .from = s->from == NULL ? "" : s->from,
	    .to = s->to,
	    .nto = s->nto,
	    .by = s->by,
	    .size = body_size(s->body),
	    .sha256 = sha256,
	    .file = s->file,
	    .complete = complete,
	    .reply = reply,
	};

	if (body_has_8bit(s->body) && !s->body_8bit)
		record_fault(s->record, "an 8-bit body without BODY=8BITMIME");
	body_finish(s->body, sha256);
	s->body = NULL;
	record_message(s->record, &m);
	forget(s);
}

static bool
too_big(const struct session *s, uint64_t size)
{
	const char *ext = options_ext(s->options, "SIZE");
	uint64_t limit;

	return ext != NULL && ext[4] == ' ' && text_number(ext + 5, UINT64_MAX, &limit) &&
	    limit > 0 && size > limit;
}

/* The reply or replies after the body. */
static void
final_replies(struct session *s)
{
	char ours[64];
	const char *rule = s->nto == 0 ? NULL : rules_find(&s->options->final, s->to[0]);
	const char *told = ours;

	conn_topic(s->conn, "final");
	snprintf(ours, sizeof(ours), "250 2.0.0 Ok: queued as %u-%u", s->connection, s->nmessages);
	if (s->nto == 0)
		snprintf(ours, sizeof(ours), "554 5.5.1 No valid recipients");
	else if (too_big(s, body_size(s->body)))
		snprintf(ours, sizeof(ours), "552 5.3.4 Message too big");
	if (rule != NULL)
		told = rule;
	else if (s->options->reply[PLACE_FINAL] != NULL)
		told = s->options->reply[PLACE_FINAL];
	if (s->options->lmtp) { /* RFC 2033 4.2: one for each accepted recipient */
		for (size_t i = 0; i < s->nto && !s->over; i++)
			say(s, PLACE_FINAL, rules_find(&s->options->final, s->to[i]), ours);
		if (s->nto == 0)
			say(s, PLACE_FINAL, NULL, ours);
	} else {
		say(s, PLACE_FINAL, rule, ours);
	}
	end_body(s, true, told);
}

/* ---- commands; arg is what follows the verb and its blank */

static void
do_ehlo(struct session *s, char *arg)
{
	const struct options *o = s->options;
	bool tls = wire_is_tls(conn_wire(s->conn));
	char *text, *last;
	size_t len;
	FILE *f = text_stream(&text, &len);

	if (*arg == '\0')
		record_fault(s->record, "EHLO without a name");
	forget(s);
	fprintf(f, "250-%s", o->name);
	for (size_t i = 0; i < o->next; i++)
		fprintf(f, "\n250-%s", o->ext[i]);
	if (o->tls == TLS_STARTTLS && !tls)
		fputs("\n250-STARTTLS", f);
	if (o->auth != NULL && (tls || o->tls == TLS_OFF || o->auth_in_clear))
		fprintf(f, "\n250-AUTH %s", o->auth);
	fclose(f);
	last = strrchr(text, '\n');
	(last == NULL ? text : last + 1)[3] = ' ';
	s->greeted = say(s, PLACE_EHLO, NULL, text) == '2';
	free(text);
}

static void
do_helo(struct session *s, char *arg)
{
	(void)arg;
	forget(s);
	s->greeted = true;
	refuse(s, "250 fake.test");
}

static void
do_starttls(struct session *s, char *arg)
{
	(void)arg;
	if (s->options->tls != TLS_STARTTLS || wire_is_tls(conn_wire(s->conn))) {
		refuse(s, "503 5.5.1 Not now");
		return;
	}
	if (say(s, PLACE_STARTTLS, NULL, "220 2.0.0 Go ahead") != '2')
		return;
	s->greeted = s->authed = false;
	if (!conn_start_tls(s->conn))
		s->over = true;
}

/* Is the mechanism one of those that EHLO named? */
static bool
is_offered(const struct options *o, const char *mech)
{
	const char *list = o->auth == NULL ? "" : o->auth;

	while (*list != '\0') {
		if (text_same_word(list, mech))
			return true;
		list += strcspn(list, " ");
		list += strspn(list, " ");
	}
	return false;
}

static void
do_auth(struct session *s, char *arg)
{
	enum sasl_result result;

	if (s->authed || s->have_mail) {
		refuse(s, "503 5.5.1 Not now");
		return;
	}
	if (!is_offered(s->options, arg)) {
		record_fault(s->record, "AUTH with a mechanism that was not offered: %.60s", arg);
		refuse(s, "504 5.5.4 No such mechanism");
		return;
	}
	result = sasl_serve(s->conn, arg);
	if (result == SASL_ACCEPTED)
		s->authed = say(s, PLACE_AUTH, NULL, "235 2.7.0 Welcome") == '2';
	else if (result == SASL_REFUSED)
		say(s, PLACE_AUTH, NULL, "535 5.7.8 Authentication credentials invalid");
	else if (result == SASL_CANCELLED)
		refuse(s, "501 5.7.0 Cancelled");
	else if (result == SASL_UNKNOWN)
		refuse(s, "504 5.5.4 No such mechanism");
}

static void
note_utf8(struct session *s, const char *addr)
{
	for (; *addr != '\0'; addr++) {
		if ((unsigned char)*addr >= 0x80 && !s->utf8) {
			record_fault(s->record, "an address in UTF-8 without SMTPUTF8");
			return;
		}
	}
}

static void
do_mail(struct session *s, char *arg)
{
	struct path path = {0};
	const char *trouble;

	if (!s->greeted || s->have_mail)
		trouble = "503 5.5.1 Not now";
	else if (s->options->tls == TLS_STARTTLS && !wire_is_tls(conn_wire(s->conn)))
		trouble = "530 5.7.0 STARTTLS first";
	else if (s->options->require_auth && !s->authed)
		trouble = "530 5.7.0 Authentication required";
	else
		trouble = path_parse(s->options, "FROM:", arg, &path);
	if (trouble == NULL && too_big(s, path.size))
		trouble = "552 5.3.4 Message too big";
	if (trouble != NULL) {
		say(s, PLACE_MAIL, trouble, NULL);
		return;
	}
	forget(s); /* of a MAIL that was refused */
	s->body_8bit = path.body_8bit;
	s->utf8 = path.utf8;
	note_utf8(s, path.addr);
	s->from = text_dup(path.addr, strlen(path.addr));
	s->have_mail = say(s, PLACE_MAIL, NULL, "250 2.1.0 Ok") == '2';
}

static void
do_rcpt(struct session *s, char *arg)
{
	struct path path = {0};
	const char *trouble = s->have_mail ? path_parse(s->options, "TO:", arg, &path)
					   : "503 5.5.1 MAIL first";

	if (trouble != NULL) {
		refuse(s, trouble);
		return;
	}
	note_utf8(s, path.addr);
	if (say(s, PLACE_RCPT, rules_find(&s->options->rcpt, path.addr), "250 2.1.5 Ok") != '2')
		return;
	s->to = text_grow(s->to, s->nto + 1, sizeof(*s->to));
	s->to[s->nto++] = text_dup(path.addr, strlen(path.addr));
}

static void
do_data(struct session *s, char *arg)
{
	const char *ours = "354 Go ahead";

	(void)arg;
	if (!s->have_mail)
		ours = "503 5.5.1 MAIL first";
	else if (s->nto == 0)
		ours = "554 5.5.1 No valid recipients";
	if (s->body != NULL) { /* RFC 3030 3 */
		refuse(s, "503 5.5.1 DATA among chunks");
		return;
	}
	if (say(s, PLACE_DATA, NULL, ours) != '3')
		return;
	begin_body(s, "DATA");
	if (body_read_data(s->body))
		final_replies(s);
}

static void
do_bdat(struct session *s, char *arg)
{
	size_t n = strcspn(arg, " ");
	bool last = text_same(arg + n, " LAST");
	uint64_t size;

	if (arg[n] != '\0' && !last)
		record_fault(s->record, "BDAT %.60s", arg);
	arg[n] = '\0';
	if (options_ext(s->options, "CHUNKING") == NULL || !text_number(arg, UINT64_MAX, &size)) {
		record_fault(s->record, "BDAT that was not offered, or not with a number");
		refuse(s, "501 5.5.4 BDAT");
		s->over = true; /* what follows is not to be told from commands */
		return;
	}
	if (s->body == NULL)
		begin_body(s, "BDAT");
	if (!body_read_chunk(s->body, size))
		return;
	if (last)
		final_replies(s);
	else if (say(s, PLACE_CHUNK, s->nto == 0 ? "554 5.5.1 No valid recipients" : NULL,
		     "250 2.0.0 Chunk taken") != '2')
		end_body(s, false, "refused in a chunk");
}

static void
do_rset(struct session *s, char *arg)
{
	(void)arg;
	forget(s);
	say(s, PLACE_RSET, NULL, "250 2.0.0 Ok");
}

static void
do_noop(struct session *s, char *arg)
{
	(void)arg;
	refuse(s, "250 2.0.0 Ok");
}

static void
do_quit(struct session *s, char *arg)
{
	(void)arg;
	record_quit(s->record);
	say(s, PLACE_QUIT, NULL, "221 2.0.0 Bye");
	s->over = true;
}

/* ---- the loop */

static const struct verb {
	const char *name;
	void (*run)(struct session *s, char *arg);
	bool smtp, lmtp;
	bool last; /* of a pipelined group: RFC 2920 3.1, 3207 4, 4954 4 */
} verbs[] = {
    {"EHLO", do_ehlo, true, false, true},
    {"HELO", do_helo, true, false, true},
    {"LHLO", do_ehlo, false, true, true},
    {"STARTTLS", do_starttls, true, true, true},
    {"AUTH", do_auth, true, true, true},
    {"MAIL", do_mail, true, true, false},
    {"RCPT", do_rcpt, true, true, false},
    {"DATA", do_data, true, true, true},
    {"BDAT", do_bdat, true, true, false},
    {"RSET", do_rset, true, true, false},
    {"NOOP", do_noop, true, true, true},
    {"QUIT", do_quit, true, true, true},
};

static void
run_command(struct session *s, char *line)
{
	size_t n = strcspn(line, " ");
	char *arg = line + n + (line[n] == ' ');
	size_t behind = conn_buffered(s->conn);

	line[n] = '\0';
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		const struct verb *v = &verbs[i];

		if (!text_same(v->name, line) || !(s->options->lmtp ? v->lmtp : v->smtp))
			continue;
		if (behind > 0 && v->last)
			record_fault(s->record, "%zu octets behind %s", behind, v->name);
		else if (behind > 0 && options_ext(s->options, "PIPELINING") == NULL &&
		    v->run != do_bdat)
			record_fault(s->record, "%zu octets behind %s without PIPELINING", behind,
			    v->name);
		conn_topic(s->conn, v->name);
		if (s->refused && v->run != do_quit)
			refuse(s, "503 5.5.1 Not now");
		else
			v->run(s, arg);
		return;
	}
	record_fault(s->record, "no command: %.100s", line);
	refuse(s, "500 5.5.1 No such command");
}

void
smtp_serve(struct conn *c, unsigned connection)
{
	struct session s = {
	    .conn = c,
	    .options = conn_options(c),
	    .record = conn_record(c),
	    .connection = connection,
	};
	char greeting[300], *line;
	size_t len;

	if (s.options->tls == TLS_IMPLICIT && !conn_start_tls(c))
		return;
	snprintf(greeting, sizeof(greeting), "220 %s %s", s.options->name,
	    s.options->lmtp ? "LMTP" : "ESMTP");
	s.refused = say(&s, PLACE_GREETING, NULL, greeting) != '2';
	while (!s.over && (line = conn_line(c, &len)) != NULL)
		run_command(&s, line);
	if (s.body != NULL)
		end_body(&s, false, "");
	forget(&s);
}
