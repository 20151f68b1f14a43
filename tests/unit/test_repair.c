/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each row is a message, fed whole, octet by octet and in pieces of seven; what
 * leaves must be the same, octet for octet. "*" stands for the left side of a
 * Message-ID of ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/str.h"
#include "mender.h"

static void
missing_fields_are_added(void **state)
{
	static const struct mender_row rows[] = {
	    {"a whole message stays as it is", H "Subject: s\n\nbody\n",
		HH "Subject: s\r\n\r\nbody\r\n"},
	    {"nothing at all", "", OURS "\r\n"},
	    {"an empty line", "\n", OURS "\r\n"},
	    {"Date", "From: a@b.example\nMessage-ID: <i@b>\n\nx\n",
		DATE "From: a@b.example\r\nMessage-ID: <i@b>\r\n\r\nx\r\n"},
	    {"From", "Date: d\nMessage-ID: <i@b>\n\nx\n",
		FROM "Date: d\r\nMessage-ID: <i@b>\r\n\r\nx\r\n"},
	    {"Message-ID, with the domain of From", "Date: d\nFrom: a@b.example\n\nx\n",
		"Message-ID: <*@b.example>\r\nDate: d\r\nFrom: a@b.example\r\n\r\nx\r\n"},
	    {"an empty Message-ID is none", "Date: d\nFrom: a@b\nMessage-ID: \n\nx\n",
		"Message-ID: <*@b>\r\nDate: d\r\nFrom: a@b\r\n\r\nx\r\n"},
	    {"an empty Date is none", "Date:\nFrom: a@b\nMessage-ID: <i@b>\n\nx\n",
		DATE "From: a@b\r\nMessage-ID: <i@b>\r\n\r\nx\r\n"},
	    {"an empty From is none", "Date: d\nFrom: \nMessage-ID: <i@b>\n\nx\n",
		FROM "Date: d\r\nMessage-ID: <i@b>\r\n\r\nx\r\n"},
	    {"names in any case", "DATE: d\nfrom: a@b\nmessage-id: <i@b>\n\nx\n",
		"DATE: d\r\nfrom: a@b\r\nmessage-id: <i@b>\r\n\r\nx\r\n"},
	};

	(void)state;
	MENDER_CHECK(rows);
}

static void
fields_that_must_not_leave_go(void **state)
{
	static const struct mender_row rows[] = {
	    {"Bcc", H "Bcc: x@y\nSubject: s\n\nx\n", HH "Subject: s\r\n\r\nx\r\n"},
	    {"as the last field", H "Bcc: x@y", HH "\r\n"},
	    {"as the first field", "Bcc: x@y\n" H "\n", HH "\r\n"},
	    {"in odd case", H "bCC: x@y\n\n", HH "\r\n"},
	    {"with blanks before the colon", H "Bcc \t: x@y\n\n", HH "\r\n"},
	    {"folded over many lines", H "Bcc: x@y,\n a@y,\n\tb@y,\n  c@y\nSubject: s\n\n",
		HH "Subject: s\r\n\r\n"},
	    {"folded before its first word", H "BCC:\n x@y\n\n", HH "\r\n"},
	    {"several", H "Bcc: x@y\nSubject: s\nBcc: z@y\n\n", HH "Subject: s\r\n\r\n"},
	    {"an empty one", H "Bcc:\n\n", HH "\r\n"},
	    {"one that cannot be read", H "Bcc: <<>>(\"\n\n", HH "\r\n"},
	    {"in CRLF", "Bcc: x@y,\r\n z@y\r\n" H "\n", HH "\r\n"},
	    {"one behind a line of blanks", H " \nBcc: x@y\n\n", HH "\r\n"},
	    {"a field that only begins so stays", H "Bcc-X: y\n\n", HH "Bcc-X: y\r\n\r\n"},
	    {"a body line stays", H "\nBcc: x@y\n", HH "\r\nBcc: x@y\r\n"},
	    {"Return-Path", "Return-Path: <evil@x>\n" H "\n", HH "\r\n"},
	    {"Content-Length", H "content-length: 17\n\n", HH "\r\n"},
	    {"Status stays", H "Status: RO\n\n", HH "Status: RO\r\n\r\n"},
	    {"empty To, Cc and Bcc", H "To:\nCc: \t\nBcc:\n \n\n", HH "\r\n"},
	    {"empty Subject stays", H "Subject:\n\n", HH "Subject:\r\n\r\n"},
	};

	(void)state;
	MENDER_CHECK(rows);
}

