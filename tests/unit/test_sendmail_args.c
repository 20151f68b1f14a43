/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sendmail_args.h"

static struct arena mem;
static struct sendmail_args got;
static struct err error;

/* Words split at '|', so that they can hold blanks and be empty. */
static bool
parse(const char *line)
{
	static const char *words[32];
	size_t n = 0;

	arena_done(&mem);
	got = (struct sendmail_args){.mem = &mem};
	for (;;) {
		size_t k = strcspn(line, "|");

		assert_true(n < 31);
		words[n++] = arena_strndup(&mem, line, k);
		if (line[k] == '\0')
			break;
		line += k + 1;
	}
	words[n] = NULL;
	return sendmail_args_parse(words, &got, &error);
}

static const char *
text(const char *s)
{
	return s != NULL ? s : "-";
}

static const char *
outcome(void)
{
	static char out[1024];
	size_t n;

	n = (size_t)snprintf(out, sizeof(out), "%s%s%sv%u f=%s F=%s N%u R%u V=%s w%zu",
	    got.read_recipients ? "t" : "", got.ignore_dots ? "i" : "", got.mute ? "q" : "",
	    got.verbose, text(got.from), text(got.full_name), got.notify, (unsigned)got.ret,
	    text(got.envid), got.warnings.n);
	for (size_t i = 0; i < got.operands.n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, " [%s]", got.operands.items[i]);
	return out;
}

/* Recorded callers of Debian 12, and the letters of all nine MTAs. */
static void
real_command_lines_are_understood(void **state)
{
	static const struct {
		const char *claim, *line, *outcome;
	} rows[] = {
	    {"Debian's cron", "-FCronDaemon|-i|-B8BITMIME|-oem|root,alice",
		"iv0 f=- F=CronDaemon N0 R0 V=- w0 [root,alice]"},
	    {"cronie", "-FCronDaemon|-odi|-oem|-oi|-t|-f|root",
		"tiv0 f=root F=CronDaemon N0 R0 V=- w0"},
	    {"busybox crond", "-ti", "tiv0 f=- F=- N0 R0 V=- w0"},
	    {"upstream cron", "-FCronDaemon|-odi|-oem|-or0s|bob",
		"v0 f=- F=CronDaemon N0 R0 V=- w0 [bob]"},
	    {"mutt", "-oem|-oi|-B8BITMIME|-f|a@b|-N|failure,delay|-R|hdrs|--|c@d",
		"iv0 f=a@b F=- N12 R2 V=- w0 [c@d]"},
	    {"Sympa", "-oi|-odi|-oem|-N|success,delay,failure|-V|id 7|-f||--|r@x|s@x",
		"iv0 f= F=- N14 R0 V=id 7 w0 [r@x] [s@x]"},
	    {"maildrop gives -f twice", "-oi|-f||-f|real@x|a@x",
		"iv0 f=real@x F=- N0 R0 V=- w0 [a@x]"},
	    {"PHPMailer repeats itself", "-t|-i|-oi|-fX@y|-t", "tiv0 f=X@y F=- N0 R0 V=- w0"},
	    {"msmtp's names", "--read-recipients|--from=a@b|--account=w|--read-envelope-from",
		"tv0 f=a@b F=- N0 R0 V=- w0"},
	    {"a bundle of three", "-vti", "tiv1 f=- F=- N0 R0 V=- w0"},
	    {"a sender glued into a bundle", "-tfuser@x", "tv0 f=user@x F=- N0 R0 V=- w0"},
	    {"old scripts part -o and its letter", "-o|i|a@b", "iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"-oitrue", "-oitrue|a@b", "iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"-oifalse keeps the dot", "-oifalse|a@b", "v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"-O IgnoreDots", "-O|IgnoreDots=yes|-OTimeout.x=5|a@b",
		"iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"-oeq and -eq are silent", "-oeq|a@b", "qv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"verbose by -ov", "-ov|-v|a@b", "v2 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"letters that do not matter",
		"-Ac|-c|-D|x|-d9|-d|-E|-G|-h|25|-J|-m|-n|-om|-o7|-os|-p|esmtp|-s|-T|-U|-x|-Mxy|-odq|a@b",
		"v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"the null sender in three ways", "-f<>|-r|<>|a@b", "v0 f= F=- N0 R0 V=- w0 [a@b]"},
	    {"a sender with a name", "-f|Bob <b@x>|a@b", "v0 f=b@x F=- N0 R0 V=- w0 [a@b]"},
	    {"a sender without a domain", "-f|alice|--|a@b", "v0 f=alice F=- N0 R0 V=- w0 [a@b]"},
	    {"dashes behind '--' are addresses", "--|-bob@x|-t",
		"v0 f=- F=- N0 R0 V=- w0 [-bob@x] [-t]"},
	    {"-C and -X are ignored with a warning each", "-C|/tmp/evil|-X/tmp/log|a@b",
		"v0 f=- F=- N0 R0 V=- w2 [a@b]"},
	    {"nonsense in DSN options is ignored with a warning",
		"-N|maybe|-R|all|-V||-B|9BIT|-exy|a@b", "v0 f=- F=- N0 R0 V=- w5 [a@b]"},
	    {"NEVER stands alone (RFC 3461 4.1)", "-N|never,delay|a@b",
		"v0 f=- F=- N0 R0 V=- w1 [a@b]"},
	    {"case does not matter there", "-N|NEVER|-R|Full|a@b", "v0 f=- F=- N1 R1 V=- w0 [a@b]"},
	    {"an envelope id of 101 octets is too long",
		"-V|0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890|a@b",
		"v0 f=- F=- N0 R0 V=- w1 [a@b]"},
	    {"an envelope id cannot break a line", "-V|a\nRCPT TO:<x>|a@b",
		"v0 f=- F=- N0 R0 V=- w1 [a@b]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!parse(rows[i].line))
			fail_msg("%s: %s", rows[i].claim, error.text);
		if (strcmp(outcome(), rows[i].outcome) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].claim, outcome(), rows[i].outcome);
	}
}

static void
what_cannot_be_done_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
	    {"-bi", "-bi is not supported yet"},
	    {"-bv|a@b", "-bv is not supported yet"},
	    {"-bS", "mode '-bS' is not supported"},
	    {"-bd", "no daemon"},
	    {"-bD", "no daemon"},
	    {"-bt", "-bt is not supported"},
	    {"-ba", "mode '-ba' is not supported"},
	    {"-be|${run{/bin/sh}}", "mode '-be' is not supported"},
	    {"-b", "needs an argument"},
	    {"-I", "-I is not supported yet"},
	    {"-Mrm|1abc", "-Mrm is not supported"},
	    {"-M|1abc", "-M is not supported"},
	    {"-S|x", "not supported"},
	    {"-Q|x", "not supported"},
	    {"-z|x", "not supported"},
	    {"-Z", "unknown option '-Z'"},
	    {"--bogus", "unknown option '--bogus'"},
	    {"a@b|-C|f", "option '-C' behind the address 'a@b'"},
	    {"-f|a@b, c@d|x@y", "is not one address"},
	    {"-f|a@b> SIZE=1|x@y", "the sender: "},
	    {"-f|a@b\nRCPT TO:<evil>|x@y", "the sender: "},
	    {"-t|--set|password-command=sh", "count only in front"},
	    {"-t|--config=/tmp/x", "count only in front"},
	    {"-t|--server|smtp://evil", "count only in front"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (parse(rows[i].line))
			fail_msg("%s: accepted", rows[i].line);
		if (strstr(error.text, rows[i].text) == NULL)
			fail_msg("%s: %s", rows[i].line, error.text);
		assert_int_equal(err_sysexit(&error), 64);
	}
}

