/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/complain.h"

static const struct ui person = {.program = "postrider", .err_tty = true};
static const struct ui cron = {.program = "sendmail", .sendmail = true};

static void
findings_show_their_place(void **state)
{
	static const struct {
		const char *claim;
		const struct ui *ui;
		struct diag d;
		const char *text;
	} rows[] = {
	    {"line, caret and hint", &person,
		{.file = "a.conf",
		    .line = 4,
		    .column = 8,
		    .width = 3,
		    .source = "port = 58x",
		    .text = "'58x' is not a port number",
		    .hint = "use a number"},
		"postrider: a.conf:4:8: '58x' is not a port number\n"
		"     4 | port = 58x\n"
		"       |        ^^^\n"
		"hint: use a number\n"},
	    {"a width of nothing is one caret", &person,
		{.file = "a.conf", .line = 12, .column = 1, .source = "x", .text = "no"},
		"postrider: a.conf:12:1: no\n"
		"    12 | x\n"
		"       | ^\n"},
	    {"no place in the text", &person,
		{.file = "a.conf", .text = "cannot read it", .hint = "chmod"},
		"postrider: a.conf: cannot read it\nhint: chmod\n"},
	    {"a log gets one line", &cron,
		{.file = "a.conf",
		    .line = 4,
		    .column = 8,
		    .source = "port = x",
		    .text = "no",
		    .hint = "h"},
		"sendmail: a.conf:4:8: no\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, SIZE_MAX);
		complain_format(rows[i].ui, &rows[i].d, &b);
		if (strcmp(buf_str(&b), rows[i].text) != 0)
			fail_msg("%s:\n%s", rows[i].claim, buf_str(&b));
		buf_done(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(findings_show_their_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
