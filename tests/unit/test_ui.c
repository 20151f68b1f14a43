/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/ui.h"

static void
text_is_broken_at_blanks(void **state)
{
	static const struct {
		const char *claim, *text;
		size_t indent, room;
		const char *out;
	} rows[] = {
	    {"nothing is an empty line", "", 2, 10, "\n"},
	    {"short text stays", "one two", 2, 10, "one two\n"},
	    {"exactly full", "one two th", 2, 10, "one two th\n"},
	    {"one too many", "one two thr", 2, 10, "one two\n  thr\n"},
	    {"a long word stays whole", "https://example.org/x y", 2, 10,
		"https://example.org/x\n  y\n"},
	    {"behind a short one it gets its own line", "see https://example.org/x", 2, 10,
		"see\n  https://example.org/x\n"},
	    {"blanks at a break go", "one two   three", 2, 8, "one two\n  three\n"},
	    {"lines stay lines", "one\ntwo", 2, 80, "one\n  two\n"},
	    {"an empty line between", "one\n\ntwo", 0, 80, "one\n\ntwo\n"},
	    {"no width, no break", "one two three", 2, SIZE_MAX, "one two three\n"},
	    {"characters are counted, not octets", "\xc3\xa4\xc3\xb6\xc3\xbc \xc3\x9f", 0, 5,
		"\xc3\xa4\xc3\xb6\xc3\xbc \xc3\x9f\n"},
	    {"controls are escaped", "a\033b", 0, 80,
		"a\\x1b"
		"b\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, SIZE_MAX);
		ui_wrapped(&b, rows[i].text, rows[i].indent, rows[i].room);
		if (strcmp(buf_str(&b), rows[i].out) != 0)
			fail_msg("%s: \"%s\"", rows[i].claim, buf_str(&b));
		buf_done(&b);
	}
}

/* Whether a terminal gets colour by itself is tested with one, in cli/terminal.t. */
static void
colour_can_be_commanded(void **state)
{
	const struct shared always = {.color = SHARED_COLOR_ALWAYS},
			    never = {.color = SHARED_COLOR_NEVER};
	struct ui ui;
	struct buf b;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	ui_init(&ui, "postrider", true, &always);
	assert_true(ui.out_color && ui.err_color);
	ui_init(&ui, "postrider", true, &never);
	assert_false(ui.out_color || ui.err_color);
	buf_init(&b, SIZE_MAX);
	ui_painted(&b, true, UI_BAD, "no");
	ui_painted(&b, true, UI_PLAIN, " ");
	ui_painted(&b, false, UI_BAD, "no");
	assert_string_equal(buf_str(&b), "\033[31mno\033[0m no");
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_broken_at_blanks),
	    cmocka_unit_test(colour_can_be_commanded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
