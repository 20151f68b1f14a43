/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "meeting.h"
#include "peer.h"

#define HOST MEETING_HOST

/* ---- pins, and no verification */

/* Signed by itself and out of date. */
static void
show_bad(struct cert *leaf)
{
	const struct cert *chain[] = {leaf};

	cert_make(leaf,
	    &(struct cert_spec){.dns = {"a.example.org"}, .from_h = -2400, .until_h = -49}, NULL);
	meeting_shown = cert_server(chain, 1);
}

static void
one_pin_of_two_replaces_everything_else(void **state)
{
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;
	char pin[64];
	const char *pins[] = {"sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", pin};

	(void)state;
	show_bad(&leaf);
	cert_pin(&leaf, pin, sizeof(pin));
	p.pins = pins;
	p.npins = 2;
	meeting_run(&p, meeting_greet, &o);
	if (!o.good)
		fail_msg("%s", o.e.text);
	assert_true(o.info.pinned);
	meeting_drop(&leaf);
}

static void
a_pin_that_does_not_match_refuses_a_good_chain(void **state)
{
	static const char *const pins[] = {"sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="};

	(void)state;
	for (int verify = 0; verify < 2; verify++) {
		struct tls_params p = meeting_params(HOST);
		struct cert leaf;
		struct meeting o;

		meeting_show(&leaf);
		p.pins = pins;
		p.npins = 1;
		p.verify = verify != 0;
		meeting_run(&p, meeting_greet, &o);
		assert_false(o.good);
		assert_false(o.info.pinned);
		assert_int_equal(o.e.stage, STAGE_CERT);
		assert_int_equal(err_sysexit(&o.e), EX_NOPERM);
		assert_string_equal(o.e.hint, "cert-pin");
		assert_non_null(strstr(o.e.text, o.info.pin));
		assert_non_null(strstr(o.e.text, pins[0]));
		meeting_drop(&leaf);
	}
}

static void
without_verification_anything_goes(void **state)
{
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;

	(void)state;
	show_bad(&leaf);
	p.verify = false;
	p.ca_file = "/nonexistent/ca.pem"; /* is not even looked at */
	meeting_run(&p, meeting_greet, &o);
	assert_true(o.good);
	assert_false(o.info.pinned);
	assert_true(o.info.self_signed);
	meeting_drop(&leaf);
}

static void
after_a_refusal_the_stream_is_of_no_use(void **state)
{
	struct tls_params p = meeting_params("other.example.org");
	struct cert leaf;
	struct meeting o;

	(void)state;
	meeting_show(&leaf);
	meeting_run(&p, meeting_greet, &o);
	assert_false(o.good || o.usable);
	p = meeting_params(HOST);
	p.priority = "NORMAL:+NONSENSE";
	meeting_run(&p, meeting_silence, &o);
	assert_false(o.good || o.usable);
	meeting_drop(&leaf);
}

/* ---- versions */

struct version {
	const char *claim, *client, *server;
	bool min_1_3;
	const char *spoken; /* NULL: refused */
};

#define ONLY(v) "NORMAL:-VERS-ALL:+VERS-" v ":%COMPAT"

static const struct version versions[] = {
    {"TLS 1.3 is taken", NULL, ONLY("TLS1.3"), false, "TLS1.3"},
    {"TLS 1.2 is taken", NULL, ONLY("TLS1.2"), false, "TLS1.2"},
    {"TLS 1.1 is not", NULL, ONLY("TLS1.1"), false, NULL},
    {"tls-min: TLS 1.3 is taken", NULL, MEETING_NORMAL, true, "TLS1.3"},
    {"tls-min: TLS 1.2 is not", NULL, ONLY("TLS1.2"), true, NULL},
    {"a priority of the account is followed", ONLY("TLS1.2"), MEETING_NORMAL, false, "TLS1.2"},
    {"a priority does not let TLS 1.1 in", "NORMAL", ONLY("TLS1.1"), false, NULL},
    {"a priority does not let TLS 1.0 in", "NORMAL:+VERS-TLS1.0", ONLY("TLS1.0"), false, NULL},
    {"a priority does not lift tls-min", "NORMAL", ONLY("TLS1.2"), true, NULL},
    {"tls-min stands beside a priority", "NORMAL", MEETING_NORMAL, true, "TLS1.3"},
};

