/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/clock.h"
#include "caller.h"

/* ---- how it begins, over a Unix socket */

static const struct {
	const char *name;
	enum session_tls tls;
	bool auth, lmtp;
	const char *script[14];
	bool want;
	enum stage stage;
	int code, sysexit;
	const char *text, *hint, *stages;
} rows[] = {
    {"greeting and EHLO are enough", SESSION_TLS_OFF, false, false,
	{"S 220 mail.example ESMTP", "C EHLO me.example", "S 250 mail.example hello", "Q"}, true, 0,
	0, 0, "", "", "connect greeting ehlo"},
    {"a long greeting", SESSION_TLS_OFF, false, false,
	{"S 220-no spam", "S 220 please", "C EHLO me.example", "S 250 x", "Q"}, true, 0, 0, 0, "",
	"", "connect greeting ehlo"},
    {"LHLO for LMTP", SESSION_TLS_OFF, false, true,
	{"S 220 x LMTP", "C LHLO me.example", "S 250 x", "Q"}, true, 0, 0, 0, "", "",
	"connect greeting ehlo"},
    {"554 as a greeting is the relay's trouble", SESSION_TLS_OFF, false, false,
	{"S 554 5.3.2 no service here", "Q"}, false, STAGE_GREETING, 554, EX_UNAVAILABLE,
	"no service here", "", "connect greeting!"},
    {"421 as a greeting", SESSION_TLS_OFF, false, false, {"S 421 4.3.2 full", "E"}, false,
	STAGE_GREETING, 421, EX_TEMPFAIL, "full", "", "connect greeting!"},
    {"250 is no greeting", SESSION_TLS_OFF, false, false, {"S 250 hello", "Q"}, false,
	STAGE_GREETING, 0, EX_PROTOCOL, "greets with 250", "", "connect greeting!"},
    {"another protocol", SESSION_TLS_OFF, false, false, {"S +OK POP3 ready", "E"}, false,
	STAGE_GREETING, 0, EX_PROTOCOL, "+OK POP3 ready", "", "connect greeting!"},
    {"no greeting at all", SESSION_TLS_OFF, false, false, {"X"}, false, STAGE_GREETING, 0,
	EX_TEMPFAIL, "", "", "connect greeting!"},
    {"all replies in advance", SESSION_TLS_OFF, false, false,
	{"R 220 hi\r\n250 x\r\n250 a\r\n250 b\r\n354 c\r\n250 d\r\n", "E"}, false, STAGE_EHLO, 0,
	EX_PROTOCOL, "before it was asked", "", "connect greeting ehlo!"},
    {"HELO where it may be", SESSION_TLS_OFF, false, false,
	{"S 220 old", "C EHLO me.example", "S 500 what?", "C HELO me.example", "S 250 x", "Q"},
	true, 0, 0, 0, "", "", "connect greeting ehlo"},
    {"no HELO when AUTH is needed", SESSION_TLS_OFF, true, false,
	{"S 220 old", "C EHLO me.example", "S 500 what?", "Q"}, false, STAGE_EHLO, 500,
	EX_UNAVAILABLE, "what?", "", "connect greeting ehlo!"},
    {"no HELO when TLS is needed", SESSION_TLS_STARTTLS, false, false,
	{"S 220 old", "C EHLO me.example", "S 500 what?", "Q"}, false, STAGE_EHLO, 500,
	EX_UNAVAILABLE, "what?", "", "connect greeting ehlo!"},
    {"no HELO in LMTP", SESSION_TLS_OFF, false, true,
	{"S 220 old", "C LHLO me.example", "S 500 what?", "Q"}, false, STAGE_EHLO, 500,
	EX_UNAVAILABLE, "what?", "", "connect greeting ehlo!"},
    {"STARTTLS that is not offered is not replaced by clear text", SESSION_TLS_STARTTLS, true,
	false, {"S 220 x", "C EHLO me.example", "S 250-x\r\n250 AUTH PLAIN", "Q"}, false, STAGE_TLS,
	0, EX_PROTOCOL, "does not offer STARTTLS", "starttls-missing",
	"connect greeting ehlo tls!"},
    {"STARTTLS refused", SESSION_TLS_STARTTLS, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN", "C STARTTLS",
	    "S 454 4.7.0 not now", "Q"},
	false, STAGE_TLS, 454, EX_PROTOCOL, "not now", "", "connect greeting ehlo tls!"},
    {"250 is no go-ahead for TLS", SESSION_TLS_STARTTLS, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN", "C STARTTLS",
	    "S 250 sure", "Q"},
	false, STAGE_TLS, 0, EX_PROTOCOL, "only 220 will do", "", "connect greeting ehlo tls!"},
    {"354 is no go-ahead for TLS", SESSION_TLS_STARTTLS, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250 STARTTLS", "C STARTTLS", "S 354 go", "E"},
	false, STAGE_TLS, 0, EX_PROTOCOL, "", "", "connect greeting ehlo tls!"},
    {"a reply injected behind the 220", SESSION_TLS_STARTTLS, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250 STARTTLS", "C STARTTLS",
	    "R 220 go\r\n250-x\r\n250 AUTH PLAIN\r\n", "E"},
	false, STAGE_TLS, 0, EX_PROTOCOL, "in clear", "", "connect greeting ehlo tls!"},
    {"a fragment injected behind the 220", SESSION_TLS_STARTTLS, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250 STARTTLS", "C STARTTLS", "R 220 go\r\n2",
	    "E"},
	false, STAGE_TLS, 0, EX_PROTOCOL, "in clear", "", "connect greeting ehlo tls!"},
    {"PLAIN over a Unix socket", SESSION_TLS_OFF, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250 AUTH PLAIN", "C AUTH PLAIN " CALLER_PLAIN,
	    "S 235 ok", "Q"},
	true, 0, 0, 0, "", "", "connect greeting ehlo auth"},
    {"no AUTH offered though it is configured", SESSION_TLS_OFF, true, false,
	{"S 220 x", "C EHLO me.example", "S 250 x", "Q"}, false, STAGE_AUTH, 0, EX_NOPERM,
	"offers no authentication", "auth-no-mech", "connect greeting ehlo auth!"},
    {"a refused login", SESSION_TLS_OFF, true, false,
	{"S 220 x", "C EHLO me.example", "S 250-x\r\n250 AUTH PLAIN", "C AUTH PLAIN *",
	    "S 535 5.7.8 bad", "Q"},
	false, STAGE_AUTH, 535, EX_NOPERM, "bad", "login", "connect greeting ehlo auth!"},
};

