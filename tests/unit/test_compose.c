/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/compose.h"
#include "message/parts.h"

#define MIME(charset, encoding) \
	"MIME-Version: 1.0\nContent-Type: text/plain; charset=" charset "\n" \
	"Content-Transfer-Encoding: " encoding "\n\n"
#define PLAIN MIME("us-ascii", "7bit")

/* The whole message with such a text. */
static bool
compose_text(const struct compose *c, const char *body, size_t n, struct buf *out, struct err *e)
{
	const struct part text = {
	    .type = "text/plain",
	    .charset = str_utf8_valid(body, n) ? "utf-8" : "unknown-8bit",
	    .text = body,
	    .text_len = n,
	};
	const struct parts_want want = {
	    .text = &text,
	    .has_version = compose_gives(c, "MIME-Version"),
	    .has_type = compose_gives(c, "Content-Type"),
	    .has_encoding = compose_gives(c, "Content-Transfer-Encoding"),
	};
	struct arena mem = {NULL};
	struct parts *p;
	char chunk[100];
	ssize_t got;

	if (!compose_header(c, out, e))
		return false;
	p = parts_new(&mem, buf_str(out), &want);
	buf_clear(out);
	while ((got = parts_read(p, chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)got);
	assert_int_equal(got, 0);
	parts_free(p);
	arena_done(&mem);
	return true;
}

/* Lists end at NULL. */
static const struct {
	const char *name, *from, *subject;
	const char *to[3], *cc[2], *headers[3];
	const char *body, *want;
} messages[] = {
    {"nothing but a body", NULL, NULL, {NULL}, {NULL}, {NULL}, "hi\n", PLAIN "hi\n"},
    {"all fields", "Ann <a@x.org>", "Hello", {"b@x.org"}, {"c@x.org"}, {NULL}, "hi\n",
	"From: Ann <a@x.org>\nTo: b@x.org\nCc: c@x.org\nSubject: Hello\n" PLAIN "hi\n"},
    {"lists are joined", NULL, NULL, {"b@x.org, C <c@x.org>", "d@x.org"}, {NULL}, {NULL}, "",
	"To: b@x.org, C <c@x.org>, d@x.org\n" PLAIN},
    {"names keep their quotes", NULL, NULL, {"\"B, C\" <b@x.org>"}, {NULL}, {NULL}, "",
	"To: \"B, C\" <b@x.org>\n" PLAIN},
    {"8-bit names become words", NULL, NULL, {"J\xc3\xbcrgen <j@x.org>"}, {NULL}, {NULL}, "",
	"To: =?UTF-8?Q?J=C3=BCrgen?= <j@x.org>\n" PLAIN},
    {"8-bit subject", NULL,
	"Gr\xc3\xbc\xc3\x9f"
	"e",
	{NULL}, {NULL}, {NULL}, "", "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\n" PLAIN},
    {"an empty subject", NULL, "", {NULL}, {NULL}, {NULL}, "", "Subject: \n" PLAIN},
    {"UTF-8 body", NULL, NULL, {NULL}, {NULL}, {NULL}, "\xc3\xbc\n",
	MIME("utf-8", "8bit") "\xc3\xbc\n"},
    {"a body of no UTF-8", NULL, NULL, {NULL}, {NULL}, {NULL}, "\xfc\n",
	MIME("unknown-8bit", "8bit") "\xfc\n"},
    {"a field of the user", NULL, NULL, {NULL}, {NULL}, {"X-A: b"}, "", "X-A: b\n" PLAIN},
    {"blanks around its colon", NULL, NULL, {NULL}, {NULL}, {"X-A  :\t b"}, "", "X-A: b\n" PLAIN},
    {"its 8-bit text", NULL, NULL, {NULL}, {NULL},
	{"X-A: \xc3\xbc"
	 "ber"},
	"", "X-A: =?UTF-8?B?w7xiZXI=?=\n" PLAIN},
    {"it replaces ours", "a@x.org", "s", {"b@x.org"}, {NULL}, {"subject : t", "FROM: c@x.org"}, "",
	"To: b@x.org\nsubject: t\nFROM: c@x.org\n" PLAIN},
    {"a longer name does not replace", NULL, "s", {NULL}, {NULL}, {"Subjects: t"}, "",
	"Subject: s\nSubjects: t\n" PLAIN},
    {"8-bit names in address fields of the user", NULL, NULL, {NULL}, {NULL},
	{"Reply-To: J\xc3\xbcrgen <j@x.org>"}, "",
	"Reply-To: =?UTF-8?Q?J=C3=BCrgen?= <j@x.org>\n" PLAIN},
    {"address fields of the user that are encoded already", NULL, NULL, {NULL}, {NULL},
	{"To: =?utf-8?q?J=C3=BC?= <j@x.org>"}, "", "To: =?utf-8?q?J=C3=BC?= <j@x.org>\n" PLAIN},
    {"his Content-Type stands alone", NULL, NULL, {NULL}, {NULL}, {"Content-Type: text/html"},
	"hi\n", "Content-Type: text/html\nMIME-Version: 1.0\n\nhi\n"},
    {"an empty body", NULL, NULL, {NULL}, {NULL}, {NULL}, "", PLAIN},
    {"an empty group", NULL, NULL, {"undisclosed-recipients:;"}, {NULL}, {NULL}, "", PLAIN},
};

static size_t
count(const char *const *list, size_t max)
{
	size_t n = 0;

	while (n < max && list[n] != NULL)
		n++;
	return n;
}

static void
words_become_a_message(void **state)
{
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const struct compose c = {
		    .from = messages[i].from,
		    .subject = messages[i].subject,
		    .to = messages[i].to,
		    .nto = count(messages[i].to, 3),
		    .cc = messages[i].cc,
		    .ncc = count(messages[i].cc, 2),
		    .headers = messages[i].headers,
		    .nheaders = count(messages[i].headers, 3),
		};

		buf_clear(&out);
		if (!compose_text(&c, messages[i].body, strlen(messages[i].body), &out, &e))
			fail_msg("%s: %s", messages[i].name, e.text);
		if (strcmp(buf_str(&out), messages[i].want) != 0)
			fail_msg("%s:\n%s", messages[i].name, buf_str(&out));
	}
	buf_done(&out);
}

