/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/certificate.h"

#define PIN "sha256:2/HV5yMhsBoQBDAWOkibYac3FMw9142SyW4Zt1BC9OE="
/* Fri, 20 Nov 2026 12:00:00 */
#define NOW INT64_C(1795176000000)

static void
add(const char *label, const char *text, void *arg)
{
	(void)buf_addf(arg, "\n%s %s", label, text);
}

static void
refusals_are_shown_a_line_a_fact(void **state)
{
	static const struct {
		const char *claim, *text, *shown;
	} rows[] = {
	    {"a CA nobody knows",
		"the certificate of mail.corp.example:465 is not trusted: issued by \"Corp Internal "
		"CA 2\", which is not in the system's trust store; key pin " PIN
		"; offered mail.corp.example; valid 2025-06-01 to 2027-06-01",
		"the certificate of mail.corp.example:465 is not trusted\n"
		"reason: issued by \"Corp Internal CA 2\", which is not in the system's trust "
		"store\n"
		"key pin: " PIN "\n"
		"offered: mail.corp.example\n"
		"valid: 2025-06-01 to 2027-06-01, 193 days left"},
	    {"other names",
		"the certificate of h:465 is for other names: expected mail.corp.example; key pin " PIN
		"; offered *.hoster.example, hoster.example; valid 2026-01-01 to 2026-11-20; issued "
		"by \"A CA\"",
		"the certificate of h:465 is for other names\n"
		"expected: mail.corp.example\n"
		"key pin: " PIN "\n"
		"offered: *.hoster.example, hoster.example\n"
		"valid: 2026-01-01 to 2026-11-20, 0 days left\n"
		"issuer: \"A CA\""},
	    {"out of date: the clock is said once",
		"the certificate of h:465 expired on 2020-02-01, 6 years ago (this computer's clock "
		"says 2026-11-20); key pin " PIN "; offered h; valid 2020-01-01 to 2020-02-01",
		"the certificate of h:465 expired on 2020-02-01, 6 years ago\n"
		"key pin: " PIN "\n"
		"offered: h\n"
		"valid: 2020-01-01 to 2020-02-01, EXPIRED 6 years ago (this computer's clock: "
		"2026-11-20; check it if that is wrong)"},
	    {"not yet",
		"the certificate of h:465 is valid only from 2026-11-30 on, in 9 days (this computer's "
		"clock says 2026-11-20); key pin " PIN "; valid 2026-11-30 to 2027-11-30",
		"the certificate of h:465 is valid only from 2026-11-30 on, in 9 days\n"
		"key pin: " PIN "\n"
		"valid: 2026-11-30 to 2027-11-30, NOT YET: begins in 9 days (this computer's clock: "
		"2026-11-20; check it if that is wrong)"},
	    {"a name that looks like a fact stays a name",
		"the certificate of h:465 is not trusted: issued by \"x; key pin sha256:no; valid "
		"2000-01-01 to 2099-01-01\", which is not in f; key pin " PIN,
		"the certificate of h:465 is not trusted\n"
		"reason: issued by \"x; key pin sha256:no; valid 2000-01-01 to 2099-01-01\", which is "
		"not in f\n"
		"key pin: " PIN},
	    {"a text that was cut",
		"the certificate of h:465 is not trusted: it is signed by itself; key pin " PIN
		"; offered h; valid 2026-0...",
		"the certificate of h:465 is not trusted\n"
		"reason: it is signed by itself\n"
		"key pin: " PIN "\n"
		"offered: h\n"
		"valid: 2026-0..."},
	    {"no part at all", "the certificate of h:465 cannot be read",
		"the certificate of h:465 cannot be read"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e;
		struct buf b;

		err_set(&e, ERR_RELAY, STAGE_CERT, "4.7.0", "%s", rows[i].text);
		assert_true(certificate_is_refusal(&e));
		buf_init(&b, SIZE_MAX);
		certificate_headline(&e, &b);
		certificate_facts(&e, NOW, add, &b);
		if (strcmp(buf_str(&b), rows[i].shown) != 0)
			fail_msg("%s:\n%s\nwanted:\n%s", rows[i].claim, buf_str(&b), rows[i].shown);
		buf_done(&b);
	}
}

static void
the_pin_is_the_one_that_was_shown(void **state)
{
	static const struct {
		enum stage stage;
		const char *text, *pin;
	} rows[] = {
	    {STAGE_CERT, "the certificate of h is not trusted: x; key pin " PIN "; offered h", PIN},
	    {STAGE_CERT, "the certificate of h is not trusted: x; key pin " PIN, PIN},
	    {STAGE_CERT,
		"the key of h is not the pinned one: it showed " PIN
		", the account wants sha256:other",
		PIN},
	    {STAGE_CERT, "the certificate of h is not trusted; key pin sha256:2/HV5y...", NULL},
	    {STAGE_CERT, "h showed no certificate", NULL},
	    {STAGE_FINAL, "key pin " PIN, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char pin[CERTIFICATE_PIN_MAX] = "";
		struct err e;

		err_set(&e, ERR_RELAY, rows[i].stage, "", "%s", rows[i].text);
		assert_int_equal(certificate_pin(&e, pin), rows[i].pin != NULL);
		assert_string_equal(pin, rows[i].pin != NULL ? rows[i].pin : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusals_are_shown_a_line_a_fact),
	    cmocka_unit_test(the_pin_is_the_one_that_was_shown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
