/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alias files as they are found in the wild: what is read, what is found fault with, and to whom
 * names lead in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "conf.h"
#include "config/alias_expand.h"

static struct {
	struct arena mem;
	struct buf shown; /* addresses, a blank between; "!SENTENCE" for what is refused */
	size_t n;
} got;

static void
on_add(void *arg, const char *addr)
{
	(void)arg;
	buf_addf(&got.shown, "%s%s", got.shown.len > 0 ? " " : "", addr);
	got.n++;
}

static void
on_refuse(void *arg, const struct err *why)
{
	(void)arg;
	buf_addf(&got.shown, "%s!%s", got.shown.len > 0 ? " " : "", why->text);
}

static void
forget(void)
{
	arena_done(&got.mem);
	buf_done(&got.shown);
	buf_init(&got.shown, SIZE_MAX);
	got.n = 0;
}

/* Text without the name of our folder. */
static const char *
without_folder(const char *text)
{
	static char shown[4096];
	const char *folder = conf_path("");
	size_t n = strlen(folder), at = 0;

	while (*text != '\0' && at + 1 < sizeof shown) {
		if (strncmp(text, folder, n) == 0)
			text += n;
		else
			shown[at++] = *text++;
	}
	shown[at] = '\0';
	return shown;
}

/* What addr leads to by that text of an alias file; local_to NULL: none. */
static const char *
expand(const char *text, const char *addr, const char *local_to)
{
	const char *files[] = {conf_write("aliases", text, 0644)};
	const struct alias_settings settings = {files, 1, false, &local_to, local_to != NULL};
	struct local local;
	struct alias_expand x = {.settings = &settings,
	    .local = &local,
	    .mem = &got.mem,
	    .add = on_add,
	    .refuse = on_refuse};

	forget();
	local_init(&got.mem, &local);
	x.aliases = aliases_load(&got.mem, files, 1, false, NULL);
	alias_expand(&x, addr);
	return without_folder(buf_str(&got.shown));
}

struct row {
	const char *claim, *text, *addr, *want;
};

