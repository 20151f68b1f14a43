/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a file means: its accounts, or all that is wrong with it, word for word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

struct row {
	const char *name, *text, *want;
};

#define A "[account a]\nhost = h\n"
#define PIN "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const struct row good[] = {
    {"nothing is a configuration without account", "", ""},
    {"a host is enough", A, "a smtp h:465 implicit\n"},
    {"port 465 means TLS from the start", A "port = 465\n", "a smtp h:465 implicit\n"},
    {"port 587 means STARTTLS", A "port = 587\n", "a smtp h:587 starttls\n"},
    {"so does port 25", A "port = 25\n", "a smtp h:25 starttls\n"},
    {"and port 2525", A "port = 2525\n", "a smtp h:2525 starttls\n"},
    {"any other port means TLS from the start", A "port = 1465\n", "a smtp h:1465 implicit\n"},
    {"starttls means port 587", A "tls = starttls\n", "a smtp h:587 starttls\n"},
    {"no TLS means port 25", A "tls = off\n", "a smtp h:25 off\n"},
    {"port and tls may be said both", A "port = 25\ntls = implicit\n", "a smtp h:25 implicit\n"},
    {"the highest port", A "port = 65535\n", "a smtp h:65535 implicit\n"},
    {"a host is brought to A-labels",
	"[account a]\nhost = b\xc3\xbc"
	"cher.example\n",
	"a smtp xn--bcher-kva.example:465 implicit\n"},
    {"a host may be an address", "[account a]\nhost = 2001:db8::1\n",
	"a smtp 2001:db8::1:465 implicit\n"},
    {"a user logs in", A "user = ann\n", "a smtp h:465 implicit user=ann\n"},
    {"unless auth is off", A "user = ann\nauth = off\n", "a smtp h:465 implicit user=ann noauth\n"},
    {"mechanisms keep their order", A "user = u\nauth = plain, login\n",
	"a smtp h:465 implicit user=u mechs=plain,login\n"},
    {"a repeated key is a longer list", A "from = a@x.example\nfrom = b@x.example, c@x.example\n",
	"a smtp h:465 implicit from=a@x.example,b@x.example,c@x.example\n"},
    {"empty parts of a list are nothing", A "from = , a@x.example,,\n",
	"a smtp h:465 implicit from=a@x.example\n"},
    {"the domain of a sender is brought to A-labels",
	A "from = ann@b\xc3\xbc"
	  "cher.example\n",
	"a smtp h:465 implicit from=ann@xn--bcher-kva.example\n"},
    {"a password is raw to the end of its line", A "user = u\npassword = a # b ; \"c\\d\n",
	"a smtp h:465 implicit user=u password=inline\n"},
    {"a command is taken as it is", A "user = u\npassword-command = pass show 'x' | head -1 # y\n",
	"a smtp h:465 implicit user=u password=command from-it=pass show 'x' | head -1 # y\n"},
    {"so is one that gives a token", A "user = u\ntoken-command = oama access u\n",
	"a smtp h:465 implicit user=u password=token from-it=oama access u\n"},
    {"a token is for some mechanisms", A "user = u\nauth = xoauth2\ntoken-command = t\n",
	"a smtp h:465 implicit user=u mechs=xoauth2 password=token from-it=t\n"},
    {"one of a list that goes with the source is enough",
	A "user = u\nauth = plain, oauthbearer\npassword-file = /p\n",
	"a smtp h:465 implicit user=u mechs=plain,oauthbearer password=file from-it=/p\n"},
    {"an account with a token of its own takes no password of another",
	A "user = u\npassword-file = /p\n[account b]\nlike = a\ntoken-command = t\n",
	"a smtp h:465 implicit user=u password=file from-it=/p\n"
	"b smtp h:465 implicit user=u password=token from-it=t\n"},
    {"a keyring that is not used is none", A "user = u\npassword-keyring = no\n",
	"a smtp h:465 implicit user=u\n"},
    {"all of TLS",
	A "tls-verify = no\ntls-min = 1.3\ntls-name = n.example\ntls-ca = /ca\ntls-pin = " PIN
	  "\ntls-priority = NORMAL\ntls-cert = /c\ntls-key = /k\n",
	"a smtp h:465 implicit noverify min1.3 tls-name=n.example ca=/ca priority=NORMAL cert=/c "
	"key=/k pins=" PIN "\n"},
    {"times have units",
	A "timeout = 250ms\nreply-timeout = 7\nfinal-timeout = 1h30m\ndeadline = 1d\n",
	"a smtp h:465 implicit timeout=250 reply=7000 final=5400000 deadline=86400000\n"},
    {"[defaults] holds for all, an account wins",
	"[defaults]\ntimeout = 1s\nehlo-name = e.example\n" A
	"timeout = 2s\n[account b]\nhost = i\n",
	"a smtp h:465 implicit ehlo=e.example timeout=2000\nb smtp i:465 implicit ehlo=e.example "
	"timeout=1000\n"},
    {"like takes over what is not said",
	"[account b]\nlike = a\nhost = i\n" A "port = 587\nuser = u\n",
	"b smtp i:587 starttls user=u\na smtp h:587 starttls user=u\n"},
    {"like reaches through several accounts",
	"[account c]\nlike = b\n[account b]\nlike = a\nport = 1\n" A "port = 2\nuser = u\n",
	"c smtp h:1 implicit user=u\nb smtp h:1 implicit user=u\na smtp h:2 implicit user=u\n"},
    {"like is nearer than [defaults]",
	"[defaults]\ntimeout = 1s\n[account b]\nlike = a\n" A "timeout = 2s\n",
	"b smtp h:465 implicit timeout=2000\na smtp h:465 implicit timeout=2000\n"},
    {"failover names accounts of any place",
	A "failover = b, c\n[account b]\nhost = i\n[account c]\nhost = j\n",
	"a smtp h:465 implicit failover=b failover=c\nb smtp i:465 implicit\nc smtp j:465 "
	"implicit\n"},
    {"nobody is the failover of itself", "[account b]\nlike = a\nhost = i\n" A "failover = b\n",
	"b smtp i:465 implicit\na smtp h:465 implicit failover=b\n"},
    {"an own host is nearer than the server of another",
	"[account b]\nlike = a\nhost = i\n"
	"[account a]\nserver = smtp://h:587\n",
	"b smtp i:465 implicit\na smtp h:587 starttls\n"},
    {"a URL is nearer than the port and TLS of another",
	"[account b]\nlike = a\nserver = smtps://i\n" A "port = 587\ntls = off\n",
	"b smtp i:465 implicit\na smtp h:587 off\n"},
    {"and than its user", "[account b]\nlike = a\nserver = smtps://v@i\n" A "user = u\n",
	"b smtp i:465 implicit user=v\na smtp h:465 implicit user=u\n"},
    {"without a user of its own it takes that",
	"[account b]\nlike = a\nserver = smtps://i\n" A "user = u\n",
	"b smtp i:465 implicit user=u\na smtp h:465 implicit user=u\n"},
    {"a host in between is nearer than a server behind",
	"[account c]\nlike = b\n[account b]\nlike = a\nhost = i\n"
	"[account a]\nserver = smtp://h:587\n",
	"c smtp i:465 implicit\nb smtp i:465 implicit\na smtp h:587 starttls\n"},
    {"smtp to port 465 is TLS from the start", "[account a]\nserver = smtp://h:465\n",
	"a smtp h:465 implicit\n"},
    {"an own source of the password is nearer than another's",
	"[account b]\nlike = a\npassword-command = c\n" A "user = u\npassword-file = /f\n",
	"b smtp h:465 implicit user=u password=command from-it=c\n"
	"a smtp h:465 implicit user=u password=file from-it=/f\n"},
    {"a keyring is switched off, too",
	"[account b]\nlike = a\npassword-keyring = no\n" A "user = u\npassword-keyring = yes\n",
	"b smtp h:465 implicit user=u\na smtp h:465 implicit user=u password=keyring\n"},
    {"smtps URL", "[account a]\nserver = smtps://u@h\n", "a smtp h:465 implicit user=u\n"},
    {"smtp URL", "[account a]\nserver = smtp://h\n", "a smtp h:587 starttls\n"},
    {"lmtp URL", "[account a]\nserver = lmtp://h\n", "a lmtp h:24 off\n"},
    {"socket URL", "[account a]\nserver = lmtp:///run/x\ntls = off\nauth = off\n",
	"a lmtp /run/x off\n"},
    {"one section in two parts is one", A "[defaults]\n[account a]\nport = 587\n",
	"a smtp h:587 starttls\n"},
    {"an unknown key with a question mark is passed over", A "?tls-magic = yes\n?port = 587\n",
	"a smtp h:587 starttls\n"},
    {"names of accounts have dots, digits, hyphens and underscores",
	"[account a.1-b_c]\nhost = h\n", "a.1-b_c smtp h:465 implicit\n"},
    {"~ is the home of whoever runs it", A "tls-ca = ~/ca.pem\n",
	"a smtp h:465 implicit ca=FOLDER/ca.pem\n"},
    {"$XDG_CONFIG_HOME is .config in it", A "tls-ca = $XDG_CONFIG_HOME/ca.pem\n",
	"a smtp h:465 implicit ca=FOLDER/.config/ca.pem\n"},
};

