/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each row is a message, fed whole, octet by octet and in pieces of seven; what
 * leaves must be the same, octet for octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "mender.h"

static void
the_header_ends_where_it_ends(void **state)
{
	static const struct mender_row rows[] = {
	    {"text without a header is a body", "just a body line\nmore\n",
		OURS "\r\njust a body line\r\nmore\r\n"},
	    {"so is one without line end", "just a body line", OURS "\r\njust a body line\r\n"},
	    {"a leading blank line ends an empty header", "\nTo: x\n", OURS "\r\nTo: x\r\n"},
	    {"an indented first line is body", "  indented\nTo: x\n",
		OURS "\r\n  indented\r\nTo: x\r\n"},
	    {"so is a line of blanks", "   \nTo: x\n", OURS "\r\n   \r\nTo: x\r\n"},
	    {"a line that is no field starts the body", H "Subject: s\nHello you\nTo: x\n",
		HH "Subject: s\r\n\r\nHello you\r\nTo: x\r\n"},
	    {"the input ends in the header", H "Subject: s\n", HH "Subject: s\r\n\r\n"},
	    {"within a line", H "Subject: s", HH "Subject: s\r\n\r\n"},
	    {"within a fold", H "Subject: s\n\tt", HH "Subject: s\r\n\tt\r\n\r\n"},
	    {"within CRLF", H "Subject: s\r", HH "Subject: s\r\n\r\n"},
	    {"a line of blanks ends it", H "Subject: s\n \t\nHello\n",
		HH "Subject: s\r\n\r\nHello\r\n"},
	    {"before an indented line too", H "Subject: s\n \n  Hello\n",
		HH "Subject: s\r\n\r\n  Hello\r\n"},
	    {"a line of blanks before a field is nothing", H " \nSubject: s\n\nx\n",
		HH "Subject: s\r\n\r\nx\r\n"},
	    {"a line of blanks at the end of all", H "  ", HH "\r\n"},
	    {"CRLF", "Date: d\r\nFrom: a@b\r\nMessage-ID: <i@b>\r\n\r\nx\r\n",
		"Date: d\r\nFrom: a@b\r\nMessage-ID: <i@b>\r\n\r\nx\r\n"},
	    {"CRLF in a message of LF", H "\r\nx\n", HH "\r\nx\r\n"},
	    {"LF in a message of CRLF", "Date: d\r\nFrom: a@b\r\nMessage-ID: <i@b>\n\nx\r\n",
		"Date: d\r\nFrom: a@b\r\nMessage-ID: <i@b>\r\n\r\nx\r\n"},
	    {"CR CR LF", H "Subject: s\r\r\n\r\r\nx\r\r\n", HH "Subject: s\r\n\r\nx\r\n"},
	    {"a bare CR in a field", H "Subject: a\rBcc: x@y\n\nx\n",
		HH "Subject: a Bcc: x@y\r\n\r\nx\r\n"},
	    {"a bare CR in the body", H "\na\rb\n", HH "\r\na b\r\n"},
	    {"LF, CRLF and CR CR LF mixed in the body", H "\na\nb\r\nd\r\r\n\r\r\r\ne\n",
		HH "\r\na\r\nb\r\nd\r\n\r\ne\r\n"},
	    {"a CR at the end of the body ends a line", H "\nhi\r", HH "\r\nhi\r\n"},
	    {"a lone dot is text", H "\na\n.\nb\n", HH "\r\na\r\n.\r\nb\r\n"},
	    {"dots are not stuffed here", H "\n..a\n", HH "\r\n..a\r\n"},
	};

	(void)state;
	MENDER_CHECK(rows);
}