static void
names_get_a_domain(void **state)
{
	static const struct mender_row rows[] = {
	    {"cron's From", "Date: d\nFrom: root (Cron Daemon)\nMessage-ID: <i@b>\n\n",
		"Date: d\r\nFrom: root@dom.example (Cron Daemon)\r\nMessage-ID: <i@b>\r\n\r\n"},
	    {"To", H "To: alice\n\n", HH "To: alice@dom.example\r\n\r\n"},
	    {"in brackets", H "To: Alice <alice>\n\n", HH "To: Alice <alice@dom.example>\r\n\r\n"},
	    {"a quoted one", H "To: \"a b\"\n\n", HH "To: \"a b\"@dom.example\r\n\r\n"},
	    {"in every field of addresses", H "Sender: a\nReply-To: b\nTo: c\nCc: d\n\n",
		HH "Sender: a@dom.example\r\nReply-To: b@dom.example\r\nTo: c@dom.example\r\n"
		   "Cc: d@dom.example\r\n\r\n"},
	    {"in Resent fields",
		"Resent-From: a\nResent-Sender: b\nResent-To: c\nResent-Cc: e\nResent-Date: d\n"
		"Resent-Message-ID: <r@b>\n" H "\n",
		"Resent-From: a@dom.example\r\nResent-Sender: b@dom.example\r\n"
		"Resent-To: c@dom.example\r\nResent-Cc: e@dom.example\r\nResent-Date: d\r\n"
		"Resent-Message-ID: <r@b>\r\n" HH "\r\n"},
	    {"among others, with every blank kept", H "To:  b@x ,\n\tcarl  (c),\n  \"D\" <d@x>\n\n",
		HH "To:  b@x ,\r\n\tcarl@dom.example  (c),\r\n  \"D\" <d@x>\r\n\r\n"},
	    {"in a group", H "To: f: al, b@x, cy;, dee\n\n",
		HH "To: f: al@dom.example, b@x, cy@dom.example;, dee@dom.example\r\n\r\n"},
	    {"an empty group stays", H "To: undisclosed-recipients:;\n\n",
		HH "To: undisclosed-recipients:;\r\n\r\n"},
	    {"a group's name is no address", H "To: alice: b@x;\n\n", HH "To: alice: b@x;\r\n\r\n"},
	    {"nothing to do, nothing touched", H "To : \"A B\" <a@x>(c)\n\n",
		HH "To: \"A B\" <a@x>(c)\r\n\r\n"},
	    {"other fields are no addresses", H "Subject: alice\nX-To: bob\n\n",
		HH "Subject: alice\r\nX-To: bob\r\n\r\n"},
	    {"8-bit names are encoded", H "To: J\xf6 <j>\n\n",
		HH "To: =?unknown-8bit?Q?J=F6?= <j@dom.example>\r\n\r\n"},
	    {"a blank before the colon goes", H "Subject : s\n\n", HH "Subject: s\r\n\r\n"},
	};

	(void)state;
	MENDER_CHECK(rows);
}

static void
resent_blocks_are_completed(void **state)
{
	static const struct mender_row rows[] = {
	    {"Resent-Bcc goes, wherever it is",
		"Resent-Date: d\nResent-Message-ID: <r@b>\nResent-Bcc: x@y\n" H
		"Resent-Bcc: x@y,\n z@y\nSubject: s\n\n",
		"Resent-Date: d\r\nResent-Message-ID: <r@b>\r\n" HH "Subject: s\r\n\r\n"},
	    {"date and id are added in front of the block", "Received: r\nResent-To: x@y\n" H "\n",
		"Received: r\r\nResent-Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
		"Resent-Message-ID: <*@dom.example>\r\nResent-To: x@y\r\n" HH "\r\n"},
	    {"only to the topmost block",
		"Resent-To: x@y\nReceived: r\nResent-Date: d\nResent-Message-ID: <r@b>\n" H "\n",
		"Resent-Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
		"Resent-Message-ID: <*@dom.example>\r\nResent-To: x@y\r\nReceived: r\r\n"
		"Resent-Date: d\r\nResent-Message-ID: <r@b>\r\n" HH "\r\n"},
	};

	(void)state;
	MENDER_CHECK(rows);
}

