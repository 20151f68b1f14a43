/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/account.h"

#define FROM_MAX 4

struct row {
	const char *name;
	const char *from[FROM_MAX];
	const char *address; /* its own one, NULL: none */
	const char *addr;    /* is this one its own? */
	bool owned;
};

static const struct row rows[] = {
    {"no pattern owns nothing", {NULL}, NULL, "ann@example.org", false},
    {"a whole address is owned", {"ann@example.org"}, "ann@example.org", "ann@example.org", true},
    {"the domain has no case", {"ann@example.org"}, "ann@example.org", "ann@EXAMPLE.org", true},
    {"the local part has case", {"ann@example.org"}, "ann@example.org", "Ann@example.org", false},
    {"a pattern owns a domain", {"*@example.org"}, NULL, "bob@example.org", true},
    {"but not the domains below it", {"*@example.org"}, NULL, "bob@a.example.org", false},
    {"nor one that merely ends alike", {"*@example.org"}, NULL, "bob@notexample.org", false},
    {"a pattern may hold for every domain", {"ann@*"}, NULL, "ann@example.net", true},
    {"the address is the first whole one", {"*@a.example", "ann@b.example", "bob@b.example"},
	"ann@b.example", "bob@b.example", true},
    {"a question mark stands for one octet", {"ann?@example.org"}, NULL, "ann1@example.org", true},
    {"not for none", {"ann?@example.org"}, NULL, "ann@example.org", false},
    {"a bare name is nobody's", {"*@example.org"}, NULL, "root", false},
    {"the null sender is nobody's", {"*@*"}, NULL, "", false},
    {"an address literal is compared, too", {"ann@[192.0.2.1]"}, "ann@[192.0.2.1]",
	"ann@[192.0.2.1]", true},
};

static void
account(void **state)
{
	const struct row *r = *state;
	struct account a = {.name = "a", .from = r->from};

	while (a.nfrom < FROM_MAX && r->from[a.nfrom] != NULL)
		a.nfrom++;
	if (r->address != NULL)
		assert_string_equal(account_address(&a), r->address);
	else
		assert_null(account_address(&a));
	assert_int_equal(account_owns(&a, r->addr), r->owned);
}

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static struct CMUnitTest tests[NROWS];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, account, NULL, NULL,
		    (void *)(uintptr_t)&rows[i]};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
