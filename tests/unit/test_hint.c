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
#include "config/provider.h"

/* What a server said, and the hint it must give; NULL: none, for it only looks like another one. */
static const struct fixture {
	const char *server;
	int code;
	enum stage stage;
	const char *status, *text, *id, *hint;
} fixtures[] = {
    /* Google */
    {"smtp.gmail.com:465", 535, STAGE_AUTH, "5.7.8",
	"Username and Password not accepted. For more information, go to https://support.google.com/mail/?p=BadCredentials",
	"login", "gmail-app-password"},
    {"smtp.gmail.com:587", 534, STAGE_AUTH, "5.7.9",
	"Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor",
	"login", "gmail-app-password"},
    {"smtp-relay.gmail.com:465", 535, STAGE_AUTH, "5.7.8", "Username and Password not accepted.",
	"login", "gmail-app-password"},
    {"smtp.gmail.com:587", 534, STAGE_AUTH, "5.7.14",
	"Please log in via your web browser and then try again.", "login", "gmail-web-login"},
    {"smtp.gmail.com:587", 550, STAGE_MAIL, "5.4.5",
	"Daily user sending limit exceeded. For more information on Gmail", "",
	"gmail-daily-limit"},
    {"smtp.gmail.com:587", 550, STAGE_FINAL, "5.4.5", "Daily user sending quota exceeded.", "",
	"gmail-daily-limit"},
    {"smtp.gmail.com:587", 452, STAGE_RCPT, "4.5.3",
	"Domain policy size per transaction exceeded, please try this recipient in a separate transaction: sending limit",
	"", "gmail-daily-limit"},
    {"smtp.gmail.com:587", 452, STAGE_RCPT, "4.5.3", "Your message has too many recipients.", "",
	NULL},
    {"smtp.gmail.com:587", 421, STAGE_EHLO, "4.7.0", "Try again later, closing connection. (EHLO)",
	"", "gmail-rate"},
    {"smtp.gmail.com:587", 421, STAGE_FINAL, "4.7.28",
	"Our system has detected an unusual rate of mail originating from your IP address.", "",
	"gmail-rate"},
    {"smtp.gmail.com:587", 421, STAGE_GREETING, "4.3.2", "Service shutting down", "", NULL},
    {"smtp.gmail.com:587", 535, STAGE_AUTH, "5.7.1", "OAuth token expired", "oauth2-token",
	"oauth2-token"},
    {"smtp.gmail.com:587", 535, STAGE_AUTH, "5.7.8", "Username and Password not accepted.",
	"oauth2-token", "oauth2-token"},
    {"smtp.gmail.com.evil.example:465", 535, STAGE_AUTH, "5.7.8", "no", "login", "login"},
    {"notgmail.com:465", 535, STAGE_AUTH, "5.7.8", "no", "login", "login"},
    {"mail.example.org:587", 550, STAGE_FINAL, "5.7.26",
	"Unauthenticated email from example.org is not accepted due to domain's DMARC policy.", "",
	"unauthenticated-domain"},
    {"mail.example.org:587", 550, STAGE_FINAL, "5.7.27", "SPF did not pass", "", NULL},
    /* Microsoft */
    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
	"Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
	"login", "ms-smtpauth-tenant"},
    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
	"Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
	"login", "ms-smtpauth-tenant"},
    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
	"Authentication unsuccessful, basic authentication is disabled.", "login", "ms-basic-off"},
    {"smtp.office365.com:587", 550, STAGE_AUTH, "5.7.30",
	"Basic authentication is not supported for Client Submission.", "login", "ms-basic-off"},
    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
	"Authentication unsuccessful, the user credentials were incorrect.", "login",
	"ms-bad-credentials"},
    {"smtp-mail.outlook.com:587", 535, STAGE_AUTH, "5.7.3", "Authentication unsuccessful", "login",
	"ms-bad-credentials"},
    {"smtp.office365.com:587", 554, STAGE_FINAL, "5.2.252",
	"SendAsDenied; ann@corp.example not allowed to send as bob@corp.example; STOREDRV.Submission.Exception:SendAsDeniedException",
	"", "ms-sendas"},
    {"smtp.office365.com:587", 554, STAGE_FINAL, "5.2.0",
	"STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied", "",
	"ms-sendas"},
    {"smtp.office365.com:587", 550, STAGE_MAIL, "5.7.60",
	"SMTP; Client does not have permissions to send as this sender", "", "ms-sendas"},
    {"smtp.office365.com:587", 554, STAGE_FINAL, "5.2.0",
	"STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "", "ms-daily-limit"},
    {"smtp.office365.com:587", 550, STAGE_FINAL, "5.1.90",
	"Your message can't be sent because you've reached your daily limit for message recipients",
	"", "ms-daily-limit"},
    {"smtp.office365.com:587", 554, STAGE_FINAL, "5.2.0",
	"STOREDRV.Submission.Exception:InvalidRecipientsException", "", NULL},
    {"smtp.office365.com:587", 432, STAGE_MAIL, "4.3.2",
	"Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.",
	"", "ms-concurrency"},
    {"smtp.office365.com:587", 530, STAGE_MAIL, "5.7.57", "Client not authenticated to send mail.",
	"", "ms-not-authenticated"},
    {"mail.example.org:587", 535, STAGE_AUTH, "5.7.139",
	"Authentication unsuccessful, basic authentication is disabled.", "login", "login"},
    {"smtp.office365.com:587", 535, STAGE_AUTH, "5.7.139",
	"SmtpClientAuthentication is disabled for the Tenant.", "oauth2-token",
	"ms-smtpauth-tenant"},
    {"smtp-mail.outlook.com:587", 535, STAGE_AUTH, "5.7.3", "Authentication unsuccessful",
	"oauth2-token", "oauth2-token"},
    /* Amazon SES */
    {"email-smtp.eu-central-1.amazonaws.com:465", 554, STAGE_FINAL, "",
	"Message rejected: Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ann@example.org",
	"", "ses-unverified"},
    {"email-smtp-fips.us-east-1.amazonaws.com:587", 535, STAGE_AUTH, "",
	"Authentication Credentials Invalid", "login", "ses-credentials"},
    {"email-smtp.eu-central-1.amazonaws.com:465", 535, STAGE_AUTH, "",
	"Authentication Credentials Invalid", "login", "ses-credentials"},
    {"email-smtp.eu-central-1.amazonaws.com:465", 454, STAGE_FINAL, "",
	"Throttling failure: Maximum sending rate exceeded.", "", "ses-throttle"},
    {"email-smtp.eu-central-1.amazonaws.com:465", 454, STAGE_FINAL, "",
	"Throttling failure: Daily message quota exceeded.", "", "ses-throttle"},
    {"email-smtp.eu-central-1.amazonaws.com:465", 454, STAGE_AUTH, "4.7.0",
	"Temporary authentication failure", "", NULL},
    {"email-smtp.eu-central-1.amazonaws.com:465", 554, STAGE_FINAL, "",
	"Transaction failed: Invalid domain name", "", NULL},
    /* relay services and others */
    {"smtp.mailgun.org:587", 550, STAGE_RCPT, "5.7.1", "Relaying denied", "", "mailgun-relay"},
    {"smtp.eu.mailgun.org:587", 535, STAGE_AUTH, "5.7.0",
	"Mailgun is not loving your login or password", "login", "mailgun-login"},
    {"smtp.sendgrid.net:587", 535, STAGE_AUTH, "",
	"Authentication failed: The provided authorization grant is invalid, expired, or revoked",
	"login", "sendgrid-login"},
    {"smtp.sendgrid.net:587", 550, STAGE_FINAL, "",
	"The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
	"", "sendgrid-sender"},
    {"smtp.sendgrid.net:587", 550, STAGE_FINAL, "", "Unauthorized destination", "", NULL},
    {"smtp-relay.brevo.com:587", 535, STAGE_AUTH, "5.7.8", "Authentication failed", "login",
	"relay-key"},
    {"in-v3.mailjet.com:587", 535, STAGE_AUTH, "", "Authentication failed", "login", "relay-key"},
    {"smtp-relay.brevo.com:587", 550, STAGE_RCPT, "5.1.1", "No such user", "", NULL},
    {"smtp.fastmail.com:465", 535, STAGE_AUTH, "5.7.0",
	"Incorrect username or password, or access to the SMTP service disabled for this user",
	"login", "fastmail-app"},
    {"smtp.fastmail.com:465", 550, STAGE_RCPT, "5.1.1", "User unknown", "", NULL},
    {"smtp.mail.me.com:587", 535, STAGE_AUTH, "5.7.0", "Error: authentication failed", "login",
	"icloud-app"},
    {"smtp.mail.yahoo.com:465", 535, STAGE_AUTH, "5.7.0", "(#AUTH005) Too many bad auth attempts.",
	"login", "yahoo-app"},
    {"smtp.aol.com:465", 535, STAGE_AUTH, "5.7.0", "(#AUTH012) Username/Password not accepted",
	"login", "yahoo-app"},
    {"mail.gmx.net:587", 535, STAGE_AUTH, "", "Authentication credentials invalid", "login",
	"gmx-switch"},
    {"smtp.web.de:587", 535, STAGE_AUTH, "", "Authentication credentials invalid", "login",
	"gmx-switch"},
    {"smtp.zoho.eu:465", 535, STAGE_AUTH, "", "Authentication Failed", "login", "zoho-app"},
    {"smtppro.zoho.com:465", 535, STAGE_AUTH, "", "Authentication Failed", "login", "zoho-app"},
    {"smtp.protonmail.ch:587", 535, STAGE_AUTH, "5.7.8",
	"Error: authentication failed: Invalid credentials", "login", "proton-token"},
    {"smtp.protonmail.ch:587", 454, STAGE_AUTH, "4.7.0", "Error: authentication failed", "",
	"proton-token"},
    /* whoever says it */
    {"mail.example.org:587", 553, STAGE_MAIL, "5.7.1",
	"<x@y>: Sender address rejected: not owned by user ann", "", "sender-owner"},
    {"mail.example.org:587", 553, STAGE_MAIL, "5.7.1",
	"<x@y>: Sender address rejected: not logged in", "", "sender"},
    {"mail.example.org:587", 554, STAGE_RCPT, "5.7.1",
	"Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org", "",
	"blocklist"},
    {"mail.example.org:587", 550, STAGE_RCPT, "5.7.1", "blocked by our content policy", "", NULL},
    {"mail.example.org:25", 554, STAGE_RCPT, "5.7.1", "<a@b>: Relay access denied", "",
	"relay-denied"},
    {"mail.example.org:25", 550, STAGE_RCPT, "", "relay not permitted", "", "relay-denied"},
    {"mail.example.org:25", 550, STAGE_RCPT, "5.7.1",
	"Relaying denied. Proper authentication required.", "", "relay-denied"},
    {"mail.example.org:25", 454, STAGE_RCPT, "4.7.1", "<a@b>: Relay access denied", "", NULL},
    {"mail.example.org:25", 554, STAGE_RCPT, "5.7.1", "Access denied", "", NULL},
    {"mail.example.org:587", 504, STAGE_RCPT, "5.5.2",
	"<localhost>: Helo command rejected: need fully-qualified hostname", "", "ehlo-fqdn"},
    {"mail.example.org:587", 504, STAGE_MAIL, "5.5.2",
	"<ann>: Sender address rejected: need fully-qualified address", "", "sender"},
    {"mail.example.org:587", 504, STAGE_RCPT, "5.5.2",
	"<bob>: Recipient address rejected: need fully-qualified address", "", NULL},
    {"mail.example.org:587", 530, STAGE_MAIL, "5.7.0", "Must issue a STARTTLS command first", "",
	"starttls-required"},
    {"mail.example.org:587", 451, STAGE_MAIL, "5.7.3", "STARTTLS is required to send mail", "",
	"starttls-required"},
    {"mail.example.org:587", 454, STAGE_TLS, "4.7.0",
	"TLS not available due to local problem: STARTTLS", "", NULL},
    {"mail.example.org:587", 530, STAGE_MAIL, "5.7.0", "Authentication required", "",
	"login-required"},
    {"mail.example.org:587", 550, STAGE_MAIL, "5.7.1", "Client was not authenticated", "",
	"login-required"},
    {"mail.example.org:587", 450, STAGE_RCPT, "4.2.0",
	"<x@y>: Recipient address rejected: Greylisted", "", "greylist"},
    {"mail.example.org:587", 451, STAGE_RCPT, "4.7.1",
	"Greylisting in action, please come back later", "", "greylist"},
    {"mail.example.org:587", 451, STAGE_RCPT, "", "Temporary local problem - please try later", "",
	NULL},
    {"mail.example.org:587", 550, STAGE_RCPT, "5.7.1", "greylisted for ever", "", NULL},
    {"mail.example.org:587", 450, STAGE_RCPT, "4.7.1", "Error: too many messages from 192.0.2.7",
	"", "rate-limit"},
    {"mail.example.org:587", 421, STAGE_GREETING, "4.7.0",
	"mail.example.org Error: too many connections from 192.0.2.7", "", "rate-limit"},
    {"mail.example.org:587", 451, STAGE_FINAL, "4.7.1",
	"Hourly limit of 100 messages reached; daily limit 500", "", "rate-limit"},
    {"mail.example.org:587", 450, STAGE_RCPT, "4.2.1",
	"The user you are trying to contact is receiving mail too quickly", "", NULL},
    {"mail.example.org:587", 552, STAGE_RCPT, "5.2.2", "Mailbox quota exceeded", "", NULL},
    {"mail.example.org:587", 552, STAGE_MAIL, "5.3.4", "Message too big", "", "too-big"},
    {"mail.example.org:587", 552, STAGE_FINAL, "5.2.3", "Message exceeds maximum fixed size", "",
	"too-big"},
    {NULL, 0, STAGE_MAIL, "5.3.4", "the message has 52 MB, the server takes 36 MB", "", "too-big"},
    {"mail.example.org:587", 553, STAGE_RCPT, "5.6.7",
	"Non-ASCII addresses not permitted for that sender/recipient", "", "smtputf8"},
    {NULL, 0, STAGE_RCPT, "5.6.7", "the address needs SMTPUTF8, which the server does not offer",
	"", "smtputf8"},
    {"mail.example.org:587", 550, STAGE_FINAL, "5.6.1", "Media not supported", "", NULL},
    {"mail.example.org:587", 535, STAGE_AUTH, "5.7.8", "Authentication failed", "login", "login"},
    {"mail.example.org:587", 454, STAGE_AUTH, "4.7.0", "Temporary authentication failure", "",
	NULL},
    {"mail.example.org:587", 553, STAGE_MAIL, "", "no", "", "sender"},
    {"mail.example.org:587", 450, STAGE_MAIL, "4.1.8", "Sender address rejected: Domain not found",
	"", NULL},
    {"mail.example.org:587", 550, STAGE_RCPT, "5.1.1", "No such user", "", NULL},
    {"mail.example.org:587", 421, STAGE_RCPT, "4.3.2", "shutting down", "", NULL},
    /* by id, whatever the server */
    {NULL, 0, STAGE_CERT, "4.7.0", "the certificate of x", "cert", "cert"},
    {NULL, 0, STAGE_CERT, "4.7.0", "the certificate of x", "cert-expired", "cert-expired"},
    {NULL, 0, STAGE_CERT, "4.7.0", "the certificate of x", "cert-name", "cert-name"},
    {NULL, 0, STAGE_CERT, "4.7.0", "the certificate of x", "cert-pin", "cert-pin"},
    {NULL, 0, STAGE_CERT, "4.7.0", "the certificate of x", "cert-untrusted", "cert-untrusted"},
    {"mail.example.org:587", 0, STAGE_TLS, "", "plain SMTP", "tls", "tls"},
    {"mail.example.org:587", 0, STAGE_TLS, "", "plain SMTP", "tls-mode", "tls-mode"},
    {"mail.example.org:587", 0, STAGE_TLS, "", "plain SMTP", "starttls-missing",
	"starttls-missing"},
    {NULL, 0, STAGE_CONNECT, "", "words of our own", "connect", "connect"},
    {NULL, 0, STAGE_DNS, "", "words of our own", "dns-name", "dns-name"},
    {NULL, 0, STAGE_INPUT, "", "words of our own", "domain", "domain"},
    {NULL, 0, STAGE_CONFIG, "", "words of our own", "no-account", "no-account"},
    {NULL, 0, STAGE_SECRET, "", "words of our own", "secret", "secret"},
    {NULL, 0, STAGE_SECRET, "", "words of our own", "keyring", "keyring"},
    {NULL, 0, STAGE_SECRET, "", "words of our own", "gpg-tty", "gpg-tty"},
    {NULL, 0, STAGE_SECRET, "", "words of our own", "oauth2-command", "oauth2-command"},
    {NULL, 0, STAGE_AUTH, "", "words of our own", "auth-no-mech", "auth-no-mech"},
    {NULL, 0, STAGE_TLS, "", "nothing known", "no-such-hint", NULL},
    {NULL, 0, STAGE_INPUT, "5.3.4", "the header is over 1 MiB", "", NULL},
};