static void
mailbox_lines_go(void **state)
{
	static const struct mender_row rows[] = {
	    {"From_", "From a@b Mon Nov 23 13:58:02 2026\n" H "\nx\n", HH "\r\nx\r\n"},
	    {"quoted From_", ">From a@b Mon Nov 23 13:58:02 2026\n" H "\nx\n", HH "\r\nx\r\n"},
	    {"several", "From a Mon\n>From b Mon\n>>From c Mon\n" H "\nx\n", HH "\r\nx\r\n"},
	    {"it is never the sender", "From evil@x Mon Nov 23 13:58:02 2026\nDate: d\n\nx\n",
		FROM ID "Date: d\r\n\r\nx\r\n"},
	    {"within the header it starts the body", H "From a@b Mon\nTo: x\n",
		HH "\r\nFrom a@b Mon\r\nTo: x\r\n"},
	    {"From with a blank before the colon is a field",
		"From : a@b\nDate: d\nMessage-ID: <i@b>\n\n",
		"From: a@b\r\nDate: d\r\nMessage-ID: <i@b>\r\n\r\n"},
	};

	(void)state;
	MENDER_CHECK(rows);
}

static void
nul_octets_are_dealt_with(void **state)
{
	static const struct {
		const char *claim, *in;
		size_t n;
		const char *out; /* "0" stands for NUL */
	} rows[] = {
	    {"in a field it is a blank", H "Subject: a\0b\n\nx\n",
		sizeof(H "Subject: a\0b\n\nx\n") - 1, HH "Subject: a b\r\n\r\nx\r\n"},
	    {"in a fold it is a blank", H "Subject: a\n \0b\n\n",
		sizeof(H "Subject: a\n \0b\n\n") - 1, HH "Subject: a\r\n  b\r\n\r\n"},
	    {"alone it makes no fold of blanks", H "X: y\n \0\nhi\n",
		sizeof(H "X: y\n \0\nhi\n") - 1, HH "X: y\r\n\r\nhi\r\n"},
	    {"in the body it stays, as a fact", H "\na\0b\n", sizeof(H "\na\0b\n") - 1,
		HH "\r\na0b\r\n"},
	    {"at the end of the body too", H "\na\0", sizeof(H "\na\0") - 1, HH "\r\na0\r\n"},
	    {"alone in the body", H "\n\0", sizeof(H "\n\0") - 1, HH "\r\n0\r\n"},
	    {"in a body without header", "x\ny\0\n", 5, OURS "\r\nx\r\ny0\r\n"},
	    {"in the line that starts the body", "x y\0z\nw\n", 8, OURS "\r\nx y0z\r\nw\r\n"},
	    {"in a line that ends the header", H "x y\0z\n", sizeof(H "x y\0z\n") - 1,
		HH "\r\nx y0z\r\n"},
	};
	struct fixup_opts opts = mender_opts(false);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < MENDER_NSTEPS; k++) {
			bool nul = false;

			assert_true(
			    mender_feed(rows[i].in, rows[i].n, mender_step(k, rows[i].n), &opts));
			for (size_t at = 0; at < run.out.len; at++)
				if (run.out.data[at] == '\0') {
					run.out.data[at] = '0';
					nul = true;
				}
			if (strcmp(mender_output(), rows[i].out) != 0)
				fail_msg("%s, by %zu: %s", rows[i].claim, mender_step(k, 99),
				    mender_output());
			assert_int_equal(run.facts.body_nul, nul);
		}
}

static void
a_lone_dot_ends_what_is_typed(void **state)
{
	static const struct {
		const char *claim, *in, *out;
		bool ended;
	} rows[] = {
	    {"behind the text", H "\nx\n.\nlost\n", HH "\r\nx\r\n", true},
	    {"with CR", H "\nx\n.\r\nlost\n", HH "\r\nx\r\n", true},
	    {"in the header", H ".\nSubject: lost\n", HH "\r\n", true},
	    {"as the first line", ".\nlost\n", OURS "\r\n", true},
	    {"not with a blank", H "\nx\n. \ny\n", HH "\r\nx\r\n. \r\ny\r\n", false},
	    {"not two", H "\nx\n..\ny\n", HH "\r\nx\r\n..\r\ny\r\n", false},
	    {"not at the end of a line", H "\nx.\ny\n", HH "\r\nx.\r\ny\r\n", false},
	    {"not before text", H "\nx\n.y\n", HH "\r\nx\r\n.y\r\n", false},
	    {"a last line without end is text", H "\nx\ny", HH "\r\nx\r\ny\r\n", false},
	};
	struct fixup_opts opts = mender_opts(false);

	(void)state;
	opts.dot_ends = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < MENDER_NSTEPS; k++) {
			size_t n = strlen(rows[i].in);

			assert_true(mender_feed(rows[i].in, n, mender_step(k, n), &opts));
			if (strcmp(mender_output(), rows[i].out) != 0 || run.ended != rows[i].ended)
				fail_msg("%s, by %zu: %s", rows[i].claim, mender_step(k, 99),
				    mender_output());
		}
}

