/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A login with access tokens. A row has what the command prints at its first and at its second
 * call, and what the server says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"
#include "smtp/auth.h"

static const char *const both[] = {"xoauth2", "oauthbearer"};
static const char *const mixed[] = {"plain", "xoauth2"};

static const struct {
	const char *name, *offered;
	const char *const *mechs;
	size_t nmechs;
	bool token, safe;
	const char *want, *text;
} choices[] = {
    {"the one with an RFC first", "PLAIN XOAUTH2 OAUTHBEARER", NULL, 0, true, true, "OAUTHBEARER",
	""},
    {"else the other one", "SCRAM-SHA-256 PLAIN XOAUTH2", NULL, 0, true, true, "XOAUTH2", ""},
    {"the account's order decides", "OAUTHBEARER XOAUTH2", both, 2, true, true, "XOAUTH2", ""},
    {"of a list what goes with a token", "PLAIN XOAUTH2", mixed, 2, true, true, "XOAUTH2", ""},
    {"of a list what goes with a password", "PLAIN XOAUTH2", mixed, 2, false, true, "PLAIN", ""},
    {"no token to a mechanism for passwords", "SCRAM-SHA-256 PLAIN LOGIN", NULL, 0, true, true,
	NULL,
	"no common mechanism for a token: the server offers SCRAM-SHA-256 PLAIN LOGIN, this "
	"account allows OAUTHBEARER XOAUTH2"},
    {"no password to one for tokens", "OAUTHBEARER XOAUTH2", NULL, 0, false, true, NULL,
	"no common mechanism: the server offers OAUTHBEARER XOAUTH2, this account allows "
	"SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"},
    {"no token in clear", "XOAUTH2 SCRAM-SHA-256", NULL, 0, true, false, NULL,
	"XOAUTH2 would show the access token on a connection without verified TLS"},
    {"by no list either", "OAUTHBEARER", both, 2, true, false, NULL, "OAUTHBEARER would show"},
};

static void
the_mechanism_goes_with_the_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct capabilities caps = {0};
		const struct auth_params p = {.mechs = choices[i].mechs,
		    .nmechs = choices[i].nmechs,
		    .token = choices[i].token,
		    .safe_channel = choices[i].safe};
		struct err e = {0};
		const char *got;

		(void)snprintf(caps.mechs, sizeof(caps.mechs), "%s", choices[i].offered);
		got = auth_choose(&p, &caps, &e);
		if (choices[i].want != NULL ? got == NULL || strcmp(got, choices[i].want) != 0
					    : got != NULL ||
			    strstr(e.text, choices[i].text) == NULL || err_sysexit(&e) != EX_NOPERM)
			fail_msg("%s: %s (%s)", choices[i].name, got != NULL ? got : "none",
			    e.text);
	}
}

/* ---- dialogues */

/* "user=user^Aauth=Bearer first^A^A", and with "second" */
#define X_FIRST "dXNlcj11c2VyAWF1dGg9QmVhcmVyIGZpcnN0AQE="
#define X_SECOND "dXNlcj11c2VyAWF1dGg9QmVhcmVyIHNlY29uZAEB"
/* "n,a=user,^Ahost=h^Aport=587^Aauth=Bearer first^A^A", and with "second" */
#define B_FIRST "bixhPXVzZXIsAWhvc3Q9aAFwb3J0PTU4NwFhdXRoPUJlYXJlciBmaXJzdAEB"
#define B_SECOND "bixhPXVzZXIsAWhvc3Q9aAFwb3J0PTU4NwFhdXRoPUJlYXJlciBzZWNvbmQBAQ=="
/* {"status":"401","scope":"mail"} and {"status":"insufficient_scope","scope":"smtp"} */
#define OVER "eyJzdGF0dXMiOiI0MDEiLCJzY29wZSI6Im1haWwifQ=="
#define SCOPE "eyJzdGF0dXMiOiJpbnN1ZmZpY2llbnRfc2NvcGUiLCJzY29wZSI6InNtdHAifQ=="

#define NO "535 5.7.8 Username and Password not accepted"
#define TOLD " (the token: status \"401\", scope \"mail\")"

struct giver {
	const char *first, *second; /* second NULL: the command fails then */
	unsigned asked;
};

struct dialogue {
	const char *name, *offered, *first, *second;
	const char *script[12];
	bool want;
	int code, sysexit;
	const char *text; /* "": whatever it is */
	const char *hint;
	unsigned asked; /* 0: once or twice, that is a race */
};

