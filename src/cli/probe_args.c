/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/probe_args.h"

#include <stddef.h>

#include "base/str.h"

#define AT(field) offsetof(struct probe_args, field)

const char *const probe_args_points[PROBE_POINTS] = {
    [PROBE_CONNECT] = "connect",
    [PROBE_BANNER] = "banner",
    [PROBE_EHLO] = "ehlo",
    [PROBE_TLS] = "tls",
    [PROBE_EHLO2] = "ehlo2",
    [PROBE_AUTH] = "auth",
    [PROBE_MAIL] = "mail",
    [PROBE_RCPT] = "rcpt",
    [PROBE_DATA] = "data",
};

static bool
set_point(struct probe_args *a, enum probe_end end, const char *option, const char *value,
    struct err *e)
{
	if (a->at != PROBE_ALL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "one of --stop-after, --drop-after and --drop-before-reply at a time");
	for (size_t i = 1; i < PROBE_POINTS; i++)
		if (str_eq(probe_args_points[i], value))
			a->at = (enum probe_point)i;
	a->end = end;
	return a->at != PROBE_ALL ||
	    err_set(e, ERR_USAGE, STAGE_NONE, "",
		"%s is one of connect, banner, ehlo, tls, ehlo2, auth, mail, rcpt, data, not '%s'",
		option, value);
}

static bool
set_stop(void *target, const char *value, struct err *e)
{
	return set_point(target, PROBE_STOP, "--stop-after", value, e);
}

static bool
set_drop(void *target, const char *value, struct err *e)
{
	return set_point(target, PROBE_DROP, "--drop-after", value, e);
}

static bool
set_drop_before(void *target, const char *value, struct err *e)
{
	return set_point(target, PROBE_DROP_BEFORE_REPLY, "--drop-before-reply", value, e);
}

static bool
set_cert(void *target, const char *value, struct err *e)
{
	struct probe_args *a = target;

	if (str_eq(value, "summary"))
		a->cert = PROBE_SHOW_SUMMARY;
	else if (str_eq(value, "chain"))
		a->cert = PROBE_SHOW_CHAIN;
	else if (str_eq(value, "pem"))
		a->cert = PROBE_SHOW_PEM;
	else
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--cert is summary, chain or pem, not '%s'", value);
	return true;
}

static const struct args_option options[] = {
    {.name = "stop-after",
	.values = "connect|banner|ehlo|tls|ehlo2|auth|mail|rcpt",
	.arg = "STAGE",
	.kind = ARGS_CALL,
	.call = set_stop,
	.help = "go no further than connect, banner, ehlo, tls, ehlo2, auth, mail or rcpt"},
    {.name = "drop-after",
	.values = "connect|banner|ehlo|tls|ehlo2|auth|mail|rcpt|data",
	.arg = "STAGE",
	.kind = ARGS_CALL,
	.call = set_drop,
	.help = "hang up without QUIT after that stage"},
    {.name = "drop-before-reply",
	.values = "connect|banner|ehlo|tls|ehlo2|auth|mail|rcpt|data",
	.arg = "STAGE",
	.kind = ARGS_CALL,
	.call = set_drop_before,
	.help = "say what that stage says, and hang up"},
    {.name = "tls",
	.values = "implicit|starttls|off",
	.arg = "MODE",
	.kind = ARGS_TEXT,
	.at = AT(tls),
	.help = "implicit, starttls or off, whatever the account says"},
    {.name = "tls-ca",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(tls_ca),
	.help = "trust the authorities in this file"},
    {.name = "tls-name",
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(tls_name),
	.help = "expect this name in the certificate"},
    {.name = "tls-pin",
	.arg = "sha256:PIN",
	.kind = ARGS_TEXT,
	.at = AT(tls_pin),
	.help = "expect this key"},
    {.name = "tls-cert",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(tls_cert),
	.help = "show this certificate to the server"},
    {.name = "tls-key", .arg = "FILE", .kind = ARGS_TEXT, .at = AT(tls_key), .help = "its key"},
    {.name = "tls-priority",
	.arg = "STRING",
	.kind = ARGS_TEXT,
	.at = AT(tls_priority),
	.help = "a priority string of GnuTLS"},
    {.name = "insecure",
	.kind = ARGS_FLAG,
	.at = AT(insecure),
	.help = "look behind a certificate that is not trusted; no password is told there"},
    {.name = "cert",
	.values = "summary|chain|pem",
	.arg = "HOW",
	.kind = ARGS_CALL,
	.call = set_cert,
	.help = "of the certificates show summary (default), chain or pem"},
    {.name = "auth",
	.values = "none|scram-sha-256|scram-sha-1|cram-md5|plain|login|oauthbearer|xoauth2,",
	.arg = "MECH,...|none",
	.kind = ARGS_TEXT,
	.at = AT(auth),
	.help = "log in by one of these mechanisms, or not at all"},
    {.name = "user", .arg = "NAME", .kind = ARGS_TEXT, .at = AT(user), .help = "log in as NAME"},
    {.name = "password-file",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(password_file),
	.help = "with the password in this file"},
    {.name = "password-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(password_command),
	.help = "with the password that this prints"},
    {.name = "token-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(token_command),
	.help = "with the access token that this prints (OAuth2)"},
    {.name = "ask-password",
	.kind = ARGS_FLAG,
	.at = AT(ask_password),
	.help = "with a password asked for on the terminal"},
    {.name = "from",
	.letter = 'f',
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(from),
	.help = "go on to MAIL with this sender"},
    {.name = "to",
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(to),
	.help = "go on to RCPT; may be repeated"},
    {.name = "size",
	.arg = "OCTETS",
	.kind = ARGS_TEXT,
	.at = AT(size),
	.help = "tell MAIL that the message has this size"},
    {.name = "helo", .arg = "NAME", .kind = ARGS_TEXT, .at = AT(helo), .help = "our name in EHLO"},
    {.name = "ipv4", .letter = '4', .kind = ARGS_FLAG, .at = AT(only4), .help = "over IPv4 only"},
    {.name = "ipv6", .letter = '6', .kind = ARGS_FLAG, .at = AT(only6), .help = "over IPv6 only"},
    {.name = "source",
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(source),
	.help = "connect from this address of ours"},
    {.name = "resolver",
	.arg = "ADDRESS[:PORT]",
	.kind = ARGS_TEXT,
	.at = AT(resolver),
	.help = "ask this name server for the server of a DOMAIN"},
    {.name = "explain",
	.kind = ARGS_FLAG,
	.at = AT(explain),
	.help = "what each keyword of EHLO means"},
    {.name = "timing", .kind = ARGS_FLAG, .at = AT(timing), .help = "how long each stage took"},
    {.name = "repeat",
	.arg = "N",
	.kind = ARGS_TEXT,
	.at = AT(repeat),
	.help = "N times, and the times in sum"},
    {.name = "interval",
	.arg = "TIME",
	.kind = ARGS_TEXT,
	.at = AT(interval),
	.help = "wait so long between them"},
};

struct args_group
probe_args_group(void)
{
	return (struct args_group){.title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0])};
}
