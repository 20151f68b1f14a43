/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/str.h"
#include "cli/log_print.h"
#include "cli/log_record.h"

#define NOW INT64_C(1795416685000) /* 2026-11-23T06:51:25Z */
#define AT "2026-11-23T06:00:00Z postrider[811]: "

static bool
read_line(struct arena *mem, const char *line, struct log_record *out)
{
	return log_record_read(mem, line, strlen(line), NOW, out);
}

static void
heads_of_all_kinds_are_read(void **state)
{
	static const struct {
		const char *claim, *line, *program; /* NULL: no line of ours */
		uint64_t pid;
		int64_t at; /* seconds before NOW */
	} rows[] = {
	    {"our own file", AT "status=sent", "postrider", 811, 3085},
	    {"journalctl", "2026-11-23T07:00:00+0100 nas sendmail[5]: status=sent", "sendmail", 5,
		3085},
	    {"rsyslog", "2026-11-23T06:00:00.5+00:00 nas sendmail/cron[5]: status=sent",
		"sendmail/cron", 5, 3084},
	    {"traditional", "Nov 23 06:51:25 nas postrider[1]: status=sent", "postrider", 1, 0},
	    {"a host of one letter", "Nov 23 06:51:25 n postrider[1]: status=sent", "postrider", 1,
		0},
	    {"a colon is no program", "Nov 23 06:51:25 : status=sent", NULL, 0, 0},
	    {"no pid", "Nov 23 06:51:25 nas postrider: status=sent", "postrider", 0, 0},
	    {"a host with a colon is none", "Nov 23 06:51:25 fe80::1: status=sent", "fe80::1", 0,
		0},
	    {"no time", "nas postrider[1]: status=sent", NULL, 0, 0},
	    {"no program", "Nov 23 06:51:25 status=sent", NULL, 0, 0},
	    {"too many words", "Nov 23 06:51:25 a b c[1]: status=sent", NULL, 0, 0},
	    {"nothing behind it", "Nov 23 06:51:25 nas postrider[1]:", NULL, 0, 0},
	    {"another program's",
		"Nov 23 06:51:25 nas postfix/smtp[1]: 4F3: to=<a@b>, status=sent (250 OK)", NULL, 0,
		0},
	    {"no status", AT "id=3KF9Q2 text=\"x\"", NULL, 0, 0},
	    {"a status of somebody else", AT "status=delivered", NULL, 0, 0},
	    {"a line of journalctl's own", "-- Boot 8a8a --", NULL, 0, 0},
	    {"nothing", "", NULL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena mem = {NULL};
		struct log_record r;

		if (read_line(&mem, rows[i].line, &r) != (rows[i].program != NULL))
			fail_msg("%s", rows[i].claim);
		if (rows[i].program != NULL &&
		    (!str_eq(r.program, rows[i].program) || r.pid != rows[i].pid ||
			(NOW - r.at_ms) / 1000 != rows[i].at))
			fail_msg("%s: %s, %d, %d s", rows[i].claim, r.program, (int)r.pid,
			    (int)((NOW - r.at_ms) / 1000));
		arena_done(&mem);
	}
}

static void
what_a_terminal_obeys_is_escaped(void **state)
{
	struct arena mem = {NULL};
	struct log_record r;

	(void)state;
	assert_true(read_line(&mem, AT "status=sent text=\"\x1b[2J\xff\"", &r));
	assert_string_equal(log_record_get(&mem, &r, "text"), "\\x1b[2J\\xff");
	assert_true(log_record_read(&mem, AT "status=sent text=a\0b",
	    sizeof(AT "status=sent text=a\0b") - 1, NOW, &r));
	assert_string_equal(log_record_get(&mem, &r, "text"), "a\\x00b");
	arena_done(&mem);
}

#define LINE \
	AT "message-id=<1@nas.example> id=01m8dc8pp0crwsjd from=<> to=<Bob@X.example> " \
	   "status=refused code=550"

static void
filters_choose(void **state)
{
	static const struct {
		const char *claim;
		struct log_filter filter;
		bool fits;
	} rows[] = {
	    {"none", {0}, true},
	    {"since before", {.since_ms = NOW - 3085000}, true},
	    {"since after", {.since_ms = NOW - 3084999}, false},
	    {"until after", {.until_ms = NOW - 3085000}, true},
	    {"until before", {.until_ms = NOW - 3085001}, false},
	    {"to, whatever the case", {.to = "bob@x.example"}, true},
	    {"to, a pattern", {.to = "*@x.example"}, true},
	    {"to, another", {.to = "bob"}, false},
	    {"from nobody", {.from = "<>"}, true},
	    {"from another", {.from = "a@b"}, false},
	    {"failed", {.failed = true}, true},
	    {"the id as shown", {.id = "CRWSJD"}, true},
	    {"the whole id", {.id = "01m8dc8pp0crwsjd"}, true},
	    {"another id", {.id = "CRWSJE"}, false},
	    {"too little of an id", {.id = "sjd"}, false},
	    {"a Message-ID", {.id = "<1@nas.example>"}, true},
	    {"a Message-ID without brackets", {.id = "1@nas.example"}, true},
	    {"half a Message-ID", {.id = "1@nas.exampl"}, false},
	    {"too long a Message-ID", {.id = "1@nas.example>x"}, false},
	    {"all of it", {.to = "*@x*", .from = "<>", .failed = true, .id = "crwsjd"}, true},
	    {"one that does not", {.to = "*@x*", .from = "<>", .failed = true, .id = "crwsjx"},
		false},
	};
	struct arena mem = {NULL};
	struct log_record r;

	(void)state;
	assert_true(read_line(&mem, LINE, &r));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (log_record_fits(&mem, &r, &rows[i].filter) != rows[i].fits)
			fail_msg("%s", rows[i].claim);
	arena_done(&mem);
}

static void
a_key_that_is_not_there_fits_no_pattern(void **state)
{
	const struct log_filter to = {.to = "*"}, id = {.id = "3KF9Q2"}, failed = {.failed = true};
	struct arena mem = {NULL};
	struct log_record r;

	(void)state;
	assert_true(read_line(&mem, AT "status=received nrcpt=1", &r));
	assert_false(log_record_fits(&mem, &r, &to));
	assert_false(log_record_fits(&mem, &r, &id));
	assert_false(log_record_fits(&mem, &r, &failed));
	arena_done(&mem);
}

static void
lines_for_a_person(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
	    {LINE " enhanced=5.1.1 text=\"No such user\"",
		"2026-11-23 06:00:00  CRWSJD  refused   Bob@X.example                 550 5.1.1 No "
		"such user\n"},
	    {AT "from=<a@b> status=received nrcpt=1 size=1025 uid=5 user=ann",
		"2026-11-23 06:00:00          received  1 recipient                   from a@b, 2 "
		"KB, by ann\n"},
	    {AT "from=<> status=received nrcpt=3 size=0 uid=5",
		"2026-11-23 06:00:00          received  3 recipients                  from <>, 0 "
		"KB, by uid 5\n"},
	    {AT "id=3kf9q2 to=<a@b> status=removed user=ann text=\"Later\"",
		"2026-11-23 06:00:00  3KF9Q2  removed   a@b                           by ann: "
		"Later\n"},
	    {AT "id=3kf9q2 to=<a@b> status=held reason=configuration text=\"x:4:7\"",
		"2026-11-23 06:00:00  3KF9Q2  held      a@b                           "
		"configuration: x:4:7\n"},
	    {AT "id=3kf9q2 to=<a@b> status=bounced told=<c@d> code=550 text=\"No\"",
		"2026-11-23 06:00:00  3KF9Q2  bounced   a@b                           c@d was "
		"told: 550 No\n"},
	    {AT "status=failed text=\"no recipients\"",
		"2026-11-23 06:00:00          failed                                  no "
		"recipients\n"},
	    {AT "id=3kf9q2 to=<a@b> status=sent", "2026-11-23 06:00:00  3KF9Q2  sent      a@b\n"},
	};
	const struct ui ui = {.width = 80};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena mem = {NULL};
		struct log_record r;
		struct buf out;

		buf_init(&out, 10000);
		assert_true(read_line(&mem, rows[i].line, &r));
		log_print_text(&ui, &mem, &r, &out);
		assert_string_equal(buf_str(&out), rows[i].text);
		buf_done(&out);
		arena_done(&mem);
	}
}