/* "a@x b@y !2": recipients of -t and how many were none; "-" when no field could name any. */
static const char *
recipients(void)
{
	static char text[512];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < run.found.rcpts.n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i > 0 ? " " : "",
		    run.found.rcpts.items[i].addr);
	if (run.found.nbad > 0)
		snprintf(text + at, sizeof(text) - at, "%s!%zu", at > 0 ? " " : "", run.found.nbad);
	else if (at == 0)
		snprintf(text, sizeof(text), "%s", run.found.has_rcpt_fields ? "" : "-");
	assert_int_equal(run.found.nbad > 0, run.found.bad_rcpt.class == ERR_RECIPIENT);
	return text;
}

static void
recipients_are_collected(void **state)
{
	static const struct mender_row rows[] = {
	    {"To, Cc and Bcc in order of mention", "Cc: c@x\nBcc: b@x\nTo: a@x\n\n", "c@x b@x a@x"},
	    {"of all fields", "To: a@x\nTo: b@x\nBcc: c@x\nBcc: d@x\n\n", "a@x b@x c@x d@x"},
	    {"folded Bcc in odd case", "bCc:\n a@x,\n\tb@x\n\n", "a@x b@x"},
	    {"with names and comments", "To: Joe <j@x>, (c) k@x\n\n", "j@x k@x"},
	    {"names as they are, for aliases", "To: alice, \"a b\"\nBcc: bob\n\n",
		"alice \"a b\" bob"},
	    {"of groups", "To: f: a@x, b;\n\n", "a@x b"},
	    {"of empty groups there are none", "To: undisclosed-recipients:;\nBcc: b@x\n\n", "b@x"},
	    {"no field", "Subject: s\n\nTo: a@x\n", "-"},
	    {"an empty field", "To:\n\n", ""},
	    {"no header", "a@x\n", "-"},
	    {"blank before the colon", "To : a@x\n\n", "a@x"},
	    {"a source route", "To: <@a,@b:u@x>\n\n", "u@x"},
	    {"one that cannot be read harms no other", "To: a@x, b c, d@x\nCc: e@@x\n\n",
		"a@x d@x !2"},
	    {"only such", "To: b c\n\n", "!1"},
	    {"an injected command", "To: a@x> SIZE=1, <b@x>\n\n", "b@x !1"},
	    {"Sender and Reply-To are none", "Sender: a@x\nReply-To: b@x\n\n", "-"},
	    {"a mailbox line is none", "From a@x Mon Nov 23 13:58:02 2026\nTo: b@x\n\n", "b@x"},
	    {"Resent fields alone count",
		"Resent-To: r@x\nResent-Cc: s@x\nResent-Bcc: t@x\nTo: a@x\nBcc: b@x\n\n",
		"r@x s@x t@x"},
	    {"even below the others", "To: a@x\nResent-To: r@x\n\n", "r@x"},
	    {"of the topmost block",
		"Resent-To: r@x\nReceived: z\nResent-To: old@x\nResent-Bcc: older@x\n\n", "r@x"},
	    {"which ends where a name comes again",
		"Resent-To: r@x\nResent-Date: d\nResent-Date: e\nResent-To: old@x\n\n", "r@x"},
	    {"a Resent block without recipients", "Resent-From: r@x\nTo: a@x\n\n", "-"},
	};
	struct fixup_opts opts = mender_opts(true);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < MENDER_NSTEPS; k++) {
			size_t len = strlen(rows[i].in);

			if (!mender_feed(rows[i].in, len, mender_step(k, len), &opts))
				fail_msg("%s: %s", rows[i].claim, run.e.text);
			if (strcmp(recipients(), rows[i].out) != 0)
				fail_msg("%s: %s", rows[i].claim, recipients());
			assert_null(str_find_nocase(buf_str(&run.block), "\nBcc"));
			assert_null(str_find_nocase(buf_str(&run.block), "Resent-Bcc"));
		}
	/* without -t nobody is collected */
	opts.read_recipients = false;
	assert_true(mender_feed("To: a@x\nBcc: b@x\n\n", 17, 17, &opts));
	assert_int_equal(run.found.rcpts.n, 0);
	assert_int_equal(run.found.removed_bcc, 1);
	assert_false(run.found.has_rcpt_fields);
}

/* What choosing the account needs to know, asked before a From field is made. */
static const char *
ask_sender(void *arg, const struct fixup_found *found)
{
	int *asked = arg;

	++*asked;
	assert_false(found->sender_header);
	return found->rcpts.n == 1 ? "chosen@x.example" : "";
}

