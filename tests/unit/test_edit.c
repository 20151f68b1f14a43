/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only the lines concerned change, and what comes out means what was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/edit.h"

struct row {
	const char *claim, *before;
	enum schema_section kind;
	const char *name, *key, *value, *after;
};

static const struct row rows[] = {
    {"an empty file gets the section", "", SECTION_ACCOUNT, "a", "port", "25",
	"[account a]\nport = 25\n"},
    {"a value is replaced in its place", "# x\n[account a]\nhost = h\nport = 1\nuser = u\n",
	SECTION_ACCOUNT, "a", "port", "25", "# x\n[account a]\nhost = h\nport = 25\nuser = u\n"},
    {"a new key comes behind the last one of its section, before what follows",
	"[account a]\nhost = h\n\n# the other\n[account b]\nhost = i\n", SECTION_ACCOUNT, "a",
	"port", "25", "[account a]\nhost = h\nport = 25\n\n# the other\n[account b]\nhost = i\n"},
    {"the same key of another account stays", "[account b]\nport = 1\n[account a]\nport = 2\n",
	SECTION_ACCOUNT, "a", "port", "25", "[account b]\nport = 1\n[account a]\nport = 25\n"},
    {"a section without keys", "[account a]\n", SECTION_ACCOUNT, "a", "port", "25",
	"[account a]\nport = 25\n"},
    {"what goes on behind the value goes with it",
	"[account a]\nfrom = a@b,\n  c@d,\n\te@f\nuser = u\n", SECTION_ACCOUNT, "a", "from", "x@y",
	"[account a]\nfrom = x@y\nuser = u\n"},
    {"a new key comes behind such a value", "[account a]\nfrom = a@b,\n  c@d\n", SECTION_ACCOUNT,
	"a", "port", "1", "[account a]\nfrom = a@b,\n  c@d\nport = 1\n"},
    {"a list on several lines becomes one", "[account a]\nfrom = a@b\nuser = u\nfrom = c@d\n",
	SECTION_ACCOUNT, "a", "from", "x@y", "[account a]\nfrom = x@y\nuser = u\n"},
    {"a section that is there twice", "[account a]\nhost = h\n[queue]\n[account a]\nuser = u\n",
	SECTION_ACCOUNT, "a", "port", "1",
	"[account a]\nhost = h\n[queue]\n[account a]\nuser = u\nport = 1\n"},
    {"a file whose last line has no end", "[account a]\nhost = h", SECTION_ACCOUNT, "a", "port",
	"1", "[account a]\nhost = h\nport = 1\n"},
    {"and whose last line is the one", "[account a]\nport = 2", SECTION_ACCOUNT, "a", "port", "1",
	"[account a]\nport = 1\n"},
    {"a missing section comes last, behind an empty line", "[account a]\nhost = h\n",
	SECTION_DEFAULTS, "", "timeout", "9s",
	"[account a]\nhost = h\n\n[defaults]\ntimeout = 9s\n"},
    {"line ends of Windows stay", "[account a]\r\nhost = h\r\n", SECTION_ACCOUNT, "a", "port", "1",
	"[account a]\r\nhost = h\r\nport = 1\r\n"},
    {"a key for a newer version is replaced", "[account a]\n?port = 2\n", SECTION_ACCOUNT, "a",
	"port", "1", "[account a]\nport = 1\n"},
    {"a comment that looks like it stays", "[account a]\n# port = 2\nhost = h\n", SECTION_ACCOUNT,
	"a", "port", "1", "[account a]\n# port = 2\nhost = h\nport = 1\n"},
    {"blanks at the ends of a value are kept", "[account a]\n", SECTION_ACCOUNT, "a", "user", " u ",
	"[account a]\nuser = \" u \"\n"},
    {"quotation marks around it, too", "[account a]\n", SECTION_ACCOUNT, "a", "user", "\"u\\\"",
	"[account a]\nuser = \"\\\"u\\\\\\\"\"\n"},
    {"marks within it need nothing", "[account a]\n", SECTION_ACCOUNT, "a", "user", "u\"#;v",
	"[account a]\nuser = u\"#;v\n"},
    {"a key is taken out", "[account a]\nhost = h\nport = 2\n  \nuser = u\n", SECTION_ACCOUNT, "a",
	"port", NULL, "[account a]\nhost = h\n  \nuser = u\n"},
    {"one that is not there needs nothing", "[account a]\nhost = h\n", SECTION_ACCOUNT, "a", "port",
	NULL, "[account a]\nhost = h\n"},
    {"nor does a section", "[account a]\nhost = h\n", SECTION_QUEUE, "", "lifetime", NULL,
	"[account a]\nhost = h\n"},
    {"a broken line stays for its author", "[account a]\nhost\nport = 2\n", SECTION_ACCOUNT, "a",
	"port", "1", "[account a]\nhost\nport = 1\n"},
};

static void
lines_change_as_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct buf text;
		struct err e;

		buf_init(&text, SIZE_MAX);
		(void)buf_adds(&text, r->before);
		assert_true(edit_set(&text, r->kind, r->name, r->key, r->value, &e));
		if (strcmp(buf_str(&text), r->after) != 0)
			fail_msg("%s: got <%s>", r->claim, buf_str(&text));
		/* asked again it is content */
		assert_true(edit_set(&text, r->kind, r->name, r->key, r->value, &e));
		assert_string_equal(buf_str(&text), r->after);
		buf_done(&text);
	}
}

static void
what_cannot_stand_on_a_line_is_refused(void **state)
{
	static const char *const values[] = {"a\nb", "a\rb", "\001", "\xff", "a\tb"};
	struct buf text;
	struct err e;

	(void)state;
	buf_init(&text, SIZE_MAX);
	(void)buf_adds(&text, "[account a]\n");
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		assert_false(edit_set(&text, SECTION_ACCOUNT, "a", "user", values[i], &e));
	assert_string_equal(buf_str(&text), "[account a]\n");
	buf_done(&text);
}

static void
a_section_is_appended_behind_an_empty_line(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, SIZE_MAX);
	edit_append(&text, "[account a]\nhost = h\n");
	edit_append(&text, "[account b]\nhost = i\n");
	assert_string_equal(buf_str(&text), "[account a]\nhost = h\n\n[account b]\nhost = i\n");
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_change_as_asked),
	    cmocka_unit_test(what_cannot_stand_on_a_line_is_refused),
	    cmocka_unit_test(a_section_is_appended_behind_an_empty_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
