/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/hint.h"
#include "cli/topic.h"

static void
known_answers_find_their_hint(void **state)
{
	/* Replies as they were seen in threads about each provider. */
	static const struct {
		const char *server;
		int code;
		enum stage stage;
		const char *status, *text, *id, *hint;
	} rows[] = {
	    {"smtp.gmail.com:465", 535, STAGE_AUTH, "5.7.8",
		"Username and Password not accepted. For more information, go to", "login",
		"gmail-app-password"},
	    {"smtp.gmail.com:587", 534, STAGE_AUTH, "5.7.9",
		"Application-specific password required.", "login", "gmail-app-password"},
	    {"smtp.gmail.com:587", 534, STAGE_AUTH, "5.7.14", "Please log in via your web browser",
		"login", "gmail-web-login"},
	    {"smtp.gmail.com:587", 550, STAGE_MAIL, "5.4.5", "Daily user sending limit exceeded",
		"", "gmail-daily-limit"},
	    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
		"Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit",
		"login", "ms-smtpauth-tenant"},
	    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
		"Authentication unsuccessful, basic authentication is disabled.", "login",
		"ms-basic-off"},
	    {"smtp.office365.com:587", 550, STAGE_AUTH, "5.7.30",
		"Basic authentication is not supported for Client Submission.", "login",
		"ms-basic-off"},
	    {"smtp-mail.outlook.com:587", 535, STAGE_AUTH, "5.7.3", "Authentication unsuccessful",
		"login", "ms-bad-credentials"},
	    {"smtp.office365.com:587", 554, STAGE_FINAL, "5.2.252",
		"SendAsDenied; a@b not allowed to send", "", "ms-sendas"},
	    {"email-smtp.eu-central-1.amazonaws.com:465", 554, STAGE_FINAL, "",
		"Message rejected: Email address is not verified.", "", "ses-unverified"},
	    {"smtp.mailgun.org:587", 550, STAGE_RCPT, "5.7.1", "Relaying denied", "",
		"mailgun-relay"},
	    {"mail.example.org:25", 554, STAGE_RCPT, "5.7.1", "<a@b>: Relay access denied", "",
		"relay-denied"},
	    {"mail.example.org:25", 550, STAGE_RCPT, "", "relay not permitted", "", "relay-denied"},
	    {"mail.example.org:587", 553, STAGE_MAIL, "5.7.1",
		"<x@y>: Sender address rejected: not owned by user ann", "", "sender-owner"},
	    {"mail.example.org:587", 504, STAGE_RCPT, "5.5.2",
		"<localhost>: Helo command rejected: need fully-qualified hostname", "",
		"ehlo-fqdn"},
	    {"mail.example.org:587", 530, STAGE_MAIL, "5.7.0",
		"Must issue a STARTTLS command first", "", "starttls-required"},
	    {"mail.example.org:587", 530, STAGE_MAIL, "5.7.0", "Authentication required", "",
		"login-required"},
	    {"mail.example.org:587", 450, STAGE_RCPT, "4.2.0",
		"<x@y>: Recipient address rejected: Greylisted", "", "greylist"},
	    {"mail.example.org:587", 552, STAGE_MAIL, "5.3.4", "Message too big", "", "too-big"},
	    {"mail.example.org:587", 535, STAGE_AUTH, "5.7.8", "Authentication failed", "login",
		"login"},
	    {"mail.example.org:587", 553, STAGE_MAIL, "", "no", "", "sender"},
	    {"smtp.gmail.com.evil.example:465", 535, STAGE_AUTH, "5.7.8", "no", "login", "login"},
	    {"mail.example.org:587", 550, STAGE_RCPT, "5.1.1", "No such user", "", NULL},
	    {"mail.example.org:587", 421, STAGE_RCPT, "4.3.2", "shutting down", "", NULL},
	    {NULL, 0, STAGE_CERT, "4.7.0", "the certificate of x is not trusted", "cert-untrusted",
		"cert-untrusted"},
	    {NULL, 0, STAGE_CONNECT, "4.4.1", "cannot reach x", "connect", "connect"},
	    {NULL, 0, STAGE_TLS, "", "plain SMTP", "tls-mode", "tls-mode"},
	    {NULL, 0, STAGE_TLS, "", "nothing known", "no-such-hint", NULL},
	    {NULL, 0, STAGE_INPUT, "5.3.4", "the header is over 1 MiB", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = {.class = ERR_RELAY, .code = rows[i].code, .stage = rows[i].stage};
		const struct hint *h;

		(void)snprintf(e.status, sizeof(e.status), "%s", rows[i].status);
		(void)snprintf(e.text, sizeof(e.text), "%s", rows[i].text);
		(void)snprintf(e.hint, sizeof(e.hint), "%s", rows[i].id);
		h = hint_find(&e, rows[i].server);
		if ((h == NULL) != (rows[i].hint == NULL) ||
		    (h != NULL && strcmp(h->id, rows[i].hint) != 0))
			fail_msg("%s: %s, wanted %s", rows[i].text, h != NULL ? h->id : "none",
			    rows[i].hint != NULL ? rows[i].hint : "none");
	}
}

