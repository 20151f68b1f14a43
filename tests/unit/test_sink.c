/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strict sink and the model of what it gets, by themselves: each strictness has a dialogue or
 * a message that it finds fault with, and one without fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sink.h"
#include "wanted.h"

#define E "EHLO a\r\n"
#define M E "MAIL FROM:<a@b>"
#define R "\r\nRCPT TO:<c@d>\r\n"
#define OLD (SINK_ALL & ~(unsigned)SINK_CHUNKING)
#define U "\xc3\xbc"

static const struct {
	const char *name, *fault;
	unsigned offers;
	const char *said;
} dialogues[] = {
    {"BDAT", "", SINK_ALL, M R "BDAT 3 LAST\r\na\r\nQUIT\r\n"},
    {"two chunks", "", SINK_ALL, M R "BDAT 2\r\na\rBDAT 1 LAST\r\n\nQUIT\r\n"},
    {"DATA", "", OLD, M R "DATA\r\na\r\n..\r\n.\r\nQUIT\r\n"},
    {"DATA where CHUNKING is offered", "DATA, and", SINK_ALL, M R "DATA\r\na\r\n.\r\n"},
    {"BDAT where it is not", "BDAT, and", OLD, M R "BDAT 3 LAST\r\na\r\n"},
    {"the right SIZE", "", OLD, M " SIZE=3" R "DATA\r\na\r\n.\r\n"},
    {"a SIZE that is too large", "SIZE is not", OLD, M " SIZE=4" R "DATA\r\na\r\n.\r\n"},
    {"a SIZE with the stuffing", "SIZE is not", OLD, M " SIZE=4" R "DATA\r\n..\r\n.\r\n"},
    {"a SIZE that is none", "a MAIL that", OLD, M " SIZE=+3" R "DATA\r\na\r\n.\r\n"},
    {"a SIZE that is not offered", "a MAIL that", 0, M " SIZE=3" R},
    {"BODY with 8-bit text", "", OLD, M " BODY=8BITMIME" R "DATA\r\na\r\n\r\n" U "\r\n.\r\n"},
    {"BODY without", "BODY=8BITMIME, and", OLD, M " BODY=8BITMIME" R "DATA\r\na\r\n.\r\n"},
    {"8-bit text without BODY", "8-bit text without", OLD, M R "DATA\r\n\r\n\r\n" U "\r\n.\r\n"},
    {"8-bit text, not offered", "8-bit text, and", 0, M R "DATA\r\n\r\n\r\n" U "\r\n.\r\n"},
    {"SMTPUTF8 for the header", "", OLD,
	M " BODY=8BITMIME SMTPUTF8" R "DATA\r\n" U "\r\n\r\n.\r\n"},
    {"SMTPUTF8 for an address", "", OLD, M " SMTPUTF8\r\nRCPT TO:<" U "@d>\r\nDATA\r\na\r\n.\r\n"},
    {"SMTPUTF8 for nothing", "SMTPUTF8, and", OLD, M " SMTPUTF8" R "DATA\r\na\r\n.\r\n"},
    {"UTF-8 in the body alone", "SMTPUTF8, and", OLD,
	M " BODY=8BITMIME SMTPUTF8" R "DATA\r\na\r\n\r\n" U "\r\n.\r\n"},
    {"an address without SMTPUTF8", "UTF-8 in", OLD,
	M "\r\nRCPT TO:<" U "@d>\r\nDATA\r\na\r\n.\r\n"},
    {"a parameter twice", "a MAIL that", OLD, M " SIZE=3 SIZE=3" R},
    {"two spaces", "a MAIL that", OLD, M "  SIZE=3" R},
    {"a space at the end", "a MAIL that", OLD, M " " R},
    {"an unknown parameter", "a MAIL that", OLD, M " X=3" R},
    {"a parameter of RCPT", "a RCPT that", OLD, M "\r\nRCPT TO:<c@d> NOTIFY=NEVER\r\n"},
    {"no >", "a MAIL that", OLD, E "MAIL FROM:<a@b\r\n"},
    {"a bare CR in a command", "a bare CR", OLD, M "\r SIZE=3" R},
    {"CR CR LF in a command", "a bare CR", OLD, M "\r" R},
    {"a bare LF in a command", "a bare LF", OLD, M "\nRCPT TO:<c@d>\r\n"},
    {"a sign in BDAT", "a BDAT that", SINK_ALL, M R "BDAT +3 LAST\r\na\r\n"},
    {"a space more in BDAT", "a BDAT that", SINK_ALL, M R "BDAT  3 LAST\r\na\r\n"},
    {"a space behind BDAT", "a BDAT that", SINK_ALL, M R "BDAT 3 LAST \r\na\r\n"},
    {"BDAT without a number", "a BDAT that", SINK_ALL, M R "BDAT LAST\r\n"},
    {"a number of 30 digits", "a BDAT that", SINK_ALL,
	M R "BDAT 000000000000000000000000000003 LAST\r\na\r\n"},
    {"RSET between chunks", "a command between", SINK_ALL, M R "BDAT 2\r\na\rRSET\r\n"},
    {"text for nobody", "a command out", OLD, M "\r\nDATA\r\na\r\n.\r\n"},
    {"no EHLO", "MAIL out", OLD, "MAIL FROM:<a@b>" R},
    {"MAIL twice", "MAIL out", OLD, M "\r\nMAIL FROM:<a@b>\r\n"},
    {"RCPT first", "RCPT out", OLD, E "RCPT TO:<a@b>\r\n"},
    {"a dot that is not stuffed", "a dot that", OLD, M R "DATA\r\n.a\r\n.\r\n"},
    {"a bare CR", "a bare CR", OLD, M R "DATA\r\na\rb\r\n.\r\n"},
    {"a bare LF", "a bare LF", OLD, M R "DATA\r\na\nb\r\n.\r\n"},
    {"a bare LF in a chunk", "a bare LF", SINK_ALL, M R "BDAT 2 LAST\r\na\n"},
    {"no end of the last line", "the last line", SINK_ALL, M R "BDAT 1 LAST\r\na"},
};

