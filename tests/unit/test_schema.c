/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of keys is read by people, completions and the manual: each entry must be able to
 * stand in all of these places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "config/schema.h"

static void
sections_have_names(void **state)
{
	(void)state;
	assert_string_equal(schema_section_name(SECTION_DEFAULTS), "defaults");
	assert_string_equal(schema_section_name(SECTION_ACCOUNT), "account");
	assert_string_equal(schema_section_name(SECTION_ROUTE), "route");
}

static void
each_key_is_found_in_its_section(void **state)
{
	(void)state;
	assert_true(schema_nkeys > 30);
	for (size_t i = 0; i < schema_nkeys; i++) {
		const struct schema_key *k = &schema_keys[i];

		assert_ptr_equal(schema_find(k->section, k->name), k);
		if (k->defaults_too)
			assert_ptr_equal(schema_find(SECTION_DEFAULTS, k->name), k);
	}
}

static void
names_are_lower_case_with_hyphens(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_nkeys; i++) {
		const char *name = schema_keys[i].name;

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		assert_true(name[0] != '-' && name[0] != '\0');
	}
}

static void
help_is_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_nkeys; i++) {
		const char *help = schema_keys[i].help;

		assert_non_null(help);
		assert_in_range(strlen(help), 5, 100);
		assert_false(str_has_ctl(help, strlen(help)));
		assert_true(help[strlen(help) - 1] != '.');
	}
}

static void
a_choice_has_choices_and_its_default_among_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_nkeys; i++) {
		const struct schema_key *k = &schema_keys[i];

		if (k->type == TYPE_CHOICE)
			assert_non_null(k->choices);
		if (k->type == TYPE_CHOICE && k->value != NULL)
			assert_non_null(strstr(k->choices, k->value));
	}
}

static void
defaults_are_values_of_their_type(void **state)
{
	int64_t ms;
	bool yes;

	(void)state;
	for (size_t i = 0; i < schema_nkeys; i++) {
		const struct schema_key *k = &schema_keys[i];

		if (k->value != NULL && k->type == TYPE_DURATION)
			assert_true(str_duration_ms(k->value, &ms) && ms > 0);
		if (k->value != NULL && k->type == TYPE_BOOL)
			assert_true(str_bool(k->value, &yes));
	}
}

/* What weakens TLS, and who logs in, is said for each account (reliability.md 35). */
static void
defaults_cannot_switch_protection_off(void **state)
{
	static const char *const own[] = {"tls", "tls-verify", "tls-pin", "auth", "user",
	    "password", "password-command", "password-file", "password-credential",
	    "password-keyring"};

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		assert_null(schema_find(SECTION_DEFAULTS, own[i]));
		assert_non_null(schema_find(SECTION_ACCOUNT, own[i]));
	}
}

static void
the_timeouts_are_those_of_the_manual(void **state)
{
	static const char *const want[][2] = {{"timeout", "30s"}, {"reply-timeout", "5m"},
	    {"final-timeout", "10m"}, {"deadline", "30m"}};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct schema_key *k = schema_find(SECTION_ACCOUNT, want[i][0]);

		assert_non_null(k);
		assert_true(k->defaults_too);
		assert_string_equal(k->value, want[i][1]);
	}
}

static void
only_password_is_a_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < schema_nkeys; i++)
		assert_int_equal(schema_keys[i].type == TYPE_SECRET,
		    str_eq(schema_keys[i].name, "password"));
}

static void
a_key_is_not_found_elsewhere(void **state)
{
	(void)state;
	assert_null(schema_find(SECTION_ACCOUNT, "domain"));
	assert_null(schema_find(SECTION_DEFAULTS, "host"));
	assert_null(schema_find(SECTION_ROUTE, "timeout"));
	assert_null(schema_find(SECTION_ACCOUNT, "Host"));
	assert_null(schema_find(SECTION_ACCOUNT, ""));
	/* the same word, another key */
	assert_true(schema_find(SECTION_ROUTE, "from") != schema_find(SECTION_ACCOUNT, "from"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sections_have_names),
	    cmocka_unit_test(each_key_is_found_in_its_section),
	    cmocka_unit_test(names_are_lower_case_with_hyphens),
	    cmocka_unit_test(help_is_one_line),
	    cmocka_unit_test(a_choice_has_choices_and_its_default_among_them),
	    cmocka_unit_test(defaults_are_values_of_their_type),
	    cmocka_unit_test(defaults_cannot_switch_protection_off),
	    cmocka_unit_test(the_timeouts_are_those_of_the_manual),
	    cmocka_unit_test(only_password_is_a_secret),
	    cmocka_unit_test(a_key_is_not_found_elsewhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