#define NFIXTURES (sizeof(fixtures) / sizeof(fixtures[0]))

static const struct hint *
find(const struct fixture *f)
{
	struct err e = {.class = ERR_RELAY, .code = f->code, .stage = f->stage};

	(void)snprintf(e.status, sizeof(e.status), "%s", f->status);
	(void)snprintf(e.text, sizeof(e.text), "%s", f->text);
	(void)snprintf(e.hint, sizeof(e.hint), "%s", f->id);
	return hint_find(&e, f->server);
}

static void
known_answers_find_their_hint(void **state)
{
	(void)state;
	for (size_t i = 0; i < NFIXTURES; i++) {
		const struct fixture *f = &fixtures[i];
		const struct hint *h = find(f);

		if ((h == NULL) != (f->hint == NULL) || (h != NULL && strcmp(h->id, f->hint) != 0))
			fail_msg("%s: %s, wanted %s", f->text, h != NULL ? h->id : "none",
			    f->hint != NULL ? f->hint : "none");
	}
}

static void
every_hint_has_an_answer_that_gives_it(void **state)
{
	const struct hint *h;
	size_t k;

	(void)state;
	for (size_t i = 0; (h = hint_at(i)) != NULL; i++) {
		for (k = 0; k < NFIXTURES; k++)
			if (fixtures[k].hint != NULL && strcmp(fixtures[k].hint, h->id) == 0)
				break;
		if (k == NFIXTURES)
			fail_msg("no fixture gives %s", h->id);
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
	const struct hint *h, *other;

	(void)state;
	for (size_t i = 0; (h = hint_at(i)) != NULL; i++) {
		struct err e = {.class = ERR_NONE};
		size_t lines = 1;

		assert_true(strlen(h->id) < sizeof(e.hint));
		for (size_t k = i + 1; (other = hint_at(k)) != NULL; k++)
			if (strcmp(h->id, other->id) == 0)
				fail_msg("%s is there twice", h->id);
		/* "see: postrider help TOPIC" must lead somewhere */
		if (h->topic != NULL && topic_find(h->topic) == NULL)
			fail_msg("%s: no topic %s", h->id, h->topic);
		for (const char *p = h->advice; *p != '\0'; p++)
			lines += *p == '\n';
		if (lines > 5)
			fail_msg("%s: %zu lines", h->id, lines);
		if (h->cause[strlen(h->cause) - 1] != '.' || strchr(h->cause, '{') != NULL)
			fail_msg("%s: its cause is no plain sentence", h->id);
	}
}

static void
what_is_said_of_a_provider_leads_somewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < provider_table_count; i++)
		if (provider_table[i].topic != NULL && topic_find(provider_table[i].topic) == NULL)
			fail_msg("%s: no topic %s", provider_table[i].id, provider_table[i].topic);
}