static void
the_sink_minds_each_of_these(void **unused)
{
	static struct sink_seen seen;

	(void)unused;
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		const char *said = dialogues[i].said, *fault = dialogues[i].fault;
		int fds[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		assert_int_equal(write(fds[0], said, strlen(said)), strlen(said));
		assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
		seen.fault[0] = '\0';
		seen.messages = 0;
		sink_serve(fds[1], dialogues[i].offers, &seen);
		if (strncmp(seen.fault, fault, strlen(fault)) != 0 ||
		    (fault[0] == '\0' && (seen.fault[0] != '\0' || seen.messages != 1)))
			fail_msg("%s: \"%s\", wanted \"%s\"", dialogues[i].name, seen.fault, fault);
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
}

#define HEAD "From: a@b\r\nDate: c\r\nMessage-ID: <d@e>\r\n"
#define PARTS HEAD "Content-Type: multipart/mixed; boundary=b\r\n"
#define AS(encoding) \
	"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" \
	"Content-Transfer-Encoding: " encoding "\r\n"

static const struct {
	const char *name, *input, *text;
	bool good;
} pairs[] = {
    {"as it came", HEAD "\nx\n", HEAD "\r\nx\r\n", true},
    {"a body with a line more", HEAD "\nx\n", HEAD "\r\nx\r\n\r\n", false},
    {"a body with one less", HEAD "\nx\n\n", HEAD "\r\nx\r\n", false},
    {"in parts with a line end more", PARTS "\nx y\n", PARTS "\r\nx\r\n y\r\n", false},
    {"a field lost", HEAD "X: y\n\n", HEAD "\r\n", false},
    {"a field changed", HEAD "X: y\n\n", HEAD "X: z\r\n\r\n", false},
    {"a fold moved", HEAD "X: y\n z\n\n", HEAD "X: y z\r\n\r\n", false},
    {"a field more", HEAD "\n", HEAD "X: y\r\n\r\n", false},
    {"fields in another order", HEAD "X: y\nZ: a\n\n", HEAD "Z: a\r\nX: y\r\n\r\n", false},
    {"Bcc has gone", HEAD "Bcc: y\n z\nX: y\n\n", HEAD "X: y\r\n\r\n", true},
    {"a fold of Bcc has not", HEAD "X: y\nBcc: y\n z\n\n", HEAD "X: y\r\n z\r\n\r\n", false},
    {"Bcc has not", HEAD "Bcc: y\n\n", HEAD "Bcc: y\r\n\r\n", false},
    {"missing fields", "\nx\n", HEAD "\r\nx\r\n", true},
    {"and they stay so", "\nx\n", "From: a@b\r\nDate: c\r\n\r\nx\r\n", false},
    {"Date twice", HEAD "\n", HEAD "Date: c\r\n\r\n", false},
    {"an encoded word", HEAD "X: a " U "\n\n", HEAD "X: a =?utf-8?Q?=C3=BC?=\r\n\r\n", true},
    {"with its blank lost", HEAD "X: a " U "\n\n", HEAD "X: =?utf-8?Q?a=C3=BC?=\r\n\r\n", false},
    {"two without a blank between", HEAD "X: " U "\n\n",
	HEAD "X: =?utf-8?Q?=C3?==?utf-8?Q?=BC?=\r\n\r\n", false},
    {"8-bit text that could be encoded", HEAD "X: " U "\n\n", HEAD "X: " U "\r\n\r\n", false},
    {"an address with a domain", HEAD "To: a\n\n", HEAD "To: a@b.c\r\n\r\n", true},
    {"an address that is lost", HEAD "To: a, b\n\n", HEAD "To: a@b.c\r\n\r\n", false},
    {"said to be 8bit", HEAD "\n" U "\n", HEAD AS("8bit") "\r\n" U "\r\n", true},
    {"not said to be", HEAD "\n" U "\n", HEAD "\r\n" U "\r\n", false},
    {"encoded for nothing", HEAD "\nx\n", HEAD AS("quoted-printable") "\r\nx\r\n", false},
    {"the body is one already", "x\n\ny\n", HEAD "\r\nx\r\n\r\ny\r\n", true},
};

static void
the_model_tells_good_from_bad(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *in = pairs[i].input, *text = pairs[i].text;
		const char *said = wanted_compare(text, strlen(text), in, strlen(in));

		if ((said == NULL) != pairs[i].good)
			fail_msg("%s: %s", pairs[i].name, said != NULL ? said : "no complaint");
	}
}

