/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/flowed.h"

#define W10 "word word word word word word word word word word "

static const struct {
	const char *name, *in, *want;
} rows[] = {
    {"nothing", "", ""},
    {"a line", "a\n", "a\n"},
    {"without its end", "a", "a\n"},
    {"CRLF", "a\r\n\r\nb\r\n", "a\n\nb\n"},
    {"blanks at the end would flow", "a  \nb", "a\nb\n"},
    {"a line of blanks", "  \nb", "\nb\n"},
    {"the signature line", "a\n-- \nAnn", "a\n-- \nAnn\n"},
    {"that of a quotation", "> -- \n>-- \n", "> -- \n>-- \n"},
    {"a blank before", " a", "  a\n"},
    {"From", "From a\nFromage\n", " From a\nFromage\n"},
    {"quotations", ">a\n> b\n>> c\n>\n", ">a\n> b\n>> c\n>\n"},
    {"a paragraph", W10 W10 "end",
	"word word word word word word word word word word word word word word \n"
	"word word word word word word end\n"},
    {"a long quotation", "> " W10 W10 "end",
	"> word word word word word word word word word word word word word word \n"
	"> word word word word word word end\n"},
    {"no signature is made",
	"-- x123456789012345678901234567890123456789012345678901234567890123"
	"4567890123456789 a",
	"-- x1234567890123456789012345678901234567890123456789012345678901234567890123456789 \na\n"},
    {"a break before '>' or From", W10 "word word word word >word word From word word word a",
	"word word word word word word word word word word word word word word \n"
	" >word word From word word word a\n"},
};

static void
paragraphs_flow(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		flowed_add(&out, rows[i].in, strlen(rows[i].in));
		if (strcmp(buf_str(&out), rows[i].want) != 0)
			fail_msg("%s:\n%s", rows[i].name, buf_str(&out));
	}
	buf_done(&out);
}

/* A reader as RFC 3676 4 tells it; writes paragraphs with their quote marks, stuffing removed. */
static void
read_flowed(const char *s, struct buf *out)
{
	bool flows = false;

	while (*s != '\0') {
		const char *end = strchr(s, '\n');
		size_t depth = strspn(s, ">");
		const char *text = s + depth + (s[depth] == ' ');
		size_t n = (size_t)(end - text);

		if (!flows)
			buf_add(out, s, depth);
		buf_add(out, text, n);
		flows = n > 0 && text[n - 1] == ' ' && !(n == 3 && memcmp(text, "-- ", 3) == 0);
		if (!flows)
			buf_addc(out, '\n');
		s = end + 1;
	}
}

/* Lines of such words, without blanks at their ends; quoted ones have none behind their marks. */
static void
make_text(struct buf *out)
{
	static const char *const words[] = {"word", "a", "--", ">", "From", ">>x", "-- x", "",
	    "longer-than-most-of-the-others-and-without-a-blank-in-it-which-is-no-reason-to-break"};

	buf_clear(out);
	for (int line = rand() % 4; line >= 0; line--) {
		for (int i = rand() % 3; i > 0; i--)
			buf_addc(out, '>');
		buf_addc(out, 'w');
		for (int i = rand() % 40; i > 0; i--)
			buf_addf(out, " %s",
			    words[(size_t)rand() % (sizeof(words) / sizeof(words[0]))]);
		buf_adds(out, rand() % 2 != 0 ? ".\n" : " -- .\n");
	}
}

static void
a_reader_gets_the_paragraphs_back(void **state)
{
	struct buf text, flowed, back;

	(void)state;
	srand(1);
	buf_init(&text, 100000);
	buf_init(&flowed, 100000);
	buf_init(&back, 100000);
	for (int i = 0; i < 3000; i++) {
		make_text(&text);
		buf_clear(&flowed);
		buf_clear(&back);
		flowed_add(&flowed, buf_str(&text), text.len);
		read_flowed(buf_str(&flowed), &back);
		if (strcmp(buf_str(&back), buf_str(&text)) != 0)
			fail_msg("of\n%s became\n%s", buf_str(&text), buf_str(&flowed));
	}
	buf_done(&text);
	buf_done(&flowed);
	buf_done(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paragraphs_flow),
	    cmocka_unit_test(a_reader_gets_the_paragraphs_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
