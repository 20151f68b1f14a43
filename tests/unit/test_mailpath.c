/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "serve/chunk.h"
#include "serve/mailpath.h"
#include "serve/param.h"

static struct arena mem;

static int
clean(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

static const struct {
	const char *claim;
	bool sender;
	const char *in;
	const char *addr; /* NULL: refused */
	const char *rest; /* or "CODE STATUS" */
} paths[] = {
    {"the form of the RFC", false, "<bob@example.org>", "bob@example.org", ""},
    {"parameters are left", true, "<bob@example.org> SIZE=1 BODY=7BIT", "bob@example.org",
	" SIZE=1 BODY=7BIT"},
    {"blanks in front", false, " \t <bob@example.org>", "bob@example.org", ""},
    {"no brackets", false, "bob@example.org NOTIFY=NEVER", "bob@example.org", " NOTIFY=NEVER"},
    {"a local name", false, "<root>", "root", ""},
    {"a local name without brackets", false, "root", "root", ""},
    {"postmaster", false, "<Postmaster>", "Postmaster", ""},
    {"a source route is dropped", false, "<@a.example,@b.example:bob@example.org>",
	"bob@example.org", ""},
    {"quotes with all that", false, "<\"a > b@ \\\" c\"@example.org> X",
	"\"a > b@ \\\" c\"@example.org", " X"},
    {"an address literal", false, "<bob@[192.0.2.1]>", "bob@[192.0.2.1]", ""},
    {"UTF-8", false, "<j\xc3\xb6rg@example.org>", "j\xc3\xb6rg@example.org", ""},
    {"a domain in UTF-8 becomes an A-label", false,
	"<bob@b\xc3\xbc"
	"cher.example>",
	"bob@xn--bcher-kva.example", ""},
    {"the null path of a sender", true, "<>", "", ""},
    {"with parameters", true, "<> SIZE=5", "", " SIZE=5"},
    {"no null path of a recipient", false, "<>", NULL, "553 5.1.3"},
    {"nothing", false, "", NULL, "501 5.5.4"},
    {"only blanks", true, "  ", NULL, "501 5.5.4"},
    {"a bracket that stays open", false, "<bob@example.org", NULL, "501 5.5.4"},
    {"quotes that stay open", false, "<\"bob@example.org>", NULL, "501 5.5.4"},
    {"something glued behind", false, "<bob@example.org>SIZE=1", NULL, "501 5.5.4"},
    {"two addresses", false, "bob@example.org,eve@example.org", NULL, "553 5.1.3"},
    {"two in brackets", false, "<bob@example.org,eve@example.org>", NULL, "553 5.1.3"},
    {"no address", false, "<a@@b>", NULL, "553 5.1.3"},
    {"no address of a sender", true, "<a@@b>", NULL, "553 5.1.7"},
    {"a group", false, "x:;", NULL, "553 5.1.3"},
    {"a domain that is none", false, "<bob@-x->", NULL, "553 5.1.3"},
};

static void
paths_of_all_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *addr = NULL, *rest = NULL;
		char said[32] = "";
		struct err e;
		bool good = mailpath_parse(&mem, paths[i].in, paths[i].sender, &addr, &rest, &e);

		if (!good)
			(void)snprintf(said, sizeof said, "%d %s", e.code, e.status);
		if (good != (paths[i].addr != NULL) ||
		    strcmp(good ? rest : said, paths[i].rest) != 0 ||
		    (good && strcmp(addr, paths[i].addr) != 0))
			fail_msg("%s: <%s> %s", paths[i].claim, good ? addr : "-",
			    good ? rest : said);
	}
}

static const struct {
	const char *claim, *in, *want;
} of_mail[] = {
    {"none", "", "0 - 0 -"},
    {"all", " SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb", "100 u 2 a+b"},
    {"in any case", " size=1 body=7bit ret=full envid=X", "1 - 1 X"},
    {"tabs and blanks between", "  SIZE=1 \t SMTPUTF8  ", "1 u 0 -"},
    {"the largest size that can be said", " SIZE=18446744073709551615",
	"18446744073709551615 - 0 -"},
    {"a size that cannot", " SIZE=18446744073709551616", "501 5.5.4"},
    {"a size of 26 digits", " SIZE=10000000000000000000000000", "501 5.5.4"},
    {"a negative size", " SIZE=-1", "501 5.5.4"},
    {"no size", " SIZE=", "501 5.5.4"},
    {"SIZE alone", " SIZE", "501 5.5.4"},
    {"an unknown body", " BODY=BINARYMIME", "501 5.5.4"},
    {"SMTPUTF8 with a value", " SMTPUTF8=yes", "501 5.5.4"},
    {"twice", " SIZE=1 SIZE=2", "501 5.5.4"},
    {"an envelope id that is no xtext", " ENVID=a+zz", "501 5.5.4"},
    {"an envelope id that breaks a line", " ENVID=a+0D+0Ab", "501 5.5.4"},
    {"no envelope id", " ENVID=", "501 5.5.4"},
    {"not offered", " AUTH=<>", "555 5.5.4"},
    {"one of RCPT", " NOTIFY=NEVER", "555 5.5.4"},
    {"the beginning of one", " SIZ=1", "555 5.5.4"},
    {"no name", " =1", "555 5.5.4"},
};