/* A line of n "x", with what stands at its cut. */
static const char *
cut_line(const char *head, size_t n, const char *at)
{
	static char text[8192];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s\r\n", head);

	memset(text + used, 'x', n);
	(void)snprintf(text + used + n, sizeof(text) - used - n, "%s\r\n", at);
	return text;
}

static void
only_long_lines_are_cut_and_only_well(void **unused)
{
	static const struct {
		const char *name, *at;
		size_t n;
		bool good;
	} cuts[] = {
	    {"CRLF SP where it is full", "\r\n xxx", 998, true},
	    {"too early", "\r\n xxxx", 990, false},
	    {"without a space", "\r\nxxx", 998, false},
	    {"an octet lost", "\r\n xx", 998, false},
	};
	char *in = strdup(cut_line(PARTS, 1001, ""));

	(void)unused;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		const char *text = cut_line(PARTS, cuts[i].n, cuts[i].at);
		const char *said = wanted_compare(text, strlen(text), in, strlen(in));

		if ((said == NULL) != cuts[i].good)
			fail_msg("%s: %s", cuts[i].name, said != NULL ? said : "no complaint");
	}
	free(in);
	assert_false(wanted_is_refused("\n\0", 2));
	assert_true(wanted_is_refused(PARTS "\n\0", sizeof(PARTS) + 1));
	assert_false(wanted_is_refused(PARTS "X: \0\n\n", sizeof(PARTS) + 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_sink_minds_each_of_these),
	    cmocka_unit_test(the_model_tells_good_from_bad),
	    cmocka_unit_test(only_long_lines_are_cut_and_only_well),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