static void
a_refused_token_is_no_wrong_password(void **state)
{
	static const struct {
		const char *server, *status, *text, *want;
	} rows[] = {
	    {"smtp.gmail.com:465", "5.7.8", "Username and Password not accepted", "oauth2-token"},
	    {"smtp-mail.outlook.com:587", "5.7.3", "Authentication unsuccessful", "oauth2-token"},
	    {"smtp.fastmail.com:465", "", "no", "oauth2-token"},
	    {"smtp.office365.com:587", "5.7.139",
		"SmtpClientAuthentication is disabled for the Tenant.", "ms-smtpauth-tenant"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = {.class = ERR_RELAY, .code = 535, .stage = STAGE_AUTH};

		(void)snprintf(e.status, sizeof(e.status), "%s", rows[i].status);
		(void)snprintf(e.text, sizeof(e.text), "%s", rows[i].text);
		(void)err_hint(&e, "oauth2-token");
		assert_non_null(hint_find(&e, rows[i].server));
		assert_string_equal(hint_find(&e, rows[i].server)->id, rows[i].want);
	}
}

static void
the_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < hint_table_count; i++) {
		const struct hint *h = &hint_table[i];
		struct err e = {.class = ERR_NONE};

		assert_true(strlen(h->id) < sizeof(e.hint));
		for (size_t k = i + 1; k < hint_table_count; k++)
			if (strcmp(h->id, hint_table[k].id) == 0)
				fail_msg("%s is there twice", h->id);
		/* "see: postrider help TOPIC" must lead somewhere */
		if (h->topic != NULL && topic_find(h->topic) == NULL)
			fail_msg("%s: no topic %s", h->id, h->topic);
	}
}

static void
every_hint_of_the_layers_below_is_known(void **state)
{
	static const char *const ids[] = {"cert", "cert-expired", "cert-name", "cert-pin",
	    "cert-untrusted", "connect", "dns-name", "domain", "gpg-tty", "keyring", "login",
	    "no-account", "oauth2-command", "oauth2-token", "secret", "starttls-missing", "tls",
	    "tls-mode"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct err e = {.class = ERR_RELAY, .stage = STAGE_TLS};

		(void)snprintf(e.hint, sizeof(e.hint), "%s", ids[i]);
		if (hint_find(&e, "h:25") == NULL)
			fail_msg("%s is not in the table", ids[i]);
	}
}

static void
the_accounts_own_words_stand_in_the_advice(void **state)
{
	static const char *const from[] = {"ann@example.org", "*@lists.example.org"};
	const struct account a = {.name = "work",
	    .user = "ann",
	    .host = "mail.example.org",
	    .port = 587,
	    .from = from,
	    .nfrom = 2};
	const struct hint h = {.advice = "{account}, {user}, {host}, {port}, {from}."};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	hint_advice(&h, &a, &b);
	assert_string_equal(buf_str(&b),
	    "work, ann, mail.example.org, 587, ann@example.org, *@lists.example.org.");
	buf_clear(&b);
	for (size_t i = 0; i < hint_table_count; i++) {
		hint_advice(&hint_table[i], NULL, &b);
		hint_advice(&hint_table[i], &a, &b);
	}
	assert_null(strchr(buf_str(&b), '{'));
	assert_null(strchr(buf_str(&b), '}'));
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_answers_find_their_hint),
	    cmocka_unit_test(a_refused_token_is_no_wrong_password),
	    cmocka_unit_test(the_table_is_sound),
	    cmocka_unit_test(every_hint_of_the_layers_below_is_known),
	    cmocka_unit_test(the_accounts_own_words_stand_in_the_advice),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
