/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "config/netrc.h"

struct row {
	const char *name, *text, *want; /* the password of ann at mail.example.org, NULL: none */
};

#define MACHINE "machine mail.example.org "

static const struct row rows[] = {
    {"an empty file has nothing", "", NULL},
    {"one line is enough", MACHINE "login ann password x", "x"},
    {"so are six", "machine\nmail.example.org\nlogin\nann\npassword\nx\n", "x"},
    {"the password may come first", MACHINE "password x login ann", "x"},
    {"the host has no case", "machine MAIL.example.ORG login ann password x", "x"},
    {"the login has", MACHINE "login Ann password x", NULL},
    {"another host is not ours", "machine mail.example.net login ann password x", NULL},
    {"a longer host is not ours", "machine mail.example.org.x login ann password x", NULL},
    {"a shorter one neither", "machine mail.example login ann password x", NULL},
    {"another login is passed over", MACHINE "login bob password y " MACHINE "login ann password x",
	"x"},
    {"what is said of one machine ends at the next", MACHINE "login ann machine other password y",
	NULL},
    {"default holds for any host",
	"machine other login ann password y\ndefault login ann password x", "x"},
    {"a machine before default wins", MACHINE "login ann password x\ndefault login ann password y",
	"x"},
    {"so does one behind it", "default login ann password y\n" MACHINE "login ann password x", "x"},
    {"the first default wins", "default login ann password x default login ann password y", "x"},
    {"a lone quote at the end is no word to read on from", "\"", NULL},
    {"a quoted password may hold blanks", MACHINE "login ann password \"x y\"", "x y"},
    {"a password may look like a word of ours", MACHINE "login ann password machine", "machine"},
    {"a number sign in a password is the password's", MACHINE "login ann password #x", "#x"},
    {"a comment hides the rest of its line",
	"# " MACHINE "login ann password y\n" MACHINE "login ann password x", "x"},
    {"a macro hides all up to an empty line",
	"machine o login ann password y\nmacdef init\n" MACHINE "login ann password z\n\n" MACHINE
	"login ann password x",
	"x"},
    {"a macro without end hides the rest", "macdef init\n" MACHINE "login ann password z\n", NULL},
    {"a word without its value is no entry", MACHINE "login ann password", NULL},
    {"nor a machine without its name", "machine", NULL},
    {"CRLF is white space", MACHINE "login ann\r\npassword x\r\n", "x"},
};

static void
netrc(void **state)
{
	const struct row *r = *state;
	struct secret got = {NULL, 0};
	size_t n = strlen(r->text);
	char *text = mem_alloc(n > 0 ? n : 1); /* no NUL behind it: reading past it is seen */
	bool found;

	memcpy(text, r->text, n);
	found = netrc_find(text, n, "mail.example.org", "ann", &got);
	if (r->want == NULL) {
		assert_false(found);
		assert_null(got.data);
	} else {
		assert_true(found);
		assert_string_equal(got.data, r->want);
	}
	secret_wipe(&got);
	free(text);
}

static void
nobody_has_no_password(void **state)
{
	static const char text[] = MACHINE "login ann password x";
	struct secret got = {NULL, 0};

	(void)state;
	assert_false(netrc_find(text, sizeof(text) - 1, "mail.example.org", NULL, &got));
	assert_null(got.data);
}

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static struct CMUnitTest tests[NROWS + 1];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, netrc, NULL, NULL,
		    (void *)(uintptr_t)&rows[i]};
	tests[NROWS] = (struct CMUnitTest)cmocka_unit_test(nobody_has_no_password);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("netrc", tests, NULL, NULL);
}
