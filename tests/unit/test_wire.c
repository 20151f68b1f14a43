/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bodies of any kind, taken in as a program's input and sent by DATA and by BDAT to a server that
 * minds everything: nothing that mail cannot carry leaves, and what arrives is what came in.
 *
 *   WIRE=N    so many messages (600); `make check-long`: 100,000
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "conf.h"
#include "deliver/intake.h"
#include "smtp/transaction.h"
#include "strict.h"

#define KNOWN \
	"From: me@a.example\nDate: Thu, 01 Jan 1970 00:00:00 +0000\nMessage-ID: <i@a.example>\n"

/* ---- messages, the uglier the better; the same for the same number */

static uint64_t state;

static uint32_t
chance(uint32_t below)
{
	/* xorshift*: good enough, and the same everywhere */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static void
add_run(struct buf *b)
{
	static const size_t lengths[] = {1, 70, 76, 77, 990, 996, 997, 998, 999, 1000, 1001, 5000};
	static const char *const of[] = {"x", "x ", " ", "\t", ".", "=", "\xc3\xbc", "\xe2\x82\xac",
	    "\xff", "\r", "ab\r"};
	const char *what = of[chance(sizeof(of) / sizeof(of[0]))];
	size_t n = lengths[chance(sizeof(lengths) / sizeof(lengths[0]))] / strlen(what);

	while (n-- > 0)
		buf_adds(b, what);
}

static void
add_ugly(struct buf *b)
{
	static const char *const pieces[] = {"\n", "\n", "\r\n", "\r\n", "\r", "\r\r\n", "\r\r",
	    "\n\r", ".", "..", "\n.\n", "\r\n.\r\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\n..", ".\r",
	    "From x", "\nFrom x\n", ">From ", "=", "=3D", "=\n", " ", "\t", " \n", "\xc3\xbc",
	    "\xc3", "\xff", "word", "a:b", "Bcc: x@y\n", "--b\n", "--b--\n", "\x1b[m", "\x7f"};

	if (chance(12) == 0)
		buf_addc(b, '\0');
	else if (chance(5) == 0)
		add_run(b);
	else
		buf_adds(b, pieces[chance(sizeof(pieces) / sizeof(pieces[0]))]);
}

static void
add_body(struct buf *b)
{
	for (uint32_t n = chance(4) == 0 ? chance(200) : chance(20); n > 0; n--)
		add_ugly(b);
}

enum shape { KNOWN_HEADER, IN_PARTS, NO_HEADER, WILD };

/* *body: where in it the body begins; WILD: nobody knows. */
static enum shape
make_message(uint64_t number, struct buf *b, size_t *body)
{
	static const enum shape shapes[] = {KNOWN_HEADER, KNOWN_HEADER, KNOWN_HEADER, IN_PARTS,
	    NO_HEADER, WILD, WILD};
	enum shape shape;

	state = number * 0x9e3779b97f4a7c15ULL + 1;
	shape = shapes[chance(sizeof(shapes) / sizeof(shapes[0]))];
	buf_clear(b);
	if (shape == KNOWN_HEADER || shape == IN_PARTS)
		buf_adds(b, KNOWN);
	if (shape == IN_PARTS)
		buf_adds(b, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n");
	if (shape == NO_HEADER)
		buf_adds(b, "no header");
	else if (shape != WILD)
		buf_adds(b, chance(2) == 0 ? "\n" : "\r\n");
	*body = shape == NO_HEADER ? 0 : b->len;
	add_body(b);
	return shape;
}

/* ---- through the program */

struct tally {
	size_t sent, refused, octets, encoded;
};

static ssize_t
read_entry(void *arg, void *data, size_t n, uint64_t off)
{
	return entry_read(arg, data, n, off);
}

static void
send_it(struct strict *sink, struct entry *en, uint64_t number)
{
	struct envelope *env = entry_envelope(en);
	struct transaction t = {.env = env,
	    .n = env->nrcpts,
	    .body = {read_entry, en, env->facts.size},
	    .started = clock_mono_ms()};
	static const struct transaction_hooks none;
	struct err e;

	session_limit(strict_session(sink), clock_mono_ms() + 15000);
	if (!session_reset(strict_session(sink)) ||
	    !transaction_run(strict_session(sink), &t, &none, &e))
		fail_msg("message %llu: %s", (unsigned long long)number, e.text);
	assert_int_equal(env->rcpts[0].state, RCPT_SENT);
}

static void
one(const struct config *c, struct strict *sink, uint64_t number, struct buf *text,
    struct tally *tally)
{
	static const char *const to[] = {"bob@b.example"};
	size_t body, before = strict_last(sink)->messages;
	enum shape shape = make_message(number, text, &body);
	struct intake in = {.config = c,
	    .rcpts = to,
	    .nrcpts = 1,
	    .text = buf_str(text),
	    .text_len = text->len};
	const struct strict_message *got = strict_last(sink);
	const char *complaint = NULL;
	struct intake_result out;
	struct err e;

	if (!intake_run(&in, &out, &e)) {
		/* only what may not be changed: a NUL in a body of parts, or of an encoding that a
		 * wild header claims */
		if ((shape != IN_PARTS && shape != WILD) ||
		    memchr(text->data, '\0', text->len) == NULL || e.class != ERR_MESSAGE)
			fail_msg("message %llu: %s", (unsigned long long)number, e.text);
		tally->refused++;
		return;
	}
	send_it(sink, out.entry, number);
	entry_close(out.entry);
	if (got->fault[0] != '\0')
		fail_msg("message %llu: %s", (unsigned long long)number, got->fault);
	assert_int_equal(got->messages, before + 1);
	if (shape != WILD)
		complaint = strict_compare(got->text, got->size, text->data + body,
		    text->len - body);
	if (complaint != NULL)
		fail_msg("message %llu: %s", (unsigned long long)number, complaint);
	tally->sent++;
	tally->octets += got->size;
	tally->encoded += memmem(got->text, got->size, "quoted-printable\r\n", 18) != NULL;
}

static void
nothing_leaves_that_mail_cannot_carry(void **unused)
{
	const char *asked = getenv("WIRE");
	uint64_t n = asked != NULL ? strtoull(asked, NULL, 10) : 600;
	struct diags d = {.n = 0};
	struct config *c = conf_load("[account a]\nhost = h.example\nfrom = me@a.example\n", &d);
	struct strict *sinks[] = {strict_open(false), strict_open(true)};
	struct tally tally = {0, 0, 0, 0};
	struct buf text;

	(void)unused;
	assert_non_null(c);
	buf_init(&text, SIZE_MAX);
	for (uint64_t i = 0; i < n; i++) {
		/* a server's process ends by itself after some time */
		if (i % 5000 == 4999) {
			strict_close(sinks[i % 2]);
			sinks[i % 2] = strict_open(i % 2 == 1);
			strict_close(sinks[(i + 1) % 2]);
			sinks[(i + 1) % 2] = strict_open((i + 1) % 2 == 1);
		}
		one(c, sinks[i % 2], i, &text, &tally);
	}
	strict_close(sinks[0]);
	strict_close(sinks[1]);
	buf_done(&text);
	config_free(c);
	diags_done(&d);
	print_message("# %zu sent (%zu octets, %zu as quoted-printable), %zu refused, no fault\n",
	    tally.sent, tally.octets, tally.encoded, tally.refused);
	assert_true(tally.sent > n / 2 && tally.encoded > 0 && tally.refused > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_leaves_that_mail_cannot_carry),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, conf_setup, conf_teardown);
}
