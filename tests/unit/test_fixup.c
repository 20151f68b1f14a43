/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/fixup.h"

/* What came out; "@D" and "@I" stand for the date and the identifier that were added. */
struct run {
	struct arena mem;
	struct buf out, rcpts;
	struct fixup_found found;
	struct facts facts;
	struct err e;
	int begun;
};

#define DATE "Thu, 01 Jan 2026 12:00:00 +0000"
#define NOW_MS INT64_C(1767268800000)
#define ADDED "Date: @D\r\nFrom: me@here.example\r\nMessage-ID: @I\r\n"
#define BASE "Date: x\nFrom: a@x.org\nMessage-ID: <1@x.org>\n"
#define OUT "Date: x\r\nFrom: a@x.org\r\nMessage-ID: <1@x.org>\r\n"

static bool
on_begin(void *arg, const struct fixup_found *found, const char *block, size_t n, struct err *e)
{
	struct run *r = arg;

	(void)e;
	r->begun++;
	r->found = *found;
	return buf_add(&r->out, block, n);
}

static bool
on_body(void *arg, const char *data, size_t n, struct err *e)
{
	struct run *r = arg;

	(void)e;
	assert_int_equal(r->begun, 1);
	return buf_add(&r->out, data, n);
}

/* Each `from` up to the next octet of `end` becomes `to`. */
static void
mask(struct buf *b, const char *from, char end, const char *to)
{
	struct buf out;
	const char *at = buf_str(b), *hit;

	buf_init(&out, b->max);
	while ((hit = strstr(at, from)) != NULL) {
		buf_add(&out, at, (size_t)(hit - at));
		buf_adds(&out, to);
		at = strchr(hit, end);
		assert_non_null(at);
		at += end == '>';
	}
	buf_adds(&out, at);
	buf_done(b);
	*b = out;
}

static void
run_done(struct run *r)
{
	buf_done(&r->out);
	buf_done(&r->rcpts);
	arena_done(&r->mem);
}

static bool
run(struct run *r, const struct fixup_opts *o, const char *in, size_t n, size_t step)
{
	const struct fixup_sink sink = {on_begin, on_body, r};
	struct fixup *f;
	bool good = true;

	*r = (struct run){.begun = 0};
	buf_init(&r->out, (size_t)8 << 20);
	buf_init(&r->rcpts, 10000);
	f = fixup_new(&r->mem, o, &sink);
	for (size_t at = 0; good && at < n && !fixup_ended(f); at += step)
		good = fixup_feed(f, in + at, n - at < step ? n - at : step, &r->e);
	good = good && fixup_end(f, &r->facts, &r->e);
	fixup_free(f);
	if (!good)
		return false;
	assert_int_equal(r->begun, 1);
	assert_int_equal(r->facts.size, r->out.len);
	for (size_t i = 0; i < r->found.rcpts.n; i++)
		buf_addf(&r->rcpts, "%s;", r->found.rcpts.items[i].addr);
	return true;
}

static const struct fixup_opts plain = {
    .domain = "here.example",
    .from = "me@here.example",
    .from_fallback = "fallback@here.example",
    .now_ms = NOW_MS,
};

struct row {
	const char *name, *in, *want;
};