#define NVERSIONS (sizeof(versions) / sizeof(versions[0]))

static void
spoken(void **state)
{
	const struct version *v = *state;
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;

	meeting_show(&leaf);
	p.priority = v->client;
	p.min_1_3 = v->min_1_3;
	meeting_priority = v->server;
	meeting_run(&p, meeting_greet, &o);
	meeting_priority = MEETING_NORMAL;
	if (o.good != (v->spoken != NULL))
		fail_msg("%s", o.good ? o.info.version : o.e.text);
	if (o.good) {
		assert_string_equal(o.info.version, v->spoken);
	} else {
		assert_int_equal(o.e.class, ERR_RELAY);
		assert_int_equal(o.e.stage, STAGE_TLS);
		assert_int_equal(err_sysexit(&o.e), EX_PROTOCOL);
	}
	meeting_drop(&leaf);
}

static void
a_priority_that_cannot_be_read_is_the_accounts_fault(void **state)
{
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;

	(void)state;
	meeting_show(&leaf);
	p.priority = "NORMAL:+NONSENSE";
	meeting_run(&p, meeting_greet, &o);
	assert_false(o.good);
	assert_int_equal(o.e.class, ERR_CONFIG);
	assert_non_null(strstr(o.e.text, "+NONSENSE"));
	meeting_drop(&leaf);
}

static void
a_client_certificate_that_is_not_there_is_the_accounts_fault(void **state)
{
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;

	(void)state;
	meeting_show(&leaf);
	p.cert_file = "/nonexistent/cert.pem";
	meeting_run(&p, meeting_greet, &o);
	assert_false(o.good);
	assert_int_equal(o.e.class, ERR_CONFIG);
	assert_non_null(strstr(o.e.text, "tls-cert"));
	meeting_drop(&leaf);
}

/* ---- servers that speak something else */

static const char *
reads_and_says(int fd, const char *what)
{
	char hello[4096];

	if (read(fd, hello, sizeof(hello)) <= 0 || hello[0] != 0x16)
		return "no ClientHello";
	peer_say(fd, what);
	while (read(fd, hello, sizeof(hello)) > 0)
		;
	return NULL;
}

static const char *
answers_in_clear(int fd)
{
	return reads_and_says(fd, "220 " HOST " ESMTP");
}

static const char *
answers_in_http(int fd)
{
	return reads_and_says(fd, "HTTP/1.1 400 Bad Request");
}

static const char *
greets_in_clear(int fd)
{
	char rest[4096];

	peer_say(fd, "220 " HOST " ESMTP");
	while (read(fd, rest, sizeof(rest)) > 0)
		;
	return NULL;
}

static const char *
leaves(int fd)
{
	char hello[4096];

	return read(fd, hello, sizeof(hello)) > 0 ? NULL : "no ClientHello";
}

/* A record of 16 KiB that never becomes whole, an octet every 10 ms. */
static const char *
drips(int fd)
{
	static const unsigned char head[] = {0x16, 3, 3, 0x40, 0};

	char hello[4096];

	if (read(fd, hello, sizeof(hello)) <= 0 || write(fd, head, sizeof(head)) != sizeof(head))
		return "no ClientHello";
	while (send(fd, "\2", 1, MSG_NOSIGNAL) == 1)
		(void)poll(NULL, 0, 10);
	return NULL;
}

/* Warnings without end: each is a whole record that means nothing. */
static const char *
warns(int fd)
{
	unsigned char alerts[700];
	char hello[4096];

	if (read(fd, hello, sizeof(hello)) <= 0)
		return "no ClientHello";
	for (size_t i = 0; i < sizeof(alerts); i += 7)
		memcpy(alerts + i, (const unsigned char[]){0x15, 3, 3, 0, 2, 1, 112}, 7);
	while (send(fd, alerts, sizeof(alerts), MSG_NOSIGNAL) > 0)
		;
	return NULL;
}

