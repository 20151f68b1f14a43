/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "cli/crontab.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])
#define OURS "*/5 * * * * postrider " CRONTAB_MARK

static void
one_line_is_ours_and_no_other_is_touched(void **state)
{
	static const struct {
		const char *claim, *text, *line, *after;
		bool found;
	} rows[] = {
	    {"into an empty one", "", OURS, OURS "\n", false},
	    {"behind others", "a\nb\n", OURS, "a\nb\n" OURS "\n", false},
	    {"a last line without its end gets one", "a", OURS, "a\n" OURS "\n", false},
	    {"an old one is replaced", "a\nx " CRONTAB_MARK "\nb\n", OURS, "a\nb\n" OURS "\n",
		true},
	    {"all of them are", OURS "\n" OURS "\n", OURS, OURS "\n", true},
	    {"blanks behind the mark", OURS " \t\r\n", NULL, "", true},
	    {"taken away", "a\n" OURS "\nb\n", NULL, "a\nb\n", true},
	    {"nothing to take away", "a\n\nb\n", NULL, "a\n\nb\n", false},
	    {"somebody's comment", "# see " CRONTAB_MARK "\n", NULL, "# see " CRONTAB_MARK "\n",
		false},
	    {"the mark inside a line", CRONTAB_MARK "s are fine\n", NULL,
		CRONTAB_MARK "s are fine\n", false},
	    {"the mark alone is a comment", CRONTAB_MARK "\n", NULL, CRONTAB_MARK "\n", false},
	};

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		struct buf after, line;

		buf_init(&after, SIZE_MAX);
		buf_init(&line, SIZE_MAX);
		crontab_edit(rows[i].text, rows[i].line, &after);
		if (!str_eq(buf_str(&after), rows[i].after))
			fail_msg("%s: '%s'", rows[i].claim, buf_str(&after));
		if (crontab_find(rows[i].text, &line) != rows[i].found)
			fail_msg("%s: found '%s'", rows[i].claim, buf_str(&line));
		buf_done(&after);
		buf_done(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_line_is_ours_and_no_other_is_touched),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