static const struct row rows[] = {
    {"a whole message stays", BASE "To: b@x.org\n\nhi\n", OUT "To: b@x.org\r\n\r\nhi\r\n"},
    {"Date, From and Message-ID are added", "Subject: s\n\nhi\n", ADDED "Subject: s\r\n\r\nhi\r\n"},
    {"no recipient field is invented", BASE "\nhi\n", OUT "\r\nhi\r\n"},
    {"an empty Message-ID is replaced", "Date: x\nFrom: a@x.org\nMessage-ID: \n\n",
	"Message-ID: @I\r\nDate: x\r\nFrom: a@x.org\r\n\r\n"},
    {"a body without header", "hello\nTo: x\n", ADDED "\r\nhello\r\nTo: x\r\n"},
    {"nothing at all", "", ADDED "\r\n"},
    {"a blank line first", "\nTo: b@x.org\n", ADDED "\r\nTo: b@x.org\r\n"},
    {"a line that begins with a blank first", " To: b\nhi\n", ADDED "\r\n To: b\r\nhi\r\n"},
    {"a line of blanks first", "  \nTo: b\n", ADDED "\r\n  \r\nTo: b\r\n"},
    {"Bcc goes, with its folds", BASE "Bcc: a@x.org,\n b@x.org,\n\tc@x.org\nX: y\n\nhi\n",
	OUT "X: y\r\n\r\nhi\r\n"},
    {"Bcc in any case, with blanks before the colon", BASE "bCC \t: a@x.org\n\nhi\n",
	OUT "\r\nhi\r\n"},
    {"Resent-Bcc goes", BASE "Resent-Date: y\nResent-Message-ID: <r>\nResent-Bcc: a@x.org\n\n",
	OUT "Resent-Date: y\r\nResent-Message-ID: <r>\r\n\r\n"},
    {"Bcc with a fold of blanks alone", BASE "Bcc: a@x.org,\n \t\n\nsecret\n",
	OUT "\r\nsecret\r\n"},
    {"a name that begins with Bcc stays", BASE "Bcc-Note: n\n\n", OUT "Bcc-Note: n\r\n\r\n"},
    {"Resent-Date and Resent-Message-ID are added", BASE "Resent-To: b@x.org\n\n",
	OUT "Resent-Date: @D\r\nResent-Message-ID: @I\r\nResent-To: b@x.org\r\n\r\n"},
    {"the topmost Resent block alone is completed",
	"Resent-To: b@x.org\n" BASE "Resent-To: c@x.org\n\n",
	"Resent-Date: @D\r\nResent-Message-ID: @I\r\nResent-To: b@x.org\r\n" OUT
	"Resent-To: c@x.org\r\n\r\n"},
    {"Return-Path goes", "Return-Path: <z@x.org>\n" BASE "\n", OUT "\r\n"},
    {"Content-Length goes, Status stays", BASE "Content-Length: 3\nStatus: RO\n\nhi\n",
	OUT "Status: RO\r\n\r\nhi\r\n"},
    {"bare names are qualified", BASE "To: bob, Ann <ann>, c@y.org\nCc: root\n\n",
	OUT "To: bob@here.example, Ann <ann@here.example>, c@y.org\r\n"
	    "Cc: root@here.example\r\n\r\n"},
    {"cron's From keeps its comment", "Date: x\nMessage-ID: <1>\nFrom: root (Cron Daemon)\n\n",
	"Date: x\r\nMessage-ID: <1>\r\nFrom: root@here.example (Cron Daemon)\r\n\r\n"},
    {"Sender and Reply-To are qualified", BASE "Sender: root\nReply-To: r\n\n",
	OUT "Sender: root@here.example\r\nReply-To: r@here.example\r\n\r\n"},
    {"a quoted bare name is qualified", BASE "To: \"a b\"\n\n",
	OUT "To: \"a b\"@here.example\r\n\r\n"},
    {"folds and groups stay where they are", BASE "To: g: bob,\n\tann;\n\n",
	OUT "To: g: bob@here.example,\r\n\tann@here.example;\r\n\r\n"},
    {"a list that cannot be read stays", BASE "To: a b, bob\n\n", OUT "To: a b, bob\r\n\r\n"},
    {"other fields are not qualified", BASE "X-To: bob\n\n", OUT "X-To: bob\r\n\r\n"},
    {"CRLF", "Date: x\r\nFrom: a@x.org\r\nMessage-ID: <1@x.org>\r\n\r\nhi\r\n", OUT "\r\nhi\r\n"},
    {"LF text with a CRLF separator", BASE "\r\nhi\n", OUT "\r\nhi\r\n"},
    {"CRLF text with an LF separator", BASE "X: y\r\n\nhi\r\n", OUT "X: y\r\n\r\nhi\r\n"},
    {"CR CR LF", BASE "X: y\r\r\n\r\r\nd\r\r\n", OUT "X: y\r\n\r\nd\r\n"},
    {"a bare CR in a field makes no field", BASE "X: y\rBcc: b@x.org\n\nhi\n",
	OUT "X: y Bcc: b@x.org\r\n\r\nhi\r\n"},
    {"a bare CR in the body", BASE "\na\r.\rb\n", OUT "\r\na . b\r\n"},
    {"LF.LF, LF.CRLF and CRLF.LF", BASE "\na\n.\r\nb\r\n.\nc\n",
	OUT "\r\na\r\n.\r\nb\r\n.\r\nc\r\n"},
    {"no final line end in the body", BASE "\nhi", OUT "\r\nhi\r\n"},
    {"no final line end in the header", BASE "X: y", OUT "X: y\r\n\r\n"},
    {"a mailbox's From lines go, quoted ones too", "From a\n>From b\n>>From c\n" BASE "\n",
	OUT "\r\n"},
    {"From without colon later begins the body", BASE "From bob Mon\n\nhi\n",
	OUT "\r\nFrom bob Mon\r\n\r\nhi\r\n"},
    {"no blank line before the body", BASE "Hello you\nX: y\n", OUT "\r\nHello you\r\nX: y\r\n"},
    {"blanks as a separator", BASE " \t\nhi\n", OUT "\r\nhi\r\n"},
    {"blanks as a separator, then a blank line", BASE "  \n\nhi\n", OUT "\r\nhi\r\n"},
    {"blanks and then a field are no separator", BASE "  \nX: y\n\nhi\n", OUT "X: y\r\n\r\nhi\r\n"},
    {"a blank line of blanks is never a fold", BASE "X: y\n \n z\n", OUT "X: y\r\n\r\n z\r\n"},
    {"blanks before the colon go", BASE "To : b@x.org\nX\t : y\n\n",
	OUT "To: b@x.org\r\nX: y\r\n\r\n"},
    {"an empty To goes", BASE "To:\nCc:  \n\n", OUT "\r\n"},
    {"an empty To over two lines goes", BASE "To: \n \nX: y\n\n", OUT "X: y\r\n\r\n"},
    {"fields twice stay twice", BASE "Subject: a\nSubject: b\n\n",
	OUT "Subject: a\r\nSubject: b\r\n\r\n"},
    {"folds are not touched", BASE "Subject: a\n  b\n\tc\n\n",
	OUT "Subject: a\r\n  b\r\n\tc\r\n\r\n"},
    {"8-bit octets are encoded in the header and stay in the body", BASE "X: \xfc\n\n\xfc\n",
	OUT "X: =?unknown-8bit?Q?=FC?=\r\n\r\n\xfc\r\n"},
    {"an 8-bit field name begins the body", BASE "X\xfc: y\n", OUT "\r\nX\xfc: y\r\n"},
    {"dots are not doubled", BASE "\n.\n..\n", OUT "\r\n.\r\n..\r\n"},
};

