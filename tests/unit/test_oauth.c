/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/str.h"
#include "smtp/oauth.h"

static struct secret
secret(const char *s)
{
	return (struct secret){(char *)(uintptr_t)s, strlen(s)};
}

static const struct {
	const char *name, *user, *host, *token;
	uint16_t port;
	const char *want;
} bearers[] = {
    {"the example of RFC 7628 section 4.1", "user@example.com", "server.example.com",
	"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", 143,
	"n,a=user@example.com,\001host=server.example.com\001port=143\001"
	"auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001"},
    {"a Unix socket has neither host nor port", "ann", NULL, "t", 0,
	"n,a=ann,\001auth=Bearer t\001\001"},
    {"the GS2 header's own characters are written otherwise (RFC 5801 section 4)", "a,b=c", "h",
	"t", 587, "n,a=a=2Cb=3Dc,\001host=h\001port=587\001auth=Bearer t\001\001"},
};

static void
oauthbearer_is_that_of_the_rfc(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(bearers) / sizeof(bearers[0]); i++) {
		struct secret token = secret(bearers[i].token);

		buf_clear(&out);
		oauth_bearer(&out, bearers[i].user, bearers[i].host, bearers[i].port, &token);
		if (strcmp(buf_str(&out), bearers[i].want) != 0)
			fail_msg("%s: %s", bearers[i].name, buf_str(&out));
	}
	buf_done(&out);
}

/* RFC 7628 section 4.1 gives the message in base64, too. */
static void
the_bytes_are_those_of_the_rfc(void **state)
{
	struct secret token = secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
	struct buf raw, out;

	(void)state;
	buf_init(&raw, 1000);
	buf_init(&out, 1000);
	oauth_bearer(&raw, "user@example.com", "server.example.com", 143, &token);
	crypto_base64(&out, raw.data, raw.len);
	assert_string_equal(buf_str(&out),
	    "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9"
	    "QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
	buf_done(&raw);
	buf_done(&out);
}

static void
xoauth2_has_user_and_token(void **state)
{
	struct secret token = secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
	struct buf raw, out;

	(void)state;
	buf_init(&raw, 1000);
	buf_init(&out, 1000);
	oauth_x(&raw, "someuser@example.com", &token);
	assert_string_equal(buf_str(&raw),
	    "user=someuser@example.com\001"
	    "auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\001\001");
	crypto_base64(&out, raw.data, raw.len);
	assert_string_equal(buf_str(&out),
	    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNr"
	    "QmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
	buf_done(&raw);
	buf_done(&out);
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *name, *json, *words;
	bool stale;
} refusals[] = {
    {"RFC 7628: the token is over", "{\"status\":\"invalid_token\",\"scope\":\"mail\"}",
	"status \"invalid_token\", scope \"mail\"", true},
    {"Google", "{\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://m/\"}",
	"status \"400\", scope \"https://m/\"", true},
    {"a number without quotes", "{\"status\":401}", "status \"401\"", true},
    {"no newer token can have a scope that was not granted",
	"{\"status\":\"insufficient_scope\",\"scope\":\"smtp\"}",
	"status \"insufficient_scope\", scope \"smtp\"", false},
    {"forbidden is not over", "{\"status\":403}", "status \"403\"", false},
    {"a list is no status, so that nobody knows", "{\"status\":[1]}", "", true},
    {"words are shown", "{\"status\":\"401\",\"error_description\":\"it expired\"}",
	"status \"401\", \"it expired\"", true},
    {"an error in place of a status", "{\"error\":\"invalid_grant\"}", "status \"invalid_grant\"",
	true},
    {"what a terminal would obey is escaped", "{\"status\":\"\\u001b[2J\\u009bx\"}",
	"status \"\\x1b[2J\\xc2\\x9bx\"", false},
    {"what repeats the token is left out",
	"{\"status\":\"401\",\"error_description\":\"<the-access-token-itself> is over\"}",
	"status \"401\"", true},
    {"a beginning of it, too", "{\"status\":\"401\",\"scope\":\"the-access-token...\"}",
	"status \"401\"", true},
    {"not JSON", "status=401", "", true},
    {"nothing", "", "", true},
    {"a list", "[\"status\"]", "", true},
    {"cut", "{\"status\":\"401\"", "", true},
};

static void
a_refusal_is_told(void **state)
{
	struct secret token = secret("the-access-token-itself");
	struct oauth_refusal r;

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		oauth_refusal(refusals[i].json, strlen(refusals[i].json), &token, &r);
		if (strcmp(r.words, refusals[i].words) != 0 || r.stale != refusals[i].stale)
			fail_msg("%s: %d %s", refusals[i].name, r.stale, r.words);
	}
}

static void
a_refusal_has_its_limits(void **state)
{
	static const char json[] = "{\"status\":\"" HUNDRED HUNDRED
				   "\",\"scope\":\"" HUNDRED HUNDRED
				   "\",\"error_description\":\"" HUNDRED HUNDRED "\"}";
	struct oauth_refusal r;

	(void)state;
	oauth_refusal(json, strlen(json), NULL, &r);
	assert_true(str_starts(r.words, "status \"01234567890123456789"));
	assert_non_null(strstr(r.words, "...\", scope \"0123"));
	assert_true(str_ends_nocase(r.words, "...\""));
	assert_true(strlen(r.words) < sizeof(r.words) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(oauthbearer_is_that_of_the_rfc),
	    cmocka_unit_test(the_bytes_are_those_of_the_rfc),
	    cmocka_unit_test(xoauth2_has_user_and_token),
	    cmocka_unit_test(a_refusal_is_told),
	    cmocka_unit_test(a_refusal_has_its_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