static void
every_hint_of_the_layers_below_is_known(void **state)
{
	static const char *const ids[] = {"cert", "cert-expired", "cert-name", "cert-pin",
	    "cert-untrusted", "auth-no-mech", "connect", "dns-name", "domain", "gpg-tty", "keyring",
	    "login", "no-account", "oauth2-command", "oauth2-token", "secret", "starttls-missing",
	    "tls", "tls-mode"};

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
	hint_advice(&h, &a, NULL, &b);
	assert_string_equal(buf_str(&b),
	    "work, ann, mail.example.org, 587, ann@example.org, *@lists.example.org.");
	buf_clear(&b);
	for (size_t i = 0; hint_at(i) != NULL; i++) {
		hint_advice(hint_at(i), NULL, NULL, &b);
		hint_advice(hint_at(i), &a, NULL, &b);
	}
	assert_null(strchr(buf_str(&b), '{'));
	assert_null(strchr(buf_str(&b), '}'));
	buf_done(&b);
}

static void
advise(const char *id, const struct account *a, struct err *e, struct buf *out)
{
	(void)err_hint(e, id);
	buf_clear(out);
	hint_advice(hint_find(e, NULL), a, e, out);
}

static void
the_pin_shown_is_the_one_to_set(void **state)
{
	static const char pin[] = "sha256:2/HV5yMhsBoQBDAWOkibYac3FMw9142SyW4Zt1BC9OE=";
	const struct account a = {.name = "work", .host = "mail.corp.example", .port = 465};
	const struct account once = {.name = "server", .host = "mail.corp.example", .port = 465};
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	err_set(&e, ERR_RELAY, STAGE_CERT, "4.7.0",
	    "the certificate of mail.corp.example:465 is not trusted: issued by \"Corp CA\", which "
	    "is not in the system's trust store; key pin %s; offered mail.corp.example; valid "
	    "2025-06-01 to 2027-06-01",
	    pin);
	advise("cert-untrusted", &a, &e, &b);
	assert_non_null(
	    strstr(buf_str(&b), "postrider config set account.work.tls-ca /path/ca.pem"));
	assert_non_null(
	    strstr(buf_str(&b), "postrider config set account.work.tls-pin sha256:2/HV5"));
	advise("cert-untrusted", &once, &e, &b);
	assert_non_null(strstr(buf_str(&b), "--set account.server.tls-pin=sha256:2/HV5"));
	err_set(&e, ERR_RELAY, STAGE_CERT, "4.7.0", "the certificate of x is not trusted: cut...");
	advise("cert-untrusted", &a, &e, &b);
	assert_non_null(strstr(buf_str(&b), "tls-pin sha256:..."));
	buf_done(&b);
}

static void
a_host_that_does_not_exist_is_compared(void **state)
{
	static const char *const from[] = {"ann@example.org"};
	const struct account a = {.name = "home",
	    .host = "smtp.exmaple.org",
	    .from = from,
	    .nfrom = 1};
	struct err e = {.class = ERR_RELAY, .stage = STAGE_DNS};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	advise("dns-name", &a, &e, &b);
	assert_string_equal(buf_str(&b),
	    "is host = smtp.exmaple.org in [account home] spelt right? Did you mean "
	    "smtp.example.org? (your address is ann@example.org)\n"
	    "postrider config set account.home.host smtp.example.org");
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_answers_find_their_hint),
	    cmocka_unit_test(a_refused_token_is_no_wrong_password),
	    cmocka_unit_test(every_hint_has_an_answer_that_gives_it),
	    cmocka_unit_test(the_table_is_sound),
	    cmocka_unit_test(what_is_said_of_a_provider_leads_somewhere),
	    cmocka_unit_test(every_hint_of_the_layers_below_is_known),
	    cmocka_unit_test(the_accounts_own_words_stand_in_the_advice),
	    cmocka_unit_test(the_pin_shown_is_the_one_to_set),
	    cmocka_unit_test(a_host_that_does_not_exist_is_compared),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
