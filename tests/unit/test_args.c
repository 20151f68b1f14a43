/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"

struct target {
	bool quiet, dots;
	unsigned verbose;
	const char *from, *mode;
	struct args_list set;
	unsigned called;
};

static bool
set_mode(void *target, const char *value, struct err *e)
{
	struct target *t = target;

	t->called++;
	t->mode = value;
	if (value != NULL && strcmp(value, "bad") == 0)
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "no such mode");
	return true;
}

#define AT(f) offsetof(struct target, f)

static const struct args_option options[] = {
    {.name = "quiet", .letter = 'q', .kind = ARGS_FLAG, .at = AT(quiet), .help = "be quiet"},
    {.letter = 'i', .kind = ARGS_FLAG, .at = AT(dots), .help = "dots"},
    {.name = "verbose", .letter = 'v', .kind = ARGS_COUNT, .at = AT(verbose), .help = "more"},
    {.name = "from",
	.letter = 'f',
	.arg = "ADDR",
	.kind = ARGS_TEXT,
	.at = AT(from),
	.help = "sender"},
    {.name = "set",
	.arg = "K=V",
	.kind = ARGS_LIST,
	.at = AT(set),
	.help = "a rather long argument"},
    {.name = "mode",
	.letter = 'm',
	.arg = "M",
	.kind = ARGS_CALL,
	.call = set_mode,
	.help = "mode"},
    {.letter = 'd',
	.arg = "[X]",
	.kind = ARGS_CALL,
	.call = set_mode,
	.shape = ARGS_GLUED,
	.help = "debug"},
    {.letter = 'h', .arg = "N", .kind = ARGS_IGNORE, .help = "hops"},
    {.name = "secret", .arg = "X", .kind = ARGS_IGNORE},
};

static struct arena mem;
static struct target target;
static struct args args;
static struct err error;

/* Words split at blanks; '~' is an empty one. */
static bool
parse(enum args_order order, const char *line)
{
	static const char *words[32];
	static struct args_group group = {"Options", options, sizeof(options) / sizeof(options[0]),
	    &target};
	size_t n = 0;

	arena_done(&mem);
	target = (struct target){.verbose = 0};
	err_clear(&error);
	while (*line != '\0') {
		size_t k = strcspn(line, " ");

		words[n] = arena_strndup(&mem, line, k);
		if (strcmp(words[n], "~") == 0)
			words[n] = "";
		assert_true(++n < 32);
		line += k + strspn(line + k, " ");
	}
	words[n] = NULL;
	args = (struct args){&mem, &group, 1, order, words, {NULL, 0}, 0};
	return args_parse(&args, &error);
}

/* Everything that came of it, as one text. */
static const char *
outcome(void)
{
	static char text[1024];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "q%d i%d v%u from=%s mode=%s", target.quiet,
	    target.dots, target.verbose, target.from != NULL ? target.from : "-",
	    target.mode != NULL ? target.mode : "-");
	for (size_t i = 0; i < target.set.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " set=%s", target.set.items[i]);
	for (size_t i = 0; i < args.operands.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " [%s]", args.operands.items[i]);
	return text;
}

static void
words_become_values(void **state)
{
	static const struct {
		const char *claim;
		enum args_order order;
		const char *line, *outcome;
	} rows[] = {
	    {"nothing is nothing", ARGS_MIXED, "", "q0 i0 v0 from=- mode=-"},
	    {"a long flag", ARGS_MIXED, "--quiet", "q1 i0 v0 from=- mode=-"},
	    {"a value behind '='", ARGS_MIXED, "--from=a@b", "q0 i0 v0 from=a@b mode=-"},
	    {"a value may be empty", ARGS_MIXED, "--from=", "q0 i0 v0 from= mode=-"},
	    {"a value in the next word", ARGS_MIXED, "--from a@b c",
		"q0 i0 v0 from=a@b mode=- [c]"},
	    {"the next word may begin with a dash", ARGS_MIXED, "-f -x", "q0 i0 v0 from=-x mode=-"},
	    {"the next word may be empty", ARGS_MIXED, "-f ~ a", "q0 i0 v0 from= mode=- [a]"},
	    {"a glued value", ARGS_MIXED, "-fuser", "q0 i0 v0 from=user mode=-"},
	    {"a bundle that ends in a value", ARGS_MIXED, "-qif user", "q1 i1 v0 from=user mode=-"},
	    {"a bundle with a glued value", ARGS_MIXED, "-vifq", "q0 i1 v1 from=q mode=-"},
	    {"letters are counted", ARGS_MIXED, "-vv --verbose", "q0 i0 v3 from=- mode=-"},
	    {"the last one wins", ARGS_MIXED, "-f a -f b", "q0 i0 v0 from=b mode=-"},
	    {"a list keeps all", ARGS_MIXED, "--set a=1 --set=b=2",
		"q0 i0 v0 from=- mode=- set=a=1 set=b=2"},
	    {"any order", ARGS_MIXED, "a -q b -v", "q1 i0 v1 from=- mode=- [a] [b]"},
	    {"'--' ends the options", ARGS_MIXED, "-q -- -v --",
		"q1 i0 v0 from=- mode=- [-v] [--]"},
	    {"a dash is an operand", ARGS_MIXED, "- -q", "q1 i0 v0 from=- mode=- [-]"},
	    {"a glued option never takes the next word", ARGS_MIXED, "-d x",
		"q0 i0 v0 from=- mode=- [x]"},
	    {"it takes the rest of its own", ARGS_MIXED, "-d9 x", "q0 i0 v0 from=- mode=9 [x]"},
	    {"an ignored option eats its argument", ARGS_MIXED, "-h 5 x",
		"q0 i0 v0 from=- mode=- [x]"},
	    {"strict takes options first", ARGS_STRICT, "-q a b", "q1 i0 v0 from=- mode=- [a] [b]"},
	    {"strict lets dashes stand behind '--'", ARGS_STRICT, "-q -- a -b",
		"q1 i0 v0 from=- mode=- [a] [-b]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!parse(rows[i].order, rows[i].line))
			fail_msg("%s: %s", rows[i].claim, error.text);
		if (strcmp(outcome(), rows[i].outcome) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].claim, outcome(), rows[i].outcome);
	}
}

