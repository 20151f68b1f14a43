/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/crypto.h"
#include "caller.h"
#include "smtp/transaction.h"

static gnutls_certificate_credentials_t server_cred;
static char ca_path[64];

static void
check(int code)
{
	if (code < 0)
		fail_msg("GnuTLS: %s", gnutls_strerror(code));
}

/* A certificate for localhost that is its own authority, into server_cred and the file ca_path. */
static int
make_certificate(void **state)
{
	static const unsigned char serial = 1;
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
	gnutls_datum_t pem;
	time_t now = time(NULL);
	int fd;

	(void)state;
	crypto_init();
	check(gnutls_x509_privkey_init(&key));
	check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	check(gnutls_x509_crt_init(&crt));
	check(gnutls_x509_crt_set_version(crt, 3));
	check(gnutls_x509_crt_set_serial(crt, &serial, 1));
	check(gnutls_x509_crt_set_activation_time(crt, now - 3600));
	check(gnutls_x509_crt_set_expiration_time(crt, now + 3600));
	check(gnutls_x509_crt_set_dn(crt, "CN=localhost", NULL));
	check(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
	    GNUTLS_FSAN_SET));
	check(gnutls_x509_crt_set_key(crt, key));
	check(gnutls_x509_crt_set_basic_constraints(crt, 1, -1));
	check(gnutls_x509_crt_set_key_usage(crt,
	    GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN));
	check(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
	check(gnutls_certificate_allocate_credentials(&server_cred));
	check(gnutls_certificate_set_x509_key(server_cred, &crt, 1, key));
	check(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
	(void)snprintf(ca_path, sizeof(ca_path), "%s", "/tmp/postrider-ca-XXXXXX");
	fd = mkstemp(ca_path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, pem.data, pem.size), pem.size);
	(void)close(fd);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return 0;
}

static int
drop_certificate(void **state)
{
	(void)state;
	(void)unlink(ca_path);
	gnutls_certificate_free_credentials(server_cred);
	return 0;
}

static void
tls_say(gnutls_session_t tls, const char *text)
{
	(void)gnutls_record_send(tls, text, strlen(text));
	(void)gnutls_record_send(tls, "\r\n", 2);
}

static bool
tls_read_line(gnutls_session_t tls, char *buf, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && gnutls_record_recv(tls, buf + n, 1) == 1) {
		if (buf[n] == '\n') {
			buf[n > 0 ? n - 1 : n] = '\0';
			return true;
		}
		n++;
	}
	return false;
}

static bool
tls_expect(gnutls_session_t tls, const char *want)
{
	char line[1024];

	return tls_read_line(tls, line, sizeof(line)) && strncmp(line, want, strlen(want)) == 0;
}

static size_t nrcpts;

/* The message in one window: nothing is answered before all of it is there. */
static const char *
serve_message(gnutls_session_t tls)
{
	char body[12];
	size_t got = 0;

	if (!tls_expect(tls, "MAIL FROM:<s@a.example>"))
		return "no MAIL";
	for (size_t i = 0; i < nrcpts; i++)
		if (!tls_expect(tls, "RCPT TO:<r"))
			return "no RCPT";
	if (!tls_expect(tls, "BDAT 12 LAST"))
		return "no BDAT in the window";
	while (got < sizeof(body)) {
		ssize_t n = gnutls_record_recv(tls, body + got, sizeof(body) - got);

		if (n <= 0)
			return "no body in the window";
		got += (size_t)n;
	}
	for (size_t i = 0; i < nrcpts + 2; i++)
		tls_say(tls, "250 2.0.0 ok");
	return tls_expect(tls, "QUIT") ? NULL : "no QUIT";
}

/* After the handshake: three turns with implicit TLS, of STARTTLS the last two. */
static const char *
serve_inside(gnutls_session_t tls, bool greet)
{
	if (greet)
		tls_say(tls, "220 inside");
	if (!tls_expect(tls, "EHLO me.example"))
		return "no EHLO inside TLS";
	tls_say(tls, "250-x\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 AUTH PLAIN");
	if (!tls_expect(tls, "AUTH PLAIN " CALLER_PLAIN))
		return "no AUTH";
	tls_say(tls, "235 2.7.0 ok");
	return serve_message(tls);
}

static const char *
serve_tls(int fd, bool greet)
{
	gnutls_session_t tls;
	const char *said = "no handshake";
	int code;

	if (gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NO_SIGNAL) < 0 ||
	    gnutls_set_default_priority(tls) < 0)
		return "gnutls_init";
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, server_cred);
	gnutls_transport_set_int(tls, fd);
	do {
		code = gnutls_handshake(tls);
	} while (code < 0 && !gnutls_error_is_fatal(code));
	if (code >= 0)
		said = serve_inside(tls, greet);
	gnutls_deinit(tls);
	return said;
}

static const char *
serve_implicit(int fd)
{
	return serve_tls(fd, true);
}

static const char *
serve_starttls(int fd)
{
	char line[200];

	peer_say(fd, "220 outside");
	if (peer_read_line(fd, line, sizeof(line)) == NULL || strcmp(line, "EHLO me.example") != 0)
		return "no EHLO";
	/* What is offered here and not inside must be forgotten. */
	peer_say(fd, "250-x\r\n250-STARTTLS\r\n250-SIZE 1\r\n250 AUTH LOGIN");
	if (peer_read_line(fd, line, sizeof(line)) == NULL || strcmp(line, "STARTTLS") != 0)
		return "no STARTTLS";
	peer_say(fd, "220 go");
	return serve_tls(fd, false);
}

