/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsasl.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "smtp/sasl.h"

static struct secret password = {(char *)(uintptr_t) "pencil", 6};

static struct sasl *
start(const char *mech)
{
	struct err e;
	const struct sasl_login login = {"user", &password, "mail.example.org", 465};
	struct sasl *s = sasl_new(mech, &login, &e);

	if (s == NULL)
		fail_msg("%s: %s", mech, e.text);
	return s;
}

static void
mechanisms_are_described(void **state)
{
	(void)state;
	assert_true(sasl_supports("SCRAM-SHA-256") && sasl_supports("plain"));
	assert_false(sasl_supports("SCRAM-SHA-256-PLUS") || sasl_supports("NTLM"));
	assert_false(sasl_supports("DIGEST-MD5") || sasl_supports(""));
	assert_true(sasl_is_plain("PLAIN") && sasl_is_plain("LOGIN"));
	assert_false(sasl_is_plain("SCRAM-SHA-1") || sasl_is_plain("CRAM-MD5"));
	assert_true(sasl_wants_token("OAUTHBEARER") && sasl_wants_token("xoauth2"));
	assert_false(sasl_wants_token("PLAIN") || sasl_wants_token("NTLM"));
	/* a token in clear is as good as a password in clear */
	assert_true(sasl_is_plain("OAUTHBEARER") && sasl_is_plain("XOAUTH2"));
	assert_true(sasl_is_client_first("OAUTHBEARER") && sasl_is_client_first("XOAUTH2"));
	assert_true(sasl_is_client_first("PLAIN") && sasl_is_client_first("SCRAM-SHA-1"));
	assert_false(sasl_is_client_first("LOGIN") || sasl_is_client_first("CRAM-MD5"));
}

static void
plain_is_that_of_rfc_4616(void **state)
{
	struct sasl *s = start("PLAIN");
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(sasl_step(s, NULL, &out, &e), SASL_OK);
	assert_string_equal(buf_str(&out), "AHVzZXIAcGVuY2ls"); /* NUL user NUL pencil */
	assert_true(sasl_is_complete(s));
	assert_int_equal(sasl_step(s, "", &out, &e), SASL_FAIL);
	assert_string_equal(buf_str(&out), "");
	sasl_free(s);
	buf_done(&out);
}

static void
login_waits_for_its_challenges(void **state)
{
	struct sasl *s = start("LOGIN");
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(sasl_step(s, "VXNlcm5hbWU6", &out, &e), SASL_MORE);
	assert_string_equal(buf_str(&out), "dXNlcg==");
	assert_false(sasl_is_complete(s));
	assert_int_equal(sasl_step(s, "UGFzc3dvcmQ6", &out, &e), SASL_OK);
	assert_string_equal(buf_str(&out), "cGVuY2ls");
	sasl_free(s);
	buf_done(&out);
}

static void
cram_md5_is_that_of_rfc_2195(void **state)
{
	struct secret tim = {(char *)(uintptr_t) "tanstaaftanstaaf", 16};
	const struct sasl_login login = {"tim", &tim, NULL, 0};
	struct err e;
	struct sasl *s = sasl_new("CRAM-MD5", &login, &e);
	struct buf out, in;

	(void)state;
	assert_non_null(s);
	buf_init(&out, 1000);
	buf_init(&in, 1000);
	crypto_base64(&in, "<1896.697170952@postoffice.reston.mci.net>", 42);
	assert_int_equal(sasl_step(s, buf_str(&in), &out, &e), SASL_OK);
	assert_string_equal(buf_str(&out), "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
	sasl_free(s);
	buf_done(&out);
	buf_done(&in);
}

static void
what_is_no_base64_ends_it(void **state)
{
	static const char *const bad[] = {"!", "YQ=", "YQ==YQ==", "Y Q=", "YR=="};
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sasl *s = start("CRAM-MD5");

		assert_int_equal(sasl_step(s, bad[i], &out, &e), SASL_FAIL);
		assert_int_equal(e.class, ERR_RELAY);
		assert_int_equal(e.stage, STAGE_AUTH);
		sasl_free(s);
	}
	buf_done(&out);
}

static void
a_nul_in_the_password_is_refused(void **state)
{
	struct secret nul = {(char *)(uintptr_t) "a\0b", 3};
	const struct sasl_login login = {"user", &nul, NULL, 0},
				good = {"user", &password, NULL, 0};
	struct err e;

	(void)state;
	assert_null(sasl_new("PLAIN", &login, &e));
	assert_int_equal(e.class, ERR_CONFIG);
	assert_null(sasl_new("NTLM", &good, &e));
}

