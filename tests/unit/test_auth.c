/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>
#include <gsasl.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "peer.h"
#include "smtp/auth.h"

static const char *const only_login[] = {"login"};
static const char *const plain_first[] = {"plain", "scram-sha-256"};
static const char *const unknown[] = {"x-nobody-has-it"};

static const struct {
	const char *name, *offered;
	const char *const *mechs;
	size_t nmechs;
	bool safe;
	const char *want; /* NULL: none */
	const char *text;
} choices[] = {
    {"the strongest of all", "LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", NULL, 0, true,
	"SCRAM-SHA-256", ""},
    {"the strongest of what is there", "PLAIN SCRAM-SHA-1 LOGIN", NULL, 0, true, "SCRAM-SHA-1", ""},
    {"CRAM-MD5 does not give the password away", "LOGIN PLAIN CRAM-MD5", NULL, 0, true, "CRAM-MD5",
	""},
    {"PLAIN before LOGIN", "LOGIN PLAIN", NULL, 0, true, "PLAIN", ""},
    {"LOGIN where there is nothing else", "XOAUTH2 LOGIN NTLM", NULL, 0, true, "LOGIN", ""},
    {"the account's order decides", "SCRAM-SHA-256 PLAIN", plain_first, 2, true, "PLAIN", ""},
    {"the account's list limits", "SCRAM-SHA-256 PLAIN LOGIN", only_login, 1, true, "LOGIN", ""},
    {"SCRAM is good enough for a clear channel", "PLAIN SCRAM-SHA-256", NULL, 0, false,
	"SCRAM-SHA-256", ""},
    {"an order that names PLAIN does not make a clear channel safe", "SCRAM-SHA-256 PLAIN",
	plain_first, 2, false, "SCRAM-SHA-256", ""},
    {"no PLAIN on a clear channel", "PLAIN LOGIN", NULL, 0, false, NULL, "without verified TLS"},
    {"no LOGIN on a clear channel", "LOGIN", only_login, 1, false, NULL, "LOGIN would show"},
    {"nothing in common names both lists", "NTLM XOAUTH2", only_login, 1, true, NULL,
	"the server offers NTLM XOAUTH2, this account allows login"},
    {"nothing offered", "", NULL, 0, true, NULL, "offers no authentication"},
    {"an unknown mechanism is never chosen", "X-NOBODY-HAS-IT PLAIN", unknown, 1, true, NULL,
	"x-nobody-has-it"},
    {"-PLUS is not done", "SCRAM-SHA-256-PLUS", NULL, 0, true, NULL, "SCRAM-SHA-256-PLUS"},
};

static void
the_mechanism_is_chosen_by_strength_and_channel(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct capabilities caps = {0};
		const struct auth_params p = {.mechs = choices[i].mechs,
		    .nmechs = choices[i].nmechs,
		    .safe_channel = choices[i].safe};
		struct err e = {0};
		const char *got;

		(void)snprintf(caps.mechs, sizeof(caps.mechs), "%s", choices[i].offered);
		got = auth_choose(&p, &caps, &e);
		if (choices[i].want != NULL
			? got == NULL || strcmp(got, choices[i].want) != 0
			: got != NULL || strstr(e.text, choices[i].text) == NULL ||
			    err_sysexit(&e) != EX_NOPERM || e.stage != STAGE_AUTH)
			fail_msg("%s: %s (%s)", choices[i].name, got != NULL ? got : "none",
			    e.text);
	}
}

/* ---- dialogues */

static unsigned asked;

static bool
give_password(void *arg, struct secret *out, struct err *e)
{
	const char *text = arg;

	(void)e;
	asked++;
	return secret_set(out, text, strlen(text));
}

static bool
refuse_password(void *arg, struct secret *out, struct err *e)
{
	(void)arg;
	(void)out;
	return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "password-command exited 2");
}

#define FIFTY "01234567890123456789012345678901234567890123456789"
/* In PLAIN and base64 this is more than an AUTH line may hold. */
static const char long_password[] = FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY;

