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
#include "wanted.h"

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
	    "\xff", "\r", "ab\r", "\n."};
	const char *what = of[chance(sizeof(of) / sizeof(of[0]))];
	size_t n = lengths[chance(sizeof(lengths) / sizeof(lengths[0]))];

	/* more than is sent at once */
	if (chance(60) == 0)
		n = 70000;
	n /= strlen(what);

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

/* Fields of which some leave as they are, some changed, some not at all. */
static void
add_fields(struct buf *b)
{
	static const char *const names[] = {"Subject: ", "X-Y:", "To: ", "Cc: ", "Bcc: ", "bcc :",
	    "Resent-Bcc: ", "Resent-To: ", "Reply-To: ", "Return-Path: ", "Content-Length: ",
	    "From: ", "Date: ", "Message-ID: ", "Comments: ", "List-Id: ", "Received: ",
	    "Content-Transfer-Encoding: ", "Content-Type: ", "MIME-Version: "};
	static const char *const values[] = {"", " ", "x@b.example", "bob", "a word", "\xc3\xbc",
	    "a \xe2\x82\xac", "\"q, r\" <s@b.example>", "a@b.example, c", "\xff", "(c) d@b.example",
	    "7bit", "8bit", "base64", "quoted-printable", "binary", "odd",
	    "multipart/mixed; boundary=b", "text/plain", "message/rfc822",
	    "=?utf-8?Q?=C3=BC?=", "\xc3\xbc =?utf-8?Q?a?= b", ";", ","};
	static const char *const folds[] = {"\n ", "\r\n\t", "\n \n", "\r", " "};

	for (uint32_t n = chance(8); n > 0; n--) {
		buf_adds(b, names[chance(sizeof(names) / sizeof(names[0]))]);
		buf_adds(b, values[chance(sizeof(values) / sizeof(values[0]))]);
		for (uint32_t more = chance(3) == 0 ? 1 + chance(3) : 0; more > 0; more--) {
			buf_adds(b, folds[chance(sizeof(folds) / sizeof(folds[0]))]);
			if (chance(6) == 0)
				add_ugly(b);
			else
				buf_adds(b, values[chance(sizeof(values) / sizeof(values[0]))]);
		}
		buf_adds(b, chance(3) == 0 ? "\r\n" : "\n");
	}
}

/* A message; one in four ends where it should not. */
static void
make_message(uint64_t number, struct buf *b)
{
	enum { KNOWN_HEADER, IN_PARTS, FIELDS, NO_HEADER, WILD, SHAPES } shape;

	state = number * 0x9e3779b97f4a7c15ULL + 1;
	shape = chance(SHAPES);
	buf_clear(b);
	if (shape == KNOWN_HEADER || shape == IN_PARTS)
		buf_adds(b, KNOWN);
	if (shape == IN_PARTS)
		buf_adds(b, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n");
	if (shape == FIELDS || (shape <= IN_PARTS && chance(3) == 0))
		add_fields(b);
	if (shape == NO_HEADER)
		buf_adds(b, "no header");
	else if (shape != WILD)
		buf_adds(b, chance(2) == 0 ? "\n" : "\r\n");
	add_body(b);
	if (chance(4) == 0)
		b->len = chance((uint32_t)b->len + 1);
}

/* ---- through the program */

struct tally {
	size_t sent, octets, encoded, refused, unfit;
};

static ssize_t
read_entry(void *arg, void *data, size_t n, uint64_t off)
{
	return entry_read(arg, data, n, off);
}

/* false: the server lacks what the message needs, which is known before a word is said. */
static bool
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
	if (env->rcpts[0].state == RCPT_SENT)
		return true;
	if (strncmp(env->rcpts[0].why->status, "5.6.", 4) != 0)
		fail_msg("message %llu: %s", (unsigned long long)number, env->rcpts[0].why->text);
	return false;
}

