/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/addr.h"

#define L64 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234"
#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123"

static const struct {
	const char *name, *addr;
	bool want;
} wire[] = {
    {"plain", "bob@example.org", true},
    {"dots and atext", "a.b!#$%&'*+-/=?^_`{|}~@example.org", true},
    {"one label", "bob@localhost", true},
    {"underscore in the domain", "a@_dmarc.example.org", true},
    {"quoted local part", "\"a b\"@example.org", true},
    {"quoted at sign", "\"a@b\"@example.org", true},
    {"quoted quote", "\"a\\\"b\"@example.org", true},
    {"IPv4 literal", "a@[192.0.2.1]", true},
    {"IPv6 literal", "a@[IPv6:2001:db8::1]", true},
    {"UTF-8 on both sides",
	"j\xc3\xbcrgen@b\xc3\xbc"
	"cher.example",
	true},
    {"local part of 64", L64 "@example.org", true},
    {"local part of 65", L64 "x@example.org", false},
    {"label of 63", "a@" L63 ".org", true},
    {"label of 64", "a@" L64 ".org", false},
    {"254 in all",
	L64 "@" L63 "." L63 "." L63 "."
	    "org."
	    "a",
	false},
    {"nothing", "", false},
    {"null path", "<>", false},
    {"no domain", "root", false},
    {"quotes without a domain", "\"root\"", false},
    {"nothing before the @", "@example.org", false},
    {"nothing behind the @", "bob@", false},
    {"two @", "a@b@example.org", false},
    {"C1 control", "a\xc2\x85@example.org", false},
    {"C1 control in the domain", "a@x\xc2\x9b.org", false},
    {"no-break space is none", "a\xc2\xa0@example.org", true},
    {"escaped 8-bit octet", "\"\\\xc3\xb6\"@example.org", false},
    {"dot in front", ".a@example.org", false},
    {"dot at the end", "a.@example.org", false},
    {"two dots", "a..b@example.org", false},
    {"blank", "a b@example.org", false},
    {"angle brackets", "<a@example.org>", false},
    {"parameters behind a bracket", "a@example.org> SIZE=1", false},
    {"parameters behind a blank", "a@example.org SIZE=1", false},
    {"CRLF and a command", "a@example.org\r\nRSET", false},
    {"LF inside quotes", "\"a\nb\"@example.org", false},
    {"escaped CR inside quotes", "\"a\\\rb\"@example.org", false},
    {"DEL inside quotes", "\"a\x7f\"@example.org", false},
    {"open quotes", "\"a@example.org", false},
    {"backslash as the last octet", "\"a\\", false},
    {"text behind the quotes", "\"a\"b@example.org", false},
    {"comment", "a(x)@example.org", false},
    {"comma", "a,b@example.org", false},
    {"hyphen first in a label", "a@-example.org", false},
    {"hyphen last in a label", "a@example-.org", false},
    {"empty label", "a@example..org", false},
    {"final dot", "a@example.org.", false},
    {"bad IPv4 literal", "a@[192.0.2.256]", false},
    {"IPv6 without its tag", "a@[2001:db8::1]", false},
    {"literal without end", "a@[192.0.2.1", false},
    {"text behind the literal", "a@[192.0.2.1]x", false},
    {"invalid UTF-8", "\xff@example.org", false},
    {"overlong UTF-8", "\xc0\xaf@example.org", false},
};

static void
only_mailboxes_pass_to_the_wire(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wire) / sizeof(wire[0]); i++)
		if (addr_is_wire(wire[i].addr) != wire[i].want)
			fail_msg("%s: <%s> %s", wire[i].name, wire[i].addr,
			    wire[i].want ? "is refused" : "is taken");
}

static void
the_whole_has_at_most_254_octets(void **state)
{
	char addr[300];

	(void)state;
	for (int last = 50; last <= 63; last++) {
		int n = snprintf(addr, sizeof(addr), "%s@%s.%s.%.*s", L64, L63, &L63[1], last, L63);

		if (addr_is_wire(addr) != (n <= 254))
			fail_msg("%d octets", n);
	}
}

static const struct {
	const char *name, *local, *domain, *want; /* NULL: cannot be one */
} makes[] = {
    {"plain", "bob", "example.org", "bob@example.org"},
    {"no domain", "root", NULL, "root"},
    {"an empty domain is none", "root", "", "root"},
    {"case is kept", "Bob", "Example.ORG", "Bob@Example.ORG"},
    {"a blank needs quotes", "a b", "example.org", "\"a b\"@example.org"},
    {"an @ needs quotes, without a domain too", "a@b", NULL, "\"a@b\""},
    {"quote and backslash are escaped", "a\"\\", "x.org", "\"a\\\"\\\\\"@x.org"},
    {"two dots need quotes", "a..b", "x.org", "\"a..b\"@x.org"},
    {"a tab becomes a blank", "a\tb", "x.org", "\"a b\"@x.org"},
    {"A-labels", "a",
	"b\xc3\xbc"
	"cher.example",
	"a@xn--bcher-kva.example"},
    {"final dot goes", "a", "example.org.", "a@example.org"},
    {"literal", "a", "[192.0.2.1]", "a@[192.0.2.1]"},
    {"UTF-8 local part stays", "j\xc3\xbcrgen", "x.org", "j\xc3\xbcrgen@x.org"},
    {"64 octets", L64, "x.org", L64 "@x.org"},
    {"65 octets", L64 "x", "x.org", NULL},
    {"quotes count", L63 " ", "x.org", NULL},
    {"no local part", "", "x.org", NULL},
    {"line break", "a\nb", "x.org", NULL},
    {"CR", "a\r", "x.org", NULL},
    {"invalid UTF-8", "\xc3", "x.org", NULL},
    {"domain with a blank", "a", "x org", NULL},
    {"domain with a bracket", "a", "x.org> A=1", NULL},
    {"domain with LF", "a", "x.org\nRSET", NULL},
    {"domain that maps to a slash", "a", "x\xef\xbc\x8fy.org", NULL},
    {"bad literal", "a", "[x]", NULL},
    {"domain of a dot", "a", ".", NULL},
};