static void
without_a_password_there_is_a_reason(void **state)
{
	const struct sasl_login login = {"user", NULL, NULL, 0};
	struct buf out;
	struct err e;
	struct sasl *s = sasl_new("PLAIN", &login, &e);

	(void)state;
	assert_non_null(s);
	buf_init(&out, 1000);
	assert_int_equal(sasl_step(s, NULL, &out, &e), SASL_FAIL);
	assert_int_equal(e.class, ERR_CONFIG);
	assert_non_null(strstr(e.text, "needs a password"));
	sasl_free(s);
	buf_done(&out);
}

/* ---- tokens */

static const struct {
	const char *name, *mech, *dummy;
} token_mechs[] = {
    {"RFC 7628 section 3.2.3: one control-A", "OAUTHBEARER", "AQ=="},
    {"XOAUTH2 answers with an empty line", "XOAUTH2", ""},
};

static void
a_token_goes_at_once_and_its_refusal_is_answered(void **state)
{
	static const char doc[] = "{\"status\":\"401\",\"scope\":\"https://mail.google.com/\"}";
	struct buf out, in;
	struct err e;

	(void)state;
	buf_init(&out, 4000);
	buf_init(&in, 4000);
	crypto_base64(&in, doc, strlen(doc));
	for (size_t i = 0; i < 2; i++) {
		struct sasl *s = start(token_mechs[i].mech);

		assert_int_equal(sasl_step(s, NULL, &out, &e), SASL_OK);
		assert_true(sasl_is_complete(s) && sasl_refusal(s) == NULL && out.len > 20);
		assert_int_equal(sasl_step(s, buf_str(&in), &out, &e), SASL_MORE);
		if (strcmp(buf_str(&out), token_mechs[i].dummy) != 0)
			fail_msg("%s: '%s'", token_mechs[i].name, buf_str(&out));
		assert_false(sasl_is_complete(s));
		assert_true(sasl_refusal(s)->stale);
		assert_string_equal(sasl_refusal(s)->words,
		    "status \"401\", scope \"https://mail.google.com/\"");
		assert_int_equal(sasl_step(s, "", &out, &e), SASL_FAIL);
		assert_non_null(strstr(e.text, "asks on after it refused the token"));
		sasl_free(s);
	}
	buf_done(&out);
	buf_done(&in);
}

static void
a_challenge_without_sense_is_a_refusal_all_the_same(void **state)
{
	static const char *const odd[] = {"", "!", "e30=", "bm8ganNvbg=="};
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 4000);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct sasl *s = start("XOAUTH2");

		assert_int_equal(sasl_step(s, NULL, &out, &e), SASL_OK);
		assert_int_equal(sasl_step(s, odd[i], &out, &e), SASL_MORE);
		assert_string_equal(buf_str(&out), "");
		assert_string_equal(sasl_refusal(s)->words, "");
		assert_false(sasl_is_complete(s));
		sasl_free(s);
	}
	buf_done(&out);
}

static void
what_no_token_can_be_sent_with_is_refused(void **state)
{
	struct secret empty = {(char *)(uintptr_t) "", 0};
	const struct sasl_login none = {"user", NULL, NULL, 0}, nothing = {"user", &empty, NULL, 0},
				inject = {"user\001auth=Bearer x", &password, NULL, 0};
	struct err e;

	(void)state;
	assert_null(sasl_new("OAUTHBEARER", &none, &e));
	assert_int_equal(e.class, ERR_CONFIG);
	assert_null(sasl_new("XOAUTH2", &nothing, &e));
	assert_int_equal(e.class, ERR_CONFIG);
	assert_null(sasl_new("XOAUTH2", &inject, &e));
	assert_non_null(strstr(e.text, "control characters"));
}

/* ---- SCRAM against crafted servers */

/* The client's nonce out of its first message "n,,n=user,r=NONCE". */
static void
client_nonce(const struct buf *first, char *out, size_t size)
{
	struct buf raw;
	const char *r;

	buf_init(&raw, 1000);
	assert_true(crypto_unbase64(&raw, buf_str(first), first->len));
	assert_memory_equal(raw.data, "n,,n=user,r=", 12); /* no channel binding: smtp.md 0.1 */
	r = strstr(raw.data, ",r=") + 3;
	(void)snprintf(out, size, "%s", r);
	buf_done(&raw);
}

