/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which account a message goes through, and what `config show` says of all that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

#define A "[account a]\nhost = h\nfrom = ann@x.example, *@lists.example\n"
#define B "[account b]\nhost = h\nfrom = *@x.example\n"
#define C "[account c]\nhost = h\n"
#define ROUTES \
	"[route]\nmatch-to = *@corp.example\naccount = b\n" \
	"[route]\nmatch-user = www-data, http\naccount = c\nfrom = shop@x.example\n" \
	"[route]\nmatch-from = *@old.example\nmatch-user = ann\naccount = a\n"
#define RCPTS_MAX 3

struct row {
	const char *name, *text;
	struct pick pick;
	const char *rcpts[RCPTS_MAX];
	const char *want;   /* the account, NULL: none */
	const char *sender; /* or what is said when there is none */
};

static const struct row rows[] = {
    {"the only account is taken", A, {0}, {NULL}, "a", NULL},
    {"a name is taken", A B C, {.name = "b"}, {NULL}, "b", NULL},
    {"a name wins over all", A B C ROUTES, {.name = "b", .from = "ann@x.example", .user = "http"},
	{NULL}, "b", NULL},
    {"a whole address is nearer than a pattern before it", B A, {.from = "ann@x.example"}, {NULL},
	"a", NULL},
    {"a pattern is enough", A B, {.from = "bob@x.example"}, {NULL}, "b", NULL},
    {"the default is for the others", "[defaults]\naccount = c\n" A B C, {.from = "bob@y.example"},
	{NULL}, "c", NULL},
    {"and for the null sender", "[defaults]\naccount = c\n" A B C, {.from = ""}, {NULL}, "c", NULL},
    {"and for a bare name", "[defaults]\naccount = c\n" A B C, {.from = "root"}, {NULL}, "c", NULL},
    {"owning is nearer than the default", "[defaults]\naccount = c\n" A B C,
	{.from = "bob@x.example"}, {NULL}, "b", NULL},
    {"a route is nearer than owning", A B C ROUTES, {.from = "ann@x.example", .user = "http"},
	{NULL}, "c", "shop@x.example"},
    {"a route for recipients", A B C ROUTES, {.from = "ann@x.example"},
	{"p@corp.example", "q@CORP.example"}, "b", NULL},
    {"wants all of them", A B C ROUTES, {.from = "ann@x.example"},
	{"p@corp.example", "q@y.example"}, "a", NULL},
    {"and at least one", A B C ROUTES, {.from = "ann@x.example"}, {NULL}, "a", NULL},
    {"the first route wins", A B C ROUTES, {.user = "http"}, {"p@corp.example"}, "b", NULL},
    {"all conditions of a route must hold", A B C ROUTES, {.from = "p@old.example", .user = "ann"},
	{NULL}, "a", NULL},
    {"a login name is compared whole", "[defaults]\naccount = a\n" A B C ROUTES, {.user = "www"},
	{NULL}, "a", NULL},
    {"no account at all is said", "", {0}, {NULL}, NULL,
	"no account is configured, so there is no server to send through"},
    {"an unknown name is said", A B, {.name = "zzz"}, {NULL}, NULL, "there is no account 'zzz'"},
    {"with the nearest one", "[account gmail]\nhost = h\n", {.name = "gmial"}, {NULL}, NULL,
	"there is no account 'gmial': did you mean 'gmail'?"},
    {"an open choice is said", A B, {.from = "p@y.example"}, {NULL}, NULL,
	"several accounts are configured and nothing tells which one to use: give -a NAME, or "
	"name one for good: postrider account default NAME"},
};

static void
pick(void **state)
{
	const struct row *r = *state;
	struct diags d = {.n = 0};
	struct config *c = conf_load(r->text, &d);
	struct pick p = r->pick;
	const char *sender = "untouched";
	const struct account *a;
	struct err e = {0};

	assert_non_null(c);
	p.rcpts = r->rcpts;
	while (p.nrcpts < RCPTS_MAX && r->rcpts[p.nrcpts] != NULL)
		p.nrcpts++;
	a = config_pick(c, &p, &sender, &e);
	if (r->want == NULL) {
		assert_null(a);
		assert_int_equal(e.class, ERR_CONFIG);
		assert_int_equal(e.stage, STAGE_CONFIG);
		assert_string_equal(e.text, r->sender);
	} else {
		assert_non_null(a);
		assert_string_equal(a->name, r->want);
		if (r->sender != NULL)
			assert_string_equal(sender, r->sender);
		else
			assert_null(sender);
	}
	config_free(c);
	diags_done(&d);
}