static void
check_row(const struct fixup_opts *o, const struct row *row, size_t step)
{
	struct run r;

	if (!run(&r, o, row->in, strlen(row->in), step))
		fail_msg("%s, in steps of %zu: %s", row->name, step, r.e.text);
	mask(&r.out, DATE, '\r', "@D");
	mask(&r.out, "<0", '>',
	    "@I"); /* identifiers begin with the time; those of the rows otherwise */
	if (strcmp(buf_str(&r.out), row->want) != 0)
		fail_msg("%s, in steps of %zu:\n%s\nwanted:\n%s", row->name, step, buf_str(&r.out),
		    row->want);
	run_done(&r);
}

static void
each_message_is_mended_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row(&plain, &rows[i], 1);
		check_row(&plain, &rows[i], 3);
		check_row(&plain, &rows[i], 100000);
	}
}

static const struct {
	const char *name, *in, *want;
	bool fields;
	size_t nbad, nbcc;
} lists[] = {
    {"To, Cc and Bcc in order of mention", "Bcc: c@x.org\nTo: a@x.org\nCc: b@x.org\n\n",
	"c@x.org;a@x.org;b@x.org;", true, 0, 1},
    {"bare names stay, for aliases", "To: root\n\n", "root;", true, 0, 0},
    {"folded Bcc", "Bcc: a@x.org,\n b@x.org\n\n", "a@x.org;b@x.org;", true, 0, 1},
    {"To in the body counts for nothing", "To: a@x.org\n\nBcc: b@x.org\n", "a@x.org;", true, 0, 0},
    {"To behind a bare CR counts for nothing", "X: y\rTo: b@x.org\n\n", "", false, 0, 0},
    {"no fields", "Subject: s\n\n", "", false, 0, 0},
    {"an empty field is there", "To:\n\n", "", true, 0, 0},
    {"the Resent block wins", "Resent-To: r@x.org\nResent-Bcc: s@x.org\nTo: a@x.org\n\n",
	"r@x.org;s@x.org;", true, 0, 1},
    {"the topmost Resent block alone",
	"Resent-To: r@x.org\nReceived: x\nResent-To: s@x.org\nResent-Bcc: t@x.org\n\n", "r@x.org;",
	true, 0, 1},
    {"Resent-Cc behind other Resent fields", "Resent-X: y\nResent-Cc: r@x.org\nTo: a@x.org\n\n",
	"r@x.org;", true, 0, 0},
    {"group", "To: g: a@x.org, b@x.org;\n\n", "a@x.org;b@x.org;", true, 0, 0},
    {"source route", "To: <@a.org,@b.org:u@x.org>\n\n", "u@x.org;", true, 0, 0},
    {"a bad one does not hide the others", "To: a b, c@x.org, <, d@x.org\nCc: e@x.org\n\n",
	"c@x.org;e@x.org;", true, 2, 0},
    {"a bracket with parameters is bad", "To: <a@x.org> SIZE=1, b@x.org\n\n", "b@x.org;", true, 1,
	0},
};