static void
names_lead_to_addresses(void **state)
{
	static const struct row rows[] = {
	    {"one", "root: ann@x.example\n", "root", "ann@x.example"},
	    {"names in any case", "ROOT: ann@x.example\n", "Root", "ann@x.example"},
	    {"blanks around everything", " \n  \nroot \t:  ann@x.example  \n", "root",
		"ann@x.example"},
	    {"several", "root: a@x, b@x,c@x\n", "root", "a@x b@x c@x"},
	    {"on lines that go on", "root: a@x,\n\tb@x\n# between\n\n  ,c@x\nann: d@x\n", "root",
		"a@x b@x c@x"},
	    {"a line that goes on without a comma", "root: a@x\n  , b@x\n", "root", "a@x b@x"},
	    {"without an end of line", "root: a@x", "root", "a@x"},
	    {"CRLF", "root: a@x\r\nann: b@x\r\n", "root", "a@x"},
	    {"quoted name", "\"the boss\": a@x\n", "\"the boss\"", "a@x"},
	    {"a name with a colon in quotes", "\"a:b\": a@x\n", "\"a:b\"", "a@x"},
	    {"quoted address", "root: \"a, b\"@x, c@x\n", "root", "\"a, b\"@x c@x"},
	    {"with a name and a comment", "root: Ann L. <a@x>, b@x (B, C)\n", "root", "a@x b@x"},
	    {"over others", "root: ann\nann: bob\nbob: b@x\n", "root", "b@x"},
	    {"once", "root: ann, bob, ann\nann: c@x\nbob: ann, d@x\n", "root", "c@x d@x"},
	    {"without an alias", "root: ann\n", "bob", "bob"},
	    {"the end has none", "root: ann\n", "root", "ann"},
	    {"no further", "root: \\ann\nann: b@x\n", "root", "ann"},
	    {"to oneself and another", "ann: ann, b@x\n", "ann", "ann b@x"},
	    {"to oneself by a backslash", "ann: \\ann, b@x\n", "ann", "ann b@x"},
	    {"an address of this machine", "root: a@x\n", "root@localhost", "a@x"},
	    {"it has no domain any more", "", "root@localhost", "root"},
	    {"by it", "root: ann@localhost\nann: b@x\n", "root", "b@x"},
	    {"an address elsewhere is no name", "root: a@x\n", "root@y.example", "root@y.example"},
	    {"behind a plus", "root: a@x\n", "root+cron", "a@x"},
	    {"the whole name first", "root: a@x\nroot+cron: b@x\n", "root+cron@localhost", "b@x"},
	    {"the first of two holds", "root: a@x\nann: c@x\nroot: b@x\n", "root", "a@x"},
	    {"an owner is a name as others", "owner-list: a@x\n", "owner-list", "a@x"},
	    {"a comment is a line", "root: a#b@x\n#root: c@x\n", "root", "a#b@x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *shown = expand(rows[i].text, rows[i].addr, NULL);

		if (!str_eq(shown, rows[i].want))
			fail_msg("%s: %s", rows[i].claim, shown);
	}
	assert_string_equal(expand("root: ann\n", "root", "me@x.example"), "me@x.example");
	assert_string_equal(expand("", "bob@localhost", "me@x.example"), "me@x.example");
	assert_string_equal(expand("", "bob@y.example", "me@x.example"), "bob@y.example");
	assert_string_equal(expand("ann: ann, b@x\n", "ann", "me@x.example"), "me@x.example b@x");
}

static void
what_no_mail_is_given_to_is_refused_alone(void **state)
{
	static const struct row rows[] = {
	    {"a command", "root: |/bin/sh -c x, a@x\n", "root",
		"!aliases:1: alias 'root': '|/bin/sh -c x' is a command, and no mail is given to commands a@x"},
	    {"in quotes, with a comma", "root: \"|/bin/sh, x\", a@x\n", "root",
		"!aliases:1: alias 'root': '|/bin/sh, x' is a command, and no mail is given to commands a@x"},
	    {"a file", "ann: b@x\nroot: /dev/null\n", "root",
		"!aliases:2: alias 'root': '/dev/null' is a file, and no mail is written to files"},
	    {"no address", "root: a b, c@x\n", "root",
		"!aliases:1: alias 'root': 'a b' is not a mail address c@x"},
	    {"a loop names both", "a: b\n\nb: a, c@x\n", "a",
		"!aliases:1 and aliases:3: the aliases 'a' and 'b' lead to each other c@x"},
	    {"a list that is not there", "root: :include:/nonexistent/list, a@x\n", "root",
		"!aliases:1: alias 'root': cannot read the list /nonexistent/list: No such file or directory a@x"},
	    {"a list of no whole path", "root: :include:list\n", "root",
		"!aliases:1: alias 'root': 'list' is not the whole path of a list"},
	    {"the other names are not touched", "root: |x\nann: a@x\n", "ann", "a@x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *shown = expand(rows[i].text, rows[i].addr, NULL);

		if (!str_eq(shown, rows[i].want))
			fail_msg("%s: %s", rows[i].claim, shown);
	}
}

static void
lists_are_read(void **state)
{
	char text[1024];
	const char *list = conf_write("list", "# of us\na@x, b@x\n\n  c@x\nann\n", 0644);

	(void)state;
	snprintf(text, sizeof text, "root: :include:%s, e@x\nann: d@x\n", list);
	assert_string_equal(expand(text, "root", NULL), "a@x b@x c@x d@x e@x");
	/* one that names itself, twice, and is not read over and over */
	snprintf(text, sizeof text, "a@x\n:include:%s\n:include:%s\n", list, list);
	conf_write("list", text, 0644);
	snprintf(text, sizeof text, "root: :include:%s\n", list);
	assert_string_equal(expand(text, "root", NULL), "a@x");
	/* what others may write leads to whom they like */
	assert_int_equal(chmod(list, 0666), 0);
	assert_non_null(strstr(expand(text, "root", NULL), "others may write to it"));
	/* not a file: must not wait for a writer */
	assert_int_equal(unlink(list), 0);
	assert_int_equal(mkfifo(list, 0600), 0);
	assert_non_null(strstr(expand(text, "root", NULL), "not a regular file"));
	assert_int_equal(unlink(list), 0);
}

static void
faults_have_a_place(void **state)
{
	static const struct {
		const char *text, *want;
		size_t n;
	} rows[] = {
	    {"root: a@x\n\nann: b@x\n", "", 2},
	    {"root a@x\n", "aliases:1:1+1 expected 'name: address, ...'\n", 0},
	    {"  a@x\n", "aliases:1:1+1 a line that goes on, and nothing before it\n", 0},
	    {"root:\n", "aliases:1:1+1 the alias leads to nobody\n", 1},
	    {"ann: b@x\nroot@x: a@x\n",
		"aliases:2:1+1 only the name of a local user can stand before the colon\n", 1},
	    {": a@x\n", "aliases:1:1+1 expected 'name: address, ...'\n", 0},
	    {"root: a@x\nann: b@x\nROOT: c@x\n",
		"aliases:3:1+1 'root' is there already: line 1 of aliases holds\n", 2},
	    {"root: |x,\n /y\n",
		"aliases:1:1+1 '|x' is a command, and no mail is given to commands\n"
		"aliases:1:1+1 '/y' is a file, and no mail is written to files\n",
		1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *files[] = {conf_write("aliases", rows[i].text, 0644)};
		struct diags d = {.n = 0};
		struct buf found;
		struct aliases *a;

		forget();
		a = aliases_load(&got.mem, files, 1, false, &d);
		assert_int_equal(aliases_count(a), rows[i].n);
		assert_null(aliases_trouble(a));
		buf_init(&found, SIZE_MAX);
		conf_findings(&d, &found);
		if (!str_eq(without_folder(buf_str(&found)), rows[i].want))
			fail_msg("%s: %s", rows[i].text, buf_str(&found));
		buf_done(&found);
		diags_done(&d);
	}
}

static void
a_file_that_cannot_be_read_sends_nobodys_mail_elsewhere(void **state)
{
	const char *files[] = {conf_write("here", "root: a@x\n", 0644), conf_path("gone")};
	const char *to = "me@x.example";
	const struct alias_settings settings = {files, 2, false, &to, 1};
	struct local local;
	struct alias_expand x = {.settings = &settings,
	    .local = &local,
	    .mem = &got.mem,
	    .add = on_add,
	    .refuse = on_refuse};

	(void)state;
	forget();
	local_init(&got.mem, &local);
	x.aliases = aliases_load(&got.mem, files, 2, false, NULL);
	assert_non_null(aliases_trouble(x.aliases));
	alias_expand(&x, "bob");
	assert_string_equal(without_folder(buf_str(&got.shown)),
	    "!cannot read the aliases in gone: No such file or directory");
	buf_clear(&got.shown);
	alias_expand(&x, "root"); /* known */
	alias_expand(&x, "c@y.example");
	assert_string_equal(buf_str(&got.shown), "a@x c@y.example");
	/* the usual one need not be there */
	x.aliases = aliases_load(&got.mem, files, 2, true, NULL);
	assert_null(aliases_trouble(x.aliases));
	/* not a text, and what others may write to */
	conf_write("here", "root: a@x\n", 0666);
	assert_non_null(
	    strstr(aliases_trouble(aliases_load(&got.mem, files, 1, true, NULL)), "others"));
}

static void
many_take_no_time_and_have_an_end(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, SIZE_MAX);
	for (int i = 0; i < 20000; i++)
		buf_addf(&text, "n%d: n%d@x.example\n", i, i);
	buf_adds(&text, "all: ");
	for (int i = 0; i < 20000; i++)
		buf_addf(&text, "n%d,", i);
	buf_adds(&text, "\n");
	for (int i = 0; i < 100; i++)
		buf_addf(&text, "deep%d: deep%d\n", i, i + 1);
	assert_string_equal(expand(buf_str(&text), "n17", NULL), "n17@x.example");
	expand(buf_str(&text), "all", NULL);
	assert_int_equal(got.n, ALIAS_EXPAND_MAX);
	assert_non_null(strstr(buf_str(&got.shown), "more than 10000 addresses"));
	assert_non_null(strstr(expand(buf_str(&text), "deep0", NULL), "more than 50 aliases"));
	buf_done(&text);
}

static void
users_of_this_machine_are_known(void **state)
{
	static const char *const domains[] = {"old.example"};
	const struct local l = {"nas.home.example", "nas", domains, 1};

	(void)state;
	assert_true(local_is(&l, "root") && local_is(&l, "root@localhost"));
	assert_true(local_is(&l, "root@LOCALHOST.localdomain") && local_is(&l, "root@NAS"));
	assert_true(local_is(&l, "root@nas.home.example") && local_is(&l, "root@Old.Example"));
	assert_false(local_is(&l, "root@home.example") || local_is(&l, "root@nas.example"));
	assert_false(local_is(&l, "\"root@nas\"@x.example"));
	assert_true(local_is(&l, "\"a@b\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_lead_to_addresses),
	    cmocka_unit_test(what_no_mail_is_given_to_is_refused_alone),
	    cmocka_unit_test(lists_are_read),
	    cmocka_unit_test(faults_have_a_place),
	    cmocka_unit_test(a_file_that_cannot_be_read_sends_nobodys_mail_elsewhere),
	    cmocka_unit_test(many_take_no_time_and_have_an_end),
	    cmocka_unit_test(users_of_this_machine_are_known),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, conf_setup, conf_teardown);
	forget();
	return failed;
}
