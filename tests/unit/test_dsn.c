/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/dsn.h"

#define HEADER "Subject: s\r\nTo: b@x.org\r\n"

static struct err no_such = {
    .class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 550,
    .status = "5.1.1",
    .text = "No such user",
};
static struct err eight_bit = {.class = ERR_RECIPIENT, .code = 550, .text = "Unbekannt: \xc3\xbc"};
static struct err expired = {.class = ERR_RELAY, .status = "4.4.7", .text = "no answer for 5 days"};
static const struct rcpt bob = {.addr = "b@x.org", .why = &no_such, .server = "smtp.x.org:465"};
static const struct rcpt ann = {.addr = "a@x.org", .why = &expired};

static struct dsn_about message; /* of the notice that about() begins */

static struct dsn
about(const struct rcpt *const *rcpts, size_t n)
{
	message = (struct dsn_about){
	    .id = "ABCDEF",
	    .arrival_ms = INT64_C(1767225600000),
	    .rcpts = rcpts,
	    .nrcpts = n,
	};
	return (struct dsn){
	    .from = "postmaster@here.example",
	    .to = "me@here.example",
	    .host = "host.here.example",
	    .now_ms = INT64_C(1767312000000),
	    .until_ms = INT64_C(1767657600000),
	    .about = &message,
	    .nabout = 1,
	    .text = HEADER,
	    .text_len = strlen(HEADER),
	};
}

/* The parts between the boundaries, which must be whole; NULL-terminated strings in part[]. */
static void
split(struct buf *out, const char *part[5])
{
	const char *mark = strstr(buf_str(out), "boundary=\"");
	char line[80];
	size_t n = 0;
	char *at = out->data;

	assert_non_null(mark);
	snprintf(line, sizeof(line), "\n--%.*s", (int)strcspn(mark + 10, "\""), mark + 10);
	assert_true(strlen(line) > 20);
	part[n++] = at;
	while ((at = strstr(at, line)) != NULL) {
		*at = '\0';
		at += strlen(line);
		if (*at == '-')
			break;
		assert_true(n < 4);
		assert_int_equal(*at++, '\n');
		part[n++] = at;
	}
	assert_non_null(at);
	assert_string_equal(at, "--\n");
	assert_int_equal(n, 4);
}

static void
has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void
has_not(const char *text, const char *what)
{
	if (strstr(text, what) != NULL)
		fail_msg("\"%s\" in:\n%s", what, text);
}

static void
a_failure_names_each_recipient_and_the_reason(void **state)
{
	const struct rcpt *const both[] = {&bob, &ann};
	struct dsn d = about(both, 2);
	const char *part[5];
	struct buf out;

	(void)state;
	message.message_id = "<1@x.org>";
	message.envid = "E1";
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[0],
	    "Date: Fri, 02 Jan 2026 00:00:00 +0000\n"
	    "From: Mail Delivery System <postmaster@here.example>\n"
	    "To: me@here.example\nSubject: Your mail could not be delivered\n");
	has(part[0], "@here.example>\nIn-Reply-To: <1@x.org>\nReferences: <1@x.org>\n");
	has(part[0], "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n");
	has(part[0], "multipart/report; report-type=delivery-status;\n");
	has(part[1], "  b@x.org\n      550 5.1.1 No such user (said smtp.x.org:465)\n");
	has(part[1], "  a@x.org\n      4.4.7 no answer for 5 days\n");
	assert_string_equal(part[2],
	    "Content-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; host.here.example\nOriginal-Envelope-Id: E1\n"
	    "Arrival-Date: Thu, 01 Jan 2026 00:00:00 +0000\n\n"
	    "Final-Recipient: rfc822; b@x.org\nAction: failed\nStatus: 5.1.1\n"
	    "Remote-MTA: dns; smtp.x.org\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n"
	    "Last-Attempt-Date: Fri, 02 Jan 2026 00:00:00 +0000\n\n"
	    "Final-Recipient: rfc822; a@x.org\nAction: failed\nStatus: 4.4.7\n"
	    "Last-Attempt-Date: Fri, 02 Jan 2026 00:00:00 +0000\n");
	assert_string_equal(part[3], "Content-Type: text/rfc822-headers\n\n" HEADER);
	buf_done(&out);
}

static void
a_delay_says_how_long_it_is_tried(void **state)
{
	const struct rcpt silent = {.addr = "c@x.org"};
	const struct rcpt *const one[] = {&silent};
	struct dsn d = about(one, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	d.delayed = true;
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[0], "Subject: Your mail is delayed\n");
	has_not(part[0], "In-Reply-To");
	has(part[1], "It is tried until Tue, 06 Jan 2026 00:00:00 +0000;\n");
	has(part[2], "Action: delayed\nStatus: 4.0.0\n");
	has(part[2], "Will-Retry-Until: Tue, 06 Jan 2026 00:00:00 +0000\n");
	has_not(part[2], "Original-Envelope-Id");
	has_not(part[2], "Diagnostic-Code");
	buf_done(&out);
}

