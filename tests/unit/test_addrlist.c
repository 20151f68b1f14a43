/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/addr.h"
#include "message/addrlist.h"

/* Mailboxes as "addr|name;" one behind the other, "!" behind them for an error, "{}" for a group. */
static void
show(struct arena *mem, const char *s, size_t n, struct buf *out, struct err *e)
{
	struct mailbox_list list = {.n = 0};
	size_t bad = 0;
	bool good;

	buf_clear(out);
	err_clear(e);
	good = addrlist_parse(mem, s, n, &list, &bad, e);
	for (size_t i = 0; i < list.n; i++) {
		const struct mailbox *m = &list.items[i];

		assert_true(m->start < m->end && m->end <= n);
		assert_true(addr_domain(m->addr) == NULL || addr_is_wire(m->addr));
		buf_addf(out, "%s%s%s;", m->addr, m->name != NULL ? "|" : "",
		    m->name != NULL ? m->name : "");
	}
	if (list.group)
		buf_adds(out, "{}");
	if (good)
		return;
	buf_addc(out, '!');
	assert_true(bad <= n);
	assert_int_equal(e->class, ERR_RECIPIENT);
	assert_int_equal(e->stage, STAGE_INPUT);
	assert_string_equal(e->status, "5.1.3");
}

static const struct {
	const char *name, *in, *want;
} lists[] = {
    {"nothing", "", ""},
    {"blanks", "  \t ", ""},
    {"commas alone", " , ,, ", ""},
    {"one", "bob@example.org", "bob@example.org;"},
    {"two", "a@x.org, b@y.org", "a@x.org;b@y.org;"},
    {"empty elements between", ",a@x.org,, ,b@y.org,", "a@x.org;b@y.org;"},
    {"semicolon in place of a comma", "a@x.org; b@y.org", "a@x.org;b@y.org;"},
    {"a bare name", "root", "root;"},
    {"a bare name in brackets", "<root>", "root;"},
    {"name and brackets", "Bob B <b@x.org>", "b@x.org|Bob B;"},
    {"brackets without blank", "Bob<b@x.org>", "b@x.org|Bob;"},
    {"dot in a phrase", "Bob B. Jones <b@x.org>", "b@x.org|Bob B. Jones;"},
    {"quoted name with a comma", "\"Jones, Bob\" <b@x.org>", "b@x.org|Jones, Bob;"},
    {"escapes in a name", "\"a\\\"b\\\\\" <b@x.org>", "b@x.org|a\"b\\;"},
    {"empty quoted name", "\"\" <b@x.org>", "b@x.org;"},
    {"many blanks in a phrase", "Bob   \t B <b@x.org>", "b@x.org|Bob B;"},
    {"comment as a name", "root (Cron Daemon)", "root|Cron Daemon;"},
    {"comment behind brackets", "<b@x.org> (Bob)", "b@x.org|Bob;"},
    {"comment inside brackets", "Bob <b(x)@(y)x.org(z)>", "b@x.org|Bob;"},
    {"nested comments", "b@x.org (a (b (c)) d)", "b@x.org|a (b (c)) d;"},
    {"comma and brackets in a comment", "b@x.org (a, <c@d>)", "b@x.org|a, <c@d>;"},
    {"escaped bracket in a comment", "b@x.org (a\\)b)", "b@x.org|a)b;"},
    {"quoted local part keeps its quotes", "\"a b\"@x.org", "\"a b\"@x.org;"},
    {"needless quotes go", "\"bob\"@x.org", "bob@x.org;"},
    {"quoted words around a dot", "\"a\".\"b\"@x.org", "a.b@x.org;"},
    {"quoted @", "\"a@b\"@x.org", "\"a@b\"@x.org;"},
    {"quoted comma in a local part", "\"a,b\"@x.org", "\"a,b\"@x.org;"},
    {"obsolete blanks around dots", "a . b @ x . org", "a.b@x.org;"},
    {"obsolete blanks beside a quoted word", "\"a\" . b@x.org", "a.b@x.org;"},
    {"source route", "<@a.org,@b.org:u@x.org>", "u@x.org;"},
    {"source route and a name", "U <@a.org:u@x.org>", "u@x.org|U;"},
    {"group", "f: a@x.org, B <b@y.org>;", "a@x.org;b@y.org|B;{}"},
    {"empty group", "undisclosed-recipients:;", "{}"},
    {"empty group with blanks", "undisclosed recipients : ;", "{}"},
    {"group between addresses", "a@x.org, g: b@x.org;, c@x.org", "a@x.org;b@x.org;c@x.org;{}"},
    {"quoted group name", "\"a, b\": c@x.org;", "c@x.org;{}"},
    {"fold", "a@x.org,\r\n b@x.org", "a@x.org;b@x.org;"},
    {"fold with LF", "a@x.org,\n\tb@x.org", "a@x.org;b@x.org;"},
    {"fold in a comment", "b@x.org (a\r\n b)", "b@x.org|a b;"},
    {"fold in a quoted name", "\"a\r\n b\" <b@x.org>", "b@x.org|a b;"},
    {"literal", "a@[192.0.2.1]", "a@[192.0.2.1];"},
    {"A-labels",
	"a@b\xc3\xbc"
	"cher.example",
	"a@xn--bcher-kva.example;"},
    {"UTF-8 name", "J\xc3\xbcrgen <j@x.org>", "j@x.org|J\xc3\xbcrgen;"},
    {"plus and slash", "a+b/c=d@x.org", "a+b/c=d@x.org;"},
    {"two words", "bob jones@x.org", "!"},
    {"two words that touch", "a\"b\"@x.org", "!"},
    {"two words that touch behind quotes", "\"a\"b@x.org", "!"},
    {"a quoted dot joins no words", "\"a.\" b@x.org", "!"},
    {"LF in quotes", "\"a\nb\"@x.org", "!"},
    {"CR in quotes", "\"a\rb\"@x.org", "!"},
    {"LF in a comment", "a@x.org (b\nc)", "!"},
    {"source route without its colon", "<@a.org,b@x.org>", "!"},
    {"comma in brackets", "<,b@x.org>", "!"},
    {"two words, one in quotes", "Bob \"The\" bob@x.org", "!"},
    {"two words, quotes in a comment between", "bob(\")jones@x.org", "!"},
    {"what was good before stays", "a@x.org, b c@x.org", "a@x.org;!"},
    {"empty brackets", "<>", "!"},
    {"no domain", "a@", "!"},
    {"no local part", "@x.org", "!"},
    {"route alone", "<@x.org>", "!"},
    {"two @", "a@b@x.org", "!"},
    {"bracket without end", "<a@x.org", "!"},
    {"bracket without beginning", "a@x.org>", "!"},
    {"text behind brackets", "<a@x.org> b", "!"},
    {"parameters in brackets", "<a@x.org SIZE=1>", "!"},
    {"open quotes", "\"a@x.org", "!"},
    {"open comment", "a@x.org (b", "!"},
    {"closing bracket alone", "a@x.org )", "!"},
    {"backslash at the end", "\"a\\", "!"},
    {"backslash outside quotes", "a\\b@x.org", "!"},
    {"group in a group", "a: b: c@x.org;;", "{}!"},
    {"LF and a command", "a@x.org\nRCPT TO:<b@x.org>", "!"},
    {"CRLF and a command", "a@x.org\r\nRSET", "!"},
    {"CR", "a@x.org\rb", "!"},
    {"CR in a quoted pair", "\"a\\\r\"@x.org", "!"},
    {"ESC", "a\x1b@x.org", "!"},
    {"literal without end", "a@[192.0.2.1", "!"},
    {"two dots are none of a domain", "a@x..org", "!"},
    {"invalid UTF-8", "\xff@x.org", "!"},
};