struct oddity {
	const char *claim;
	const char *(*run)(int fd);
	bool starttls;    /* there was talk in clear before */
	bool wait;        /* until the server has spoken */
	const char *hint; /* NULL: any but tls-mode */
	const char *says;
};

static const struct oddity oddities[] = {
    {"a greeting in answer to ClientHello", answers_in_clear, false, false, "tls-mode",
	"\"220 " HOST " ESMTP\""},
    {"a greeting before ClientHello", greets_in_clear, false, true, "tls-mode",
	"\"220 " HOST " ESMTP\""},
    {"another protocol", answers_in_http, false, false, NULL, ""},
    {"octets behind the answer to STARTTLS", greets_in_clear, true, true, NULL, "STARTTLS"},
    {"the end in place of an answer", leaves, false, false, NULL, "closed the connection"},
    {"silence from the first octet on", meeting_silence, false, false, "tls-mode", "in time"},
    {"silence after STARTTLS", meeting_silence, true, false, NULL, "in time"},
    {"an octet at a time", drips, false, false, "tls-mode", "in time"},
    {"warnings without end", warns, false, false, NULL, ""},
};

#define NODDITIES (sizeof(oddities) / sizeof(oddities[0]))

static void
not_tls(void **state)
{
	const struct oddity *o = *state;
	struct tls_params p = meeting_params(HOST);
	struct tls *tls = tls_prepare(&p);
	struct peer peer;
	struct stream *s;
	struct tls_info info;
	struct err e = {.class = ERR_NONE};
	int64_t began = clock_mono_ms();

	peer_pair_run(&peer, o->run);
	if (o->wait)
		assert_int_equal(poll(&(struct pollfd){.fd = peer.fd, .events = POLLIN}, 1, 5000),
		    1);
	s = stream_new(peer.fd, HOST ":465", began + 15000);
	stream_deadline(s, began + 400);
	if (o->starttls) {
		stream_write(s, "STARTTLS\r\n", 10);
		assert_true(stream_flush(s));
	}
	assert_false(tls_start(tls, s, &info, &e));
	assert_true(clock_mono_ms() - began < 5000);
	assert_int_equal(e.class, ERR_RELAY);
	assert_int_equal(e.stage, STAGE_TLS);
	assert_int_equal(err_sysexit(&e), EX_PROTOCOL);
	if (strstr(e.text, o->says) == NULL)
		fail_msg("no %s in: %s", o->says, e.text);
	if (o->hint != NULL ? !str_eq(e.hint, o->hint) : str_eq(e.hint, "tls-mode"))
		fail_msg("hint \"%s\": %s", e.hint, e.text);
	stream_close(s);
	tls_free(tls);
	peer_finish(&peer);
}

/* ---- */

static struct CMUnitTest
row(const char *claim, CMUnitTestFunction f, const void *data)
{
	return (struct CMUnitTest){.name = claim,
	    .test_func = f,
	    .initial_state = (void *)(uintptr_t)data};
}

int
main(void)
{
	struct CMUnitTest rows[NVERSIONS + NODDITIES + 6];
	size_t n = 0;
	const struct CMUnitTest others[] = {
	    cmocka_unit_test(one_pin_of_two_replaces_everything_else),
	    cmocka_unit_test(a_pin_that_does_not_match_refuses_a_good_chain),
	    cmocka_unit_test(without_verification_anything_goes),
	    cmocka_unit_test(after_a_refusal_the_stream_is_of_no_use),
	    cmocka_unit_test(a_priority_that_cannot_be_read_is_the_accounts_fault),
	    cmocka_unit_test(a_client_certificate_that_is_not_there_is_the_accounts_fault),
	};

	for (size_t i = 0; i < NVERSIONS; i++)
		rows[n++] = row(versions[i].claim, spoken, &versions[i]);
	for (size_t i = 0; i < NODDITIES; i++)
		rows[n++] = row(oddities[i].claim, not_tls, &oddities[i]);
	memcpy(rows + n, others, sizeof(others));
	assert_int_equal(n + sizeof(others) / sizeof(others[0]), sizeof(rows) / sizeof(rows[0]));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(rows, meeting_open, meeting_close);
}