#define UMLAUT "j\xc3\xbc@x.org"
#define EIGHT_BIT "Subject: \xc3\xbc\r\n"

static void
set_text(struct dsn *d, const char *text, bool full)
{
	d->text = text;
	d->text_len = strlen(text);
	d->full = full;
}

static void
what_can_be_said_in_7_bits_is(void **state)
{
	const struct rcpt plain = {.addr = "b@x.org", .why = &eight_bit, .server = "[::1]:25"};
	const struct rcpt *const rcpts[] = {&plain};
	struct dsn d = about(rcpts, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	set_text(&d, EIGHT_BIT, false);
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	assert_false(str_has_8bit(out.data, out.len));
	split(&out, part);
	has_not(part[0], "Transfer-Encoding");
	has(part[1],
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n");
	has(part[1], "550 Unbekannt: =C3=BC (said [::1]:25)\n");
	has(part[2], "Content-Type: message/delivery-status\n\n");
	has(part[2], "Status: 5.0.0\nRemote-MTA: dns; [::1]\n");
	has(part[2], "Diagnostic-Code: smtp; 550 Unbekannt: ??\n");
	/* RFC 6522 4: broken headers as quoted-printable */
	has(part[3],
	    "Content-Type: text/rfc822-headers; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nSubject: =C3=BC\n");
	buf_done(&out);
}

static void
addresses_beyond_ascii_want_the_global_types(void **state)
{
	const struct rcpt utf8 = {.addr = UMLAUT, .orcpt = "b\\@x.org"};
	const struct rcpt *const rcpts[] = {&utf8};
	struct dsn d = about(rcpts, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	set_text(&d, EIGHT_BIT, false);
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[0], "report-type=global-delivery-status;");
	has(part[0], "\nContent-Transfer-Encoding: 8bit\n");
	has(part[2], "message/global-delivery-status\nContent-Transfer-Encoding: 8bit\n\n");
	has(part[2], "Original-Recipient: rfc822; b\\@x.org\n");
	has(part[2], "Final-Recipient: utf-8; " UMLAUT "\n");
	has(part[3], "message/global-headers\nContent-Transfer-Encoding: 8bit\n\n" EIGHT_BIT);

	/* no UTF-8: no such type */
	set_text(&d, "Subject: \xfc\r\n", false);
	buf_clear(&out);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[3], "text/rfc822-headers; charset=unknown-8bit\n");
	has(part[3], "Subject: =FC\n");
	buf_done(&out);
}

static void
a_relay_that_takes_no_8_bits_gets_none(void **state)
{
	const struct rcpt utf8 = {.addr = UMLAUT, .orcpt = "\xc3\xa4+@x.org"};
	const struct rcpt *const rcpts[] = {&utf8};
	struct dsn d = about(rcpts, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	d.narrow = true;
	set_text(&d, EIGHT_BIT "\r\n\xc3\xbc\r\n", true);
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	assert_false(str_has_8bit(out.data, out.len));
	split(&out, part);
	has(part[0], "report-type=delivery-status;");
	/* RFC 6533 3: utf-8-addr-xtext */
	has(part[2], "Original-Recipient: utf-8; \\x{E4}\\x{2B}@x.org\n");
	has(part[2], "Final-Recipient: utf-8; j\\x{FC}@x.org\n");
	has(part[1], "Its header is attached.");
	has(part[3], "text/rfc822-headers; charset=utf-8\n");
	buf_done(&out);
}

static void
the_whole_message_goes_back_where_it_is_wanted(void **state)
{
	static const struct {
		const char *text, *has, *has_not;
	} rows[] = {
	    {HEADER "\r\nhi\r\n", "Content-Type: message/rfc822\n\n" HEADER "\r\nhi\r\n", "8bit"},
	    {HEADER "\r\n\xfc\r\n",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n" HEADER, "text"},
	    {EIGHT_BIT "\r\nhi\r\n",
		"Content-Type: message/global\nContent-Transfer-Encoding: 8bit\n\n" EIGHT_BIT,
		"text"},
	};
	const struct rcpt *const rcpts[] = {&bob};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dsn d = about(rcpts, 1);
		const char *part[5];
		struct buf out;

		set_text(&d, rows[i].text, true);
		buf_init(&out, 10000);
		dsn_format(&d, &out);
		assert_int_equal(strstr(out.data, "boundary") < strstr(out.data, ": 8bit\n"),
		    strstr(rows[i].has, "8bit") != NULL);
		split(&out, part);
		has(part[1], "It is attached.");
		has(part[3], rows[i].has);
		has_not(part[3], rows[i].has_not);
		buf_done(&out);
	}
}

static void
no_line_is_too_long(void **state)
{
	struct rcpt one = bob;
	const struct rcpt *const rcpts[] = {&one};
	struct dsn d = about(rcpts, 1);
	struct err why = no_such;
	char envid[3000], header[3000];
	struct buf out;

	(void)state;
	memset(envid, 'e', sizeof envid - 1);
	envid[sizeof envid - 1] = '\0';
	memset(why.text, 'w', sizeof why.text - 1);
	one.why = &why;
	one.orcpt = envid;
	message.envid = envid;
	message.message_id = envid;
	memset(header, 'h', sizeof header);
	memcpy(header, "Subject: ", 9);
	memcpy(header + sizeof header - 3, "\r\n", 3);
	set_text(&d, header, true);
	buf_init(&out, 100000);
	dsn_format(&d, &out);
	for (char *p = out.data, *nl; (nl = strchr(p, '\n')) != NULL; p = nl + 1)
		assert_in_range(nl - p, 0, 998);
	has(out.data, "text/rfc822-headers; charset=utf-8\nContent-Transfer-Encoding: quoted");
	buf_done(&out);
}

static void
a_digest_names_the_recipients_of_each_message(void **state)
{
	const struct rcpt *const first[] = {&bob}, *const second[] = {&ann, &bob};
	struct dsn_about both[] = {
	    {.id = "AAAAAA", .message_id = "<1@x.org>", .rcpts = first, .nrcpts = 1},
	    {.id = "BBBBBB",
		.arrival_ms = INT64_C(1767225600000),
		.last_ms = INT64_C(1767225601000),
		.rcpts = second,
		.nrcpts = 2},
	};
	struct dsn d = about(first, 1);
	struct buf out;
	const char *at;
	size_t n = 0;

	(void)state;
	d.about = both;
	d.nabout = 2;
	d.text = NULL;
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	has(out.data, "Subject: 2 messages could not be delivered\n");
	has(out.data, "<1@x.org>, queue id AAAAAA, to:\n  b@x.org\n");
	has(out.data,
	    "queue id BBBBBB, to:\n  a@x.org\n      4.4.7 no answer for 5 days\n  b@x.org\n");
	has(out.data, "X-Postrider-Queue-ID: AAAAAA\nX-Postrider-Message-ID: <1@x.org>\n");
	has(out.data,
	    "Last-Attempt-Date: Thu, 01 Jan 2026 00:00:01 +0000\nX-Postrider-Queue-ID: BBBBBB\n");
	has_not(out.data, "Arrival-Date");
	has_not(out.data, "In-Reply-To");
	has_not(out.data, "rfc822-headers");
	for (at = out.data; (at = strstr(at, "Final-Recipient")) != NULL; at++)
		n++;
	assert_int_equal(n, 3);
	buf_done(&out);
}

static void
five_thousand_are_named_to_programs_and_a_thousand_to_people(void **state)
{
	const struct rcpt **list = calloc(5000, sizeof *list);
	size_t words = 0, fields = 0;
	struct buf out;
	struct dsn d;

	(void)state;
	assert_non_null(list);
	for (size_t i = 0; i < 5000; i++)
		list[i] = &bob;
	d = about(list, 5000);
	buf_init(&out, (size_t)4 << 20);
	dsn_format(&d, &out);
	assert_false(out.overflow);
	assert_in_range(out.len, 900000, 1100000);
	for (const char *p = out.data; (p = strstr(p, "  b@x.org\n")) != NULL; p++)
		words++;
	for (const char *p = out.data; (p = strstr(p, "Final-Recipient:")) != NULL; p++)
		fields++;
	assert_int_equal(words, 1000);
	assert_int_equal(fields, 5000);
	has(out.data, "\nand to 4000 more: all of them are in the attached report.\n");
	buf_done(&out);
	free(list);
}

static void
what_the_sender_chose_starts_no_field(void **state)
{
	const struct rcpt one = {
	    .addr = "b@x.org",
	    .orcpt = "b@x.org\nAction: delivered\n\nFinal-Recipient: rfc822; c@x.org",
	};
	const struct rcpt *const rcpts[] = {&one};
	struct dsn d = about(rcpts, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	message.envid = "E1\r\nReporting-MTA: dns; evil.example";
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[2], "\nOriginal-Recipient: rfc822; b@x.org");
	has(part[2], "\nOriginal-Envelope-Id: E1");
	has_not(part[2], "\nAction: delivered");
	has_not(part[2], "\nFinal-Recipient: rfc822; c@x.org");
	has_not(part[2], "\nReporting-MTA: dns; evil.example");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_failure_names_each_recipient_and_the_reason),
	    cmocka_unit_test(a_delay_says_how_long_it_is_tried),
	    cmocka_unit_test(what_can_be_said_in_7_bits_is),
	    cmocka_unit_test(addresses_beyond_ascii_want_the_global_types),
	    cmocka_unit_test(a_relay_that_takes_no_8_bits_gets_none),
	    cmocka_unit_test(the_whole_message_goes_back_where_it_is_wanted),
	    cmocka_unit_test(no_line_is_too_long),
	    cmocka_unit_test(a_digest_names_the_recipients_of_each_message),
	    cmocka_unit_test(five_thousand_are_named_to_programs_and_a_thousand_to_people),
	    cmocka_unit_test(what_the_sender_chose_starts_no_field),
	};

	if (setenv("TZ", "UTC0", 1) != 0)
		return 1;
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