static const struct dialogue dialogues[] = {
    {"XOAUTH2 in one command", "XOAUTH2", "first", "",
	{"C AUTH XOAUTH2 " X_FIRST, "S 235 2.7.0 Accepted", "E"}, true, 0, 0, "", "", 1},
    {"OAUTHBEARER in one command", "XOAUTH2 OAUTHBEARER", "first", "",
	{"C AUTH OAUTHBEARER " B_FIRST, "S 235 2.7.0 Accepted", "E"}, true, 0, 0, "", "", 1},
    {"a token that is over is replaced by a newer one", "OAUTHBEARER", "first", "second",
	{"C AUTH OAUTHBEARER " B_FIRST, "S 334 " OVER, "C AQ==", "S " NO,
	    "C AUTH OAUTHBEARER " B_SECOND, "S 235 2.7.0 Accepted", "E"},
	true, 0, 0, "", "", 2},
    {"XOAUTH2 answers the error with an empty line", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S 334 " OVER, "C ", "S " NO, "C AUTH XOAUTH2 " X_SECOND,
	    "S 235 2.7.0 Accepted", "E"},
	true, 0, 0, "", "", 2},
    {"535 without a word about the token may mean it, too", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S " NO, "C AUTH XOAUTH2 " X_SECOND, "S 235 ok", "E"}, true, 0,
	0, "", "", 2},
    {"a second refusal is the last", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S 334 " OVER, "C ", "S " NO, "C AUTH XOAUTH2 " X_SECOND,
	    "S 334 " OVER, "C ", "S 535 5.7.8 and no again", "E"},
	false, 535, EX_NOPERM, "and no again" TOLD, "oauth2-token", 2},
    {"the same token is not tried again", "XOAUTH2", "first", "first",
	{"C AUTH XOAUTH2 " X_FIRST, "S 334 " OVER, "C ", "S " NO, "E"}, false, 535, EX_NOPERM,
	"Username and Password not accepted" TOLD "; there is no newer one", "oauth2-token", 2},
    {"the command may fail then", "XOAUTH2", "first", NULL,
	{"C AUTH XOAUTH2 " X_FIRST, "S " NO, "E"}, false, 535, EX_NOPERM,
	"Username and Password not accepted; then token-command exited with status 1",
	"oauth2-token", 2},
    {"a scope that is missing no newer token has", "OAUTHBEARER", "first", "second",
	{"C AUTH OAUTHBEARER " B_FIRST, "S 334 " SCOPE, "C AQ==", "S " NO, "E"}, false, 535,
	EX_NOPERM,
	"Username and Password not accepted (the token: status \"insufficient_scope\", scope "
	"\"smtp\")",
	"oauth2-token", 1},
    {"454 is temporary, whatever the token", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S 454 4.7.0 later", "E"}, false, 454, EX_TEMPFAIL, "later", "",
	1},
    {"534 speaks of the mechanism", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S 534 5.7.9 not this way", "E"}, false, 534, EX_NOPERM,
	"not this way", "oauth2-token", 1},
    {"a server that hangs up has had the last word", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S " NO, "X"}, false, 535, EX_NOPERM,
	"Username and Password not accepted", "oauth2-token", 0},
    {"421 to the second try is not the reason", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S 334 " OVER, "C ", "S " NO, "C AUTH XOAUTH2 " X_SECOND,
	    "S 421 4.7.0 enough", "E"},
	false, 535, EX_NOPERM, "Username and Password not accepted" TOLD, "oauth2-token", 2},
    {"235 after the refusal is none", "XOAUTH2", "first", "second",
	{"C AUTH XOAUTH2 " X_FIRST, "S 334 " OVER, "C ", "S 235 well", "E"}, false, 0, EX_NOPERM,
	"refuses the token in XOAUTH2, and says 235", "", 1},
    {"who asks on after the refusal is cancelled", "OAUTHBEARER", "first", "second",
	{"C AUTH OAUTHBEARER " B_FIRST, "S 334 " OVER, "C AQ==", "S 334 " OVER, "C [*]", "E"},
	false, 0, EX_NOPERM, "asks on after it refused the token", "", 1},
};

static bool
give_token(void *arg, struct secret *out, struct err *e)
{
	struct giver *g = arg;
	const char *text = g->asked++ == 0 ? g->first : g->second;

	if (text == NULL)
		return err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "token-command exited with status 1");
	return secret_set(out, text, strlen(text));
}