/* The step behind a server's first message; '@' in it stands for the client's nonce. */
static enum sasl_step
second_step(struct sasl *s, const char *first, struct buf *out, struct err *e)
{
	char nonce[200];
	struct buf text, in;
	enum sasl_step got;

	assert_int_equal(sasl_step(s, NULL, out, e), SASL_MORE);
	client_nonce(out, nonce, sizeof(nonce));
	buf_init(&text, 2000);
	for (; *first != '\0'; first++)
		(void)(*first == '@' ? buf_adds(&text, nonce) : buf_addc(&text, *first));
	buf_init(&in, 4000);
	crypto_base64(&in, buf_str(&text), text.len);
	got = sasl_step(s, buf_str(&in), out, e);
	buf_done(&text);
	buf_done(&in);
	return got;
}

static const struct {
	const char *name, *first, *text;
	enum sasl_step want;
} servers[] = {
    {"4,096 rounds", "r=@x,s=QSXCR+Q6sek8bf92,i=4096", "", SASL_MORE},
    {"one round", "r=@x,s=QSXCR+Q6sek8bf92,i=1", "asks for 1 rounds", SASL_FAIL},
    {"4,095 rounds", "r=@x,s=QSXCR+Q6sek8bf92,i=4095", "asks for 4095 rounds", SASL_FAIL},
    {"1,000,001 rounds", "r=@x,s=QSXCR+Q6sek8bf92,i=1000001", "asks for 1000001 rounds", SASL_FAIL},
    {"100,000,000 rounds", "r=@x,s=QSXCR+Q6sek8bf92,i=100000000", "asks for 100000000 rounds",
	SASL_FAIL},
    {"4,294,971,392 rounds (4,096 in 32 bits)", "r=@x,s=QSXCR+Q6sek8bf92,i=4294971392", "",
	SASL_FAIL},
    {"18446744073709555712 rounds (4,096 in 64 bits)",
	"r=@x,s=QSXCR+Q6sek8bf92,i=18446744073709555712", "", SASL_FAIL},
    {"no rounds", "r=@x,s=QSXCR+Q6sek8bf92,i=0", "", SASL_FAIL},
    {"a nonce that is not ours", "r=xyz,s=QSXCR+Q6sek8bf92,i=4096", "", SASL_FAIL},
    {"a nonce that does not begin with ours", "r=x@,s=QSXCR+Q6sek8bf92,i=4096", "", SASL_FAIL},
    {"an unknown mandatory extension", "m=x,r=@x,s=QSXCR+Q6sek8bf92,i=4096", "", SASL_FAIL},
    {"nothing", "", "", SASL_FAIL},
};

static void
scram_servers_are_checked_before_work_is_done(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 2000);
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		struct sasl *s = start("SCRAM-SHA-256");
		int64_t began = clock_mono_ms();
		struct err e = {0};
		enum sasl_step got = second_step(s, servers[i].first, &out, &e);

		if (got != servers[i].want || strstr(e.text, servers[i].text) == NULL ||
		    clock_mono_ms() - began > 1000 || sasl_is_complete(s) ||
		    (got == SASL_FAIL && (out.len > 0 || e.stage != STAGE_AUTH)))
			fail_msg("%s: got %d in %d ms: %s", servers[i].name, (int)got,
			    (int)(clock_mono_ms() - began), e.text);
		sasl_free(s);
	}
	buf_done(&out);
}

static void
scram_wants_the_servers_signature(void **state)
{
	static const char *const last[] = {
	    "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	    "v=",
	    "e=other-error",
	    "",
	};
	struct buf out, in;

	(void)state;
	buf_init(&out, 2000);
	buf_init(&in, 2000);
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		struct sasl *s = start("SCRAM-SHA-1");
		struct err e;

		assert_int_equal(second_step(s, "r=@x,s=QSXCR+Q6sek8bf92,i=4096", &out, &e),
		    SASL_MORE);
		assert_false(sasl_is_complete(s));
		buf_clear(&in);
		crypto_base64(&in, last[i], strlen(last[i]));
		assert_int_equal(sasl_step(s, buf_str(&in), &out, &e), SASL_FAIL);
		assert_false(sasl_is_complete(s));
		assert_int_equal(e.class, ERR_RELAY);
		sasl_free(s);
	}
	buf_done(&out);
	buf_done(&in);
}

