/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole sessions with a service that has no account: all but what a relay says. Input and output
 * are files, so the whole session is there at once, and its end is the end of the file.
 */
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "config/config.h"
#include "serve/dialogue.h"
#include "serve/parcel.h"

static struct config *config;
static struct service service;
static struct buf out;
static volatile sig_atomic_t stop;

static int
set_up(void **state)
{
	const struct config_request none = {.file = "/dev/null"};

	(void)state;
	config = config_load_rest(&none);
	service = (struct service){.name = "here.example",
	    .config = config,
	    .idle_ms = 50,
	    .size_max = 100,
	    .stop = &stop};
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	config_free(config);
	buf_done(&out);
	return 0;
}

static int
scratch(void)
{
	char name[] = "/tmp/postrider-dialogue-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	return fd;
}

static enum dialogue_end
say(const char *text, size_t n)
{
	int in = scratch(), to = scratch();
	enum dialogue_end end;

	assert_true(file_write(in, text, n) && lseek(in, 0, SEEK_SET) == 0);
	end = dialogue_run(&service, in, to);
	assert_int_equal(lseek(to, 0, SEEK_SET), 0);
	buf_done(&out);
	buf_init(&out, SIZE_MAX);
	assert_true(file_slurp(to, &out));
	close(in);
	close(to);
	return end;
}

/* Code and status of each reply; all of them are whole lines. */
static const char *
codes(void)
{
	static char got[1024];
	size_t len = 0;
	const char *s = buf_str(&out);

	got[0] = '\0';
	while (*s != '\0') {
		const char *lf = strchr(s, '\n');

		assert_true(lf != NULL && lf > s && lf[-1] == '\r' && lf - s <= 511);
		if (s[3] == ' ' && len + 5 < sizeof got)
			len += (size_t)snprintf(got + len, sizeof got - len, "%s%.3s",
			    len > 0 ? " " : "", s);
		s = lf + 1;
	}
	return got;
}

#define M "MAIL FROM:<a@b.example>\r\n"
#define R "RCPT TO:<c@d.example>\r\n"