static void
recipients_of_the_header_are_found(void **state)
{
	struct fixup_opts o = plain;
	struct run r;

	(void)state;
	o.read_recipients = true;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (size_t step = 1; step < 1000; step += 998) {
			assert_true(run(&r, &o, lists[i].in, strlen(lists[i].in), step));
			if (strcmp(buf_str(&r.rcpts), lists[i].want) != 0 ||
			    r.found.nbad != lists[i].nbad || r.found.removed_bcc != lists[i].nbcc ||
			    r.found.has_rcpt_fields != lists[i].fields)
				fail_msg("%s: %s, %zu bad, %zu Bcc", lists[i].name,
				    buf_str(&r.rcpts), r.found.nbad, r.found.removed_bcc);
			assert_int_equal(r.found.bad_rcpt.class,
			    lists[i].nbad > 0 ? ERR_RECIPIENT : ERR_NONE);
			assert_null(strstr(buf_str(&r.out), "Bcc: c@"));
			run_done(&r);
		}
	}
	o.read_recipients = false;
	assert_true(run(&r, &o, "To: a@x.org\n\n", 13, 13));
	assert_int_equal(r.found.rcpts.n, 0);
	assert_false(r.found.has_rcpt_fields);
	run_done(&r);
}

static const char *
asked_sender(void *arg, const struct fixup_found *found)
{
	assert_false(found->sender_header);
	return arg;
}

static void
the_added_from_names_the_sender(void **state)
{
	static const char in[] = "Date: x\nMessage-ID: <1>\n\n";
	static const struct {
		const char *name, *from, *asked, *full, *want;
	} froms[] = {
	    {"sender", "me@x.org", NULL, NULL, "From: me@x.org\r\n"},
	    {"null sender", "", NULL, NULL, "From: fallback@here.example\r\n"},
	    {"the callback wins", "me@x.org", "you@x.org", NULL, "From: you@x.org\r\n"},
	    {"null sender of the callback", "me@x.org", "", NULL,
		"From: fallback@here.example\r\n"},
	    {"name", "me@x.org", NULL, "Me M", "From: Me M <me@x.org>\r\n"},
	    {"no name", "me@x.org", NULL, "", "From: me@x.org\r\n"},
	    {"name with a dot", "me@x.org", NULL, "Me M.", "From: \"Me M.\" <me@x.org>\r\n"},
	    {"name with a line break", "me@x.org", NULL, "Me\nBcc: a@x.org",
		"From: \"Me Bcc: a@x.org\" <me@x.org>\r\n"},
	    {"long 8-bit name in words on lines of their own", "me@x.org", NULL,
		"J\xc3\xbcrgen Maximilian Alexander von und zu Hohenstein-Waldburg der J\xc3\xbcngere",
		"From: =?UTF-8?Q?J=C3=BCrgen_Maximilian_Alexander_von_und_zu_Hohenstein?=\r\n"
		" =?UTF-8?Q?-Waldburg_der_J=C3=BCngere?= <me@x.org>\r\n"},
	};
	char want[400];
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++) {
		struct fixup_opts o = plain;

		o.from = froms[i].from;
		o.full_name = froms[i].full;
		o.sender = froms[i].asked != NULL ? asked_sender : NULL;
		o.sender_arg = (void *)(uintptr_t)froms[i].asked;
		assert_true(run(&r, &o, in, strlen(in), 1));
		snprintf(want, sizeof(want), "%sDate: x\r\nMessage-ID: <1>\r\n\r\n", froms[i].want);
		if (strcmp(buf_str(&r.out), want) != 0)
			fail_msg("%s: %s", froms[i].name, buf_str(&r.out));
		assert_int_equal(r.found.from.n, 1);
		run_done(&r);
	}
}

