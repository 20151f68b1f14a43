/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/idn.h"
#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])
#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define L61 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy"

static const struct {
	const char *claim, *in;
	const char *out; /* NULL: not a domain */
} rows[] = {
    {"ASCII keeps its case", "Mail.Example", "Mail.Example"},
    {"a single label is a domain", "localhost", "localhost"},
    {"a trailing dot is dropped", "mail.example.", "mail.example"},
    {"two trailing dots are an empty label", "mail.example..", NULL},
    {"an underscore is let through", "_dmarc.mail.example", "_dmarc.mail.example"},
    {"digits may begin a label", "3com.example", "3com.example"},
    {"an A-label stays", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"hyphens in the middle are letters", "r3---sn.example", "r3---sn.example"},
    {"63 octets are a label", L63 ".example", L63 ".example"},
    {"64 octets are none", L63 "x.example", NULL},
    {"253 octets are a name", L63 "." L63 "." L63 "." L61, L63 "." L63 "." L63 "." L61},
    {"the dot behind 253 octets does not count", L63 "." L63 "." L63 "." L61 ".",
	L63 "." L63 "." L63 "." L61},
    {"254 octets are none", L63 "." L63 "." L63 "." L61 "z", NULL},
    {"nothing is no domain", "", NULL},
    {"a dot is no domain", ".", NULL},
    {"a leading dot is an empty label", ".example", NULL},
    {"two dots are an empty label", "a..b", NULL},
    {"a hyphen does not begin a label", "-a.example", NULL},
    {"a hyphen does not end a label", "a-.example", NULL},
    {"a blank is no letter", "a b.example", NULL},
    {"a line end is no letter", "mail.example\r\nRCPT", NULL},
    {"an at sign is no letter", "a@b.example", NULL},
    {"a literal is no domain", "[192.0.2.1]", NULL},
    {"an ESMTP parameter is no domain", "b.example> SIZE=1", NULL},
    {"umlauts become an A-label",
	"b\xc3\xbc"
	"cher.example",
	"xn--bcher-kva.example"},
    {"capitals with umlauts are lower-cased",
	"B\xc3\x9c"
	"CHER.Example",
	"xn--bcher-kva.example"},
    {"combining marks are composed",
	"bu\xcc\x88"
	"cher.example",
	"xn--bcher-kva.example"},
    {"sharp s stays sharp s", "fa\xc3\x9f.de", "xn--fa-hia.de"},
    {"ideographic full stops are dots",
	"\xe4\xbe\x8b\xe3\x80\x82\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--fsq.xn--zckzah"},
    {"an ideographic full stop at the end is dropped",
	"b\xc3\xbc"
	"cher.example\xe3\x80\x82",
	"xn--bcher-kva.example"},
    {"two of them are an empty label",
	"\xe4\xbe\x8b\xe3\x80\x82\xe3\x80\x82"
	"example",
	NULL},
    {"an emoji is refused", "\xf0\x9f\x98\x80.example", NULL},
    {"a fullwidth slash becomes none",
	"a\xef\xbc\x8f"
	"b.example",
	NULL},
    {"a fullwidth at sign becomes none",
	"a\xef\xbc\xa0"
	"b.example",
	NULL},
    {"a fullwidth full stop makes no empty label",
	"a\xef\xbc\x8e\xef\xbc\x8e"
	"b",
	NULL},
    {"a hyphen before an umlaut does not begin a label", "-\xc3\xbc.example", NULL},
    {"invalid UTF-8 is refused",
	"b\xfc"
	"cher.example",
	NULL},
    {"a lone surrogate is refused", "\xed\xa0\x80.example", NULL},
    {"a control among umlauts is refused", "\xc3\xbc\x01.example", NULL},
};

static void
domains(void **state)
{
	struct buf b;

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		bool good;

		buf_init(&b, 1000);
		buf_adds(&b, "@");
		good = idn_to_ascii(rows[i].in, strlen(rows[i].in), &b);
		if (good != (rows[i].out != NULL) ||
		    !str_eq(buf_str(&b) + 1, rows[i].out != NULL ? rows[i].out : ""))
			fail_msg("%s: %s", rows[i].claim, buf_str(&b));
		buf_done(&b);
	}
}

static void
the_length_counts_and_a_nul_is_no_end(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_false(idn_to_ascii("a.example\0.evil", 15, &b));
	assert_false(idn_to_ascii("\xc3\xbc.example\0.evil", 16, &b));
	assert_true(idn_to_ascii("a.example, b", 9, &b));
	assert_string_equal(buf_str(&b), "a.example");
	buf_done(&b);
}

static void
a_huge_name_is_refused_before_the_library_sees_it(void **state)
{
	static char huge[100002];
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i + 2 < sizeof huge; i += 2)
		memcpy(huge + i, "\xc3\xbc", 2);
	assert_false(idn_to_ascii(huge, sizeof huge - 2, &b));
	memset(huge, 'a', sizeof huge);
	assert_false(idn_to_ascii(huge, sizeof huge, &b));
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

static void
a_full_buffer_is_no_domain(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_false(idn_to_ascii("a.example", 9, &b));
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(domains),
	    cmocka_unit_test(the_length_counts_and_a_nul_is_no_end),
	    cmocka_unit_test(a_huge_name_is_refused_before_the_library_sees_it),
	    cmocka_unit_test(a_full_buffer_is_no_domain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