static bool
run(const struct dialogue *d, struct giver *g, struct watch *w, struct err *e)
{
	struct peer peer;
	struct capabilities caps = {0};
	const struct auth_params params = {.user = "user",
	    .host = "h",
	    .port = 587,
	    .token = true,
	    .safe_channel = true,
	    .password = give_token,
	    .arg = g};
	const char *mech = "";
	struct stream *s;
	struct pipeline *p;
	bool good;

	peer_pair(&peer, d->script);
	s = stream_new(peer.fd, "peer", clock_mono_ms() + 15000);
	watch_init(w);
	p = pipeline_new(s, &w->trace);
	(void)snprintf(caps.mechs, sizeof(caps.mechs), "%s", d->offered);
	*g = (struct giver){.first = d->first, .second = d->second};
	err_clear(e);
	good = auth_run(p, &params, &caps, &mech, e);
	pipeline_free(p);
	stream_close(s);
	peer_finish(&peer);
	return good;
}

static void
what_comes_of_a_token(void **state)
{
	struct giver g;
	struct watch w;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		const struct dialogue *d = &dialogues[i];
		bool good = run(d, &g, &w, &e);

		if (good != d->want || (d->asked > 0 && g.asked != d->asked) || g.asked > 2 ||
		    (!good &&
			(e.code != d->code || err_sysexit(&e) != d->sysexit ||
			    e.class != ERR_RELAY || e.stage != STAGE_AUTH ||
			    strstr(e.text, d->text) == NULL || strcmp(e.hint, d->hint) != 0)))
			fail_msg("%s: %d, code %d, sysexit %d, hint %s, asked %u: %s", d->name,
			    good, e.code, err_sysexit(&e), e.hint, g.asked, e.text);
		if (strstr(w.text, X_FIRST) != NULL || strstr(w.text, "Bearer") != NULL ||
		    strstr(w.text, B_SECOND) != NULL || strstr(w.text, OVER) != NULL)
			fail_msg("%s: the token shows: %s", d->name, w.text);
	}
}

static void
the_trace_tells_lengths_only(void **state)
{
	struct giver g;
	struct watch w;
	struct err e;

	(void)state;
	assert_true(run(&dialogues[3], &g, &w, &e));
	assert_string_equal(w.text,
	    ">AUTH XOAUTH2 <40 octets hidden>\n<334 <44 octets>\n><0 octets hidden>\n"
	    "<" NO "\n>AUTH XOAUTH2 <40 octets hidden>\n<235 2.7.0 Accepted\n");
}

/* ---- long ones */

static char *
long_token(size_t n)
{
	char *s = malloc(n + 1);

	memset(s, 't', n);
	s[n] = '\0';
	return s;
}

static void
a_long_token_waits_for_the_challenge(void **state)
{
	struct dialogue d = {.offered = "XOAUTH2",
	    .script = {"C AUTH XOAUTH2", "S 334 ", "C dXNlcj11c2VyAWF1dGg9QmVhcmVyIHR0dHR0*",
		"S 334 " OVER, "C ", "S " NO, "C AUTH XOAUTH2 " X_SECOND, "S 235 ok", "E"},
	    .second = "second"};
	char *token = long_token(2000);
	struct giver g;
	struct watch w;
	struct err e;

	(void)state;
	d.first = token;
	assert_true(run(&d, &g, &w, &e));
	assert_int_equal(g.asked, 2);
	free(token);
}

static void
a_token_that_no_line_can_hold_is_not_sent(void **state)
{
	/* base64 of 8 octets of names, the token, and 2 */
	static const struct {
		size_t n;
		bool fits;
	} rows[] = {{9190, true}, {9194, false}, {30000, false}};
	struct dialogue good = {.offered = "XOAUTH2",
	    .script = {"C AUTH XOAUTH2", "S 334 ", "C dXNlcj11*", "S 235 ok", "E"}};
	struct dialogue bad = {.offered = "XOAUTH2",
	    .script = {"C AUTH XOAUTH2", "S 334 ", "C [*]", "E"}};
	struct giver g;
	struct watch w;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dialogue *d = rows[i].fits ? &good : &bad;
		char *token = long_token(rows[i].n);

		d->first = token;
		assert_int_equal(run(d, &g, &w, &e), rows[i].fits);
		assert_int_equal(g.asked, 1);
		if (!rows[i].fits) {
			assert_int_equal(e.class, ERR_CONFIG);
			assert_non_null(strstr(e.text, "the token is too long for XOAUTH2"));
		}
		assert_null(strstr(w.text, "dHR0"));
		free(token);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_mechanism_goes_with_the_secret),
	    cmocka_unit_test(what_comes_of_a_token),
	    cmocka_unit_test(the_trace_tells_lengths_only),
	    cmocka_unit_test(a_long_token_waits_for_the_challenge),
	    cmocka_unit_test(a_token_that_no_line_can_hold_is_not_sent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