static void
modes_that_have_nothing_to_do_are_no_error(void **state)
{
	(void)state;
	assert_true(parse("-bh") && got.nothing);
	assert_true(parse("-bP") && got.nothing);
	assert_true(parse("-bV") && got.version);
	assert_true(parse("-bm|a@b") && !got.nothing);
	assert_true(parse("-bs|-odb|-oem|-om") && got.smtp && got.background);
	assert_true(parse("-bs|-bm|a@b") && !got.smtp);
}

static void
the_queue_has_its_letters(void **state)
{
	static const struct {
		const char *line;
		struct queue_run_args want;
	} rows[] = {
	    {"-q", {.now = false}},
	    {"-qf", {.now = true}},
	    {"-qff", {.now = true}},
	    {"-qp", {.now = false}},
	    {"-q15m", {.every_ms = 15 * 60 * 1000}},
	    {"-q1h30m", {.every_ms = 90 * 60 * 1000}},
	    {"-qIABC", {.now = true, .id = "ABC"}},
	    {"-qR@x", {.now = true, .rcpt = "@x"}},
	    {"-q!Sann", {.now = true, .sender = "ann", .others = true}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct queue_run_args *want = &rows[i].want, *is = &got.queue;

		assert_true(parse(rows[i].line) && got.run);
		assert_int_equal(is->now, want->now);
		assert_int_equal(is->every_ms, want->every_ms);
		assert_int_equal(is->others, want->others);
		assert_string_equal(is->id != NULL ? is->id : "-",
		    want->id != NULL ? want->id : "-");
		assert_string_equal(is->rcpt != NULL ? is->rcpt : "-",
		    want->rcpt != NULL ? want->rcpt : "-");
		assert_string_equal(is->sender != NULL ? is->sender : "-",
		    want->sender != NULL ? want->sender : "-");
	}
	assert_true(parse("-qxyz") && got.run && got.warnings.n == 1);
	assert_true(parse("-q|a@b") && got.run && got.operands.n == 1);
	assert_true(parse("-bp") && got.list);
}

static void
delivery_modes_decide_when(void **state)
{
	(void)state;
	assert_true(parse("-odi|a@b") && got.when == SUBMIT_AUTO && !got.when_given);
	assert_true(parse("-odq|a@b") && got.when == SUBMIT_QUEUE && got.when_given);
	assert_true(parse("-odd|a@b") && got.when == SUBMIT_QUEUE && !got.background);
	assert_true(parse("-odqs|a@b") && got.when == SUBMIT_QUEUE && !got.background);
	assert_true(parse("-odb|a@b") && got.when == SUBMIT_QUEUE && got.background);
	assert_true(parse("-ODeliveryMode=q|a@b") && got.when == SUBMIT_QUEUE && got.when_given);
	assert_true(parse("-odq|-odi|a@b") && got.when == SUBMIT_AUTO && !got.when_given);
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
	    cmocka_unit_test(real_command_lines_are_understood),
	    cmocka_unit_test(what_cannot_be_done_is_refused_with_a_sentence),
	    cmocka_unit_test(the_queue_has_its_letters),
	    cmocka_unit_test(delivery_modes_decide_when),
	    cmocka_unit_test(modes_that_have_nothing_to_do_are_no_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