static void
what_begins_a_session_and_what_ends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server srv = caller_server(rows[i].tls, rows[i].auth);
		struct peer peer;
		struct session *s;

		peer_listen(&peer, rows[i].script);
		srv.socket = peer.path;
		srv.lmtp = rows[i].lmtp;
		s = caller_open(&srv);
		if ((s != NULL) != rows[i].want || strcmp(caller_stages(), rows[i].stages) != 0 ||
		    (s == NULL &&
			(caller_err.class != ERR_RELAY || caller_err.stage != rows[i].stage ||
			    caller_err.code != rows[i].code ||
			    err_sysexit(&caller_err) != rows[i].sysexit ||
			    strstr(caller_err.text, rows[i].text) == NULL ||
			    strcmp(caller_err.hint, rows[i].hint) != 0)))
			fail_msg("%s: %s, stages %s, stage %s, code %d, sysexit %d, hint %s: %s",
			    rows[i].name, s != NULL ? "open" : "none", caller_stages(),
			    err_stage_name(caller_err.stage), caller_err.code,
			    err_sysexit(&caller_err), caller_err.hint, caller_err.text);
		if (strstr(caller_watch.text, CALLER_PASSWORD) != NULL ||
		    strstr(caller_watch.text, CALLER_PLAIN) != NULL)
			fail_msg("%s: the password shows", rows[i].name);
		if (s != NULL)
			assert_string_equal(session_peer(s), peer.path);
		session_close(s);
		peer_finish(&peer);
	}
}

static void
silence_ends_within_the_timeout(void **state)
{
	static const char *const greeting[] = {"Z", NULL};
	static const char *const ehlo[] = {"S 220 x", "C EHLO *", "Z", NULL};
	static const char *const *const scripts[] = {greeting, ehlo};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct server srv = caller_server(SESSION_TLS_OFF, false);
		int64_t began = clock_mono_ms();
		struct peer peer;

		peer_listen(&peer, scripts[i]);
		srv.socket = peer.path;
		srv.reply_timeout_ms = 60;
		assert_null(caller_open(&srv));
		assert_int_equal(caller_err.stage, i == 0 ? STAGE_GREETING : STAGE_EHLO);
		assert_int_equal(err_sysexit(&caller_err), EX_TEMPFAIL);
		assert_in_range(clock_mono_ms() - began, 60, 5000);
		peer_finish(&peer);
	}
}

static void
no_clear_password_over_tcp(void **state)
{
	static const char *const script[] = {"S 220 x", "C EHLO me.example",
	    "S 250-x\r\n250 AUTH PLAIN LOGIN", "Q", NULL};
	struct server srv = caller_server(SESSION_TLS_OFF, true);
	char peer_name[64];
	struct peer peer;

	(void)state;
	peer_listen_tcp(&peer, script);
	srv.host = "127.0.0.1";
	srv.port = peer.port;
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.stage, STAGE_AUTH);
	assert_int_equal(err_sysexit(&caller_err), EX_NOPERM);
	assert_non_null(strstr(caller_err.text, "without verified TLS"));
	(void)snprintf(peer_name, sizeof(peer_name), "=connect 127.0.0.1:%u\n",
	    (unsigned)peer.port);
	assert_non_null(strstr(caller_watch.text, peer_name));
	peer_finish(&peer);
}

static void
nobody_there_is_said_at_connect(void **state)
{
	static const char *const script[] = {"E", NULL};
	struct server srv = caller_server(SESSION_TLS_OFF, false);
	struct peer peer;

	(void)state;
	peer_listen_tcp(&peer,
	    script); /* its port is closed again once it has had its connection */
	srv.host = "127.0.0.1";
	srv.port = peer.port;
	srv.reply_timeout_ms = 60;
	assert_null(caller_open(&srv));
	peer_finish(&peer);
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.class, ERR_RELAY);
	assert_int_equal(caller_err.stage, STAGE_CONNECT);
	assert_string_equal(caller_stages(), "connect!");
	srv.socket = "/nonexistent/socket";
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.stage, STAGE_CONNECT);
}

static void
a_bad_name_is_found_before_anything_is_said(void **state)
{
	static const char *const script[] = {"E", NULL};
	struct server srv = caller_server(SESSION_TLS_OFF, false);
	struct peer peer;

	(void)state;
	peer_listen(&peer, script);
	srv.socket = peer.path;
	srv.ehlo_name = "me\r\nMAIL FROM:<x@y.example>";
	assert_null(caller_open(&srv));
	assert_int_equal(caller_err.class, ERR_CONFIG);
	peer_finish(&peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_begins_a_session_and_what_ends_it),
	    cmocka_unit_test(silence_ends_within_the_timeout),
	    cmocka_unit_test(no_clear_password_over_tcp),
	    cmocka_unit_test(nobody_there_is_said_at_connect),
	    cmocka_unit_test(a_bad_name_is_found_before_anything_is_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