static const struct row bad[] = {
    {"a near key is suggested", A "prot = 587\n",
	"f:3:1+4 unknown key 'prot' in section [account] (did you mean 'port'?)\n"},
    {"an underscore is not a hyphen", A "tls_verify = no\n",
	"f:3:1+10 unknown key 'tls_verify' in section [account] (did you mean 'tls-verify'?)\n"},
    {"keys are lower-case", A "Port = 587\n",
	"f:3:1+4 unknown key 'Port' in section [account] (did you mean 'port'?)\n"},
    {"a key of another section is sent there", A "domain = x.example\n",
	"f:3:1+6 unknown key 'domain' in section [account] ('domain' belongs in section "
	"[defaults])\n"},
    {"protection is not switched off for all", "[defaults]\ntls-verify = no\n",
	"f:2:1+10 unknown key 'tls-verify' in section [defaults] ('tls-verify' belongs in "
	"section [account])\n"},
    {"a near section is suggested", "[acount a]\nhost = h\n",
	"f:1:2+6 unknown section [acount] (did you mean [account]?)\n"},
    {"a key wants a section", "host = h\nport = 1\n",
	"f:1:1+4 'host' stands outside of any section (begin with a section: [defaults] or "
	"[account NAME])\n"},
    {"an account wants a name", "[account]\nhost = h\n",
	"f:1:2+7 an account needs a name (write: [account NAME] with a-z, 0-9, '.', '_' and "
	"'-')\n"},
    {"capitals are no name", "[account A]\nhost = h\n",
	"f:1:10+1 this is no name for an account (write: [account NAME] with a-z, 0-9, '.', '_' "
	"and '-')\n"},
    {"a path is no name", "[account ../x]\nhost = h\n",
	"f:1:10+4 this is no name for an account (write: [account NAME] with a-z, 0-9, '.', '_' "
	"and '-')\n"},
    {"[route] takes no name", A "[route x]\naccount = a\n",
	"f:3:8+1 section [route] takes no name\n"},
    {"a scalar stands once", A "port = 25\n# c\nport = 26\n",
	"f:5:1+4 'port' is set twice in one section (the other one is line 3)\n"},
    {"a value is wanted", A "user =\n",
	"f:3:1+4 'user' has no value (remove the line, or give it a value)\n"},
    {"a comment behind a number is recognised", A "port = 587 # STARTTLS\n",
	"f:3:8+14 '587 # STARTTLS' is not a port number (comments stand on a line of their own)\n"},
    {"port 0 is none", A "port = 0\n",
	"f:3:8+1 '0' is not a port number (use a number from 1 to 65535; 465 for implicit TLS, "
	"587 for STARTTLS)\n"},
    {"port 65536 is none", A "port = 65536\n",
	"f:3:8+5 '65536' is not a port number (use a number from 1 to 65535; 465 for implicit "
	"TLS, 587 for STARTTLS)\n"},
    {"a choice is told", A "tls = on\n",
	"f:3:7+2 'on' is not a value of 'tls' (one of: implicit|starttls|off)\n"},
    {"TLS 1.1 is no choice", A "tls-min = 1.1\n",
	"f:3:11+3 '1.1' is not a value of 'tls-min' (one of: 1.2|1.3)\n"},
    {"a mechanism is known or not", A "user = u\nauth = plain, ntlm\n",
	"f:4:8+11 'plain, ntlm' is not a value of 'auth' (a list of: off|scram-sha-256|"
	"scram-sha-1|cram-md5|plain|login|oauthbearer|xoauth2)\n"},
    {"yes or no", A "tls-verify = maybe\n", "f:3:14+5 'maybe' is not yes or no\n"},
    {"a duration has a unit we know", A "timeout = 5y\n",
	"f:3:11+2 '5y' is not a duration (write it like 30s, 5m, 4h or 5d)\n"},
    {"no time at all is no duration", A "timeout = 0s\n",
	"f:3:11+2 '0s' is not a duration (write it like 30s, 5m, 4h or 5d)\n"},
    {"no recipients are no number", A "max-recipients = 0\n",
	"f:3:18+1 '0' is not a number (use a number from 1 to 1000000)\n"},
    {"a pin has 44 characters", A "tls-pin = sha256:47DEQpj8HBSa\n",
	"f:3:11+19 'sha256:47DEQpj8HBSa' is not a key pin (write: sha256: and 44 characters of "
	"base64)\n"},
    {"a pin names its hash", A "tls-pin = md5:x\n",
	"f:3:11+5 'md5:x' is not a key pin (write: sha256: and 44 characters of base64)\n"},
    {"paths are whole", A "tls-ca = ca.pem\n",
	"f:3:10+6 'ca.pem' is not a path that begins with '/' or '~/'\n"},
    {"other variables are not expanded", A "tls-ca = $HOME/ca.pem\n",
	"f:3:10+12 '$HOME/ca.pem' is not a path that begins with '/' or '~/'\n"},
    {"a host is wanted", "[account a]\nport = 25\n",
	"f:1:2+7 account 'a' names no host (add: host = smtp.example.org)\n"},
    {"a host is a name", "[account a]\nhost = a b\n", "f:2:8+3 'a b' is no host name\n"},
    {"server and host do not go together", "[account a]\nhost = h\nserver = smtp://i\n",
	"f:2:1+4 'server' already names the host (keep one of them)\n"},
    {"a URL has one of three beginnings", "[account a]\nserver = mail:25\n",
	"f:2:10+7 the URL cannot be used: it does not begin with smtps://, smtp:// or lmtp://\n"},
    {"a URL has no password", "[account a]\nserver = smtps://u:hunter2@h\n",
	"f:2:10+19 the URL cannot be used: it holds a password, which others can see: leave it "
	"out and name a password source\n"},
    {"what stands behind a URL is not passed over", "[account a]\nserver = smtp://h?tls=off\n",
	"f:2:10+16 keys behind '?' are for --server and POSTRIDER_URL (write 'tls' as a key of "
	"its own)\n"},
    {"keys behind a broken header are not those of the account before",
	A "port = 1\n[account b\nport = 2\n",
	"f:4:1+10 a section has no closing bracket (write: [account NAME])\n"},
    {"auth wants a user", A "auth = plain\n",
	"f:3:8+5 'auth' is set, but there is no user (add: user = NAME)\n"},
    {"one source of the password", A "user = u\npassword-file = /x\npassword-command = y\n",
	"f:4:17+2 account 'a' has two sources of its secret: 'password-command' and "
	"'password-file' (keep one of them)\n"},
    {"a token is a source, too", A "user = u\npassword-file = /x\ntoken-command = y\n",
	"f:5:17+1 account 'a' has two sources of its secret: 'password-file' and "
	"'token-command' (keep one of them)\n"},
    {"a mechanism for tokens wants one", A "user = u\nauth = oauthbearer, xoauth2\n",
	"f:4:8+20 account 'a' has no token-command, and 'auth' names only mechanisms that need a "
	"token (add: token-command = COMMAND)\n"},
    {"a password is none", A "user = u\nauth = xoauth2\npassword-command = y\n",
	"f:4:8+7 account 'a' has no token-command, and 'auth' names only mechanisms that need a "
	"token (add: token-command = COMMAND)\n"},
    {"a token wants a mechanism", A "user = u\nauth = scram-sha-256, plain\ntoken-command = y\n",
	"f:4:8+20 account 'a' has a token-command, and 'auth' names no mechanism that takes a "
	"token (allowed then: oauthbearer, xoauth2)\n"},
    {"a sender is an address", A "from = ann\n",
	"f:3:8+3 'ann' is no sender address (write: name@example.org, or *@example.org)\n"},
    {"a sender cannot carry a parameter", A "from = a@x.example> SIZE=1\n",
	"f:3:8+19 'a@x.example> SIZE=1' is no sender address (write: name@example.org, or "
	"*@example.org)\n"},
    {"like names an account", A "like = b\n", "f:3:8+1 there is no account 'b' to be like\n"},
    {"like does not go round", "[account a]\nhost = h\nlike = b\n[account b]\nlike = a\n",
	"f:3:8+1 account 'a' is like itself in the end\nf:5:8+1 account 'b' is like itself in "
	"the end\n"},
    {"failover names accounts", A "failover = b\n",
	"f:3:12+1 there is no account 'b' to fail over to\n"},
    {"the default is an account", "[defaults]\naccount = ab\n[account abc]\nhost = h\n",
	"f:2:11+2 there is no account 'ab'\n"},
    {"a near account is suggested", "[defaults]\naccount = gmial\n[account gmail]\nhost = h\n",
	"f:2:11+5 there is no account 'gmial' (did you mean 'gmail'?)\n"},
    {"the domain is one", "[defaults]\ndomain = a b\n", "f:2:10+3 'a b' is not a domain\n"},
    {"a local domain is one", "[defaults]\nlocal-domains = x.example, a b\n",
	"f:2:17+14 'a b' is not a domain\n"},
    {"local-to has domains", "[defaults]\nlocal-to = ann\n",
	"f:2:12+3 'ann' is an address without a domain (write it with its domain)\n"},
    {"local-to is a list of addresses", "[defaults]\nlocal-to = a b c\n",
	"f:2:12+5 'a b c' is not a list of mail addresses\n"},
    {"mail for this machine leaves it", "[defaults]\nlocal-to = ann@localhost\n",
	"f:2:12+13 'ann@localhost' is an address of this machine, and mail for those is to go "
	"there\n"},
    {"alias files have whole paths", "[defaults]\naliases = /a, aliases\n",
	"f:2:11+11 'aliases' is not a path that begins with '/'\n"},
    {"senders are rewritten in three ways", A "rewrite-from = sometimes\n",
	"f:3:16+9 'sometimes' is not a value of 'rewrite-from' (one of: "
	"never|when-local|always)\n"},
    {"a route wants an account", A "[route]\nmatch-user = u\n",
	"f:3:2+5 the route names no account (add: account = NAME)\n"},
    {"a route wants a condition", A "[route]\naccount = a\n",
	"f:3:2+5 the route matches nothing (add match-from, match-to or match-user)\n"},
    {"a route's sender is an address",
	A "[route]\nmatch-user = u\naccount = a\nfrom = *@x.example>\n",
	"f:6:8+12 '*@x.example>' is not a mail address\n"},
    {"a value is shown without its escape sequences", A "port = \x1b[2J\n",
	"f:3:8+4 '\\x1b[2J' is not a port number (use a number from 1 to 65535; 465 for implicit "
	"TLS, 587 for STARTTLS)\n"},
};

