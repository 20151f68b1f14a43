/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sendmail_args.h"

static struct arena mem, lines;
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

struct row {
	const char *claim, *line, *outcome;
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!parse(rows[i].line))
			fail_msg("%s: %s", rows[i].claim, error.text);
		if (strcmp(outcome(), rows[i].outcome) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].claim, outcome(), rows[i].outcome);
	}
}

/* Recorded callers of Debian 12, and the letters of all nine MTAs. */
static void
real_command_lines_are_understood(void **state)
{
	static const struct row rows[] = {
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
	check(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
options_by_letter_and_name_are_understood(void **state)
{
	static const struct row rows[] = {
	    {"the last word about dots counts", "-i|-oifalse|-t", "tv0 f=- F=- N0 R0 V=- w0"},
	    {"a switch that is neither yes nor no", "-i|-oimaybe|a@b",
		"iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"a switch of -O may stand alone", "-OIgnoreDots|a@b",
		"iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"names of -O in any case, with blanks", "-O| ignoredots = True|a@b",
		"iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"another name that begins so", "-OIgnoreDotsAll=1|-OIgnore=1|a@b",
		"v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"TLS that is not asked for", "-O|requiretls=no|a@b", "v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"UTF-8 is seen in the message itself", "-O|smtputf8=yes|-Osmtputf8=no|a@b",
		"v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"nonsense there is told", "-O|smtputf8=perhaps|-Orequiretls=perhaps|a@b",
		"v0 f=- F=- N0 R0 V=- w2 [a@b]"},
	    {"no option of sendmail.cf names a file to us",
		"-oA/etc/shadow|-oQ/tmp|-oS/tmp/x|-OQueueDirectory=/tmp|-OAliasFile=/tmp/x|a@b",
		"v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"-o alone takes the next word, glued it does not", "-o|i|-o7|a@b",
		"iv0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"Exim's -or and a time are glued here", "-or5m|a@b", "v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"-ot and -oi", "-ot|-oi", "tiv0 f=- F=- N0 R0 V=- w0"},
	    {"-d never takes the next word", "-d|9|a@b", "v0 f=- F=- N0 R0 V=- w0 [9] [a@b]"},
	    {"glued -A, -B and -h", "-Am|-B7BIT|-h25|a@b", "v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"and apart", "-A|m|-B|8bitmime|-h|25|a@b", "v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"a bundle that ends in an option with a value", "-itf|user@x",
		"tiv0 f=user@x F=- N0 R0 V=- w0"},
	    {"the last of the senders counts", "-ra@x|-fb@x|--from|c@x|d@x",
		"v0 f=c@x F=- N0 R0 V=- w0 [d@x]"},
	    {"a sender in angle brackets", "-f<b@x>|a@b", "v0 f=b@x F=- N0 R0 V=- w0 [a@b]"},
	    {"modes of errors", "-em|-ep|-ew|-ee|-oem|-e|p|a@b", "v0 f=- F=- N0 R0 V=- w0 [a@b]"},
	    {"one recipient in each word", "--|a@x,b@y|Joe <j@x>, (c) k@x",
		"v0 f=- F=- N0 R0 V=- w0 [a@x,b@y] [Joe <j@x>, (c) k@x]"},
	    {"an envelope id keeps its letters", "-Venv+id=1|a@b",
		"v0 f=- F=- N0 R0 V=env+id=1 w0 [a@b]"},
	};

	(void)state;
	check(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
what_cannot_be_done_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
	    {"-bS", "-bS is not supported"},
	    {"-bd", "no daemon"},
	    {"-bD", "no daemon"},
	    {"-bt", "-bt is not supported"},
	    {"-ba", "mode '-ba' is not supported"},
	    {"-be|${run{/bin/sh}}", "mode '-be' is not supported"},
	    {"-b", "needs an argument"},
	    {"-Mrm|1abc", "-Mrm is not supported"},
	    {"-M|1abc", "-M is not supported"},
	    {"-S|x", "not supported"},
	    {"-Q|x", "not supported"},
	    {"-z|x", "not supported"},
	    {"-Z", "unknown option '-Z'"},
	    {"-bl", "no daemon"},
	    {"-bd|-q30m", "no daemon"},
	    {"-tZ", "unknown option '-Z'"},
	    {"-M|1abc|a@b", "-M is not supported"},
	    {"-MC|smtp", "-MC is not supported"},
	    {"-O|requiretls=yes|a@b", "requiretls is not supported"},
	    {"-Orequiretls|a@b", "requiretls is not supported"},
	    {"-|a@b", "'-' is no address"},
	    {"a@b|-", "option '-' behind the address"},
	    {"a@b|-t|c@d", "option '-t' behind the address 'a@b'"},
	    {"--from", "needs an argument"},
	    {"--read-recipients=yes", "takes no argument"},
	    {"--fro=a@b|c@d", "did you mean '--from'"},
	    {"-f|<>, <>|x@y", "the sender"},
	    {"-f|a@b, <>|x@y", "the sender"},
	    {"-fa@b,c@d|x@y", "is not one address"},
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
	assert_true(parse("-bH") && got.nothing);
	assert_true(parse("-bP") && got.count && !got.nothing);
	assert_true(parse("-bV") && got.version);
	assert_true(parse("-bm|a@b") && !got.nothing);
	assert_true(parse("-bs|-odb|-oem|-om") && got.smtp && got.background);
	assert_true(parse("-bs|-bm|a@b") && !got.smtp);
}

static bool
same_part(const struct queue_run_part *a, const struct queue_run_part *b)
{
	return a->others == b->others && strcmp(text(a->text), text(b->text)) == 0;
}

static bool
same_run(const struct queue_run_args *a, const struct queue_run_args *b)
{
	return a->now == b->now && a->every_ms == b->every_ms && same_part(&a->id, &b->id) &&
	    same_part(&a->rcpt, &b->rcpt) && same_part(&a->sender, &b->sender);
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
	    {"-qIABC", {.now = true, .id = {"ABC", false}}},
	    {"-qR@x", {.now = true, .rcpt = {"@x", false}}},
	    {"-q!Sann", {.now = true, .sender = {"ann", true}}},
	    {"-q!IABC", {.now = true, .id = {"ABC", true}}},
	    {"-q!Rx", {.now = true, .rcpt = {"x", true}}},
	    {"-qfl", {.now = true}},
	    {"-qi", {.now = false}},
	    {"-qGfast", {.now = false}},
	    {"-qR@x|-q!Sann|-qI7",
		{.now = true, .id = {"7", false}, .rcpt = {"@x", false}, .sender = {"ann", true}}},
	    {"-qRold|-qRnew", {.now = true, .rcpt = {"new", false}}},
	    {"-q|15m", {.now = false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(parse(rows[i].line) && got.run);
		if (!same_run(&got.queue, &rows[i].want))
			fail_msg("%s is understood in another way", rows[i].line);
	}
	assert_true(parse("-qxyz") && got.run && got.warnings.n == 1);
	/* without anything to look for it is a whole run, and none of what is not due */
	assert_true(
	    parse("-qI") && got.warnings.n == 1 && got.queue.id.text == NULL && !got.queue.now);
	assert_true(parse("-q!f") && got.warnings.n == 1 && !got.queue.now);
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
	assert_true(parse("-odq|-odf|a@b") && got.when == SUBMIT_AUTO && !got.when_given);
	assert_true(parse("-odb|-odq|a@b") && got.when == SUBMIT_QUEUE && !got.background);
	assert_true(parse("-O|DeliveryMode=background|a@b") && got.background);
	assert_true(parse("-O|deliverymode = deferred|a@b") && got.when == SUBMIT_QUEUE);
	assert_true(parse("-odq|-odx|a@b") && got.when == SUBMIT_QUEUE && got.warnings.n == 1);
	assert_true(parse("-od|a@b") && !got.when_given && got.warnings.n == 1);
	assert_true(parse("-od|-odX|a@b") && got.warnings.n == 2);
}

/* What a line made of the defaults; "64 ..." when it was refused. */
static const char *
done_by(const char *line)
{
	static char out[600];
	struct buf b;

	buf_init(&b, sizeof(out) - 1);
	if (!parse(line)) {
		(void)buf_addf(&b, "%d %s", err_sysexit(&error), error.text);
	} else {
		const struct {
			bool is;
			const char *word;
		} flags[] = {{got.read_recipients, "t"}, {got.ignore_dots, "i"}, {got.mute, "mute"},
		    {got.run, "run"}, {got.queue.now, "now"}, {got.list, "list"},
		    {got.no_aliases, "n"}, {got.check_aliases, "aliases"}, {got.verify, "verify"}};
		const struct {
			const char *name, *is;
		} texts[] = {{"f", got.from}, {"F", got.full_name}, {"a", got.account},
		    {"L", got.tag}, {"V", got.envid}};

		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (flags[i].is)
				(void)buf_addf(&b, "%s ", flags[i].word);
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].is != NULL)
				(void)buf_addf(&b, "%s=%s ", texts[i].name, texts[i].is);
		if (got.notify != 0 || got.ret != RETURN_DEFAULT || got.verbose != 0)
			(void)buf_addf(&b, "N%u R%u v%u ", got.notify, (unsigned)got.ret,
			    got.verbose);
		if (got.warnings.n > 0)
			(void)buf_addf(&b, "warned ");
		for (size_t i = 0; i < got.operands.n; i++)
			(void)buf_addf(&b, "[%s]", got.operands.items[i]);
	}
	(void)snprintf(out, sizeof(out), "%s", buf_str(&b));
	buf_done(&b);
	return out;
}

#define WANTS "64 option '-?' needs an argument"
#define UNKNOWN "64 unknown option '-?'"

/* Does the line do that? Of a sentence the beginning is enough, and '?' is the letter. */
static void
does(const char *line, const char *want, char letter)
{
	char *all = arena_strdup(&lines, want), *mark = strchr(all, '?');
	const char *is = done_by(line);
	bool good;

	if (mark != NULL)
		*mark = letter;
	good = strncmp(all, "64 ", 3) == 0 ? strncmp(is, all, strlen(all)) == 0
					   : strcmp(is, all) == 0;
	if (!good)
		fail_msg("%s: '%s', wanted '%s'", line, is, all);
}

/*
 * The whole alphabet, alone, with a value glued to it, and with the next word: what each does. The
 * value is x where nothing is said; behind a letter without a value that is a letter, too.
 */
static void
every_letter_does_what_the_manual_says(void **state)
{
	static const struct {
		char letter;
		const char *value, *alone, *glued, *apart;
	} rows[] = {
	    {'A', "m", WANTS, "[a@b]", "[a@b]"},
	    {'B', "8BITMIME", WANTS, "[a@b]", "[a@b]"},
	    {'C', "/f", WANTS, "warned [a@b]", "warned [a@b]"},
	    {'D', "/f", WANTS, "[a@b]", "[a@b]"},
	    {'E', "x", "", "[a@b]", "[x][a@b]"},
	    {'F', "Ann Lee", WANTS, "F=Ann Lee [a@b]", "F=Ann Lee [a@b]"},
	    {'G', "x", "", "[a@b]", "[x][a@b]"},
	    {'H', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'I', "x", "aliases ", "aliases [a@b]", "aliases [x][a@b]"},
	    {'J', "x", "", "[a@b]", "[x][a@b]"},
	    {'K', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'L', "tag", WANTS, "L=tag [a@b]", "L=tag [a@b]"},
	    {'M', "xy", "64 -M is not supported", "[a@b]", "64 -M is not supported"},
	    {'N', "never", WANTS, "N1 R0 v0 [a@b]", "N1 R0 v0 [a@b]"},
	    {'O', "Timeout.x=1", WANTS, "[a@b]", "[a@b]"},
	    {'P', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'Q', "x", WANTS, "64 -S, -Q and -z are not", "64 -S, -Q and -z are not"},
	    {'R', "hdrs", WANTS, "N0 R2 v0 [a@b]", "N0 R2 v0 [a@b]"},
	    {'S', "x", WANTS, "64 -S, -Q and -z are not", "64 -S, -Q and -z are not"},
	    {'T', "3d", "", "[a@b]", "[3d][a@b]"},
	    {'U', "x", "", "[a@b]", "[x][a@b]"},
	    {'V', "id", WANTS, "V=id [a@b]", "V=id [a@b]"},
	    {'W', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'X', "/f", WANTS, "warned [a@b]", "warned [a@b]"},
	    {'Y', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'Z', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'a', "work", WANTS, "a=work [a@b]", "a=work [a@b]"},
	    {'b', "m", WANTS, "[a@b]", "[a@b]"},
	    {'c', "x", "", "[a@b]", "[x][a@b]"},
	    {'d', "0.1", "", "[a@b]", "[0.1][a@b]"},
	    {'e', "m", WANTS, "[a@b]", "[a@b]"},
	    {'f', "x@y", WANTS, "f=x@y [a@b]", "f=x@y [a@b]"},
	    {'g', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'h', "25", WANTS, "[a@b]", "[a@b]"},
	    {'i', "x", "i ", "i [a@b]", "i [x][a@b]"},
	    {'j', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'k', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'l', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'m', "x", "", "[a@b]", "[x][a@b]"},
	    {'n', "x", "n ", "n [a@b]", "n [x][a@b]"},
	    {'o', "i", WANTS, "i [a@b]", "i [a@b]"},
	    {'p', "esmtp", WANTS, "[a@b]", "[a@b]"},
	    {'q', "f", "run ", "run now [a@b]", "run [f][a@b]"},
	    {'r', "x@y", WANTS, "f=x@y [a@b]", "f=x@y [a@b]"},
	    {'s', "x", "", "[a@b]", "[x][a@b]"},
	    {'t', "x", "t ", "t [a@b]", "t [x][a@b]"},
	    {'u', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'v', "x", "N0 R0 v1 ", "N0 R0 v1 [a@b]", "N0 R0 v1 [x][a@b]"},
	    {'w', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'x', "x", "", "[a@b]", "[x][a@b]"},
	    {'y', "x", UNKNOWN, UNKNOWN, UNKNOWN},
	    {'z', "x", WANTS, "64 -S, -Q and -z are not", "64 -S, -Q and -z are not"},
	};

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), 52);
	for (size_t i = 0; i < 52; i++) {
		char c = rows[i].letter;

		assert_int_equal(c, i < 26 ? 'A' + (int)i : 'a' + (int)i - 26);
		does(arena_printf(&lines, "-%c", c), rows[i].alone, c);
		does(arena_printf(&lines, "-%c%s|a@b", c, rows[i].value), rows[i].glued, c);
		does(arena_printf(&lines, "-%c|%s|a@b", c, rows[i].value), rows[i].apart, c);
	}
}

static int
clean(void **state)
{
	(void)state;
	arena_done(&mem);
	arena_done(&lines);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(real_command_lines_are_understood),
	    cmocka_unit_test(options_by_letter_and_name_are_understood),
	    cmocka_unit_test(every_letter_does_what_the_manual_says),
	    cmocka_unit_test(what_cannot_be_done_is_refused_with_a_sentence),
	    cmocka_unit_test(the_queue_has_its_letters),
	    cmocka_unit_test(delivery_modes_decide_when),
	    cmocka_unit_test(modes_that_have_nothing_to_do_are_no_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, clean);
}
