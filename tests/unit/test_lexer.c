/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dialect of configuration files (config.md 4.2). What the lexer says is written down as
 * text: "[kind|name]" and "key=value" for what it found, "LINE:COLUMN+WIDTH text (hint) <source>"
 * for what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/lexer.h"

static void
on_item(void *arg, const struct lexer_item *item)
{
	struct buf *out = arg;

	if (item->section)
		(void)buf_addf(out, "[%s|%s]\n", item->kind != NULL ? item->kind : "",
		    item->kind != NULL ? item->name : "");
	else
		(void)buf_addf(out, "%s%s=%s\n", item->optional ? "?" : "", item->name,
		    item->value);
}

static void
add_findings(struct buf *out, const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *f = &d->items[i];

		(void)buf_addf(out, "%d:%d+%d %s", f->line, f->column, f->width, f->text);
		if (f->hint != NULL)
			(void)buf_addf(out, " (%s)", f->hint);
		(void)buf_addf(out, " <%s>\n", f->source != NULL ? f->source : "");
	}
}

/* The text stands in a block of its own without a NUL, so that one octet too far is seen. */
static void
run(const char *text, size_t n, struct buf *out)
{
	struct arena mem = {NULL};
	struct diags d = {.n = 0};
	char *block = mem_alloc(n > 0 ? n : 1);

	memcpy(block, text, n);
	buf_init(out, (size_t)4 << 20);
	lexer_run(&mem, "f", block, n, on_item, out, &d);
	add_findings(out, &d);
	assert_false(out->overflow);
	diags_done(&d);
	arena_done(&mem);
	free(block);
}

struct row {
	const char *name, *text, *want;
};

static const struct row rows[] = {
    {"nothing is nothing", "", ""},
    {"blank lines and comments are nothing", "\n \t\n# a = b\n; a = b\n  # c\n", ""},
    {"a section has a kind and a name", "[account work]\n", "[account|work]\n"},
    {"blanks in a section header do not count", "  [  account \t work  ]  \n", "[account|work]\n"},
    {"a section may have no name", "[defaults]\n", "[defaults|]\n"},
    {"a pair is cut at the first equals sign", "a=b=c\n", "a=b=c\n"},
    {"blanks around key and value go", "a \t= \t b c \t\n", "a=b c\n"},
    {"the last line needs no end", "a = b", "a=b\n"},
    {"CRLF ends a line", "a = b\r\nc = d\r\n", "a=b\nc=d\n"},
    {"a number sign in a value is the value's", "a = b # c\n", "a=b # c\n"},
    {"a semicolon in a value is the value's", "a = b ; c\n", "a=b ; c\n"},
    {"backslashes are raw", "a = \\\"\\n\\\\\n", "a=\\\"\\n\\\\\n"},
    {"quotes at both edges keep blanks", "a = \"  b  \"\n", "a=  b  \n"},
    {"escapes are known between quotes", "a = \"b\\\"c\\\\d\"\n", "a=b\"c\\d\n"},
    {"other escapes stay as they are", "a = \"b\\nc\"\n", "a=b\\nc\n"},
    {"a quote at one edge only is the value's", "a = \"b\n", "a=\"b\n"},
    {"a single quote is not a quoted nothing", "a = \"\n", "a=\"\n"},
    {"quotes around two words each are the value's", "a = \"b\" \"c\"\n", "a=\"b\" \"c\"\n"},
    {"an empty quoted value is empty", "a = \"\"\n", "a=\n"},
    {"a quoted value may end in an escaped backslash", "a = \"b\\\\\"\n", "a=b\\\n"},
    {"a value may be empty", "a =\n", "a=\n"},
    {"a question mark makes a key optional", "?a = b\n? c = d\n", "?a=b\n?c=d\n"},
    {"a line that begins with a blank goes on", "a = b\n c\n\td\n", "a=b c d\n"},
    {"a value may begin on the next line", "a =\n  b\n", "a=b\n"},
    {"a comment does not end a value", "a = b\n # no\n c\n", "a=b c\n"},
    {"a blank line ends a value", "a = b\n\n[c]\n", "a=b\n[c|]\n"},
    {"an equals sign in a continuation is the value's", "a = b\n c=d\n", "a=b c=d\n"},
    {"UTF-8 stays", "a = b\xc3\xbc\n", "a=b\xc3\xbc\n"},

    {"a header wants its bracket", "[account a\n",
	"[|]\n1:1+10 a section has no closing bracket (write: [account NAME]) <[account a>\n"},
    {"a lone bracket is no header", "[\n",
	"[|]\n1:1+1 a section has no closing bracket (write: [account NAME]) <[>\n"},
    {"a pair wants its equals sign", "x\n", "1:1+1 expected 'key = value' <x>\n"},
    {"key and value without it get the right form", "\n  host  smtp.example.org \n",
	"2:3+22 expected 'key = value' (write: host = smtp.example.org) <  host  "
	"smtp.example.org >\n"},
    {"columns count characters, not octets", "\xc3\xbc\xc3\xbc x\n",
	"1:1+4 expected 'key = value' (write: \xc3\xbc\xc3\xbc = x) <\xc3\xbc\xc3\xbc x>\n"},
    {"what is wrong does not end the file", "x\na = b\n[y\nc = d\n",
	"a=b\n[|]\nc=d\n1:1+1 expected 'key = value' <x>\n"
	"3:1+2 a section has no closing bracket (write: [account NAME]) <[y>\n"},
    {"invalid UTF-8 is told with its place",
	"a = b\nc = d\xff"
	"e\n",
	"a=b\n2:6+1 a NUL or an octet that is not UTF-8 (save the file as UTF-8 text) <c = d?e>\n"},
    {"an overlong form is not UTF-8", "c = \xc0\xaf\n",
	"1:5+1 a NUL or an octet that is not UTF-8 (save the file as UTF-8 text) <c = ?"
	"?>\n"},

    {"a password without equals sign is not shown", "password hunter2\n",
	"1:1+16 expected 'key = value' <password(hidden)>\n"},
    {"nor one whose line is broken", "password = hunter2\xff\n",
	"1:19+1 a NUL or an octet that is not UTF-8 (save the file as UTF-8 text) <>\n"},
    {"nor one behind a tab", "password\thunter2\n",
	"1:1+16 expected 'key = value' <password(hidden)>\n"},
    {"nor one whose key has a slip of the pen", "pasword hunter2\n",
	"1:1+15 expected 'key = value' <pasword(hidden)>\n"},
    {"nor one that goes on in a broken line", "password = a\n hunter2\xff\n",
	"password=a\n2:9+1 a NUL or an octet that is not UTF-8 (save the file as UTF-8 text) <>\n"},
    {"a password at the end of the text is read no further", "password",
	"1:1+8 expected 'key = value' <password>\n"},
    {"UTF-8 before a broken octet is none", "a = \xc3\xbc\xff\n",
	"1:6+1 a NUL or an octet that is not UTF-8 (save the file as UTF-8 text) <a = "
	"\xc3\xbc?>\n"},
    {"nor one in a URL", "smtps://ann:hunter2@example.org\n",
	"1:1+31 expected 'key = value' <smtps://ann:(hidden)@example.org>\n"},
};

