/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of providers: found by address, by MX, by server, and sound in itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "config/provider.h"

static const struct row {
	const char *question, *id; /* NULL: nobody's */
} domains[] = {{"gmail.com", "gmail"}, {"googlemail.com", "gmail"}, {"yahoo.co.uk", "yahoo"},
    {"hotmail.fr", "outlook"}, {"gmx.de", "gmx"}, {"gmx.com", "gmx-com"}, {"web.de", "webde"},
    {"me.com", "icloud"}, {"example.org", NULL}, {"mygmail.com", NULL},
    {"gmail.com.evil.example", NULL}, {"", NULL}},
  mxs[] = {{"aspmx.l.google.com", "gmail"}, {"alt1.aspmx.l.google.com", "gmail"},
      {"corp-example.mail.protection.outlook.com", "microsoft365"},
      {"in1-smtp.messagingengine.com", "fastmail"}, {"mx00.kundenserver.de", "ionos"},
      {"mx.example.org", NULL}, {"aspmx.l.google.com.evil.example", NULL}},
  hosts[] = {{"smtp.gmail.com", "gmail"}, {"SMTP.Office365.com", "microsoft365"},
      {"smtp.example.org", NULL}};

static void
try_rows(const struct row *rows, size_t n, const struct provider *(*find)(const char *))
{
	for (size_t i = 0; i < n; i++) {
		const struct provider *p = find(rows[i].question);

		if (rows[i].id == NULL ? p != NULL : p == NULL || strcmp(p->id, rows[i].id) != 0)
			fail_msg("%s: %s", rows[i].question, p != NULL ? p->id : "nobody");
	}
}

static void
providers_are_found(void **state)
{
	(void)state;
	try_rows(domains, sizeof domains / sizeof domains[0], provider_of_domain);
	try_rows(mxs, sizeof mxs / sizeof mxs[0], provider_of_mx);
	try_rows(hosts, sizeof hosts / sizeof hosts[0], provider_of_host);
}

static void
the_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < provider_table_count; i++) {
		const struct provider *p = &provider_table[i];

		for (const char *c = p->id; *c != '\0'; c++)
			assert_true(str_is_digit(*c) || *c == '-' || (*c >= 'a' && *c <= 'z'));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(p->id, provider_table[k].id);
		assert_true(p->name != NULL && (p->domains != NULL || p->mx != NULL));
		if (p->secret == PROVIDER_NOTHING)
			continue;
		assert_true(strchr(p->host, '.') != NULL);
		assert_int_equal(p->port, p->starttls ? 587 : 465);
		/* who has to make something is told where */
		if (p->secret == PROVIDER_APP_PASSWORD || p->secret == PROVIDER_TOKEN)
			assert_non_null(p->where);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(providers_are_found),
	    cmocka_unit_test(the_table_is_sound),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