/* FOLDER in what is wanted stands for $HOME. */
static void
want(const char *text, const char *got)
{
	const char *at = strstr(text, "FOLDER");
	struct buf b;

	buf_init(&b, 4096);
	if (at != NULL) {
		(void)buf_add(&b, text, (size_t)(at - text));
		(void)buf_adds(&b, getenv("HOME"));
		text = at + strlen("FOLDER");
	}
	(void)buf_adds(&b, text);
	assert_string_equal(got, buf_str(&b));
	buf_done(&b);
}

static void
meaning(void **state)
{
	const struct row *r = *state;
	struct diags d = {.n = 0};
	struct buf out;

	buf_init(&out, 100000);
	conf_result(conf_load(r->text, &d), &d, &out);
	want(r->want, buf_str(&out));
	assert_null(strstr(buf_str(&out), "hunter2"));
	buf_done(&out);
}

int
main(void)
{
	enum { NGOOD = sizeof(good) / sizeof(good[0]), NBAD = sizeof(bad) / sizeof(bad[0]) };
	static struct CMUnitTest tests[NGOOD + NBAD];

	for (size_t i = 0; i < NGOOD + NBAD; i++) {
		const struct row *r = i < NGOOD ? &good[i] : &bad[i - NGOOD];

		tests[i] = (struct CMUnitTest){r->name, meaning, NULL, NULL, (void *)(uintptr_t)r};
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, conf_setup, conf_teardown);
}