struct dialogue {
	const char *name, *offered, *password;
	const char *script[12];
	bool want;
	int code, sysexit;
	const char *status, *text, *hint;
	unsigned nsends;
};

static const struct dialogue dialogues[] = {
    {"PLAIN in one command", "PLAIN", "secret",
	{"C AUTH PLAIN AHVzZXIAc2VjcmV0", "S 235 2.7.0 welcome", "E"}, true, 0, 0, "", "", "", 1},
    {"a long initial response waits for the challenge", "PLAIN", long_password,
	{"C AUTH PLAIN", "S 334 ", "C AHVzZXIAMDEyMzQ1Njc4*", "S 235 ok", "E"}, true, 0, 0, "", "",
	"", 2},
    {"LOGIN answers two challenges", "LOGIN", "secret",
	{"C AUTH LOGIN", "S 334 VXNlcm5hbWU6", "C dXNlcg==", "S 334 UGFzc3dvcmQ6", "C c2VjcmV0",
	    "S 235 ok", "E"},
	true, 0, 0, "", "", "", 3},
    {"CRAM-MD5 does not send the password", "PLAIN CRAM-MD5", "secret",
	{"C AUTH CRAM-MD5", "S 334 PDEyM0B4Pg==", "C dXNlci*", "S 235 ok", "E"}, true, 0, 0, "", "",
	"", 2},
    {"535 is told in the server's words", "PLAIN", "secret",
	{"C AUTH PLAIN *", "S 535-5.7.8 Username and", "S 535 5.7.8 Password not accepted", "E"},
	false, 535, EX_NOPERM, "5.7.8", "Username and Password not accepted", "login", 1},
    {"454 is temporary", "PLAIN", "secret", {"C AUTH PLAIN *", "S 454 4.7.0 later", "E"}, false,
	454, EX_TEMPFAIL, "4.7.0", "later", "", 1},
    {"after a failed mechanism no other one is tried", "SCRAM-SHA-1 PLAIN LOGIN", "secret",
	{"C AUTH SCRAM-SHA-1 *", "S 535 5.7.8 no", "E"}, false, 535, EX_NOPERM, "5.7.8", "no",
	"login", 1},
    {"235 without the server's proof is no success", "SCRAM-SHA-256 PLAIN", "secret",
	{"C AUTH SCRAM-SHA-256 *", "S 235 2.7.0 come in", "E"}, false, 0, EX_NOPERM, "",
	"without the proof", "", 1},
    {"a challenge that makes no sense is cancelled", "SCRAM-SHA-256", "secret",
	{"C AUTH SCRAM-SHA-256 *", "S 334 ****", "C [*]", "E"}, false, 0, EX_NOPERM, "",
	"not base64", "", 2},
    {"a foreign nonce is cancelled", "SCRAM-SHA-256", "secret",
	{"C AUTH SCRAM-SHA-256 *", "S 334 cj14LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTY=", "C [*]", "E"},
	false, 0, EX_NOPERM, "", "SCRAM-SHA-256 failed", "", 2},
    {"a challenge too many is cancelled", "PLAIN", "secret",
	{"C AUTH PLAIN *", "S 334 ", "C [*]", "E"}, false, 0, EX_NOPERM, "", "asks on", "", 2},
    {"250 is no success", "PLAIN", "secret", {"C AUTH PLAIN *", "S 250 ok", "E"}, false, 0,
	EX_NOPERM, "", "neither yes nor no", "", 1},
    {"354 is no challenge", "LOGIN", "secret", {"C AUTH LOGIN", "S 354 go", "E"}, false, 0,
	EX_NOPERM, "", "neither yes nor no", "", 1},
    {"421 ends it", "PLAIN", "secret", {"C AUTH PLAIN *", "S 421 4.7.0 too many", "E"}, false, 421,
	EX_TEMPFAIL, "4.7.0", "too many", "", 1},
    {"closed", "PLAIN", "secret", {"C AUTH PLAIN *", "X"}, false, 0, EX_TEMPFAIL, "4.4.2", "peer",
	"", 1},
};