static void
the_header_tells_what_is_asked(void **state)
{
	struct fixup_opts opts = mender_opts(true);
	int asked = 0;

	(void)state;
	opts.sender = ask_sender;
	opts.sender_arg = &asked;
	assert_true(mender_feed("From: Bob <bob>\nSubject: a\n b \nMessage-ID: <i@b> (x)\n\n", 53,
	    53, &opts));
	assert_int_equal(asked, 0);
	assert_true(run.found.sender_header);
	assert_int_equal(run.found.from.n, 1);
	assert_string_equal(run.found.from.items[0].addr, "bob@dom.example");
	assert_string_equal(run.found.from.items[0].name, "Bob");
	assert_string_equal(run.found.subject, "a b");
	assert_string_equal(run.found.message_id, "<i@b>");

	assert_true(mender_feed("To: a@x\n\n", 9, 9, &opts));
	assert_int_equal(asked, 1);
	assert_false(run.found.sender_header);
	assert_null(run.found.subject);
	assert_non_null(strstr(buf_str(&run.block), "\nFrom: chosen@x.example\r\n"));
	assert_string_equal(run.found.from.items[0].addr, "chosen@x.example");
	assert_non_null(strstr(run.found.message_id, "@x.example>"));
	assert_non_null(strstr(buf_str(&run.block), run.found.message_id));

	/* the null reverse-path is no author */
	assert_true(mender_feed("\n", 1, 1, &opts));
	assert_non_null(strstr(buf_str(&run.block), "\nFrom: login@host.example\r\n"));
	opts.sender = NULL;
	opts.from = "";
	assert_true(mender_feed("\n", 1, 1, &opts));
	assert_non_null(strstr(buf_str(&run.block), "\nFrom: login@host.example\r\n"));
	opts.from = NULL;
	opts.from_fallback = NULL;
	assert_true(mender_feed("\n", 1, 1, &opts));
	assert_null(strstr(buf_str(&run.block), "From:"));
}

static void
a_full_name_is_written_safely(void **state)
{
	static const struct {
		const char *claim, *name, *from;
	} rows[] = {
	    {"none", "", "\r\nFrom: me@dom.example\r\n"},
	    {"words", "Ann Lee", "\r\nFrom: Ann Lee <me@dom.example>\r\n"},
	    {"specials", "Lee, \"A\" Jr.", "\r\nFrom: \"Lee, \\\"A\\\" Jr.\" <me@dom.example>\r\n"},
	    {"line breaks", "a\r\nBcc: x@y", "\r\nFrom: \"a  Bcc: x@y\" <me@dom.example>\r\n"},
	    {"8-bit", "J\xc3\xb6rg", "\r\nFrom: =?UTF-8?B?SsO2cmc=?= <me@dom.example>\r\n"},
	};
	struct fixup_opts opts = mender_opts(false);
	char name[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		opts.full_name = rows[i].name;
		assert_true(mender_feed("\n", 1, 1, &opts));
		if (strstr(buf_str(&run.block), rows[i].from) == NULL)
			fail_msg("%s: %s", rows[i].claim, buf_str(&run.block));
	}
	/* one that takes several lines leaves none of them without its CR */
	for (size_t i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "\xc3\xb6", 3);
	opts.full_name = name;
	assert_true(mender_feed("\n", 1, 1, &opts));
	for (const char *lf = buf_str(&run.block); (lf = strchr(lf, '\n')) != NULL; lf++)
		assert_true(lf > buf_str(&run.block) && lf[-1] == '\r');
	assert_true(run.facts.longest <= 100 && run.facts.longest > 60);
}

static void
names_stay_without_a_domain_to_give(void **state)
{
	struct fixup_opts opts = mender_opts(true);

	(void)state;
	opts.domain = NULL;
	assert_true(mender_feed("From: a@b\nTo: c@d, alice, bob\n\n", 31, 31, &opts));
	assert_string_equal(recipients(), "c@d alice bob");
	assert_non_null(strstr(buf_str(&run.block), "\nTo: c@d, alice, bob\r\n"));
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
	    cmocka_unit_test(missing_fields_are_added),
	    cmocka_unit_test(fields_that_must_not_leave_go),
	    cmocka_unit_test(names_get_a_domain),
	    cmocka_unit_test(resent_blocks_are_completed),
	    cmocka_unit_test(recipients_are_collected),
	    cmocka_unit_test(the_header_tells_what_is_asked),
	    cmocka_unit_test(a_full_name_is_written_safely),
	    cmocka_unit_test(names_stay_without_a_domain_to_give),
	};

	/* dates are written in local time */
	setenv("TZ", "UTC0", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