static void
names_without_a_domain_stay_when_there_is_none(void **state)
{
	static const char in[] = BASE "To: bob\nSubject: a\n  b\n\n";
	struct fixup_opts o = plain;
	struct run r;

	(void)state;
	o.domain = NULL;
	o.read_recipients = true;
	assert_true(run(&r, &o, in, strlen(in), 1));
	assert_string_equal(buf_str(&r.out), OUT "To: bob\r\nSubject: a\r\n  b\r\n\r\n");
	assert_string_equal(r.found.subject, "a  b");
	assert_string_equal(r.found.message_id, "<1@x.org>");
	assert_string_equal(r.found.from.items[0].addr, "a@x.org");
	assert_true(r.found.sender_header);
	run_done(&r);
}

/* `n` octets of input fail with `status` and nothing behind the header has been handed out. */
static void
fails(const char *what, const char *in, size_t n, const char *status)
{
	struct run r;

	for (size_t step = 1; step <= n; step += n / 3 + 1) {
		if (step == 1 && n > 100000)
			continue;
		if (run(&r, &plain, in, n, step))
			fail_msg("%s: taken", what);
		if (r.e.class != ERR_MESSAGE || r.e.stage != STAGE_INPUT ||
		    strcmp(r.e.status, status) != 0)
			fail_msg("%s: %s (%s)", what, r.e.text, r.e.status);
		if (r.out.len > 0)
			assert_null(memchr(r.out.data, '\0', r.out.len));
		run_done(&r);
	}
}

static void
nul_is_a_blank_in_the_header_and_ends_a_name(void **state)
{
	static const char field[] = BASE "X: a\0b\nY\0: z\nBcc\0: s@x.org\n\nhi\n";
	static const char body[] = BASE "B\0cc: x\nX: y\n";
	struct run r;

	(void)state;
	assert_true(run(&r, &plain, field, sizeof(field) - 1, 1));
	assert_string_equal(buf_str(&r.out), OUT "X: a b\r\nY: z\r\n\r\nhi\r\n");
	run_done(&r);
	assert_true(run(&r, &plain, body, sizeof(body) - 1, 1));
	assert_memory_equal(r.out.data, OUT "\r\nB\0cc: x\r\nX: y\r\n", r.out.len);
	assert_true(r.facts.body_nul);
	run_done(&r);
}

/* `unit` again and again up to at least n octets, and an empty line. */
static char *
repeat(const char *unit, size_t n, size_t *len)
{
	struct buf b;
	char *text;

	buf_init(&b, n + 1000);
	while (b.len < n)
		buf_adds(&b, unit);
	buf_adds(&b, "\n\n");
	*len = b.len;
	text = malloc(b.len);
	memcpy(text, b.data, b.len);
	buf_done(&b);
	return text;
}

