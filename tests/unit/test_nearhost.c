/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/nearhost.h"

static void
a_host_is_compared_with_likely_ones(void **state)
{
	static const struct {
		const char *claim, *host, *address, *near;
	} rows[] = {
	    {"the address's own domain", "smtp.exmaple.org", "ann@example.org", "smtp.example.org"},
	    {"with the host's own labels", "out.mx.exmple.org", "ann@example.org",
		"out.mx.example.org"},
	    {"its first label", "smpt.example.org", "ann@example.org", "smtp.example.org"},
	    {"another one of them", "mial.example.org", "ann@example.org", "mail.example.org"},
	    {"a domain alone", "exampel.org", "ann@example.org", "example.org"},
	    {"a provider", "smtp.gmial.com", "ann@example.org", "smtp.gmail.com"},
	    {"without an address", "smtp.ofice365.com", NULL, "smtp.office365.com"},
	    {"case does not matter", "SMTP.GMIAL.COM", NULL, "smtp.gmail.com"},
	    {"nothing is near", "relay.corp.example", "ann@example.org", NULL},
	    {"right as it is", "smtp.gmail.com", "ann@gmial.com", NULL},
	    {"right by the address", "relay.example.org", "ann@example.org", NULL},
	    {"shorter than the domain", "org", "ann@mail.example.org", NULL},
	    {"an address without a domain", "smtp.nowhere.example", "ann@", NULL},
	    {"nothing", "", "ann@example.org", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char near[NEARHOST_MAX] = "";
		bool found = nearhost_find(rows[i].host, rows[i].address, near);

		if (found != (rows[i].near != NULL) || strcmp(near, found ? rows[i].near : "") != 0)
			fail_msg("%s: '%s'", rows[i].claim, near);
	}
}

static void
long_names_do_no_harm(void **state)
{
	char host[600], address[600], near[NEARHOST_MAX];

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	memset(address, '.', sizeof(address) - 1);
	address[0] = '@';
	address[sizeof(address) - 1] = '\0';
	assert_false(nearhost_find(host, address, near));
	assert_false(nearhost_find("a.b", address, near));
	assert_false(nearhost_find(host, "ann@example.org", near));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_host_is_compared_with_likely_ones),
	    cmocka_unit_test(long_names_do_no_harm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
