/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hint.h"

#define GMAIL "*.gmail.com|*.google.com"
#define MICROSOFT "*.office365.com|*.outlook.com"

/*
 * The first row that fits counts: providers before the general rows, and rows
 * without any pattern (found by their id) last.
 */
const struct hint hint_table[] = {
    /* --- Google */
    {.id = "gmail-web-login",
	.host = GMAIL,
	.code = "534",
	.status = "5.7.14",
	.advice =
	    "Google wants to see you in a browser first. Sign in there as {user}, and use an app "
	    "password here, not the password of the browser.",
	.topic = "gmail"},
    {.id = "gmail-app-password",
	.host = GMAIL,
	.code = "534|535",
	.status = "5.7.8|5.7.9",
	.advice =
	    "Google usually takes only an app password here, not the password you type in the "
	    "browser:\n"
	    "1. turn on 2-Step Verification\n"
	    "2. make one at https://myaccount.google.com/apppasswords\n"
	    "3. put it where the password of [account {account}] comes from",
	.topic = "gmail"},
    {.id = "gmail-daily-limit",
	.host = GMAIL,
	.code = "452|550",
	.status = "4.5.3|5.4.5",
	.advice =
	    "this is usually the limit of messages a day: about 500, or 2,000 in a Workspace. It is "
	    "lifted within 24 hours.",
	.topic = "gmail"},
    {.id = "gmail-rate",
	.host = GMAIL,
	.code = "421",
	.status = "4.3.0|4.7.0",
	.advice =
	    "Google usually says so to a client that connects too often: send less at a time, and "
	    "try again later.",
	.topic = "gmail"},
    /* --- Microsoft */
    {.id = "ms-smtpauth-tenant",
	.host = MICROSOFT,
	.code = "535",
	.status = "5.7.139",
	.text = "*SmtpClientAuthentication is disabled*",
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
	.advice = "Microsoft takes no passwords for this mailbox any more, only OAuth2.",
	.topic = "microsoft365"},
    {.id = "ms-bad-credentials",
	.host = MICROSOFT,
	.code = "535",
	.status = "5.7.3|5.7.139",
	.advice =
	    "user name or password is wrong, or the account needs an app password (two-factor "
	    "login), or Security Defaults forbid SMTP AUTH.",
	.topic = "microsoft365"},
    {.id = "ms-sendas",
	.host = MICROSOFT,
	.code = "550|554",
	.status = "5.2.252|5.2.0|5.7.60",
	.advice = "{user} may not send as this address: use the mailbox's own one, or have Send As "
		  "granted.",
	.topic = "microsoft365"},
    {.id = "ms-concurrency",
	.host = MICROSOFT,
	.code = "432",
	.status = "4.3.2",
	.advice = "Microsoft lets a mailbox have three connections at a time: send less at once.",
	.topic = "microsoft365"},
    {.id = "ms-not-authenticated",
	.host = MICROSOFT,
	.code = "530",
	.status = "5.7.57",
	.advice =
	    "the server wants a login: set user and a source of the password in [account {account}].",
	.topic = "microsoft365"},
    /* --- others */
    {.id = "ses-unverified",
	.host = "email-smtp.*.amazonaws.com",
	.code = "554",
	.text = "*not verified*",
	.advice =
	    "Amazon SES wants the sender verified in this very region, and in its sandbox the "
	    "recipients too."},
    {.id = "ses-credentials",
	.host = "email-smtp.*.amazonaws.com",
	.code = "535",
	.advice =
	    "the SMTP credentials of Amazon SES are not your IAM access keys, and each region has its "
	    "own."},
    {.id = "ses-throttle",
	.host = "email-smtp.*.amazonaws.com",
	.code = "454",
	.text = "*Maximum sending rate*|*Throttling*",
	.advice = "this is the sending rate of your SES account: send slower, and try again."},
    {.id = "mailgun-relay",
	.host = "smtp*.mailgun.org",
	.code = "550",
	.text = "*Relaying denied*",
	.advice = "the user is usually postmaster@your-domain, and European domains live at "
		  "smtp.eu.mailgun.org."},
    {.id = "fastmail-app",
	.host = "smtp.fastmail.com",
	.code = "535",
	.advice =
	    "Fastmail usually takes only an app password with the right to send (SMTP) here."},
    {.id = "icloud-app",
	.host = "smtp.mail.me.com",
	.code = "535",
	.advice =
	    "iCloud usually takes only an app-specific password here (https://account.apple.com)."},
    {.id = "yahoo-app",
	.host = "smtp.mail.yahoo.com|smtp.mail.aol.com",
	.code = "535",
	.advice = "Yahoo usually takes only an app password here, made under Account security."},
    {.id = "gmx-switch",
	.host = "mail.gmx.net|mail.gmx.com|smtp.web.de",
	.code = "535",
	.advice =
	    "often POP3 and IMAP access has to be switched on first, in the settings of the web "
	    "mailer."},
    {.id = "zoho-app",
	.host = "smtp*.zoho.*",
	.code = "535",
	.advice =
	    "with two-factor login Zoho takes only an application-specific password here; the server "
	    "differs by region."},
    /* --- whoever says it */
    {.id = "unauthenticated-domain",
	.code = "550",
	.status = "5.7.26",
	.advice = "the receiver found neither SPF nor DKIM that agrees with the domain in From."},
    {.id = "sender-owner",
	.code = "550|553",
	.status = "5.7.1",
	.text = "*not owned by user*",
	.advice =
	    "{user} may not send as this address: use one that belongs to the login ({from})."},
    {.id = "relay-denied",
	.code = "550|554",
	.text = "*relaying denied*|*relay access denied*|*relay denied*|"
		"*relay not permitted*|*not permitted to relay*",
	.advice =
	    "the server takes mail for others only after a login: is auth off in [account {account}], "
	    "or is {host} the right server and {port} the right port?"},
    {.id = "ehlo-fqdn",
	.code = "504|550|501",
	.text = "*fully-qualified*|*helo command rejected*|*ehlo*invalid*",
	.advice =
	    "the server dislikes the name we gave in EHLO: set ehlo-name = host.example.org in "
	    "[account {account}]."},
    {.id = "starttls-required",
	.code = "530|451",
	.text = "*starttls*",
	.advice = "the server wants TLS first: set tls = starttls in [account {account}]."},
    {.id = "login-required",
	.code = "530|550|554",
	.text = "*authentication required*|*auth*first*|"
		"*not authenticated*|*not logged in*|*must be authenticated*",
	.advice =
	    "the server wants a login: set user and a source of the password in [account {account}]."},
    {.id = "greylist",
	.code = "450|451",
	.text = "*greylist*|*graylist*|*grey-list*",
	.advice =
	    "greylisting is normal: the server takes the message when it is tried again in some "
	    "minutes."},
    {.id = "too-big",
	.code = "552|0",
	.status = "5.3.4",
	.advice =
	    "the message is too big for this server. Attachments grow by a third on their way."},
    {.id = "smtputf8",
	.status = "5.6.7",
	.advice =
	    "an address or the header has characters outside ASCII, and the server does not offer "
	    "SMTPUTF8."},
    /* --- found by id: the layers below know what they met */
    {.id = "login",
	.advice =
	    "check user and password of [account {account}], and where the password comes from: "
	    "postrider config show --origin"},
    {.id = "auth-no-mech",
	.advice =
	    "auth = ... in [account {account}] names the ways to log in that are allowed; PLAIN and "
	    "LOGIN go only over TLS that was verified."},
    {.id = "tls-mode",
	.advice =
	    "port 465 goes with tls = implicit, 587 and 25 with tls = starttls: set one of the two "
	    "pairs in [account {account}]."},
    {.id = "cert-untrusted",
	.advice =
	    "if your administrator gave you the file of the CA: tls-ca = /path/ca.pem in [account "
	    "{account}]\nor, after comparing the key pin with him by another way, trust this key only: "
	    "tls-pin = sha256:...",
	.topic = "certificates"},
    {.id = "cert-name",
	.advice =
	    "one of the names offered is probably the one to use as host in [account {account}].",
	.topic = "certificates"},
    {.id = "cert-expired",
	.advice =
	    "is the clock of this computer right? If so, the server's operator has to renew the "
	    "certificate.",
	.topic = "certificates"},
    {.id = "cert-pin",
	.advice =
	    "the key is not the pinned one. If the operator says it was changed on purpose, put the "
	    "new pin into [account {account}], beside the old one.",
	.topic = "certificates"},
    {.id = "domain",
	.advice =
	    "in [defaults] say where mail for users of this machine goes: local-to = you@example.org; "
	    "or give the name an alias in /etc/aliases; or, if such names have mailboxes elsewhere, set "
	    "domain = example.org",
	.topic = "cron"},
    {.id = "cert",
	.advice =
	    "the operator of the server has to mend that; until then another server or port may do.",
	.topic = "certificates"},
    {.id = "tls",
	.advice =
	    "is {port} a port for mail at all, and does tls = ... in [account {account}] fit it? 465 goes "
	    "with implicit, 587 and 25 with starttls."},
    {.id = "starttls-missing",
	.advice =
	    "try tls = implicit with port = 465 in [account {account}]. For a server of your own on this "
	    "machine there is tls = off."},
    {.id = "secret",
	.advice =
	    "the password of [account {account}] comes from where this names it: postrider config show "
	    "--origin"},
    {.id = "oauth2-token",
	.advice =
	    "the server does not take this access token: is it one of {user}, for sending mail by "
	    "SMTP? If it has expired for good, sign in again with the program that token-command of "
	    "[account {account}] runs."},
    {.id = "oauth2-command",
	.advice =
	    "run the token-command of [account {account}] by hand: it has to print the access token, "
	    "and nothing else, within 30 seconds and without a question."},
    {.id = "keyring",
	.advice =
	    "store it with: secret-tool store --label='mail' host {host} service smtp user {user}\n"
	    "The keyring must be unlocked, which it is not for cron: use password-file or "
	    "password-credential there."},
    {.id = "gpg-tty",
	.advice = "gpg cannot ask for its passphrase here: unlock its agent first, or set "
		  "GPG_TTY=$(tty) in your shell."},
    {.id = "no-account",
	.advice = "name a server just this once:\n"
		  "postrider send --server smtps://you@smtp.example.org ...\n"
		  "or write ~/.config/postrider/postrider.conf:\n"
		  "[account home]\n"
		  "host = smtp.example.org\n"
		  "from = you@example.org\n"
		  "user = you\n"
		  "password-keyring = yes"},
    {.id = "sender",
	.advice =
	    "the server may take mail only from the addresses of the login: [account {account}] has "
	    "{from}. With rewrite-from = always every other sender becomes that one."},
    {.id = "connect",
	.advice =
	    "are host and port of [account {account}] right? Many hosting providers block the ports of "
	    "mail; 465, 587 or 2525 may be open: postrider check looks."},
    {.id = "dns-name", .advice = "is host = {host} in [account {account}] spelt right?"},
};

const size_t hint_table_count = sizeof(hint_table) / sizeof(hint_table[0]);