static void
a_password_that_no_saslprep_takes_is_ours_to_change(void **state)
{
	struct secret latin1 = {(char *)(uintptr_t) "p\xe4ss", 4};
	const struct sasl_login login = {"user", &latin1, NULL, 0};
	struct buf out;
	struct err e;
	struct sasl *s = sasl_new("SCRAM-SHA-1", &login, &e);

	(void)state;
	buf_init(&out, 2000);
	assert_non_null(s);
	assert_int_equal(second_step(s, "r=@x,s=QSXCR+Q6sek8bf92,i=4096", &out, &e), SASL_FAIL);
	assert_int_equal(e.class, ERR_CONFIG);
	sasl_free(s);
	buf_done(&out);
}

/* ---- SCRAM against a real server: libgsasl's */

static const char *server_password;

static int
server_callback(Gsasl *lib, Gsasl_session *session, Gsasl_property prop)
{
	(void)lib;
	switch (prop) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, prop, server_password);
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(session, prop, "5000");
	default:
		return GSASL_NO_CALLBACK;
	}
}

/* true: both ends are content. */
static bool
meet(const char *mech, const struct secret *ours, const char *theirs)
{
	const struct sasl_login login = {"user", ours, NULL, 0};
	struct err e;
	struct sasl *client = sasl_new(mech, &login, &e);
	Gsasl *lib;
	Gsasl_session *server;
	char *challenge = NULL;
	struct buf out;
	enum sasl_step got;
	int rc = GSASL_NEEDS_MORE;

	assert_non_null(client);
	server_password = theirs;
	assert_int_equal(gsasl_init(&lib), GSASL_OK);
	gsasl_callback_set(lib, server_callback);
	assert_int_equal(gsasl_server_start(lib, mech, &server), GSASL_OK);
	buf_init(&out, 4000);
	got = sasl_step(client, NULL, &out, &e);
	for (int i = 0; i < 5 && got != SASL_FAIL && rc == GSASL_NEEDS_MORE; i++) {
		gsasl_free(challenge);
		challenge = NULL;
		rc = gsasl_step64(server, buf_str(&out), &challenge);
		if ((rc == GSASL_OK || rc == GSASL_NEEDS_MORE) && !sasl_is_complete(client))
			got = sasl_step(client, challenge, &out, &e);
	}
	gsasl_free(challenge);
	gsasl_finish(server);
	gsasl_done(lib);
	buf_done(&out);
	rc = rc == GSASL_OK && got != SASL_FAIL && sasl_is_complete(client);
	sasl_free(client);
	return rc;
}

static void
scram_logs_in_at_a_real_server(void **state)
{
	static const char *const mechs[] = {"SCRAM-SHA-256", "SCRAM-SHA-1"};
	struct secret soft_hyphen = {(char *)(uintptr_t) "pen\xc2\xad"
							 "cil",
	    8};
	struct secret umlaut = {(char *)(uintptr_t) "p\xc3\xa4sswort", 9};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_true(meet(mechs[i], &password, "pencil"));
		assert_false(meet(mechs[i], &password, "Pencil"));
		/* RFC 4013 2.1: mapped to nothing */
		assert_true(meet(mechs[i], &soft_hyphen, "pencil"));
		assert_true(meet(mechs[i], &umlaut, "p\xc3\xa4sswort"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mechanisms_are_described),
	    cmocka_unit_test(plain_is_that_of_rfc_4616),
	    cmocka_unit_test(login_waits_for_its_challenges),
	    cmocka_unit_test(cram_md5_is_that_of_rfc_2195),
	    cmocka_unit_test(what_is_no_base64_ends_it),
	    cmocka_unit_test(a_nul_in_the_password_is_refused),
	    cmocka_unit_test(without_a_password_there_is_a_reason),
	    cmocka_unit_test(a_token_goes_at_once_and_its_refusal_is_answered),
	    cmocka_unit_test(a_challenge_without_sense_is_a_refusal_all_the_same),
	    cmocka_unit_test(what_no_token_can_be_sent_with_is_refused),
	    cmocka_unit_test(scram_servers_are_checked_before_work_is_done),
	    cmocka_unit_test(scram_wants_the_servers_signature),
	    cmocka_unit_test(a_password_that_no_saslprep_takes_is_ours_to_change),
	    cmocka_unit_test(scram_logs_in_at_a_real_server),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
