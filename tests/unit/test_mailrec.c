/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the TXT records of a mail domain say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/mailrec.h"

static void
a_record_is_known_by_its_first_tag(void **state)
{
	(void)state;
	assert_true(mailrec_is("v=spf1", "spf1"));
	assert_true(mailrec_is("v=spf1 -all", "spf1"));
	assert_true(mailrec_is("V=SPF1 -all", "spf1"));
	assert_false(mailrec_is("v=spf10 -all", "spf1"));
	assert_false(mailrec_is("spf1", "spf1"));
	assert_true(mailrec_is("v = DMARC1 ; p=none", "DMARC1"));
	assert_false(mailrec_is("p=none; v=DMARC1", "DMARC1"));
	assert_false(mailrec_is("", "DMARC1"));
	assert_false(mailrec_is("v=", "DMARC1"));
	assert_false(mailrec_is("v=DMARC", "DMARC1"));
}

static void
tags_are_found_whatever_surrounds_them(void **state)
{
	struct arena mem = {NULL};
	const char *text = "v=DKIM1; K = rsa ;p=AB CD; t=y:s;empty=;last";

	(void)state;
	assert_string_equal(mailrec_tag(&mem, text, "k"), "rsa");
	assert_string_equal(mailrec_tag(&mem, text, "p"), "AB CD");
	assert_string_equal(mailrec_tag(&mem, text, "empty"), "");
	assert_null(mailrec_tag(&mem, text, "last"));
	assert_null(mailrec_tag(&mem, text, "x"));
	assert_null(mailrec_tag(&mem, "", "x"));
	arena_done(&mem);
}

static const struct spf_row {
	const char *text;
	enum mailrec_all all;
	size_t lookups, includes;
	const char *unknown;
} spf_rows[] = {
    {"v=spf1 -all", MAILREC_ALL_FAIL, 0, 0, NULL},
    {"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all", MAILREC_ALL_SOFT, 0, 0, NULL},
    {"v=spf1 a mx:x.example ptr exists:%{i}.x include:a.b -include:c.d ?all", MAILREC_ALL_NEUTRAL,
	6, 2, NULL},
    {"v=spf1 redirect=x.example", MAILREC_ALL_REDIRECT, 1, 1, NULL},
    {"v=spf1 redirect=x.example all", MAILREC_ALL_PASS, 1, 0, NULL},
    {"v=spf1 -all +all", MAILREC_ALL_FAIL, 0, 0, NULL},
    {"v=spf1", MAILREC_ALL_NONE, 0, 0, NULL},
    {"v=spf1  A   MX  ALL", MAILREC_ALL_PASS, 2, 0, NULL},
    {"v=spf1 a/24 mx//64 exp=e.example new=modifier -all", MAILREC_ALL_FAIL, 2, 0, NULL},
    {"v=spf1 ipv4:1.2.3.4 -all", MAILREC_ALL_FAIL, 0, 0, "ipv4:1.2.3.4"},
    {"v=spf1 include -all", MAILREC_ALL_FAIL, 1, 0, NULL},
};

static void
spf_is_counted(void **state)
{
	struct arena mem = {NULL};

	(void)state;
	for (size_t i = 0; i < sizeof spf_rows / sizeof spf_rows[0]; i++) {
		const struct spf_row *r = &spf_rows[i];
		struct mailrec_spf spf;

		mailrec_spf_read(&mem, r->text, &spf);
		if (spf.all != r->all || spf.lookups != r->lookups || spf.nincludes != r->includes)
			fail_msg("%s: all %d, %zu lookups, %zu includes", r->text, (int)spf.all,
			    spf.lookups, spf.nincludes);
		if (r->unknown == NULL)
			assert_null(spf.unknown);
		else
			assert_string_equal(spf.unknown, r->unknown);
	}
	arena_done(&mem);
}

static void
dmarc_is_read(void **state)
{
	struct arena mem = {NULL};
	struct mailrec_dmarc d;

	(void)state;
	mailrec_dmarc_read(&mem,
	    "v=DMARC1; p=Reject; sp=none; np=quarantine; psd=Y; t=y; rua=mailto:a@b", &d);
	assert_string_equal(d.policy, "reject");
	assert_string_equal(d.sub, "none");
	assert_string_equal(d.missing, "quarantine");
	assert_int_equal(d.psd, 'y');
	assert_true(d.testing && d.reports);
	mailrec_dmarc_read(&mem, "v=DMARC1; p=monitor; psd=maybe; rua=", &d);
	assert_null(d.policy);
	assert_int_equal(d.psd, 'u');
	assert_false(d.testing || d.reports);
	arena_done(&mem);
}

/* RFC 9989 4.10: a.b.c.d.e.f.g.h.i.j.mail.example.com is asked for at itself, then from 7 labels.
 */
static void
the_tree_is_walked_upward(void **state)
{
	static const char *const names[] = {"a.b.c.d.e.f.g.h.i.j.mail.example.com",
	    "g.h.i.j.mail.example.com", "h.i.j.mail.example.com", "i.j.mail.example.com",
	    "j.mail.example.com", "mail.example.com", "example.com", "com", NULL};
	const char *name = names[0];

	(void)state;
	for (size_t i = 1; names[i] != NULL; i++) {
		name = mailrec_dmarc_above(name);
		assert_string_equal(name, names[i]);
	}
	assert_null(mailrec_dmarc_above(name));
	/* eight labels are one step from seven */
	assert_string_equal(mailrec_dmarc_above("a.b.c.d.e.f.g.h"), "b.c.d.e.f.g.h");
	assert_string_equal(mailrec_dmarc_above("z.a.b.c.d.e.f.g.h"), "b.c.d.e.f.g.h");
	assert_null(mailrec_dmarc_above(""));
}

static void
keys_of_dkim_are_measured(void **state)
{
	static const char rsa1024[] =
	    "v=DKIM1; k=rsa; t=s; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1"
	    "fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4O"
	    "uKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
	struct arena mem = {NULL};
	struct mailrec_dkim d;

	(void)state;
	mailrec_dkim_read(&mem, rsa1024, &d);
	assert_int_equal(d.bits, 1024);
	assert_string_equal(d.type, "rsa");
	assert_false(d.revoked || d.testing);
	mailrec_dkim_read(&mem, "p=", &d);
	assert_true(d.revoked);
	mailrec_dkim_read(&mem,
	    "k=ed25519; t=s:y; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", &d);
	assert_int_equal(d.bits, 256);
	assert_true(d.testing);
	mailrec_dkim_read(&mem, "p=AAAA", &d);
	assert_int_equal(d.bits, 0);
	mailrec_dkim_read(&mem, "v=DKIM1", &d);
	assert_int_equal(d.bits, 0);
	assert_false(d.revoked);
	arena_done(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_record_is_known_by_its_first_tag),
	    cmocka_unit_test(tags_are_found_whatever_surrounds_them),
	    cmocka_unit_test(spf_is_counted),
	    cmocka_unit_test(dmarc_is_read),
	    cmocka_unit_test(the_tree_is_walked_upward),
	    cmocka_unit_test(keys_of_dkim_are_measured),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