static void
lists_are_read_as_people_write_them(void **state)
{
	struct arena mem = {NULL};
	struct buf got;
	struct err e;

	(void)state;
	buf_init(&got, 10000);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		/* a copy of just that size: a sanitizer sees the first octet read behind it */
		size_t n = strlen(lists[i].in);
		char *copy = malloc(n > 0 ? n : 1);

		memcpy(copy, lists[i].in, n);
		show(&mem, copy, n, &got, &e);
		free(copy);
		if (strcmp(buf_str(&got), lists[i].want) != 0)
			fail_msg("%s: \"%s\" (%s)", lists[i].name, buf_str(&got), e.text);
	}
	buf_done(&got);
	arena_done(&mem);
}

static void
nul_is_an_error_wherever_it_stands(void **state)
{
	static const char text[] = "Bob \"B\" (c) <\"b\"@x.org> (d)";
	struct arena mem = {NULL};
	char copy[sizeof(text)];
	struct buf got;
	struct err e;

	(void)state;
	buf_init(&got, 1000);
	show(&mem, text, sizeof(text) - 1, &got, &e);
	assert_string_equal(buf_str(&got), "b@x.org|Bob B;");
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		show(&mem, copy, sizeof(text) - 1, &got, &e);
		if (got.len == 0 || got.data[got.len - 1] != '!')
			fail_msg("NUL at %zu: %s", i, buf_str(&got));
	}
	buf_done(&got);
	arena_done(&mem);
}

static void
errors_quote_the_element_without_control_characters(void **state)
{
	static const char text[] = "a@x.org, b\x1b[2J@x.org, c@x.org";
	struct mailbox_list list = {.n = 0};
	struct arena mem = {NULL};
	struct err e;
	size_t bad = 0, next;

	(void)state;
	assert_false(addrlist_parse(&mem, text, strlen(text), &list, &bad, &e));
	assert_int_equal(bad, 10);
	assert_non_null(strstr(e.text, "'b\\x1b[2J@x.org"));
	assert_null(strchr(e.text, 0x1b));
	next = addrlist_skip(text, strlen(text), addrlist_start(text, bad));
	assert_true(addrlist_parse(&mem, text + next, strlen(text) - next, &list, &bad, &e));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[1].addr, "c@x.org");
	assert_false(addrlist_parse(&mem, "<", 1, &list, NULL, NULL));
	arena_done(&mem);
}