static const struct {
	const char *name, *from, *subject, *to, *header;
} refused[] = {
    {"LF in the subject", NULL, "a\nBcc: b@x.org", NULL, NULL},
    {"CR in the subject", NULL, "a\rb", NULL, NULL},
    {"ESC in the subject", NULL, "a\x1b[2J", NULL, NULL},
    {"LF in a recipient", NULL, NULL, "a@x.org,\n b@x.org", NULL},
    {"LF in the sender", "a@x.org\nBcc: b@x.org", NULL, NULL, NULL},
    {"a recipient that is none", NULL, NULL, "a b", NULL},
    {"a sender that is none", "<", NULL, NULL, NULL},
    {"LF in a field", NULL, NULL, NULL, "X: a\nBcc: b@x.org"},
    {"LF and blank in a field", NULL, NULL, NULL, "X: a\n b"},
    {"a field without colon", NULL, NULL, NULL, "X"},
    {"a field without name", NULL, NULL, NULL, ": x"},
    {"a blank in a field name", NULL, NULL, NULL, "X Y: z"},
    {"an empty field", NULL, NULL, NULL, ""},
    {"an address field of the user that is none", NULL, NULL, NULL, "From: J\xc3\xbc <"},
};

static void
nothing_starts_a_field_of_its_own(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct compose c = {
		    .from = refused[i].from,
		    .subject = refused[i].subject,
		    .to = &refused[i].to,
		    .nto = refused[i].to != NULL,
		    .headers = &refused[i].header,
		    .nheaders = refused[i].header != NULL,
		};
		struct err e;

		err_clear(&e);
		if (compose_header(&c, &out, &e))
			fail_msg("%s: %s", refused[i].name, buf_str(&out));
		assert_int_equal(e.class, ERR_USAGE);
		assert_null(strpbrk(e.text, "\r\n\x1b"));
		buf_clear(&out);
	}
	buf_done(&out);
}

/* A body of `n` octets in lines of `line`; does it leave encoded? */
static bool
is_encoded(size_t n, size_t line)
{
	char *body = malloc(n);
	const struct compose c = {.from = NULL};
	struct buf out;
	struct err e;
	bool qp;

	memset(body, 'x', n);
	for (size_t at = line; at < n; at += line + 1)
		body[at] = '\n';
	buf_init(&out, 10000);
	assert_true(compose_text(&c, body, n, &out, &e));
	qp = strstr(buf_str(&out), "Encoding: quoted-printable\n") != NULL;
	if (!qp)
		assert_memory_equal(out.data + out.len - n, body, n);
	buf_done(&out);
	free(body);
	return qp;
}

static void
what_no_line_can_carry_is_encoded(void **state)
{
	static const char nul[] = "a\0b\n";
	const struct compose c = {.from = NULL};
	struct buf out;
	struct err e;

	(void)state;
	assert_false(is_encoded(998, 2000));
	assert_true(is_encoded(999, 2000));
	assert_false(is_encoded(3000, 998));
	assert_true(is_encoded(3000, 999));
	buf_init(&out, 1000);
	assert_true(compose_text(&c, nul, 4, &out, &e));
	assert_string_equal(buf_str(&out), MIME("us-ascii", "quoted-printable") "a=00b\n");
	buf_done(&out);
}

static void
many_recipients_are_folded(void **state)
{
	const char *to[50];
	const struct compose c = {.to = to, .nto = 50};
	struct buf out;
	struct err e;
	size_t folds = 0;

	(void)state;
	for (size_t i = 0; i < 50; i++)
		to[i] = i % 2 == 0 ? "somebody@example.org" : "J\xc3\xbcrgen <j@example.org>";
	buf_init(&out, 10000);
	assert_true(compose_header(&c, &out, &e));
	for (const char *s = buf_str(&out), *end; (end = strchr(s, '\n'))[1] == ' '; s = end + 1) {
		assert_true(end - s <= 78);
		folds++;
	}
	assert_true(folds > 10);
	buf_done(&out);
	buf_init(&out, 100);
	assert_false(compose_header(&c, &out, &e));
	assert_int_equal(e.class, ERR_MESSAGE);
	assert_string_equal(e.status, "5.3.4");
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_become_a_message),
	    cmocka_unit_test(nothing_starts_a_field_of_its_own),
	    cmocka_unit_test(what_no_line_can_carry_is_encoded),
	    cmocka_unit_test(many_recipients_are_folded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
