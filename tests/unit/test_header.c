/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/header.h"

static const struct {
	const char *name, *line;
	bool want;
} lines[] = {
    {"field", "To: x", true},
    {"no blank behind the colon", "To:x", true},
    {"no value", "To:", true},
    {"blanks before the colon", "To \t: x", true},
    {"one letter", "X:", true},
    {"odd but printable name", "!#$%&'*+-.^_|~\"(),/;<=>?@[\\]{}`: x", true},
    {"nothing", "", false},
    {"no colon", "hello", false},
    {"colon first", ": x", false},
    {"blank first", " To: x", false},
    {"two words before the colon", "Hello you: x", false},
    {"mailbox line", "From bob Mon Jan 1 12:00", false},
    {"8-bit name", "T\xc3\xb6: x", false},
    {"control character in the name", "T\x01: x", false},
    {"DEL in the name", "T\x7f: x", false},
};

static void
field_lines_are_told_from_text(void **state)
{
	char name[HEADER_NAME_MAX + 2] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (header_is_field_line(lines[i].line, strlen(lines[i].line)) != lines[i].want)
			fail_msg("%s: \"%s\"", lines[i].name, lines[i].line);
	assert_false(header_is_field_line("To:", 2)); /* the colon is behind the end */
	memset(name, 'x', sizeof(name));
	name[HEADER_NAME_MAX + 1] = ':';
	name[HEADER_NAME_MAX] = ':';
	assert_true(header_is_field_line(name, sizeof(name)));
	name[HEADER_NAME_MAX] = 'x'; /* no line is long enough for it */
	assert_false(header_is_field_line(name, sizeof(name)));
}

/* Each field as "name=value;" with its length checked against the text. */
static void
show(const char *block, size_t n, struct buf *out)
{
	struct header_field f;
	size_t pos = 0, before = 0;

	buf_clear(out);
	while (header_next(block, n, &pos, &f)) {
		assert_ptr_equal(f.start, block + before);
		assert_int_equal(f.len, pos - before);
		assert_true(f.value >= f.start && f.value + f.value_len <= f.start + f.len);
		buf_add(out, f.start, f.name_len);
		buf_addc(out, '=');
		header_unfold(&f, out);
		buf_addc(out, ';');
		before = pos;
	}
}

static const struct {
	const char *name, *block, *want;
} blocks[] = {
    {"nothing", "", ""},
    {"an empty line", "\r\nA: b\r\n", ""},
    {"two fields and the end", "A: b\r\nC: d\r\n\r\nE: f\r\n", "A=b;C=d;"},
    {"folds are undone, their blanks stay", "A: b\r\n  c\r\n\td\r\nE: f\r\n", "A=b  c\td;E=f;"},
    {"a value that begins on the next line", "A:\r\n b\r\n", "A=b;"},
    {"blanks around are trimmed", "A: \t b \t\r\n", "A=b;"},
    {"no value", "A:\r\nB: \r\n", "A=;B=;"},
    {"blanks before the colon are no part of the name", "A \t: b\r\n", "A=b;"},
    {"colons in the value", "A: b:c\r\n", "A=b:c;"},
    {"no line end behind the last", "A: b\r\nC: d", "A=b;C=d;"},
    {"a fold at the end of the block", "A: b\r\n ", "A=b;"},
    {"a field of no colon has no name", "hello\r\nA: b\r\n", "=;A=b;"},
};

static void
fields_are_found_with_their_folds(void **state)
{
	struct buf got;

	(void)state;
	buf_init(&got, 1000);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		/* a copy of just that size: a sanitizer sees the first octet read behind it */
		size_t n = strlen(blocks[i].block);
		char *copy = malloc(n > 0 ? n : 1);

		memcpy(copy, blocks[i].block, n);
		show(copy, n, &got);
		free(copy);
		if (strcmp(buf_str(&got), blocks[i].want) != 0)
			fail_msg("%s: %s", blocks[i].name, buf_str(&got));
	}
	buf_done(&got);
}

static void
a_field_is_found_by_its_whole_name_in_any_case(void **state)
{
	static const char block[] = "Tom: 1\r\nTO : 2\r\nto: 3\r\n\r\nCc: 4\r\n";
	struct header_field f;

	(void)state;
	assert_true(header_find(block, strlen(block), "To", &f));
	assert_int_equal(f.value_len, 2);
	assert_memory_equal(f.value, " 2", 2);
	assert_true(header_is(&f, "to"));
	assert_false(header_is(&f, "T"));
	assert_false(header_is(&f, "To "));
	assert_false(header_find(block, strlen(block), "Cc", &f)); /* behind the header */
	assert_false(header_find(block, 0, "To", &f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(field_lines_are_told_from_text),
	    cmocka_unit_test(fields_are_found_with_their_folds),
	    cmocka_unit_test(a_field_is_found_by_its_whole_name_in_any_case),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