/* The client does not like our certificate: in its place only a TLS alert may come. */
static const char *
serve_distrusted(int fd)
{
	const char *said = serve_tls(fd, true);

	return said != NULL && strstr(said, "no ") == said ? NULL : "it went on";
}

static struct server
make_tls_server(const struct peer *peer, enum session_tls tls)
{
	struct server srv = caller_server(tls, true);

	srv.host = "127.0.0.1";
	srv.port = peer->port;
	srv.tls_params = (struct tls_params){.name = "localhost",
	    .verify = true,
	    .ca_file = ca_path};
	return srv;
}

static ssize_t
read_hello(void *arg, void *out, size_t n, uint64_t off)
{
	static const char message[] = "a: b\r\n\r\nhi\r\n";

	(void)arg;
	if (off + n > 12)
		n = 12 - (size_t)off;
	memcpy(out, message + off, n);
	return (ssize_t)n;
}

static void
send_one(struct session *s, size_t n)
{
	static const struct transaction_hooks none = {0};
	struct envelope env;
	struct transaction t = {.env = &env, .n = n, .body = {read_hello, NULL, 12}};
	char addr[64];

	envelope_init(&env);
	env.from = "s@a.example";
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(addr, sizeof(addr), "r%zu@b.example", i);
		(void)envelope_add(&env, addr);
	}
	if (!transaction_run(s, &t, &none, &caller_err))
		fail_msg("not sent: %s", caller_err.text);
	assert_int_equal(envelope_count(&env, RCPT_SENT), n);
	envelope_done(&env);
}

/* The server answers in 3 places, or with STARTTLS in 5; with one more turn it would hang. */
static void
the_server_waits_as_often_as_it_must(void **state)
{
	static const size_t counts[] = {1, 20, 1000};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(counts) / sizeof(counts[0]); i++) {
		bool implicit = i % 2 == 0;
		struct server srv;
		struct peer peer;
		struct session *s;

		nrcpts = counts[i / 2];
		peer_listen_tcp_run(&peer, implicit ? serve_implicit : serve_starttls);
		srv = make_tls_server(&peer,
		    implicit ? SESSION_TLS_IMPLICIT : SESSION_TLS_STARTTLS);
		s = caller_open(&srv);
		if (s == NULL)
			fail_msg("no session: %s", caller_err.text);
		assert_false(session_caps(s)->size || session_caps(s)->starttls);
		assert_string_equal(caller_stages(),
		    implicit ? "connect tls greeting ehlo auth"
			     : "connect greeting ehlo tls ehlo auth");
		assert_non_null(strstr(caller_watch.text, "=tls TLS1."));
		assert_non_null(strstr(caller_watch.text, "=auth PLAIN\n"));
		assert_true(caller_watch.encrypted);
		send_one(s, nrcpts);
		session_close(s);
		peer_finish(&peer);
	}
}

static void
a_certificate_for_another_name_ends_it(void **state)
{
	struct server srv;
	struct peer peer;

	(void)state;
	peer_listen_tcp_run(&peer, serve_distrusted);
	srv = make_tls_server(&peer, SESSION_TLS_IMPLICIT);
	srv.tls_params.name = "mail.example.org";
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.class, ERR_RELAY);
	assert_int_equal(caller_err.stage, STAGE_CERT);
	assert_int_equal(err_sysexit(&caller_err), EX_NOPERM);
	assert_null(strchr(caller_watch.text, '>')); /* no line was sent */
	peer_finish(&peer);
}

/* Without a verified certificate the password would go to anybody. */
static void
an_unverified_certificate_is_not_safe_enough_for_plain(void **state)
{
	struct server srv;
	struct peer peer;

	(void)state;
	nrcpts = 0;
	peer_listen_tcp_run(&peer, serve_distrusted);
	srv = make_tls_server(&peer, SESSION_TLS_IMPLICIT);
	srv.tls_params.verify = false;
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.stage, STAGE_AUTH);
	assert_non_null(strstr(caller_err.text, "without verified TLS"));
	peer_finish(&peer);
}

static void
clear_text_where_tls_should_be_ends_it(void **state)
{
	static const char *const script[] = {"S 220 hello in clear", "Z", NULL};
	struct server srv;
	struct peer peer;

	(void)state;
	peer_listen_tcp(&peer, script);
	srv = make_tls_server(&peer, SESSION_TLS_IMPLICIT);
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.stage, STAGE_TLS);
	assert_int_equal(err_sysexit(&caller_err), EX_PROTOCOL);
	assert_memory_equal(caller_err.hint, "tls", 3);
	assert_null(strchr(caller_watch.text, '>')); /* no line was sent */
	peer_finish(&peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_server_waits_as_often_as_it_must),
	    cmocka_unit_test(a_certificate_for_another_name_ends_it),
	    cmocka_unit_test(an_unverified_certificate_is_not_safe_enough_for_plain),
	    cmocka_unit_test(clear_text_where_tls_should_be_ends_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_certificate, drop_certificate);
}