static void
on_a_terminal_the_words_stay_below_each_other(void **state)
{
	const struct ui ui = {.width = 100, .out_tty = true, .out_color = true};
	struct arena mem = {NULL};
	struct log_record r;
	struct buf out;
	const char *second;

	(void)state;
	buf_init(&out, 10000);
	assert_true(
	    read_line(&mem, LINE " text=\"The mailbox is full, come back in a week or two\"", &r));
	log_print_text(&ui, &mem, &r, &out);
	assert_non_null(strstr(buf_str(&out), "\033[31mrefused\033[0m  "));
	second = strchr(buf_str(&out), '\n');
	assert_non_null(second);
	assert_int_equal(strspn(second + 1, " "), 69);
	buf_done(&out);
	arena_done(&mem);
}

static void
an_object_for_a_program(void **state)
{
	struct arena mem = {NULL};
	struct log_record r;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_true(
	    read_line(&mem, LINE " text=\"a \\\"b\\\"\" ms=212 size=x v=2 event=y new=1", &r));
	log_print_json(&mem, &r, &out);
	assert_string_equal(buf_str(&out),
	    "{\"v\":1,\"event\":\"log\",\"time\":\"2026-11-23T06:00:00Z\",\"program\":\"postrider\","
	    "\"pid\":811,\"message-id\":\"<1@nas.example>\",\"id\":\"01m8dc8pp0crwsjd\",\"from\":\"\","
	    "\"to\":\"Bob@X.example\",\"status\":\"refused\",\"code\":550,\"text\":\"a \\\"b\\\"\","
	    "\"ms\":212,\"size\":\"x\",\"new\":\"1\"}\n");
	buf_done(&out);
	arena_done(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_of_all_kinds_are_read),
	    cmocka_unit_test(what_a_terminal_obeys_is_escaped),
	    cmocka_unit_test(filters_choose),
	    cmocka_unit_test(a_key_that_is_not_there_fits_no_pattern),
	    cmocka_unit_test(lines_for_a_person),
	    cmocka_unit_test(on_a_terminal_the_words_stay_below_each_other),
	    cmocka_unit_test(an_object_for_a_program),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
