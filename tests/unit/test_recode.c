/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A canonical message, its facts, and what is made of it; what is made is looked at again, and must
 * need nothing more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "message/recode.h"

static bool
to_buf(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

static bool
ignore(void *arg, const char *data, size_t n)
{
	(void)arg;
	(void)data;
	(void)n;
	return true;
}

static struct facts
facts_of(const char *s, size_t n)
{
	struct facts f = {.utf8 = true};
	struct canon c;

	canon_init(&c, ignore, NULL, &f);
	canon_feed(&c, s, n);
	canon_end(&c);
	return f;
}

/* head and body are canonical; the result is all of the new message. */
static bool
recode(const struct buf *head, const struct buf *body, size_t step, struct recode_plan *plan,
    struct buf *out, struct err *e)
{
	struct facts facts = facts_of(buf_str(body), body->len), told, real;
	struct mime m = mime_look(buf_str(head), head->len);
	struct recode r;
	size_t at = 0;

	buf_clear(out);
	if (!recode_decide(&m, &facts, plan, e))
		return false;
	recode_header(plan, buf_str(head), head->len, out);
	recode_init(&r, plan, to_buf, out, &told);
	facts.size = out->len;
	for (; at < body->len; at += step)
		assert_true(recode_feed(&r, body->data + at,
		    body->len - at < step ? body->len - at : step));
	assert_true(recode_end(&r));
	real = facts_of(out->data + facts.size, out->len - (size_t)facts.size);
	assert_int_equal(told.size, out->len - facts.size);
	assert_int_equal(told.longest, real.longest);
	assert_int_equal(told.body_8bit, real.body_8bit);
	assert_int_equal(told.utf8, real.utf8);
	assert_true(!told.body_nul && told.longest <= WRAP_LINE_MAX);
	return true;
}

/* The text with CRLF line ends; "%" is 1,200 letters, "#" a NUL. */
static void
expand(struct buf *out, const char *s)
{
	buf_clear(out);
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_adds(out, "\r\n");
		else if (*s == '#')
			buf_addc(out, '\0');
		else if (*s != '%')
			buf_addc(out, *s);
		for (int i = 0; *s == '%' && i < 1200; i++)
			buf_addc(out, 'a');
	}
}

#define V "MIME-Version: 1.1\n"
#define TEXT "Content-Type: text/plain; charset=us-ascii\n"
#define MULTI "Content-Type: (x) Multipart/mixed; boundary=b\n"
#define CTE "Content-Transfer-Encoding: "
#define NEW_V "MIME-Version: 1.0\n"
#define NEW_QP CTE "quoted-printable\n"