static void
facts_are_those_of_what_leaves(void **state)
{
	struct fixup_opts opts = mender_opts(false);
	static const char plain[] = H
	    "Received: a\nReceived: b\nBcc: \xc3\xb6\n\n0123456789012345678901234567890123456789\n";
	static const char eight[] = H "References: \xc3\xb6\n\n\xe2\x82\xac\n";
	static const char other[] = H "References: \xc3\xb6\n\n\xf6\r\n";
	static const char latin[] = H "\n\xf6\r\n";
	static const char mixed[] = H "References: \xf6\n\n\xc3\xb6\n";

	(void)state;
	assert_true(mender_feed(plain, sizeof(plain) - 1, 5, &opts));
	assert_int_equal(run.facts.size, run.out.len);
	assert_int_equal(run.facts.longest, 40);
	assert_int_equal(run.facts.received, 2);
	assert_false(run.facts.header_8bit); /* it was in Bcc alone */
	assert_false(run.facts.body_8bit || run.facts.body_nul || run.facts.bare_cr);
	assert_true(run.facts.utf8);

	assert_true(mender_feed(eight, sizeof(eight) - 1, 5, &opts));
	assert_true(run.facts.header_8bit && run.facts.body_8bit && run.facts.utf8);
	/* SMTPUTF8 is about the header alone: a body says of itself what it is */
	assert_true(mender_feed(other, sizeof(other) - 1, 5, &opts));
	assert_true(run.facts.header_8bit && run.facts.body_8bit && run.facts.utf8);
	assert_true(mender_feed(latin, sizeof(latin) - 1, 5, &opts));
	assert_true(!run.facts.header_8bit && run.facts.body_8bit && run.facts.utf8);
	assert_true(mender_feed(mixed, sizeof(mixed) - 1, 5, &opts));
	assert_true(run.facts.header_8bit && run.facts.body_8bit && !run.facts.utf8);
	assert_true(mender_feed(H "\na\rb\n", sizeof(H) + 4, 5, &opts));
	assert_true(run.facts.bare_cr);
	assert_true(mender_feed(H "S: a\rb\n\n", sizeof(H) + 7, 5, &opts));
	assert_true(run.facts.bare_cr);
}

static void
header_and_body_have_facts_of_their_own(void **state)
{
	static const char text[] = H "References: \xfc\rx\n\n\xc3\xbc\0\n";
	struct fixup_opts opts = mender_opts(false);
	struct facts all, head, body;
	struct fixup *f;

	(void)state;
	mender_clear();
	f = fixup_new(&run.mem, &opts, &mender_sink);
	assert_true(fixup_feed(f, text, sizeof(text) - 1, &run.e));
	assert_true(fixup_end(f, &all, &run.e));
	fixup_facts(f, &head, &body);
	fixup_free(f);
	assert_int_equal(head.size, run.block.len);
	assert_int_equal(head.size + body.size, run.out.len);
	assert_true(head.body_8bit && !head.utf8 && head.bare_cr && !head.body_nul);
	assert_true(body.body_8bit && body.utf8 && !body.bare_cr && body.body_nul);
	assert_int_equal(body.longest, 3);
	assert_true(all.header_8bit && all.body_8bit && !all.utf8 && all.bare_cr && all.body_nul);
}

/* n times the text, behind a header that needs nothing. */
static void
repeat(struct buf *b, const char *text, size_t n)
{
	buf_clear(b);
	buf_adds(b, H);
	for (size_t i = 0; i < n; i++)
		buf_adds(b, text);
}

