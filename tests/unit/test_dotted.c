/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/dotted.h"

static const struct {
	const char *claim;
	bool crlf;
	const char *in, *want;
	const char *rest; /* left behind the end; NULL: there is no end */
} rows[] = {
    {"CRLF: an empty message", true, ".\r\nQUIT\r\n", "", "QUIT\r\n"},
    {"CRLF: lines", true, "a\r\nb\r\n.\r\n", "a\r\nb\r\n", ""},
    {"CRLF: dots are un-stuffed", true, "..\r\n..a\r\n...\r\n.\r\n", ".\r\n.a\r\n..\r\n", ""},
    {"CRLF: one dot of any line goes", true, ".a\r\n.\r\n", "a\r\n", ""},
    {"CRLF: LF.LF is text", true, "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", ""},
    {"CRLF: LF.CRLF is text", true, "a\n.\r\nMAIL\r\n.\r\n", "a\n.\r\nMAIL\r\n", ""},
    {"CRLF: CRLF.LF is text, un-stuffed", true, "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", ""},
    {"CRLF: CR.CR is text", true, "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", ""},
    {"CRLF: CR.CRLF is text", true, "a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n", ""},
    {"CRLF: CRLF.CR is text", true, "a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", ""},
    {"CRLF: CRLF.CRCRLF is text", true, "a\r\n.\r\r\nb\r\n.\r\n", "a\r\n\r\r\nb\r\n", ""},
    {"CRLF: a CR before CRLF begins a line all the same", true, "a\r\r\n.\r\nx", "a\r\r\n", "x"},
    {"CRLF: bare LFs begin no line, and none are stuffed", true, "a\n..b\r\n.\r\n", "a\n..b\r\n",
	""},
    {"CRLF: it ended too early", true, "a\r\n.\r", "a\r\n", NULL},
    {"LF: an empty message", false, ".\nQUIT\n", "", "QUIT\n"},
    {"LF: lines", false, "a\nb\n.\n", "a\nb\n", ""},
    {"LF: dots are un-stuffed", false, "..\n..a\n...\n.\n", ".\n.a\n..\n", ""},
    {"LF: a line of a dot with CRLF ends it too", false, "a\r\n.\r\nx", "a\r\n", "x"},
    {"LF: CR.LF is text", false, "a\r.\nb\n.\n", "a\r.\nb\n", ""},
    {"LF: a CR behind the dot is text", false, ".\rb\n.\n", "\rb\n", ""},
    {"LF: it ended too early", false, "a\n.", "a\n", NULL},
};

/* Cut at a and at b. */
static void
check(size_t row, size_t a, size_t b)
{
	const char *in = rows[row].in;
	size_t n = strlen(in), cuts[] = {a, b, n}, at = 0, len = 0, used = 0;
	char out[128];
	struct dotted d;

	dotted_init(&d, rows[row].crlf);
	for (size_t i = 0; i < 3 && !dotted_ended(&d); i++) {
		size_t want = strlen(rows[row].want), done, got;
		char piece[128];

		got = dotted_feed(&d, in + at, cuts[i] - at, piece, &done);
		if (got > cuts[i] - at + 1 || len + got > want)
			fail_msg("%s, cut at %zu and %zu: too much", rows[row].claim, a, b);
		memcpy(out + len, piece, got);
		len += got;
		used = at + done;
		if (!dotted_ended(&d) && used != cuts[i])
			fail_msg("%s, cut at %zu and %zu: not all is taken", rows[row].claim, a, b);
		at = cuts[i];
	}
	out[len] = '\0';
	if (strcmp(out, rows[row].want) != 0)
		fail_msg("%s, cut at %zu and %zu: '%s'", rows[row].claim, a, b, out);
	if (dotted_ended(&d) != (rows[row].rest != NULL))
		fail_msg("%s, cut at %zu and %zu: the end", rows[row].claim, a, b);
	if (rows[row].rest != NULL && strcmp(in + used, rows[row].rest) != 0)
		fail_msg("%s, cut at %zu and %zu: what is left", rows[row].claim, a, b);
}

static void
the_text_is_the_same_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t a = 0; a <= strlen(rows[i].in); a++)
			for (size_t b = a; b <= strlen(rows[i].in); b++)
				check(i, a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_text_is_the_same_however_it_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