static void
the_header_has_limits(void **state)
{
	const size_t received = strlen("Received: x\n");
	size_t n;
	struct run r;
	char *text = repeat("X: y\n", FIXUP_HEADER_MAX, &n);

	(void)state;
	fails("many fields", text, n, "5.3.4");
	free(text);
	text = repeat("X:yyyyyyyyyyyyyyy", FIXUP_HEADER_MAX, &n);
	fails("one long field", text, n, "5.3.4");
	free(text);
	text = repeat("X: y\n", FIXUP_HEADER_MAX / 2, &n);
	assert_true(run(&r, &plain, text, n, 4096));
	run_done(&r);
	free(text);
	text = repeat("Received: x\n", 101 * received, &n);
	fails("101 Received fields", text, n, "5.4.6");
	free(text);
	text = repeat("Received: x\n", 100 * received, &n);
	assert_true(run(&r, &plain, text, n, n));
	run_done(&r);
	free(text);
}

static void
a_lone_dot_ends_what_a_person_types(void **state)
{
	static const struct row typed[] = {
	    {"in the body", BASE "\nhi\n.\nmore\n", OUT "\r\nhi\r\n"},
	    {"CRLF", BASE "\r\nhi\r\n.\r\nmore\r\n", OUT "\r\nhi\r\n"},
	    {"in the header", BASE ".\nX: y\n", OUT "\r\n"},
	    {"two dots are text", BASE "\n..\n", OUT "\r\n..\r\n"},
	    {"a dot with a blank is text", BASE "\n. \n", OUT "\r\n. \r\n"},
	    {"no dot", BASE "\nhi", OUT "\r\nhi\r\n"},
	};
	struct fixup_opts o = plain;

	(void)state;
	o.dot_ends = true;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		check_row(&o, &typed[i], 1);
		check_row(&o, &typed[i], 1000);
	}
}

static void
facts_are_of_what_leaves(void **state)
{
	static const struct {
		const char *name, *in;
		bool header_8bit, body_8bit, utf8, bare_cr;
		size_t longest;
	} rows_of_facts[] = {
	    {"ASCII", BASE "\nhi\n", false, false, true, false, 21},
	    {"UTF-8 header", BASE "X: \xc3\xbc\n\nhi\n", false, false, true, false, 21},
	    {"UTF-8 that cannot be encoded", BASE "Content-X: \xc3\xbc\n\nhi\n", true, false, true,
		false, 21},
	    {"8-bit Bcc has gone", BASE "Bcc: \xfc <a@x.org>\n\nhi\n", false, false, true, false,
		21},
	    {"UTF-8 body", BASE "\n\xc3\xbc\n", false, true, true, false, 21},
	    {"CR in the header", BASE "X: a\rb\n\n", false, false, true, true, 21},
	    {"CR in the body", BASE "\na\rb\n", false, false, true, true, 21},
	    {"CR in a body without separator", BASE "a\rb\n", false, false, true, true, 21},
	    {"longest in the body", BASE "\n1234567890123456789012345\n", false, false, true, false,
		25},
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows_of_facts) / sizeof(rows_of_facts[0]); i++) {
		const char *in = rows_of_facts[i].in;

		assert_true(run(&r, &plain, in, strlen(in), 1));
		if (r.facts.header_8bit != rows_of_facts[i].header_8bit ||
		    r.facts.body_8bit != rows_of_facts[i].body_8bit ||
		    r.facts.utf8 != rows_of_facts[i].utf8 ||
		    r.facts.bare_cr != rows_of_facts[i].bare_cr ||
		    r.facts.longest != rows_of_facts[i].longest)
			fail_msg("%s: %d %d %d %d %zu", rows_of_facts[i].name, r.facts.header_8bit,
			    r.facts.body_8bit, r.facts.utf8, r.facts.bare_cr, r.facts.longest);
		run_done(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_message_is_mended_however_it_is_cut),
	    cmocka_unit_test(recipients_of_the_header_are_found),
	    cmocka_unit_test(the_added_from_names_the_sender),
	    cmocka_unit_test(names_without_a_domain_stay_when_there_is_none),
	    cmocka_unit_test(nul_is_a_blank_in_the_header_and_ends_a_name),
	    cmocka_unit_test(the_header_has_limits),
	    cmocka_unit_test(a_lone_dot_ends_what_a_person_types),
	    cmocka_unit_test(facts_are_of_what_leaves),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