static void
parameters_of_mail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(of_mail) / sizeof(of_mail[0]); i++) {
		struct param_mail m;
		char got[128];
		struct err e;

		if (param_mail(&mem, of_mail[i].in, &m, &e))
			(void)snprintf(got, sizeof got, "%llu %s %d %s", (unsigned long long)m.size,
			    m.smtputf8 ? "u" : "-", (int)m.ret, m.envid != NULL ? m.envid : "-");
		else
			(void)snprintf(got, sizeof got, "%d %s", e.code, e.status);
		if (strcmp(got, of_mail[i].want) != 0)
			fail_msg("%s: %s", of_mail[i].claim, got);
	}
}

static const struct {
	const char *claim, *in, *want;
} of_rcpt[] = {
    {"none", "", "0 -"},
    {"both", " NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+40example.org", "10 bob@example.org"},
    {"never", " notify=never", "1 -"},
    {"UTF-8, embedded", " ORCPT=utf-8;j\\x{F6}rg@\\x{4F8B}.\\x{1F600}",
	"0 j\xc3\xb6rg@\xe4\xbe\x8b.\xf0\x9f\x98\x80"},
    {"UTF-8, as it is", " ORCPT=utf-8;j\xc3\xb6rg@example.org", "0 j\xc3\xb6rg@example.org"},
    {"never with others", " NOTIFY=NEVER,DELAY", "501 5.5.4"},
    {"an unknown event", " NOTIFY=MAYBE", "501 5.5.4"},
    {"no type", " ORCPT=bob@example.org", "501 5.5.4"},
    {"a type that an envelope cannot hold", " ORCPT=x400;c=us", "501 5.5.4"},
    {"nothing behind the type", " ORCPT=rfc822;", "501 5.5.4"},
    {"a line break", " ORCPT=rfc822;a+0Ab", "501 5.5.4"},
    {"an embedded line break", " ORCPT=utf-8;a\\x{0A}b", "501 5.5.4"},
    {"a surrogate", " ORCPT=utf-8;\\x{D800}", "501 5.5.4"},
    {"behind the last character", " ORCPT=utf-8;\\x{110000}", "501 5.5.4"},
    {"braces that stay open", " ORCPT=utf-8;\\x{41", "501 5.5.4"},
    {"a backslash at the end", " ORCPT=utf-8;a\\", "501 5.5.4"},
    {"octets that are no UTF-8", " ORCPT=utf-8;\xff", "501 5.5.4"},
    {"not offered", " RRVS=2014-04-03T23:01:00Z", "555 5.5.4"},
};

static void
parameters_of_rcpt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(of_rcpt) / sizeof(of_rcpt[0]); i++) {
		struct param_rcpt r;
		char got[128];
		struct err e;

		if (param_rcpt(&mem, of_rcpt[i].in, &r, &e))
			(void)snprintf(got, sizeof got, "%u %s", r.notify,
			    r.orcpt != NULL ? r.orcpt : "-");
		else
			(void)snprintf(got, sizeof got, "%d %s", e.code, e.status);
		if (strcmp(got, of_rcpt[i].want) != 0)
			fail_msg("%s: %s", of_rcpt[i].claim, got);
	}
}

static void
chunks_have_a_size(void **state)
{
	static const char *const wrong[] = {"", "x", "-1", "1 FIRST", "1x", "18446744073709551616",
	    "1 LAST x", "LAST", "0000000000000000000000001", "+1"};
	uint64_t n = 7;
	bool last = false;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (chunk_parse(wrong[i], &n, &last) || n != 7 || last)
			fail_msg("'%s' is taken", wrong[i]);
	assert_true(chunk_parse("12", &n, &last) && n == 12 && !last);
	assert_true(chunk_parse("0 \t last", &n, &last) && n == 0 && last);
	assert_true(chunk_parse("18446744073709551615 LAST", &n, &last) && n == UINT64_MAX && last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(paths_of_all_kinds, clean),
	    cmocka_unit_test_teardown(parameters_of_mail, clean),
	    cmocka_unit_test_teardown(parameters_of_rcpt, clean),
	    cmocka_unit_test(chunks_have_a_size),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