static void
limits_are_kept(void **state)
{
	struct fixup_opts opts = mender_opts(true);
	struct buf in;

	(void)state;
	buf_init(&in, SIZE_MAX);
	repeat(&in, "Received: x\n", 100);
	assert_true(mender_feed(in.data, in.len, in.len, &opts));
	assert_int_equal(run.facts.received, 100);
	repeat(&in, "Received: x\n", 101);
	assert_false(mender_feed(in.data, in.len, in.len, &opts));
	assert_int_equal(run.e.class, ERR_MESSAGE);
	assert_string_equal(run.e.status, "5.4.6");
	assert_int_equal(err_sysexit(&run.e), 69);
	assert_int_equal(run.begun, 0);

	/* a word of a thousand octets and more is cut */
	repeat(&in, "Subject: ", 1);
	for (size_t i = 0; i < 500000; i++)
		buf_addc(&in, 'x');
	assert_true(mender_feed(in.data, in.len, 4096, &opts));
	assert_int_equal(run.facts.longest, 998);

	/* more than 1 MiB of header: many fields, one line, one folded field */
	for (int kind = 0; kind < 3; kind++) {
		repeat(&in, kind == 0 ? "X: y\n" : "X: y", kind == 0 ? 300000 : 1);
		for (size_t i = 0; kind > 0 && i < 1100000; i += 10)
			buf_adds(&in, kind == 1 ? "yyyyyyyyyy" : "\n yyyyyyyy");
		buf_adds(&in, "\n\nbody\n");
		assert_false(mender_feed(in.data, in.len, 65536, &opts));
		assert_string_equal(run.e.status, "5.3.4");
		assert_int_equal(run.e.class, ERR_MESSAGE);
		assert_int_equal(err_sysexit(&run.e), 65);
		assert_int_equal(run.begun, 0);
	}
	buf_done(&in);
}

static void
large_headers_take_no_time(void **state)
{
	struct fixup_opts opts = mender_opts(true);
	struct buf in;

	(void)state;
	buf_init(&in, SIZE_MAX);
	repeat(&in, "a:\n", 200000);
	assert_true(mender_feed(in.data, in.len, in.len, &opts));
	assert_true(run.facts.size > 800000);

	repeat(&in, "To: x", 1);
	for (int i = 0; i < 100000; i++)
		buf_addf(&in, ",u%d@x", i);
	assert_true(mender_feed(in.data, in.len, in.len, &opts));
	assert_int_equal(run.found.rcpts.n, 100001);
	assert_string_equal(run.found.rcpts.items[0].addr, "x");
	assert_string_equal(run.found.rcpts.items[100000].addr, "u99999@x");

	repeat(&in, "Bcc: ", 1);
	for (int i = 0; i < 100000; i++)
		buf_adds(&in, "<a b>,");
	assert_true(mender_feed(in.data, in.len, in.len, &opts));
	assert_int_equal(run.found.nbad, 100000);
	buf_done(&in);
}

static void
trouble_of_the_sink_is_handed_on(void **state)
{
	struct fixup_opts opts = mender_opts(false);

	struct fixup *f;
	bool good;

	(void)state;
	mender_clear();
	run.fail_after = 10;
	f = fixup_new(&run.mem, &opts, &mender_sink);
	good = fixup_feed(f, "\n12345678\n", 10, &run.e);
	for (int i = 0; i < 5 && good; i++)
		good = fixup_feed(f, "12345678\n", 9, &run.e);
	assert_false(good);
	assert_int_equal(run.e.class, ERR_LOCAL);
	assert_string_equal(run.e.text, "full");
	fixup_free(f);
	fixup_free(NULL);
}

static int
clean(void **state)
{
	(void)state;
	mender_clear();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_header_ends_where_it_ends),
	    cmocka_unit_test(mailbox_lines_go),
	    cmocka_unit_test(nul_octets_are_dealt_with),
	    cmocka_unit_test(a_lone_dot_ends_what_is_typed),
	    cmocka_unit_test(facts_are_those_of_what_leaves),
	    cmocka_unit_test(header_and_body_have_facts_of_their_own),
	    cmocka_unit_test(limits_are_kept),
	    cmocka_unit_test(large_headers_take_no_time),
	    cmocka_unit_test(trouble_of_the_sink_is_handed_on),
	};

	/* dates are written in local time */
	setenv("TZ", "UTC0", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
