/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/dispatch.h"

#define WORDS_MAX 16

/* The whole tree of commands: the rule must hold for those to come, too. */
static const char *const all_commands[] = {"send", "test", "check", "probe", "lookup", "bulk",
    "queue", "log", "status", "setup", "account", "config", "import", "alias", "dkim", "serve",
    "sendmail", "completion", "help", "version"};

static const char *const names[] = {
    [DISPATCH_SENDMAIL] = "sendmail",
    [DISPATCH_HELP] = "help",
    [DISPATCH_VERSION] = "version",
    [DISPATCH_USAGE] = "usage-error",
    [DISPATCH_MAILQ] = "mailq",
    [DISPATCH_NEWALIASES] = "newaliases",
    [DISPATCH_RUNQ] = "runq",
    [DISPATCH_NOTHING] = "nothing",
    [DISPATCH_UNSUPPORTED] = "unsupported",
};

/* argv, split at blanks; the struct stays valid until the next call. */
static const struct dispatch *
decide(const char *line, bool tty)
{
	static struct arena mem;
	static struct dispatch d;
	struct args_list commands = {NULL, 0};
	const char **argv;
	size_t n = 0;

	arena_done(&mem);
	argv = arena_alloc(&mem, (WORDS_MAX + 1) * sizeof(*argv));
	for (size_t i = 0; i < sizeof(all_commands) / sizeof(all_commands[0]); i++)
		args_push(&mem, &commands, all_commands[i]);
	while (*line != '\0') {
		size_t k = strcspn(line, " ");

		assert_true(n < WORDS_MAX);
		argv[n++] = arena_strndup(&mem, line, k);
		line += k + strspn(line + k, " ");
	}
	dispatch_decide(&mem, argv, tty, &commands, &d);
	return &d;
}

static const char *
grammar_of(const struct dispatch *d)
{
	static char text[64];

	if (d->grammar != DISPATCH_COMMAND)
		return names[d->grammar];
	(void)snprintf(text, sizeof(text), "cmd:%s", d->command);
	return text;
}

static void
every_vector_of_the_table_holds(void **state)
{
	char path[4096], line[512];
	const char *src = getenv("SRC");
	size_t rows = 0;
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/data/dispatch.tsv", src != NULL ? src : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *tab = strchr(line, '\t');

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		assert_non_null(tab);
		*tab = '\0';
		if (strcmp(grammar_of(decide(line, true)), tab + 1) != 0)
			fail_msg("%s: %s, wanted %s", line, grammar_of(decide(line, true)),
			    tab + 1);
		rows++;
	}
	fclose(f);
	assert_int_equal(rows, 37);
}

static void
more_lines_are_understood(void **state)
{
	static const struct {
		const char *claim, *line;
		bool tty;
		const char *grammar;
	} rows[] = {
	    {"no argv at all is our own name", "", true, "help"},
	    {"nobody looks and nothing is asked", "postrider", false, "usage-error"},
	    {"only shared options and a person", "postrider -v", true, "help"},
	    {"only shared options and nobody", "postrider -v", false, "usage-error"},
	    {"a bundle with one foreign letter is sendmail's", "postrider -vti", true, "sendmail"},
	    {"a bundle of shared letters is ours", "postrider -vv send", true, "cmd:send"},
	    {"an account glued to its letter", "postrider -agmail send", true, "cmd:send"},
	    {"a value behind '='", "postrider --account=gmail send", true, "cmd:send"},
	    {"an unknown long option is sendmail's to refuse", "postrider --bogus", true,
		"sendmail"},
	    {"'--' begins a sendmail line", "postrider -v -- root", true, "sendmail"},
	    {"an address behind shared options", "postrider -C f a@b", true, "sendmail"},
	    {"the argument of an option is no command", "postrider -a send", true, "help"},
	    {"an argument is missing", "postrider -C", true, "usage-error"},
	    {"a password is refused in front, too", "postrider --password x send", true,
		"usage-error"},
	    {"help wins over what follows", "postrider -h send", true, "help"},
	    {"the alternatives' name", "/usr/sbin/sendmail.postrider -t", true, "sendmail"},
	    {"a login shell's dash", "-sendmail -t", true, "sendmail"},
	    {"-h of sendmail takes a number", "sendmail -h 5 a@b", true, "sendmail"},
	    {"the queue runner's name", "/usr/bin/runq", true, "runq"},
	    {"host status has nothing to do", "hoststat", true, "nothing"},
	    {"UUCP is over", "rmail a@b", true, "unsupported"},
	    {"another name is our own", "/tmp/postrider-0.1 send", true, "cmd:send"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = grammar_of(decide(rows[i].line, rows[i].tty));

		if (strcmp(got, rows[i].grammar) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].claim, got, rows[i].grammar);
	}
}

static void
shared_options_count_only_in_front(void **state)
{
	const struct dispatch *d = decide("postrider -C f --set a.b=c -vv -a gmail -t -C evil",
	    true);

	(void)state;
	assert_string_equal(d->shared.file, "f");
	assert_int_equal(d->shared.sets.n, 1);
	assert_int_equal(d->shared.verbose, 2);
	assert_string_equal(d->shared.account, "gmail");
	assert_string_equal(d->words[0], "-t");
	assert_string_equal(d->words[1], "-C");

	d = decide("sendmail -C f --set a.b=c -t", true);
	assert_null(d->shared.file);
	assert_int_equal(d->shared.sets.n, 0);
	assert_string_equal(d->words[0], "-C");
	assert_false(d->own);
}

static void
a_mistyped_command_is_named_with_the_nearest(void **state)
{
	const struct dispatch *d = decide("postrider quue", true);

	(void)state;
	assert_string_equal(d->unknown, "quue");
	assert_non_null(strstr(d->err.text, "'queue'"));
	assert_int_equal(err_sysexit(&d->err), 64);
}

static void
the_program_is_named_without_its_folder(void **state)
{
	(void)state;
	assert_string_equal(decide("/usr/lib/sendmail -t", true)->program, "sendmail");
	assert_string_equal(decide("", true)->program, "postrider");
	assert_string_equal(decide("/usr/bin/ x", true)->program, "postrider");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_vector_of_the_table_holds),
	    cmocka_unit_test(more_lines_are_understood),
	    cmocka_unit_test(shared_options_count_only_in_front),
	    cmocka_unit_test(a_mistyped_command_is_named_with_the_nearest),
	    cmocka_unit_test(the_program_is_named_without_its_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