static const struct {
	const char *claim, *in, *codes;
	enum dialogue_end end;
} rows[] = {
    {"nothing is said", "", "220", DIALOGUE_DONE},
    {"QUIT", "QUIT\r\nNOOP\r\n", "220 221", DIALOGUE_DONE},
    {"case, blanks, LF", "  quit \t\n", "220 221", DIALOGUE_DONE},
    {"a line without an end is none", "QUIT", "220", DIALOGUE_DONE},
    {"HELO and EHLO", "HELO [127.0.0.1]\nEHLO what ever it is\nEHLO\nHELO \n",
	"220 250 250 501 501", DIALOGUE_DONE},
    {"MAIL needs no EHLO", M "MAIL FROM:<>\r\n", "220 250 503", DIALOGUE_DONE},
    {"RSET and EHLO forget", M "RSET\r\n" M "EHLO x\r\n" M, "220 250 250 250 250 250",
	DIALOGUE_DONE},
    {"the order of things", R M R M "DATA x\r\n", "220 503 250 250 503 501", DIALOGUE_DONE},
    {"DATA before MAIL", R "DATA\r\n", "220 503 503", DIALOGUE_DONE},
    {"DATA for nobody", M "DATA\r\n", "220 250 554", DIALOGUE_DONE},
    {"its text, sent all the same, is no command", M "DATA\r\n" R "DATA\r\nx\r\n.\r\nQUIT\r\n",
	"220 250 554 421", DIALOGUE_CUT},
    {"nor behind DATA with a word", M R "DATA x\r\n" M, "220 250 250 501 421", DIALOGUE_CUT},
    {"a chunk for nobody goes by", "BDAT 6\r\nQUIT\r\n" M "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
	"220 503 250 554 250", DIALOGUE_DONE},
    {"a chunk of no size", M R "BDAT x\r\nQUIT\r\n", "220 250 250 421", DIALOGUE_CUT},
    {"a chunk whose size cannot be", M R "BDAT 99999999999999999999\r\nQUIT\r\n", "220 250 250 421",
	DIALOGUE_CUT},
    {"the small ones", "NOOP\r\nNOOP x\r\nHELP\r\nVRFY a\r\nVRFY\r\nEXPN a\r\n",
	"220 250 250 214 252 501 502", DIALOGUE_DONE},
    {"neither login nor TLS", "AUTH PLAIN AAAA\r\nSTARTTLS\r\n", "220 502 502", DIALOGUE_DONE},
    {"no commands", "\r\nFOO\r\nMAILX\r\nMAIL\r\nMAIL TO:<a@b>\r\nMAIL FROM<a@b>\r\n",
	"220 500 500 500 501 501 501", DIALOGUE_DONE},
    {"blanks around the colon", "MAIL FROM : <a@b.example>\r\nRCPT to: c@d.example\r\n",
	"220 250 250", DIALOGUE_DONE},
    {"control characters", "NOOP \x01\r\nNO\rOP\r\nNOOP \x7f\r\n", "220 500 500 500",
	DIALOGUE_DONE},
    {"paths and parameters",
	"MAIL FROM:<a@@b>\r\nMAIL FROM:<> X=1\r\nMAIL FROM:<> SIZE=x\r\n"
	"MAIL FROM:<> SIZE=101\r\nMAIL FROM:<> SIZE=100\r\nRCPT TO:<>\r\n"
	"RCPT TO:<a@b> NOTIFY=X\r\n",
	"220 553 555 501 552 250 553 501", DIALOGUE_DONE},
    {"a name that no domain is known for", M "RCPT TO:<root>\r\n" R, "220 250 550 250",
	DIALOGUE_DONE},
    {"no account: 451, and the dialogue goes on", M R "DATA\r\nSubject: x\r\n\r\n.\r\n" M,
	"220 250 250 354 451 250", DIALOGUE_DONE},
    {"the same by chunks", M R "BDAT 5\r\na: b\nNOOP\r\nBDAT 2 LAST\r\n\r\nQUIT\r\n",
	"220 250 250 250 250 451 221", DIALOGUE_DONE},
    {"between chunks nothing else", M R "BDAT 1\r\nxMAIL FROM:<>\r\nDATA\r\nFOO\r\nBDAT 0 LAST\r\n",
	"220 250 250 250 503 503 503 451", DIALOGUE_DONE},
    {"RSET between chunks", M R "BDAT 1\r\nxRSET\r\nDATA\r\n", "220 250 250 250 250 503",
	DIALOGUE_DONE},
    {"EHLO between chunks", M R "BDAT 1\r\nxEHLO a\r\nBDAT 1 LAST\r\nx", "220 250 250 250 250 503",
	DIALOGUE_DONE},
    {"QUIT between chunks", M R "BDAT 1\r\nxQUIT\r\n", "220 250 250 250 221", DIALOGUE_DONE},
    {"the input ends in DATA", M R "DATA\r\nSubject: x\r\n\r\nQUIT\r\n", "220 250 250 354 421",
	DIALOGUE_CUT},
    {"or behind its dot", M R "DATA\r\n.", "220 250 250 354 421", DIALOGUE_CUT},
    {"or in a chunk", M R "BDAT 9 LAST\r\nx", "220 250 250 421", DIALOGUE_CUT},
    {"or between chunks", M R "BDAT 1\r\nx", "220 250 250 250 421", DIALOGUE_CUT},
    {"or behind RCPT", M R, "220 250 250", DIALOGUE_DONE},
    {"or in a chunk for nobody", "BDAT 9\r\nx", "220 503 421", DIALOGUE_CUT},
    {"CRLF: a dot between LFs ends nothing", M R "DATA\r\nx\n.\nQUIT\n.\r\n", "220 250 250 354 421",
	DIALOGUE_CUT},
    {"LF: it does", "MAIL FROM:<>\n" R "DATA\nx\n.\nQUIT\n", "220 250 250 354 451 221",
	DIALOGUE_DONE},
    {"over the size by DATA",
	M R "DATA\r\n0123456789012345678901234567890123456789012345\r\n"
	    "0123456789012345678901234567890123456789012345678901234567890\r\n.\r\n"
	    "NOOP\r\n",
	"220 250 250 354 552 250", DIALOGUE_DONE},
    {"over the size by a chunk",
	M R "BDAT 101\r\n"
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "1234567890123456789012345678901234567890"
	    "BDAT 1 LAST\r\nxNOOP\r\n",
	"220 250 250 552 503 250", DIALOGUE_DONE},
};