static bool
run(const struct dialogue *d, struct watch *w, struct err *e)
{
	struct peer peer;
	struct capabilities caps = {0};
	struct auth_params params = {.user = "user",
	    .safe_channel = true,
	    .password = give_password};
	const char *mech = "";
	struct stream *s;
	struct pipeline *p;
	bool good;

	peer_pair(&peer, d->script);
	s = stream_new(peer.fd, "peer", clock_mono_ms() + 15000);
	watch_init(w);
	p = pipeline_new(s, &w->trace);
	(void)snprintf(caps.mechs, sizeof(caps.mechs), "%s", d->offered);
	params.arg = (void *)(uintptr_t)d->password;
	asked = 0;
	err_clear(e);
	good = auth_run(p, &params, &caps, &mech, e);
	pipeline_free(p);
	stream_close(s);
	peer_finish(&peer);
	return good;
}

static void
what_comes_of_a_login(void **state)
{
	struct watch w;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		const struct dialogue *d = &dialogues[i];
		bool good = run(d, &w, &e);

		if (good != d->want || asked != 1 || peer_sends != d->nsends ||
		    (!good &&
			(e.code != d->code || err_sysexit(&e) != d->sysexit ||
			    e.class != ERR_RELAY || e.stage != STAGE_AUTH ||
			    strcmp(e.status, d->status) != 0 || strstr(e.text, d->text) == NULL ||
			    strcmp(e.hint, d->hint) != 0)))
			fail_msg("%s: %d, code %d, status %s, sysexit %d, hint %s, %u writes: %s",
			    d->name, good, e.code, e.status, err_sysexit(&e), e.hint, peer_sends,
			    e.text);
		if (strstr(w.text, d->password) != NULL || strstr(w.text, "c2VjcmV0") != NULL ||
		    strstr(w.text, "AHVzZXIA") != NULL || strstr(e.text, d->password) != NULL)
			fail_msg("%s: the password shows: %s", d->name, w.text);
	}
}

static void
the_trace_tells_lengths_only(void **state)
{
	struct watch w;
	struct err e;

	(void)state;
	assert_true(run(&dialogues[0], &w, &e));
	assert_string_equal(w.text, ">AUTH PLAIN <16 octets hidden>\n<235 2.7.0 welcome\n");
	assert_true(run(&dialogues[2], &w, &e));
	assert_string_equal(w.text,
	    ">AUTH LOGIN\n<334 <12 octets>\n><8 octets hidden>\n"
	    "<334 <12 octets>\n><8 octets hidden>\n<235 ok\n");
}

static void
a_server_that_asks_for_ever_is_left(void **state)
{
	static const struct dialogue d = {.offered = "LOGIN",
	    .password = "secret",
	    .script = {"C AUTH LOGIN", "S 334 VXNlcm5hbWU6", "C *", "S 334 VXNlcm5hbWU6", "C *",
		"S 334 VXNlcm5hbWU6", "C [*]", "E"}};
	struct watch w;
	struct err e;

	(void)state;
	assert_false(run(&d, &w, &e));
	assert_int_equal(err_sysexit(&e), EX_NOPERM);
}

static void
a_password_that_no_line_can_hold_is_not_sent(void **state)
{
	struct dialogue d = {.offered = "PLAIN",
	    .script = {"C AUTH PLAIN", "S 334 ", "C [*]", "E"}};
	char *password = malloc(12001);
	struct watch w;
	struct err e;

	(void)state;
	memset(password, 'p', 12000);
	password[12000] = '\0';
	d.password = password;
	assert_false(run(&d, &w, &e));
	assert_int_equal(e.class, ERR_CONFIG);
	assert_null(strstr(w.text, "cHBw"));
	free(password);
}