static const struct row {
	const char *claim, *head, *body;
	enum recode_body how;
	const char *want; /* the header that leaves, NULL: nothing is needed */
} rows[] = {
    {"ASCII", "X: y\n", "a\n", RECODE_COPY, NULL},
    {"no body", "X: y\n", "", RECODE_COPY, NULL},
    {"no header and no body", "", "", RECODE_COPY, NULL},
    {"8-bit as it should be", V TEXT CTE "8bit\n", "\xc3\xbc\n", RECODE_COPY, NULL},
    {"binary too", V TEXT CTE "BINARY\n", "\xc3\xbc\n", RECODE_COPY, NULL},
    {"UTF-8 without MIME", "X: y\n", "\xc3\xbc\n", RECODE_COPY,
	"X: y\n" NEW_V "Content-Type: text/plain; charset=utf-8\n" CTE "8bit\n"},
    {"another charset without MIME", "X: y\n", "\xfc\n", RECODE_COPY,
	"X: y\n" NEW_V "Content-Type: text/plain; charset=unknown-8bit\n" CTE "8bit\n"},
    {"8-bit with a type", TEXT, "\xfc\n", RECODE_COPY, TEXT NEW_V CTE "8bit\n"},
    {"8-bit with type and version", V TEXT, "\xfc\n", RECODE_COPY, V TEXT CTE "8bit\n"},
    {"8-bit with a version alone", V, "\xc3\xbc\n", RECODE_COPY,
	V "Content-Type: text/plain; charset=utf-8\n" CTE "8bit\n"},
    {"8-bit in parts", V MULTI, "\xfc\n", RECODE_COPY, V MULTI CTE "8bit\n"},
    {"8-bit that says 7bit", CTE "7bit\nX: y\n" V TEXT, "\xfc\n", RECODE_COPY,
	"X: y\n" V TEXT CTE "8bit\n"},
    {"8-bit with an encoding alone", CTE "8bit\n", "\xc3\xbc\n", RECODE_COPY,
	CTE "8bit\n" NEW_V "Content-Type: text/plain; charset=utf-8\n"},
    {"8-bit that says base64", CTE "base64\n", "\xfc\n", RECODE_COPY, NULL},
    {"8-bit in an encoding nobody knows", TEXT CTE "x-yenc\n", "\xfc\n", RECODE_COPY, NULL},
    {"a long line without MIME", "X: y\n", "%\n", RECODE_QP,
	"X: y\n" NEW_V "Content-Type: text/plain; charset=us-ascii\n" NEW_QP},
    {"a long line of text", V TEXT, "%\n", RECODE_QP, V TEXT NEW_QP},
    {"of a type that is no text", V "Content-Type: image/x\n", "%\n", RECODE_QP,
	V "Content-Type: image/x\n" NEW_QP},
    {"a long line of 7bit", V TEXT CTE "7bit\nX: y\n", "%\n", RECODE_QP, V TEXT "X: y\n" NEW_QP},
    {"of 8bit, with comments", V TEXT CTE "(a (b\\)) c)\n\t8bit(d)\n", "%\n", RECODE_QP,
	V TEXT NEW_QP},
    {"of binary, named twice", CTE "binary\n" CTE "binary\n", "%\n", RECODE_QP,
	NEW_V "Content-Type: text/plain; charset=us-ascii\n" NEW_QP},
    {"of an encoding without a name", V TEXT CTE "\n", "%\n", RECODE_QP, V TEXT NEW_QP},
    {"a long line and UTF-8", "", "%\xc3\xbc\n", RECODE_QP,
	NEW_V "Content-Type: text/plain; charset=utf-8\n" NEW_QP},
    {"a NUL", "X: y\n", "a#b\n", RECODE_QP,
	"X: y\n" NEW_V "Content-Type: text/plain; charset=us-ascii\n" NEW_QP},
    {"a NUL and 8-bit", "", "#\xfc\n", RECODE_QP,
	NEW_V "Content-Type: text/plain; charset=unknown-8bit\n" NEW_QP},
    {"a long line of base64", V CTE "Base64\n", "%\n", RECODE_WRAP, V CTE "Base64\n"},
    {"of quoted-printable", V CTE "quoted-printable\n", "%\n", RECODE_WRAP,
	V CTE "quoted-printable\n"},
    {"of an encoding nobody knows", V CTE "x-uuencode\n", "%\n", RECODE_WRAP, V CTE "x-uuencode\n"},
    {"of encodings that contradict each other", CTE "7bit\n" CTE "8bit\n", "%\n", RECODE_WRAP,
	CTE "7bit\n" CTE "8bit\n"},
    {"a long line in parts", V MULTI, "--b\n\n%\n--b--\n", RECODE_WRAP, V MULTI},
    {"8-bit too", V MULTI, "--b\n\n%\xfc\n--b--\n", RECODE_WRAP, V MULTI CTE "8bit\n"},
    {"in a message within", V "Content-Type: message/rfc822\n", "X: y\n\n%\n", RECODE_WRAP,
	V "Content-Type: message/rfc822\n"},
};