static void
sessions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum dialogue_end end = say(rows[i].in, strlen(rows[i].in));

		if (strcmp(codes(), rows[i].codes) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].claim, codes(), rows[i].codes);
		if (end != rows[i].end)
			fail_msg("%s: ended as %d", rows[i].claim, (int)end);
	}
}

/* A client that tries names for long does not fill our memory. */
static void
a_refused_recipient_leaves_nothing_behind(void **state)
{
	struct parcel p = {.open = false};
	char bad[3000] = "<";
	struct err e;
	size_t before = 0;

	(void)state;
	memset(bad + 1, 'x', sizeof(bad) - 3);
	bad[sizeof(bad) - 2] = '>';
	assert_true(parcel_mail(&p, &service, "<a@b.example>", &e));
	for (size_t i = 0; i < 100; i++) {
		before = i == 10 ? mallinfo2().uordblks : before;
		assert_false(parcel_rcpt(&p, &service, bad, &e));
		assert_false(parcel_rcpt(&p, &service, "<c@d.example> NOTIFY=X", &e));
	}
	assert_int_equal(mallinfo2().uordblks, before);
	assert_true(parcel_rcpt(&p, &service, "<c@d.example> ORCPT=rfc822;x", &e));
	assert_int_equal(p.n, 1);
	assert_string_equal(p.rcpts[0], "c@d.example");
	assert_string_equal(p.wishes[0].orcpt, "x");
	parcel_clear(&p);
}

/* n times `text` between two others. */
static enum dialogue_end
say_often(const char *before, const char *text, size_t n, const char *behind)
{
	struct buf b;
	enum dialogue_end end;

	buf_init(&b, SIZE_MAX);
	(void)buf_adds(&b, before);
	for (size_t i = 0; i < n; i++)
		(void)buf_adds(&b, text);
	(void)buf_adds(&b, behind);
	end = say(b.data, b.len);
	buf_done(&b);
	return end;
}

static size_t
replies(const char *code)
{
	size_t n = 0;

	for (const char *s = buf_str(&out); (s = strstr(s, code)) != NULL; s++)
		n += s == out.data || s[-1] == '\n';
	return n;
}

static void
nothing_goes_on_for_ever(void **state)
{
	(void)state;
	assert_int_equal(say_often("", "FOO\r\n", 30, ""), DIALOGUE_CUT);
	assert_int_equal(replies("500 "), DIALOGUE_BAD_MAX - 1);
	assert_int_equal(replies("421 4.7.0"), 1);
	assert_int_equal(say_often("", "NOOP\r\n", 1100, ""), DIALOGUE_CUT);
	assert_int_equal(replies("250 "), DIALOGUE_IDLE_MAX - 1);
	assert_int_equal(replies("421 4.7.0"), 1);
	assert_int_equal(say_often("", M "RSET\r\n", 600, ""), DIALOGUE_CUT);
	assert_int_equal(replies("421 4.7.0"), 1);
	assert_int_equal(say_often(M R "BDAT 1\r\nx", "FOO\r\n", 30, "BDAT 0 LAST\r\n"),
	    DIALOGUE_CUT);
	assert_int_equal(replies("421 4.7.0"), 1);
	assert_int_equal(replies("451"), 0);
}