static void
dialect(void **state)
{
	const struct row *r = *state;
	struct buf out;

	run(r->text, strlen(r->text), &out);
	assert_string_equal(buf_str(&out), r->want);
	buf_done(&out);
}

static void
nul_is_told_with_its_place(void **state)
{
	static const char text[] = "a = b\0c\nd = e\n";
	struct buf out;

	(void)state;
	run(text, sizeof(text) - 1, &out);
	assert_string_equal(buf_str(&out),
	    "d=e\n1:6+1 a NUL or an octet that is not UTF-8 (save the file as UTF-8 text) <a = "
	    "b?c>\n");
	buf_done(&out);
}

/* "a = xxx..." of n octets in all, and what comes of it. */
static void
long_line(size_t n, struct buf *out)
{
	char *text = mem_alloc(n + 2);

	memset(text, 'x', n);
	memcpy(text, "a = ", 4);
	text[n] = '\n';
	run(text, n + 1, out);
	free(text);
}

static void
a_line_of_64_kib_is_taken(void **state)
{
	struct buf out;

	(void)state;
	long_line(65536, &out);
	assert_int_equal(out.len, 65536 - 4 + 3); /* "a=", the value, a line feed */
	assert_memory_equal(buf_str(&out), "a=xx", 4);
	buf_done(&out);
}

static void
a_longer_line_is_refused(void **state)
{
	struct buf out;

	(void)state;
	long_line(65537, &out);
	assert_non_null(strstr(buf_str(&out), "1:1+1 the line is longer than 64 KiB <a = xxx"));
	assert_true(out.len < 500); /* shown in part only */
	buf_done(&out);
}

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(nul_is_told_with_its_place),
	    cmocka_unit_test(a_line_of_64_kib_is_taken),
	    cmocka_unit_test(a_longer_line_is_refused),
	};
	static struct CMUnitTest tests[NROWS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, dialect, NULL, NULL,
		    (void *)(uintptr_t)&rows[i]};
	memcpy(&tests[NROWS], others, sizeof(others));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lexer", tests, NULL, NULL);
}
