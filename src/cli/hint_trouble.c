/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hint.h"

static const struct hint rows[] = {
    {.id = "login",
	.cause = "The server refuses user name or password.",
	.advice = "check user and password of [account {account}]. To enter another password: "
		  "postrider account login {account}\n"
		  "Where it comes from now: postrider config show --origin"},
    {.id = "oauth2-token",
	.cause = "The server refuses the access token: often it has expired, was made for another "
		 "user, or may not send mail.",
	.advice =
	    "is it a token of {user}, for sending mail by SMTP? If it has expired for good, sign "
	    "in again with the program that token-command of [account {account}] runs.",
	.topic = "oauth2"},
    {.id = "oauth2-command",
	.cause = "The command that should print an access token did not, or printed more than it.",
	.advice =
	    "run the token-command of [account {account}] by hand: it has to print the access "
	    "token, and nothing else, within 30 seconds and without a question.",
	.topic = "oauth2"},
    {.id = "auth-no-mech",
	.cause = "Server and account have no way to log in that both allow.",
	.advice =
	    "auth = ... in [account {account}] names the ways to log in that are allowed; PLAIN and "
	    "LOGIN go only over TLS that was verified.",
	.topic = "tls"},
    {.id = "tls-mode",
	.cause = "One side begins with TLS and the other one in clear.",
	.advice =
	    "port 465 goes with tls = implicit, 587 and 25 with tls = starttls. Set one of the two "
	    "pairs:\n"
	    "{set port}465\n"
	    "{set tls}implicit",
	.topic = "tls"},
    {.id = "tls",
	.cause = "The two sides did not come to an agreement about TLS.",
	.advice =
	    "is {port} a port for mail at all, and does tls = ... in [account {account}] fit it? 465 goes "
	    "with implicit, 587 and 25 with starttls.",
	.topic = "tls"},
    {.id = "starttls-missing",
	.cause = "The server does not offer TLS on this port, and nothing goes in clear.",
	.advice =
	    "try tls = implicit with port = 465 in [account {account}]. For a server of your own on this "
	    "machine there is tls = off.",
	.topic = "tls"},
    {.id = "cert-untrusted",
	.cause = "No authority that is trusted here vouches for the server's certificate.",
	.advice = "if your administrator gave you the file of the CA:\n"
		  "{set tls-ca}/path/ca.pem\n"
		  "or, after comparing the pin with him by another way, trust this key only:\n"
		  "{set tls-pin}{pin}",
	.topic = "certificates"},
    {.id = "cert-name",
	.cause = "The server shows a certificate for other names than that of the account's host.",
	.advice =
	    "one of the names offered is probably the one to use as host in [account {account}]. To "
	    "look at it first: postrider probe smtps://NAME",
	.topic = "certificates"},
    {.id = "cert-expired",
	.cause = "The certificate, or one above it, is not valid today.",
	.advice =
	    "is the clock of this computer right? If so, the server's operator has to renew the "
	    "certificate.",
	.topic = "certificates"},
    {.id = "cert-pin",
	.cause = "The server's key is none of those that tls-pin names.",
	.advice =
	    "the key is not the pinned one. If the operator says it was changed on purpose, put the "
	    "new pin into tls-pin of [account {account}], beside the old one: {pin}",
	.topic = "certificates"},
    {.id = "cert",
	.cause = "The certificate is revoked, too weak, not meant for servers, or lacks a proof.",
	.advice =
	    "the operator of the server has to mend that; until then another server or port may do.",
	.topic = "certificates"},
    {.id = "domain",
	.cause = "The mail is for a user of this machine, and nothing says where such mail goes.",
	.advice =
	    "in [defaults] say where mail for users of this machine goes: local-to = you@example.org; "
	    "or give the name an alias in /etc/aliases; or, if such names have mailboxes elsewhere, set "
	    "domain = example.org",
	.topic = "cron"},
    {.id = "secret",
	.cause = "The password cannot be had from where the configuration says.",
	.advice = "where the password of [account {account}] is looked for: "
		  "postrider config show --origin\n"
		  "To store it anew: postrider account login {account}"},
    {.id = "keyring",
	.cause = "The keyring has no such password, is locked, or is not there.",
	.advice = "store it with: postrider account login {account}\n"
		  "The keyring must be unlocked, which it is not for cron: use password-file or "
		  "password-credential there."},
    {.id = "gpg-tty",
	.cause = "The password is encrypted with gpg, which cannot ask for its passphrase.",
	.advice = "gpg cannot ask for its passphrase here: unlock its agent first, or set "
		  "GPG_TTY=$(tty) in your shell."},
    {.id = "no-account",
	.cause = "No configuration names a server to send through.",
	.advice = "set one up from your address:\n"
		  "postrider setup you@example.org\n"
		  "{imports}"
		  "or name a server just this once:\n"
		  "postrider send --server smtps://you@smtp.example.org ..."},
    {.id = "sender",
	.cause = "The server refuses the sender's address.",
	.advice =
	    "the server may take mail only from the addresses of the login: [account {account}] has "
	    "{from}. With rewrite-from = always every other sender becomes that one."},
    {.id = "connect",
	.cause = "No address of the server could be reached on this port.",
	.advice =
	    "are host and port of [account {account}] right? Many hosting providers block the ports of "
	    "mail; 465, 587 or 2525 may be open: postrider check looks."},
    {.id = "dns-name",
	.cause = "The name of the server does not exist.",
	.advice = "is host = {host} in [account {account}] spelt right?{near}"},
};

const struct hint_rows hint_troubles = {rows, sizeof(rows) / sizeof(rows[0])};