static void
a_long_line_is_left_behind(void **state)
{
	(void)state;
	assert_int_equal(say_often("NOOP ", "0123456789abcdef", 65536, "\r\nQUIT\r\n"),
	    DIALOGUE_DONE);
	assert_string_equal(codes(), "220 500 221");
	assert_non_null(strstr(out.data, "500 5.5.2"));
	/* the longest one that is none: 4,096 octets with CRLF */
	assert_int_equal(say_often("NOOP ", "x", 4096 - 7, "\r\nQUIT\r\n"), DIALOGUE_DONE);
	assert_string_equal(codes(), "220 250 221");
	assert_int_equal(say_often("NOOP ", "x", 4096 - 6, "\r\nQUIT\r\n"), DIALOGUE_DONE);
	assert_string_equal(codes(), "220 500 221");
	assert_int_equal(say_often("", "0123456789abcdef", (17 << 20) / 16, "\r\n"), DIALOGUE_CUT);
	assert_string_equal(codes(), "220 421");
}

static void
a_line_holds_no_nul(void **state)
{
	(void)state;
	assert_int_equal(say("QUIT\0\r\nNOOP\r\n", 14), DIALOGUE_DONE);
	assert_string_equal(codes(), "220 500 250");
}

static void
many_recipients_but_not_all(void **state)
{
	(void)state;
	assert_int_equal(say_often(M, R, 100001, "QUIT\r\n"), DIALOGUE_DONE);
	assert_int_equal(replies("250 2.1.5"), 100000);
	assert_int_equal(replies("452 4.5.3"), 1);
	assert_int_equal(replies("221"), 1);
}

static void
replies_show_no_control_characters(void **state)
{
	(void)state;
	assert_int_equal(say_often("MAIL FROM:<a@@\xff\xc2\x85", "x", 2000, ">\r\n"),
	    DIALOGUE_DONE);
	assert_string_equal(codes(), "220 553");
	assert_non_null(strstr(out.data, "\\x"));
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.data[i] >= ' ' || out.data[i] == '\r' ||
		    out.data[i] == '\n');
}

static void
silence_and_signals_end_it(void **state)
{
	int in[2], to;
	char text[256];

	(void)state;
	assert_int_equal(pipe(in), 0);
	to = scratch();
	assert_int_equal(dialogue_run(&service, in[0], to), DIALOGUE_CUT);
	assert_true(pread(to, text, sizeof text, 0) > 0 && strstr(text, "\r\n421 4.4.2 ") != NULL);
	stop = 15;
	assert_int_equal(dialogue_run(&service, in[0], to), DIALOGUE_STOPPED);
	stop = 0;
	close(in[0]);
	close(in[1]);
	close(to);
}

static void
a_reply_that_cannot_be_written_ends_it(void **state)
{
	int in = open("/dev/null", O_RDONLY), full = open("/dev/full", O_WRONLY);

	(void)state;
	if (full < 0)
		skip();
	assert_int_equal(dialogue_run(&service, in, full), DIALOGUE_DEAF);
	close(in);
	close(full);
}

static void
a_closed_service_takes_nothing(void **state)
{
	(void)state;
	err_set(&service.closed, ERR_CONFIG, STAGE_CONFIG, "", "no account");
	assert_int_equal(say(M R "QUIT\r\n", strlen(M R "QUIT\r\n")), DIALOGUE_DONE);
	assert_string_equal(codes(), "220 451 503 221");
	assert_non_null(strstr(out.data, "451 4.3.5 no account\r\n"));
	err_clear(&service.closed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_refused_recipient_leaves_nothing_behind),
	    cmocka_unit_test(sessions),
	    cmocka_unit_test(nothing_goes_on_for_ever),
	    cmocka_unit_test(a_long_line_is_left_behind),
	    cmocka_unit_test(a_line_holds_no_nul),
	    cmocka_unit_test(many_recipients_but_not_all),
	    cmocka_unit_test(replies_show_no_control_characters),
	    cmocka_unit_test(silence_and_signals_end_it),
	    cmocka_unit_test(a_reply_that_cannot_be_written_ends_it),
	    cmocka_unit_test(a_closed_service_takes_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