static void
mistakes_are_named(void **state)
{
	static const struct {
		const char *claim;
		enum args_order order;
		const char *line, *text;
	} rows[] = {
	    {"an abbreviation is unknown", ARGS_MIXED, "--fro=a",
		"unknown option '--fro' (did you mean '--from'?)"},
	    {"the nearest is offered without its value", ARGS_MIXED, "--quite",
		"(did you mean '--quiet'?)"},
	    {"a hidden one is never offered", ARGS_MIXED, "--secretx",
		"unknown option '--secretx'"},
	    {"an unknown letter", ARGS_MIXED, "-Z", "unknown option '-Z'"},
	    {"one inside a bundle", ARGS_MIXED, "-qZ", "unknown option '-Z' in '-qZ'"},
	    {"an argument too few", ARGS_MIXED, "--from", "option '--from' needs an argument"},
	    {"the same by its letter", ARGS_MIXED, "-qf", "option '-f' needs an argument"},
	    {"one too many", ARGS_MIXED, "--quiet=yes", "option '--quiet' takes no argument"},
	    {"what a call says", ARGS_MIXED, "--mode bad", "no such mode"},
	    {"an option behind an address", ARGS_STRICT, "-q a -v",
		"option '-v' behind the address 'a'"},
	    {"a dash is no address", ARGS_STRICT, "-", "'-' is no address"},
	    {"nor behind one", ARGS_STRICT, "a -", "option '-' behind the address 'a'"},
	    {"controls are escaped", ARGS_MIXED, "--\x1b[2J", "unknown option '--\\x1b[2J'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (parse(rows[i].order, rows[i].line))
			fail_msg("%s: no error", rows[i].claim);
		if (strstr(error.text, rows[i].text) == NULL)
			fail_msg("%s: %s", rows[i].claim, error.text);
		assert_int_equal(err_sysexit(&error), 64);
	}
}

static void
a_hidden_neighbour_is_not_told(void **state)
{
	(void)state;
	assert_false(parse(ARGS_MIXED, "--secretx"));
	assert_null(strstr(error.text, "did you mean"));
}

static void
a_prefix_ends_at_the_first_strange_word(void **state)
{
	static const struct {
		const char *claim, *line;
		size_t used;
	} rows[] = {
	    {"a word", "-q send -v", 1},
	    {"an unknown letter", "-q -t", 1},
	    {"a bundle is taken whole or not at all", "-q -vt", 1},
	    {"a bundle with an argument in it", "-vfx send", 1},
	    {"an argument belongs to its option", "-f send -q x", 3},
	    {"an unknown name", "--nope", 0},
	    {"'--'", "-q -- -v", 1},
	    {"a dash", "-", 0},
	    {"nothing left", "-q -v", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!parse(ARGS_PREFIX, rows[i].line))
			fail_msg("%s: %s", rows[i].claim, error.text);
		if (args.used != rows[i].used || args.operands.n != 0)
			fail_msg("%s: %zu words used", rows[i].claim, args.used);
	}
	assert_true(parse(ARGS_PREFIX, "-q -vt"));
	assert_int_equal(target.verbose, 0);
}

static void
help_and_dump_come_from_the_table(void **state)
{
	const struct args_group group = {"Options", options, sizeof(options) / sizeof(options[0]),
	    NULL};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	args_help(&group, 1, &b);
	assert_non_null(strstr(buf_str(&b), "\nOptions:\n  -q, --quiet               be quiet\n"));
	assert_non_null(strstr(buf_str(&b), "\n  -i                        dots\n"));
	assert_non_null(
	    strstr(buf_str(&b), "\n      --set K=V             a rather long argument\n"));
	assert_non_null(strstr(buf_str(&b), "\n  -d[X]                     debug\n"));
	assert_null(strstr(buf_str(&b), "secret"));
	buf_clear(&b);
	args_dump(&group, 1, &b);
	assert_non_null(strstr(buf_str(&b), "quiet\tq\t-\tbe quiet\n"));
	assert_non_null(strstr(buf_str(&b), "\nset\t-\tK=V\ta rather long argument\n"));
	assert_non_null(strstr(buf_str(&b), "\n-\ti\t-\tdots\n"));
	assert_null(strstr(buf_str(&b), "secret"));
	buf_done(&b);
}

static int
clean(void **state)
{
	(void)state;
	arena_done(&mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_become_values),
	    cmocka_unit_test(mistakes_are_named),
	    cmocka_unit_test(a_hidden_neighbour_is_not_told),
	    cmocka_unit_test(a_prefix_ends_at_the_first_strange_word),
	    cmocka_unit_test(help_and_dump_come_from_the_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