static void
without_a_password_nothing_is_said(void **state)
{
	static const char *const script[] = {"E", NULL};
	struct peer peer;
	struct capabilities caps = {.mechs = "PLAIN"};
	const struct auth_params params = {.safe_channel = true, .password = refuse_password};
	const char *mech = "";
	struct stream *s;
	struct pipeline *p;
	struct err e;

	(void)state;
	peer_pair(&peer, script);
	s = stream_new(peer.fd, "peer", clock_mono_ms() + 15000);
	p = pipeline_new(s, NULL);
	assert_false(auth_run(p, &params, &caps, &mech, &e));
	assert_int_equal(e.class, ERR_CONFIG);
	assert_string_equal(e.text, "password-command exited 2");
	assert_int_equal(peer_sends, 0);
	pipeline_free(p);
	stream_close(s);
	peer_finish(&peer);
}

/* ---- SCRAM with a server that means it */

static int
server_callback(Gsasl *lib, Gsasl_session *session, Gsasl_property prop)
{
	(void)lib;
	if (prop == GSASL_PASSWORD)
		return gsasl_property_set(session, prop, "pencil");
	return GSASL_NO_CALLBACK;
}

static const char *
serve_scram(int fd)
{
	char line[4096], reply[4096], *out = NULL;
	const char *in;
	Gsasl *lib;
	Gsasl_session *session;
	int rc;

	if (gsasl_init(&lib) != GSASL_OK)
		return "gsasl_init";
	gsasl_callback_set(lib, server_callback);
	if (gsasl_server_start(lib, "SCRAM-SHA-256", &session) != GSASL_OK)
		return "gsasl_server_start";
	in = peer_read_line(fd, line, sizeof(line));
	if (in == NULL || strncmp(in, "AUTH SCRAM-SHA-256 ", 19) != 0)
		return "no AUTH";
	in += 19;
	do {
		rc = gsasl_step64(session, in, &out);
		if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE) {
			peer_say(fd, "535 5.7.8 no");
			break;
		}
		/* The proof of the server comes as a challenge too (RFC 4954 section 4). */
		if (out[0] != '\0') {
			(void)snprintf(reply, sizeof(reply), "334 %s", out);
			peer_say(fd, reply);
			in = peer_read_line(fd, line, sizeof(line));
		}
		gsasl_free(out);
		out = NULL;
	} while (rc == GSASL_NEEDS_MORE && in != NULL);
	if (rc == GSASL_OK)
		peer_say(fd, "235 2.7.0 ok");
	gsasl_finish(session);
	gsasl_done(lib);
	return NULL;
}

static bool
run_scram(const char *password, struct watch *w, struct err *e)
{
	struct peer peer;
	struct capabilities caps = {.mechs = "PLAIN SCRAM-SHA-256"};
	struct auth_params params = {.user = "user", .password = give_password};
	const char *mech = "";
	struct stream *s;
	struct pipeline *p;
	bool good;

	peer_pair_run(&peer, serve_scram);
	s = stream_new(peer.fd, "peer", clock_mono_ms() + 15000);
	watch_init(w);
	p = pipeline_new(s, &w->trace);
	params.arg = (void *)(uintptr_t)password;
	good = auth_run(p, &params, &caps, &mech, e);
	assert_string_equal(mech, "SCRAM-SHA-256");
	pipeline_free(p);
	stream_close(s);
	peer_finish(&peer);
	return good;
}

static void
scram_logs_in_with_both_proofs(void **state)
{
	struct watch w;
	struct err e;

	(void)state;
	assert_true(run_scram("pencil", &w, &e));
	assert_non_null(strstr(w.text, ">AUTH SCRAM-SHA-256 <"));
	assert_non_null(strstr(w.text, "\n><0 octets hidden>\n<235 2.7.0 ok\n"));
	assert_null(strstr(w.text, "pencil"));
	assert_false(run_scram("Pencil", &w, &e));
	assert_int_equal(e.code, 535);
	assert_string_equal(e.hint, "login");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_mechanism_is_chosen_by_strength_and_channel),
	    cmocka_unit_test(what_comes_of_a_login),
	    cmocka_unit_test(the_trace_tells_lengths_only),
	    cmocka_unit_test(a_server_that_asks_for_ever_is_left),
	    cmocka_unit_test(a_password_that_no_line_can_hold_is_not_sent),
	    cmocka_unit_test(without_a_password_nothing_is_said),
	    cmocka_unit_test(scram_logs_in_with_both_proofs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