static void
bodies_are_mended_as_their_header_allows(void **state)
{
	struct recode_plan plan, again;
	struct buf head, body, out, want;
	struct err e;

	(void)state;
	buf_init(&head, 100000);
	buf_init(&body, 100000);
	buf_init(&out, 100000);
	buf_init(&want, 100000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n;

		expand(&head, rows[i].head);
		buf_adds(&head, "\r\n");
		expand(&body, rows[i].body);
		expand(&want, rows[i].want != NULL ? rows[i].want : rows[i].head);
		buf_adds(&want, "\r\n");
		n = want.len;
		if (rows[i].how == RECODE_COPY)
			buf_add(&want, body.data, body.len);
		assert_true(recode(&head, &body, 1 + i * 7, &plan, &out, &e));
		if (plan.needed != (rows[i].want != NULL) || plan.body != rows[i].how ||
		    out.len < want.len || memcmp(out.data, want.data, want.len) != 0)
			fail_msg("%s: %d %d\n%s", rows[i].claim, plan.needed, plan.body,
			    buf_str(&out));
		/* taken in once more */
		buf_clear(&head);
		buf_add(&head, out.data, n);
		buf_clear(&body);
		buf_add(&body, out.data + n, out.len - n);
		assert_true(recode(&head, &body, 1000, &again, &out, &e));
		if (again.needed)
			fail_msg("%s: not done at once", rows[i].claim);
	}
	buf_done(&head);
	buf_done(&body);
	buf_done(&out);
	buf_done(&want);
}

static void
a_nul_that_cannot_be_encoded_is_refused(void **state)
{
	static const struct {
		const char *head, *says;
	} refused[] = {
	    {V MULTI, "in parts"},
	    {V "Content-Type: message/rfc822\n", "in parts"},
	    {V "Content-Type: text/plain\n" V "Content-Type: MULTIPART/x\n", "in parts"},
	    {V CTE "base64\n", "has an encoding"},
	    {V CTE "quoted-printable\n", "has an encoding"},
	    {V CTE "x\n", "has an encoding"},
	    {V CTE "8bit\n" CTE "base64\n", "has an encoding"},
	};
	struct recode_plan plan;
	struct buf head, body, out;
	struct err e;

	(void)state;
	buf_init(&head, 100000);
	buf_init(&body, 100000);
	buf_init(&out, 100000);
	expand(&body, "a#\n%\n");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		expand(&head, refused[i].head);
		buf_adds(&head, "\r\n");
		err_clear(&e);
		assert_false(recode(&head, &body, 9, &plan, &out, &e));
		assert_int_equal(e.class, ERR_MESSAGE);
		assert_int_equal(err_sysexit(&e), 65);
		assert_string_equal(e.status, "5.6.0");
		assert_non_null(strstr(e.text, refused[i].says));
	}
	buf_done(&head);
	buf_done(&body);
	buf_done(&out);
}

static void
the_new_body_is_that_of_its_writer(void **state)
{
	static const struct {
		const char *head, *body, *want;
	} bodies[] = {
	    {"", "a#= \n.\nFrom x\n", "a=00=3D=20\r\n=2E\r\n=46rom x\r\n"},
	    {TEXT, "\xc3\xbc#", "=C3=BC=00"},
	    {V CTE "base64\n", "%", NULL},
	};
	struct recode_plan plan;
	struct buf head, body, out;
	struct err e;

	(void)state;
	buf_init(&head, 100000);
	buf_init(&body, 100000);
	buf_init(&out, 100000);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const char *end;

		expand(&head, bodies[i].head);
		buf_adds(&head, "\r\n");
		expand(&body, bodies[i].body);
		assert_true(recode(&head, &body, 2, &plan, &out, &e));
		end = strstr(buf_str(&out), "\r\n\r\n");
		assert_non_null(end);
		if (bodies[i].want != NULL)
			assert_memory_equal(end + 4, bodies[i].want, strlen(bodies[i].want));
		else
			assert_int_equal(strcspn(end + 4, "\r"), 76);
	}
	buf_done(&head);
	buf_done(&body);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bodies_are_mended_as_their_header_allows),
	    cmocka_unit_test(a_nul_that_cannot_be_encoded_is_refused),
	    cmocka_unit_test(the_new_body_is_that_of_its_writer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
