/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hint.h"

#define GMAIL "*.gmail.com|*.google.com"
#define MICROSOFT "*.office365.com|*.outlook.com"
#define SES "email-smtp.*.amazonaws.com|email-smtp-fips.*.amazonaws.com"
#define MAILGUN "smtp*.mailgun.org"
#define RELAYS \
	"smtp-relay.brevo.com|*.mailjet.com|smtp*.postmarkapp.com|smtp*.sparkpostmail.com|" \
	"smtp*.mandrillapp.com|smtp*.elasticemail.com|smtp.resend.com"

/* The first row that fits counts: so the more special one of a provider stands first. */
static const struct hint rows[] = {
    /* --- Google */
    {.id = "gmail-web-login",
	.host = GMAIL,
	.code = "534",
	.status = "5.7.14",
	.cause = "Google wants to see the owner of the account in a browser before it lets a new "
		 "program in.",
	.advice =
	    "Google wants to see you in a browser first. Sign in there as {user}, and use an app "
	    "password here, not the password of the browser.",
	.topic = "gmail"},
    {.id = "gmail-app-password",
	.host = GMAIL,
	.code = "534|535",
	.status = "5.7.8|5.7.9",
	.cause = "Google refuses the login; most often the password is the one of the browser.",
	.advice =
	    "Google usually takes only an app password here, not the password you type in the "
	    "browser:\n"
	    "1. turn on 2-Step Verification\n"
	    "2. make one at https://myaccount.google.com/apppasswords\n"
	    "3. postrider account login {account}",
	.topic = "gmail"},
    {.id = "gmail-daily-limit",
	.host = GMAIL,
	.code = "452|550",
	.status = "4.5.3|5.4.5",
	.text = "*sending limit*|*sending quota*|*quota exceeded*|*limit exceeded*",
	.cause = "The mailbox has sent as much as Google allows in a day.",
	.advice =
	    "this is usually the limit of messages a day: about 500, or 2,000 in a Workspace. It is "
	    "lifted within 24 hours.\n"
	    "To stay below it: {set rate}450/day",
	.topic = "gmail"},
    {.id = "gmail-rate",
	.host = GMAIL,
	.code = "421",
	.status = "4.3.0|4.7.0|4.7.28",
	.cause = "Google puts off a client that connects or sends too often.",
	.advice =
	    "Google usually says so to a client that connects too often: send less at a time, and "
	    "try again later.\n"
	    "{set max-connections}1",
	.topic = "gmail"},
    /* --- Microsoft */
    {.id = "ms-smtpauth-tenant",
	.host = MICROSOFT,
	.code = "535",
	.status = "5.7.139",
	.text = "*SmtpClientAuthentication is disabled*",
	.cause = "The organisation, or this mailbox, has SMTP AUTH switched off.",
	.advice = "your password may be right: the organisation has SMTP AUTH switched off. An "
		  "administrator can run\n"
		  "Set-CASMailbox -Identity {user} -SmtpClientAuthenticationDisabled $false\n"
		  "and should look at the tenant's setting and at Security Defaults, too.",
	.topic = "microsoft365"},
    {.id = "ms-basic-off",
	.host = MICROSOFT,
	.code = "535|550",
	.status = "5.7.139|5.7.30",
	.text = "*basic authentication is*",
	.cause = "Microsoft takes no password for this mailbox any more.",
	.advice =
	    "Microsoft takes no passwords for this mailbox any more, only OAuth2. In [account "
	    "{account}] set\n"
	    "auth = xoauth2\n"
	    "token-command = oama access {user}",
	.topic = "microsoft365"},
    {.id = "ms-bad-credentials",
	.host = MICROSOFT,
	.code = "535",
	.status = "5.7.3|5.7.139",
	.cause = "Microsoft refuses user name or password, or the organisation's rules forbid this "
		 "login.",
	.advice =
	    "user name or password is often wrong, or the account needs an app password "
	    "(two-factor login), or Security Defaults forbid SMTP AUTH. To enter another one: "
	    "postrider account login {account}",
	.topic = "microsoft365"},
    {.id = "ms-sendas",
	.host = MICROSOFT,
	.code = "550|554",
	.status = "5.2.252|5.2.0|5.7.60",
	.text = "*SendAs*|*send as*|*not allowed to send*",
	.cause = "The mailbox that logged in may not send as the address in From.",
	.advice =
	    "{user} may not send as this address: use the mailbox's own one ({from}), or have "
	    "Send As granted.",
	.topic = "microsoft365"},
    {.id = "ms-daily-limit",
	.host = MICROSOFT,
	.code = "550|554",
	.text = "*SubmissionQuotaExceeded*|*daily limit*|*RecipientRateLimit*",
	.cause = "The mailbox has sent to as many recipients as Microsoft allows in a day.",
	.advice = "this is usually the limit of recipients a day (10,000 for a mailbox of an "
		  "organisation, far fewer for a private one). It is lifted within 24 hours.",
	.topic = "microsoft365"},
    {.id = "ms-concurrency",
	.host = MICROSOFT,
	.code = "432",
	.status = "4.3.2",
	.cause = "More connections of one mailbox at a time than Microsoft allows.",
	.advice = "Microsoft lets a mailbox have three connections at a time: "
		  "{set max-connections}3",
	.topic = "microsoft365"},
    {.id = "ms-not-authenticated",
	.host = MICROSOFT,
	.code = "530",
	.status = "5.7.57",
	.cause = "Nobody has logged in, and Microsoft takes mail from nobody else.",
	.advice = "the server wants a login: set user in [account {account}], and then: "
		  "postrider account login {account}",
	.topic = "microsoft365"},
    /* --- others */
    {.id = "ses-unverified",
	.host = SES,
	.code = "554",
	.text = "*not verified*",
	.cause =
	    "Amazon SES does not know the sender, or in its sandbox the recipient, as verified.",
	.advice =
	    "Amazon SES wants the sender verified in this very region, and in its sandbox the "
	    "recipients too.",
	.topic = "ses"},
    {.id = "ses-credentials",
	.host = SES,
	.code = "535",
	.cause = "Amazon SES refuses the login; often it was tried with access keys, or those of "
		 "another region.",
	.advice =
	    "the SMTP credentials of Amazon SES are not your IAM access keys, and each region has its "
	    "own.",
	.topic = "ses"},
    {.id = "ses-throttle",
	.host = SES,
	.code = "454",
	.text = "*Maximum sending rate*|*Throttling*|*Daily message quota*",
	.cause = "More messages in a second, or in a day, than the SES account may send.",
	.advice = "this is often the sending rate of your SES account: "
		  "{set rate}10/s",
	.topic = "ses"},
    {.id = "mailgun-relay",
	.host = MAILGUN,
	.code = "550",
	.text = "*Relaying denied*",
	.cause = "Mailgun takes mail only after a login that belongs to the sender's domain.",
	.advice = "the user is usually postmaster@your-domain, and European domains live at "
		  "smtp.eu.mailgun.org.",
	.topic = "mailgun"},
    {.id = "mailgun-login",
	.host = MAILGUN,
	.code = "535",
	.cause = "Mailgun refuses the login; often it is the wrong region, or the key of the API.",
	.advice = "Mailgun wants the SMTP credentials of the domain (user postmaster@your-domain), "
		  "not the key of the API, and European domains live at smtp.eu.mailgun.org.",
	.topic = "mailgun"},
    {.id = "sendgrid-login",
	.host = "smtp.sendgrid.net",
	.code = "535",
	.cause = "SendGrid refuses the login; often the user is not the word apikey.",
	.advice =
	    "at SendGrid the user is the word apikey, whoever you are, and the password is an "
	    "API key that may send mail (Mail Send).",
	.topic = "relays"},
    {.id = "sendgrid-sender",
	.host = "smtp.sendgrid.net",
	.code = "550",
	.text = "*verified Sender Identity*",
	.cause = "SendGrid does not know the address in From as a verified sender.",
	.advice = "SendGrid sends only for addresses or domains that were verified there: verify "
		  "this one, or send as one of {from}.",
	.topic = "relays"},
    {.id = "relay-key",
	.host = RELAYS,
	.code = "525|535",
	.cause = "The relay service refuses the login; often it was tried with the password of its "
		 "web page.",
	.advice = "relay services usually want a key made for SMTP here, not the password of their "
		  "web page. To store it: postrider account login {account}",
	.topic = "relays"},
    {.id = "fastmail-app",
	.host = "smtp.fastmail.com|*.messagingengine.com",
	.code = "535",
	.cause = "Fastmail refuses the login; most often the password is the one of the browser.",
	.advice = "Fastmail usually takes only an app password with the right to send (SMTP) here. "
		  "To store it: postrider account login {account}",
	.topic = "fastmail"},
    {.id = "icloud-app",
	.host = "smtp.mail.me.com",
	.code = "535",
	.cause = "iCloud refuses the login; most often the password is the one of the Apple "
		 "account.",
	.advice =
	    "iCloud usually takes only an app-specific password here (https://account.apple.com). "
	    "To store it: postrider account login {account}",
	.topic = "icloud"},
    {.id = "yahoo-app",
	.host = "smtp.mail.yahoo.com|smtp.aol.com|smtp.mail.aol.com",
	.code = "535",
	.cause = "Yahoo refuses the login; most often the password is the one of the browser.",
	.advice = "Yahoo usually takes only an app password here, made under Account security. To "
		  "store it: postrider account login {account}",
	.topic = "yahoo"},
    {.id = "gmx-switch",
	.host = "mail.gmx.net|mail.gmx.com|smtp.web.de",
	.code = "535",
	.cause = "GMX or WEB.DE refuses the login; often programs are not let in at all yet.",
	.advice =
	    "often POP3 and IMAP access has to be switched on first, in the settings of the web "
	    "mailer."},
    {.id = "zoho-app",
	.host = "smtp*.zoho.*",
	.code = "535",
	.cause =
	    "Zoho refuses the login; often it is a normal password, or another region's server.",
	.advice =
	    "with two-factor login Zoho takes only an application-specific password here; the server "
	    "differs by region."},
    {.id = "proton-token",
	.host = "smtp.protonmail.ch|smtp.proton.me",
	.code = "454|535",
	.cause = "Proton refuses the login; often the password is the one of the browser.",
	.advice =
	    "Proton usually takes only an SMTP token here, made for one address of your own "
	    "domain. For the others its Bridge is the server: host 127.0.0.1, and the password "
	    "that the Bridge shows."},
};

const struct hint_rows hint_providers = {rows, sizeof(rows) / sizeof(rows[0])};
