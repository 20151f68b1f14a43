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

static struct dsn
about(const struct rcpt *const *rcpts, size_t n)
{
	return (struct dsn){
	    .from = "postmaster@here.example",
	    .to = "me@here.example",
	    .host = "host.here.example",
	    .id = "ABCDEF",
	    .arrival_ms = INT64_C(1767225600000),
	    .now_ms = INT64_C(1767312000000),
	    .until_ms = INT64_C(1767657600000),
	    .rcpts = rcpts,
	    .nrcpts = n,
	    .header = HEADER,
	    .header_len = strlen(HEADER),
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
	d.message_id = "<1@x.org>";
	d.envid = "E1";
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

static void
eight_bit_octets_stay_where_they_may(void **state)
{
	static const char header[] = "Subject: \xc3\xbc\r\n";
	const struct rcpt plain = {.addr = "b@x.org", .why = &eight_bit, .server = "[::1]:25"};
	const struct rcpt utf8 = {.addr = "j\xc3\xbc@x.org"};
	const struct rcpt *const first[] = {&plain}, *const second[] = {&utf8};
	struct dsn d = about(first, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[1], "550 Unbekannt: \xc3\xbc (said [::1]:25)\n");
	has(part[2], "Status: 5.0.0\nRemote-MTA: dns; [::1]\n");
	has(part[2], "Diagnostic-Code: smtp; 550 Unbekannt: ??\n");
	has(part[3], "Content-Type: text/rfc822-headers\n\n");

	d = about(second, 1);
	d.header = header;
	d.header_len = strlen(header);
	buf_clear(&out);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[0], "report-type=global-delivery-status;");
	has(part[2], "message/global-delivery-status\nContent-Transfer-Encoding: 8bit\n\n");
	has(part[2], "Final-Recipient: utf-8; j\xc3\xbc@x.org\n");
	has(part[3],
	    "message/global-headers\nContent-Transfer-Encoding: 8bit\n\nSubject: \xc3\xbc\r\n");
	buf_done(&out);
}

static void
what_the_sender_chose_starts_no_field(void **state)
{
	const struct rcpt one = {
	    .addr = "b@x.org",
	    .orcpt = "rfc822;b@x.org\nAction: delivered\n\nFinal-Recipient: rfc822; c@x.org",
	};
	const struct rcpt *const rcpts[] = {&one};
	struct dsn d = about(rcpts, 1);
	const char *part[5];
	struct buf out;

	(void)state;
	d.envid = "E1\r\nReporting-MTA: dns; evil.example";
	buf_init(&out, 10000);
	dsn_format(&d, &out);
	split(&out, part);
	has(part[2], "\nOriginal-Recipient: rfc822;b@x.org");
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
	    cmocka_unit_test(eight_bit_octets_stay_where_they_may),
	    cmocka_unit_test(what_the_sender_chose_starts_no_field),
	};

	if (setenv("TZ", "UTC0", 1) != 0)
		return 1;
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