/* Only a NUL that no encoding helps, and always then. */
static void
check_refusal(const struct buf *text, bool taken, const struct err *e, uint64_t number)
{
	bool refused = wanted_is_refused(text->data, text->len);

	if (taken && refused)
		fail_msg("message %llu: taken in all the same", (unsigned long long)number);
	if (!taken && (!refused || e->class != ERR_MESSAGE || strcmp(e->status, "5.6.0") != 0))
		fail_msg("message %llu: %s", (unsigned long long)number, e->text);
}

/* For whoever looks into a complaint: both sides of it, as files in $BUILD. */
static void
keep(const char *name, const char *data, size_t n)
{
	const char *build = getenv("BUILD");
	char path[4096];
	FILE *f;

	if (build == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/wire.%s", build, name);
	f = fopen(path, "w");
	if (f == NULL)
		return;
	(void)fwrite(data, 1, n, f);
	(void)fclose(f);
}

static void
check_sent(const struct sink_seen *got, const struct buf *text, uint64_t number)
{
	const char *complaint = got->fault[0] != '\0'
	    ? got->fault
	    : wanted_compare(got->text, got->size, text->data, text->len);

	if (complaint == NULL)
		return;
	keep("in", text->data, text->len);
	keep("out", got->text, got->size);
	fail_msg("message %llu: %s", (unsigned long long)number, complaint);
}

static void
one(const struct config *c, struct strict *sink, uint64_t number, struct buf *text,
    struct tally *tally)
{
	static const char *const to[] = {"bob@b.example"};
	const struct sink_seen *got = strict_seen(sink);
	size_t before = got->messages;
	struct intake in = {.config = c, .rcpts = to, .nrcpts = 1};
	struct intake_result out;
	struct err e;
	bool taken, sent;

	make_message(number, text);
	in.text = buf_str(text);
	in.text_len = text->len;
	taken = intake_run(&in, &out, &e);
	check_refusal(text, taken, &e, number);
	tally->refused += !taken;
	if (!taken)
		return;
	sent = send_it(sink, out.entry, number);
	entry_close(out.entry);
	assert_int_equal(got->messages, before + sent);
	tally->unfit += !sent;
	if (!sent)
		return;
	check_sent(got, text, number);
	tally->sent++;
	tally->octets += got->size;
	tally->encoded += memmem(got->text, got->size, "quoted-printable\r\n", 18) != NULL;
}

static void
nothing_leaves_that_mail_cannot_carry(void **unused)
{
	/* by BDAT, by DATA, and to a server of 1982 */
	static const unsigned offers[] = {SINK_ALL, SINK_ALL & ~SINK_CHUNKING, 0};
	const size_t nsinks = sizeof(offers) / sizeof(offers[0]);
	const char *asked = getenv("WIRE");
	uint64_t n = asked != NULL ? strtoull(asked, NULL, 10) : 600;
	struct diags d = {.n = 0};
	struct config *c = conf_load("[account a]\nhost = h.example\nfrom = me@a.example\n", &d);
	struct strict *sinks[] = {NULL, NULL, NULL};
	struct tally tally = {0, 0, 0, 0, 0};
	struct buf text;

	(void)unused;
	assert_non_null(c);
	buf_init(&text, SIZE_MAX);
	for (uint64_t i = 0; i < n; i++) {
		/* a server's process ends by itself after some time */
		for (size_t k = 0; i % 5000 == 0 && k < nsinks; k++) {
			if (sinks[k] != NULL)
				strict_close(sinks[k]);
			sinks[k] = strict_open(offers[k]);
		}
		one(c, sinks[i % 5 / 2], i, &text, &tally);
	}
	for (size_t k = 0; k < nsinks; k++)
		strict_close(sinks[k]);
	buf_done(&text);
	config_free(c);
	diags_done(&d);
	print_message("# %zu sent (%zu octets, %zu as quoted-printable), %zu refused, %zu not for "
		      "that server, no fault\n",
	    tally.sent, tally.octets, tally.encoded, tally.refused, tally.unfit);
	assert_true(
	    tally.sent > n / 2 && tally.encoded > 0 && tally.refused > 0 && tally.unfit > 0);
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