static void
parts_become_a_wire_address_or_none(void **state)
{
	struct arena mem = {NULL};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		err_clear(&e);
		const char *got = addr_make(&mem, makes[i].local, makes[i].domain, &e);

		if ((got == NULL) != (makes[i].want == NULL) ||
		    (got != NULL && strcmp(got, makes[i].want) != 0))
			fail_msg("%s: %s", makes[i].name, got != NULL ? got : "(none)");
		if (got == NULL) {
			assert_int_equal(e.class, ERR_RECIPIENT);
			assert_int_equal(e.stage, STAGE_INPUT);
			assert_string_equal(e.status, "5.1.3");
			assert_null(strpbrk(e.text, "\r\n"));
		} else if (makes[i].domain != NULL && makes[i].domain[0] != '\0') {
			assert_true(addr_is_wire(got));
		}
	}
	arena_done(&mem);
}

static void
the_domain_begins_behind_the_last_at_outside_quotes(void **state)
{
	(void)state;
	assert_string_equal(addr_domain("a@b"), "b");
	assert_string_equal(addr_domain("\"a@b\"@c"), "c");
	assert_string_equal(addr_domain("\"a\\\"@b\"@c"), "c");
	assert_string_equal(addr_domain("a@"), "");
	assert_null(addr_domain("root"));
	assert_null(addr_domain("\"a@b\""));
	assert_null(addr_domain(""));
}

static const struct {
	const char *a, *b;
	bool want;
} equal[] = {
    {"a@x.org", "a@x.org", true},
    {"a@x.org", "a@X.ORG", true},
    {"A@x.org", "a@x.org", false},
    {"a@x.org", "a@x.orgs", false},
    {"a@x.org", "ab@x.org", false},
    {"root", "root", true},
    {"root", "Root", false},
    {"root", "root@x.org", false},
    {"\"a@b\"", "a@b", false},
};

static const struct {
	const char *pattern, *addr;
	bool want;
} patterns[] = {
    {"ann@x.org", "ann@x.org", true},
    {"ann@x.org", "ann@X.org", true},
    {"ann@X.ORG", "ann@x.org", true},
    {"Ann@x.org", "ann@x.org", false},
    {"*@x.org", "anybody@x.org", true},
    {"*@x.org", "a@y.org", false},
    {"*@x.org", "a@sub.x.org", false},
    {"*@*.x.org", "a@sub.x.org", true},
    {"*@x.org", "\"a@y.org\"@x.org", true},
    {"ann@*", "ann@anywhere.example", true},
    {"ann@*", "joanna@anywhere.example", false},
    {"an?@x.org", "ann@x.org", true},
    {"an?@x.org", "an@x.org", false},
    {"*@x.org", "root", false},
    {"root", "root@x.org", false},
    {"*", "a@x.org", false},
    {"Ann*@x.org", "anne@x.org", false},
    {"ann*@X.*", "anne@x.org", true},
    {"a|b@x.org", "a|b@x.org", true},
    {"a|b@x.org", "a@x.org", false},
    {"", "a@x.org", false},
};

static void
equality_and_patterns_fold_the_domain_alone(void **state)
{
	char longest[400];

	(void)state;
	for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
		assert_int_equal(addr_eq(equal[i].a, equal[i].b), equal[i].want);
		assert_int_equal(addr_eq(equal[i].b, equal[i].a), equal[i].want);
	}
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (addr_matches(patterns[i].pattern, patterns[i].addr) != patterns[i].want)
			fail_msg("%s against %s", patterns[i].pattern, patterns[i].addr);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + sizeof(longest) - 7, "@x.org", 7);
	assert_false(addr_matches("*@x.org", longest));
	assert_false(addr_matches(longest, "a@x.org"));
}

static void
eight_bit_addresses_need_smtputf8(void **state)
{
	(void)state;
	assert_true(addr_needs_utf8("j\xc3\xbcrgen@x.org"));
	assert_false(addr_needs_utf8("a@xn--bcher-kva.example"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_mailboxes_pass_to_the_wire),
	    cmocka_unit_test(the_whole_has_at_most_254_octets),
	    cmocka_unit_test(parts_become_a_wire_address_or_none),
	    cmocka_unit_test(the_domain_begins_behind_the_last_at_outside_quotes),
	    cmocka_unit_test(equality_and_patterns_fold_the_domain_alone),
	    cmocka_unit_test(eight_bit_addresses_need_smtputf8),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
