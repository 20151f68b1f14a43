/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/hint.h"

/* The first row that fits counts. */
static const struct hint rows[] = {
    {.id = "unauthenticated-domain",
	.code = "421|550",
	.status = "4.7.26|5.7.26",
	.cause = "The receiver finds neither SPF nor DKIM that agrees with the domain in From.",
	.advice =
	    "the receiver found neither SPF nor DKIM that agrees with the domain in From: send "
	    "through a server that may send for this domain, and see what its DNS says: "
	    "postrider lookup DOMAIN"},
    {.id = "sender-owner",
	.code = "550|553",
	.status = "5.7.1",
	.text = "*not owned by user*",
	.cause = "The sender's address belongs to another login.",
	.advice =
	    "{user} may not send as this address: use one that belongs to the login ({from})."},
    {.id = "blocklist",
	.code = "421|521|550|554",
	.text = "*spamhaus*|*blocked using*|*blocklist*|*block list*|*blacklist*|*dnsbl*",
	.cause = "The receiver does not take mail from this address of the Internet.",
	.advice =
	    "the address of this computer often stands on a list of those that should not "
	    "deliver mail by themselves: log in to your provider's submission server (port 465 "
	    "or 587) in place of a server that receives (port 25)."},
    {.id = "relay-denied",
	.code = "550|554",
	.text = "*relaying denied*|*relay access denied*|*relay denied*|"
		"*relay not permitted*|*not permitted to relay*",
	.cause = "The server takes mail for other domains only after a login.",
	.advice =
	    "the server takes mail for others only after a login: is auth off in [account {account}], "
	    "or is {host} the right server and {port} the right port?"},
    {.id = "ehlo-fqdn",
	.code = "504|550|501",
	.text =
	    "*fully-qualified host*|*fully qualified host*|*helo command rejected*|*ehlo*invalid*",
	.cause = "The server dislikes the name that this computer gave in EHLO.",
	.advice = "the server dislikes the name we gave in EHLO: "
		  "{set ehlo-name}host.example.org"},
    {.id = "starttls-required",
	.code = "530|451",
	.text = "*starttls*",
	.cause = "The server wants TLS before anything else.",
	.advice = "the server wants TLS first: "
		  "{set tls}starttls",
	.topic = "tls"},
    {.id = "login-required",
	.code = "530|550|554",
	.text = "*authentication required*|*authentication is required*|*auth*first*|"
		"*not authenticated*|*not logged in*|*must be authenticated*",
	.cause = "The server takes mail only after a login, and there was none.",
	.advice = "the server wants a login: set user in [account {account}], and then: "
		  "postrider account login {account}"},
    {.id = "greylist",
	.code = "450|451",
	.text = "*greylist*|*graylist*|*grey-list*|*gray-list*|*grey list*|*gray list*",
	.cause = "The receiver puts off whoever it does not know yet.",
	.advice =
	    "greylisting is normal: the server takes the message when it is tried again in some "
	    "minutes.",
	.topic = "queue"},
    {.id = "rate-limit",
	.code = "421|450|451|452|454|550|554",
	.text = "*rate limit*|*ratelimit*|*too many messages*|*too many connections*|"
		"*sending limit*|*hourly limit*|*daily limit*|*throttl*",
	.cause = "More was sent, or more connections made, than the server allows in a time.",
	.advice = "this is often a limit of the server: send slower. For example "
		  "{set rate}30/min, or max-connections 1",
	.topic = "queue"},
    {.id = "too-big",
	.code = "552|0",
	.status = "5.3.4|5.2.3",
	.cause = "The message is bigger than the server takes.",
	.advice =
	    "the message is too big for this server. Attachments grow by a third on their way."},
    {.id = "smtputf8",
	.status = "5.6.7",
	.cause =
	    "An address, or the header, has characters outside ASCII, and the server cannot take "
	    "them (SMTPUTF8).",
	.advice =
	    "an address or the header has characters outside ASCII, and the server does not offer "
	    "SMTPUTF8: use an address without them, or another server."},
};

const struct hint_rows hint_replies = {rows, sizeof(rows) / sizeof(rows[0])};