static void
no_account_has_its_hint(void **state)
{
	struct diags d = {.n = 0};
	struct config *c = conf_load("", &d);
	struct pick p = {0};
	const char *sender;
	struct err e = {0};

	(void)state;
	assert_null(config_pick(c, &p, &sender, &e));
	assert_string_equal(e.hint, "no-account");
	assert_int_equal(err_sysexit(&e), 78);
	config_free(c);
	diags_done(&d);
}

static void
a_server_of_the_command_line_is_taken_whatever_the_file_says(void **state)
{
	struct config_request req = {.file = conf_write("f", A B C ROUTES, 0600),
	    .server = "smtp://i:587"};
	struct pick p = {.from = "ann@x.example", .user = "http"};
	struct diags d = {.n = 0};
	struct config *c = config_load(&req, &d);
	const char *sender;

	(void)state;
	assert_non_null(c);
	assert_string_equal(config_pick(c, &p, &sender, NULL)->name, "server");
	assert_null(sender);
	p.name = "a";
	assert_string_equal(config_pick(c, &p, &sender, NULL)->name, "a");
	config_free(c);
	diags_done(&d);
}

#define SECRET_TEXT \
	"[defaults]\ndomain = x.example\n[account a]\nlike = b\nport = 587\n" \
	"[account b]\nhost = h\nuser = u\npassword = hunter2\n"

static void
show_names_values_and_where_they_come_from(void **state)
{
	struct diags d = {.n = 0};
	struct config *c = conf_load(SECRET_TEXT, &d);
	struct buf out, want;

	(void)state;
	buf_init(&out, 100000);
	buf_init(&want, 1000);
	config_show(c, true, &out);
	(void)buf_addf(&want, "domain = x.example\t# %s:2\n", conf_path("f"));
	assert_non_null(strstr(buf_str(&out), buf_str(&want)));
	buf_clear(&want);
	(void)buf_addf(&want,
	    "[account a]\nlike = b\t# %s:4\nhost = h\t# %s:7\nport = 587\t# %s:5\n", conf_path("f"),
	    conf_path("f"), conf_path("f"));
	assert_non_null(strstr(buf_str(&out), buf_str(&want)));
	assert_non_null(strstr(buf_str(&out), "\ntimeout = 30s\t# default\n"));
	assert_non_null(strstr(buf_str(&out), "\npassword = (hidden)\t# "));
	assert_null(strstr(buf_str(&out), "hunter2"));
	buf_clear(&out);
	config_show(c, false, &out);
	assert_null(strchr(buf_str(&out), '#'));
	assert_null(strstr(buf_str(&out), "hunter2"));
	buf_done(&out);
	buf_done(&want);
	config_free(c);
	diags_done(&d);
}

static void
json_has_a_line_a_section(void **state)
{
	struct diags d = {.n = 0};
	struct config *c = conf_load(SECRET_TEXT, &d);
	struct buf out;
	size_t lines = 0;

	(void)state;
	buf_init(&out, 100000);
	config_show_json(c, &out);
	assert_null(strstr(buf_str(&out), "hunter2"));
	assert_non_null(strstr(buf_str(&out), "\"password\":\"(hidden)\""));
	for (const char *p = buf_str(&out); *p != '\0'; lines++) {
		const char *end = strchr(p, '\n');
		struct buf section;

		assert_non_null(end);
		buf_init(&section, 100);
		assert_true(json_get_str(p, (size_t)(end - p), "section", &section));
		assert_string_equal(buf_str(&section), lines == 0 ? "defaults" : "account");
		buf_done(&section);
		p = end + 1;
	}
	assert_int_equal(lines, 3);
	buf_done(&out);
	config_free(c);
	diags_done(&d);
}

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(no_account_has_its_hint),
	    cmocka_unit_test(a_server_of_the_command_line_is_taken_whatever_the_file_says),
	    cmocka_unit_test(show_names_values_and_where_they_come_from),
	    cmocka_unit_test(json_has_a_line_a_section),
	};
	static struct CMUnitTest tests[NROWS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, pick, NULL, NULL,
		    (void *)(uintptr_t)&rows[i]};
	memcpy(&tests[NROWS], others, sizeof(others));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pick", tests, conf_setup, conf_teardown);
}