static void
the_source_of_each_address_is_known(void **state)
{
	static const char text[] = "Bob <bob>, root (Cron), g: \"a b\" @ x.org;";
	static const char *const want[] = {"bob", "root", "\"a b\" @ x.org"};
	struct mailbox_list list = {.n = 0};
	struct arena mem = {NULL};

	(void)state;
	assert_true(addrlist_parse(&mem, text, strlen(text), &list, NULL, NULL));
	assert_int_equal(list.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct mailbox *m = &list.items[i];

		assert_int_equal(m->end - m->start, strlen(want[i]));
		assert_memory_equal(text + m->start, want[i], strlen(want[i]));
	}
	arena_done(&mem);
}

static const struct {
	const char *name, *text;
	size_t from, want;
} skips[] = {
    {"next comma", "a,b", 0, 2},
    {"none", "a b", 0, 3},
    {"comma as the last octet", "a,", 0, 2},
    {"comma in quotes", "\"a,b\",c", 0, 6},
    {"escaped quote", "\"a\\\",\",c", 0, 7},
    {"comma in a comment", "(a,b),c", 0, 6},
    {"quote in a comment", "(\"),c", 0, 4},
    {"comma in brackets", "<@a,@b:c>,d", 0, 10},
    {"backslash at the end", "\"\\", 0, 2},
    {"nothing", "", 0, 0},
    {"from the middle", "a,b,c", 2, 4},
};

static void
skipping_ends_behind_a_top_level_comma(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(skips) / sizeof(skips[0]); i++) {
		size_t got = addrlist_skip(skips[i].text, strlen(skips[i].text), skips[i].from);

		if (got != skips[i].want)
			fail_msg("%s: %zu", skips[i].name, got);
	}
	assert_int_equal(addrlist_start("a, \"b,c\"@x", 9), 3);
	assert_int_equal(addrlist_start("abc", 2), 0);
	assert_int_equal(addrlist_start("", 0), 0);
}

static void
hostile_depth_and_length_are_bounded(void **state)
{
	const size_t n = 1 << 20;
	static const char fills[] = "(<\",:;@.a\\[ >";
	struct arena mem = {NULL};
	char *text = malloc(n);
	struct err e;

	(void)state;
	for (const char *f = fills; *f != '\0'; f++) {
		struct mailbox_list list = {.n = 0};

		memset(text, *f, n);
		(void)addrlist_parse(&mem, text, n, &list, NULL, &e);
		assert_int_equal(list.n, 0);
		arena_done(&mem);
	}
	for (size_t i = 0; i < n; i++)
		text[i] = "a,"[i % 2];
	struct mailbox_list list = {.n = 0};

	assert_true(addrlist_parse(&mem, text, n, &list, NULL, &e));
	assert_int_equal(list.n, n / 2);
	arena_done(&mem);
	free(text);
}

static const struct {
	const char *name, *in, *want;
} names[] = {
    {"atoms", "Bob Jones", "Bob Jones"},
    {"a dot needs quotes", "Bob J.", "\"Bob J.\""},
    {"a comma needs quotes", "Jones, Bob", "\"Jones, Bob\""},
    {"quotes are escaped", "a\"b\\c", "\"a\\\"b\\\\c\""},
    {"8-bit text becomes a word", "J\xc3\xbcrgen", "=?UTF-8?Q?J=C3=BCrgen?="},
    {"what is no UTF-8 says so", "J\xfcrgen", "=?unknown-8bit?Q?J=FCrgen?="},
    {"what looks encoded is encoded", "=?x?=", "=?UTF-8?B?PT94Pz0=?="},
    {"what is encoded stays", "=?UTF-8?Q?J=C3=BCrgen?= B", "=?UTF-8?Q?J=C3=BCrgen?= B"},
    {"line breaks become blanks", "Bob\r\nBcc: a@x.org", "\"Bob  Bcc: a@x.org\""},
    {"an empty name", "", "\"\""},
    {"a blank in front", " a", "\" a\""},
};

static void
names_are_written_as_they_may_stand_before_an_address(void **state)
{
	struct arena mem = {NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *got = addrlist_quote_name(&mem, names[i].in);

		if (strcmp(got, names[i].want) != 0)
			fail_msg("%s: %s", names[i].name, got);
	}
	arena_done(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_read_as_people_write_them),
	    cmocka_unit_test(nul_is_an_error_wherever_it_stands),
	    cmocka_unit_test(errors_quote_the_element_without_control_characters),
	    cmocka_unit_test(the_source_of_each_address_is_known),
	    cmocka_unit_test(skipping_ends_behind_a_top_level_comma),
	    cmocka_unit_test(hostile_depth_and_length_are_bounded),
	    cmocka_unit_test(names_are_written_as_they_may_stand_before_an_address),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
