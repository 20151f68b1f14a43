/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/schema.h"

#include "base/str.h"

#define MECHS "off|scram-sha-256|scram-sha-1|cram-md5|plain|login|oauthbearer|xoauth2"

/* clang-format off */
const struct schema_key schema_keys[] = {
	{ "account", SECTION_DEFAULTS, false, TYPE_TEXT, NULL, NULL,
	    "account to use when neither a route nor the sender decides" },
	{ "domain", SECTION_DEFAULTS, false, TYPE_TEXT, NULL, NULL,
	    "domain for senders and recipients written without one" },
	{ "local-to", SECTION_DEFAULTS, false, TYPE_LIST, NULL, NULL,
	    "addresses that get the mail for users of this machine who have no alias" },
	{ "aliases", SECTION_DEFAULTS, false, TYPE_LIST, NULL, "/etc/aliases",
	    "files with aliases of this machine's users" },
	{ "local-domains", SECTION_DEFAULTS, false, TYPE_LIST, NULL, NULL,
	    "domains of this machine, beside localhost and its own name" },
	{ "undisclosed-recipients", SECTION_DEFAULTS, false, TYPE_BOOL, NULL, "no",
	    "yes: a message without To and Cc gets 'To: undisclosed-recipients:;'" },
	{ "include", SECTION_DEFAULTS, false, TYPE_LIST, NULL, NULL,
	    "files whose values hold where this one is silent" },

	{ "like", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "account whose keys hold here, unless this one has its own" },
	{ "host", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "name or address of the server" },
	{ "port", SECTION_ACCOUNT, false, TYPE_PORT, NULL, NULL,
	    "TCP port; without it 465, with tls = starttls 587, with tls = off 25" },
	{ "server", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "server as a URL: smtps://USER@HOST:465, smtp://HOST:587, lmtp:///run/SOCKET" },
	{ "tls", SECTION_ACCOUNT, false, TYPE_CHOICE, "implicit|starttls|off", NULL,
	    "TLS from the start, by STARTTLS, or none; without it by port: starttls with 587, 25, 2525" },
	{ "tls-ca", SECTION_ACCOUNT, true, TYPE_PATH, NULL, NULL,
	    "file of certificate authorities (PEM) in place of the system's" },
	{ "tls-pin", SECTION_ACCOUNT, false, TYPE_LIST, NULL, NULL,
	    "hash of the server's public key: one that matches suffices, none refuses" },
	{ "tls-min", SECTION_ACCOUNT, true, TYPE_CHOICE, "1.2|1.3", "1.2",
	    "lowest version of TLS" },
	{ "tls-name", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "name that the certificate must have, when it is not that of the host" },
	{ "tls-verify", SECTION_ACCOUNT, false, TYPE_BOOL, NULL, "yes",
	    "no: take any certificate (whoever is in between can read all)" },
	{ "tls-priority", SECTION_ACCOUNT, true, TYPE_TEXT, NULL, NULL,
	    "GnuTLS priority string in place of ours" },
	{ "tls-cert", SECTION_ACCOUNT, false, TYPE_PATH, NULL, NULL,
	    "certificate to show to the server (PEM)" },
	{ "tls-key", SECTION_ACCOUNT, false, TYPE_PATH, NULL, NULL,
	    "its private key (PEM), when it is not in the same file" },
	{ "user", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "login name" },
	{ "auth", SECTION_ACCOUNT, false, TYPE_LIST, MECHS, NULL,
	    "mechanisms that may be used; off: no login" },
	{ "password-command", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "shell command that prints the password" },
	{ "token-command", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "shell command that prints an access token, for OAuth2" },
	{ "password-file", SECTION_ACCOUNT, false, TYPE_PATH, NULL, NULL,
	    "file that holds the password, mode 600" },
	{ "password-credential", SECTION_ACCOUNT, false, TYPE_TEXT, NULL, NULL,
	    "systemd credential that holds the password (LoadCredential=)" },
	{ "password-keyring", SECTION_ACCOUNT, false, TYPE_BOOL, NULL, "no",
	    "yes: secret-tool lookup host HOST service smtp user USER" },
	{ "password", SECTION_ACCOUNT, false, TYPE_SECRET, NULL, NULL,
	    "the password itself; the file must have mode 600" },
	{ "from", SECTION_ACCOUNT, false, TYPE_LIST, NULL, NULL,
	    "sender addresses that belong to the account, * and ? allowed; the first is its own" },
	{ "rewrite-from", SECTION_ACCOUNT, true, TYPE_CHOICE, "never|when-local|always", "when-local",
	    "which senders become the account's first address: none, local ones, all it may not use" },
	{ "failover", SECTION_ACCOUNT, false, TYPE_LIST, NULL, NULL,
	    "accounts to try, in order, when this server cannot be reached" },
	{ "ehlo-name", SECTION_ACCOUNT, true, TYPE_TEXT, NULL, NULL,
	    "name said in EHLO; without it the full host name, else the address" },
	{ "source-address", SECTION_ACCOUNT, true, TYPE_TEXT, NULL, NULL,
	    "address of this computer to connect from" },
	{ "max-recipients", SECTION_ACCOUNT, true, TYPE_NUMBER, NULL, NULL,
	    "recipients of one transaction; longer lists are split" },
	{ "max-connections", SECTION_ACCOUNT, true, TYPE_NUMBER, NULL, NULL,
	    "connections to this server at a time, all processes of the queue together" },
	{ "rate", SECTION_ACCOUNT, true, TYPE_RATES, NULL, NULL,
	    "messages in a time, such as 30/min, 450/day; what is over it waits in the queue" },
	{ "timeout", SECTION_ACCOUNT, true, TYPE_DURATION, NULL, "30s",
	    "for connecting, all addresses together, and TLS" },
	{ "reply-timeout", SECTION_ACCOUNT, true, TYPE_DURATION, NULL, "5m",
	    "for each reply before the body, and each step of progress in it" },
	{ "final-timeout", SECTION_ACCOUNT, true, TYPE_DURATION, NULL, "10m",
	    "for the reply after the body" },
	{ "deadline", SECTION_ACCOUNT, true, TYPE_DURATION, NULL, "30m",
	    "for the whole attempt" },

	{ "match-from", SECTION_ROUTE, false, TYPE_LIST, NULL, NULL,
	    "sender addresses the route is for, * and ? allowed" },
	{ "match-to", SECTION_ROUTE, false, TYPE_LIST, NULL, NULL,
	    "recipient addresses it is for: all of them must match" },
	{ "match-user", SECTION_ROUTE, false, TYPE_LIST, NULL, NULL,
	    "login names it is for" },
	{ "account", SECTION_ROUTE, false, TYPE_TEXT, NULL, NULL,
	    "account to use then" },
	{ "from", SECTION_ROUTE, false, TYPE_TEXT, NULL, NULL,
	    "envelope sender to use then" },

	{ "directory", SECTION_QUEUE, false, TYPE_PATH, NULL, NULL,
	    "where it is; without it $XDG_STATE_HOME/postrider, for root /var/spool/postrider" },
	{ "enabled", SECTION_QUEUE, false, TYPE_BOOL, NULL, "yes",
	    "no: nothing is ever kept, what cannot go now has failed" },
	{ "retry", SECTION_QUEUE, false, TYPE_DURATIONS, NULL, "1m, 5m, 15m, 30m, 1h, 2h, 4h",
	    "waits between tries; the last one repeats" },
	{ "lifetime", SECTION_QUEUE, false, TYPE_DURATION, NULL, "5d",
	    "how long a message is tried before it is given up" },
	{ "warn-after", SECTION_QUEUE, false, TYPE_DURATION, NULL, "4h",
	    "when its sender is told that it is late" },
	{ "bounce-to", SECTION_QUEUE, false, TYPE_TEXT, NULL, NULL,
	    "who hears of mail that was given up; without it the sender of that mail" },
	{ "parallel", SECTION_QUEUE, false, TYPE_NUMBER, NULL, "1",
	    "connections of one run to one server, at most 8" },
	{ "per-connection", SECTION_QUEUE, false, TYPE_NUMBER, NULL, "100",
	    "messages over one connection, then a new one" },
	{ "in-doubt", SECTION_QUEUE, false, TYPE_CHOICE, "resend|hold", "resend",
	    "what happens to a message whose final reply was lost" },

	{ "target", SECTION_LOG, false, TYPE_CHOICE, "syslog|journal|file|stderr|none", NULL,
	    "where the log goes; without it to the file, when there is one, else to syslog" },
	{ "file", SECTION_LOG, false, TYPE_PATH, NULL, NULL,
	    "file to log to, made with mode 600" },
	{ "level", SECTION_LOG, false, TYPE_CHOICE, "err|info|debug", "info",
	    "err: only what is wrong; info: what became of each mail; debug: each run of the queue, too" },
};
/* clang-format on */

const size_t schema_nkeys = sizeof schema_keys / sizeof schema_keys[0];

const char *
schema_section_name(enum schema_section s)
{
	static const char *const names[SECTION_MAX] = {"defaults", "account", "route", "queue",
	    "log"};

	return names[s];
}

const struct schema_key *
schema_find(enum schema_section s, const char *name)
{
	for (size_t i = 0; i < schema_nkeys; i++) {
		const struct schema_key *k = &schema_keys[i];
		if (str_eq(k->name, name) &&
		    (k->section == s || (s == SECTION_DEFAULTS && k->defaults_too)))
			return k;
	}
	return NULL;
}
