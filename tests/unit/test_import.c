/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of each word of other programs' configurations: the text, and what is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "conf.h"
#include "config/import.h"

struct row {
	const char *name;
	const char *first, *second; /* the files; of nullmailer `remotes`, and "NAME=VALUE" lines */
	const char *want; /* lines that must be there, in order, a "!" in front: not there */
	const char *said; /* the findings and drops, all of them */
};

#define A "account a\nhost h.example\n"
#define LOGIN A "auth on\nuser u\n"

static const struct row msmtp[] = {
    {"a host is an account without TLS on port 25", A, NULL,
	"[account a]\nhost = h.example\nport = 25\ntls = off\n", ""},
    {"tls alone means STARTTLS", A "tls\n", NULL, "port = 25\ntls = starttls\n", ""},
    {"without STARTTLS it is implicit on 465", A "tls on\ntls_starttls off\n", NULL,
	"port = 465\ntls = implicit\n", ""},
    {"a service is a port", A "port submission\n", NULL, "port = 587\n", ""},
    {"words of a command have no case", "ACCOUNT a\nHost h.example\nTLS ON\n", NULL,
	"host = h.example\nport = 25\ntls = starttls\n", ""},
    {"quotes around an argument go", A "from \"a@x.example\"\n", NULL, "from = a@x.example\n", ""},
    {"patterns of senders stay", A "from *@x.example\n", NULL, "from = *@x.example\n", ""},
    {"defaults hold for later accounts only",
	"account b\nhost b.example\ndefaults\ntls on\naccount c\nhost c.example\n", NULL,
	"[account b]\ntls = off\n[account c]\ntls = starttls\n", ""},
    {"defaults may change in between",
	"defaults\ntls on\naccount b\nhost b.example\ndefaults\ntls off\naccount c\nhost c.example\n",
	NULL, "[account b]\ntls = starttls\n[account c]\ntls = off\n", ""},
    {"an account takes from another what it does not say",
	A "port 2525\naccount b : a\nfrom b@x.example\n", NULL,
	"[account b]\nhost = h.example\nport = 2525\nfrom = b@x.example\n", ""},
    {"from several, the last wins",
	A "port 1\naccount b\nhost b.example\nport 2\naccount c : a, b\n", NULL,
	"[account c]\nhost = b.example\nport = 2\n", ""},
    {"an account that is not there", A "account b : x\nhost b.example\n", NULL,
	"[account a]\n[account b]\n",
	"f:3: there is no account of that name above to take settings from\n"},
    {"a default is a name", A "account default : a\n", NULL, "account = a\n!account default\n", ""},
    {"a default with own words is an account", A "account default : a\nport 26\n", NULL,
	"account = default\n[account default]\nhost = h.example\nport = 26\n", ""},
    {"names become what we may call accounts", "account My Mail!\nhost h.example\n", NULL,
	"[account my-mail-]\n", ""},
    {"and stay apart", "account A b\nhost h.example\naccount a-b\nhost i.example\n", NULL,
	"[account a-b]\nhost = h.example\n[account a-b-2]\nhost = i.example\n", ""},
    {"a user without auth does not log in", A "user u\n", NULL, "user = u\nauth = off\n", ""},
    {"a login without password asks the keyring", LOGIN, NULL, "user = u\npassword-keyring = yes\n",
	""},
    {"a command gives it", LOGIN "passwordeval \"pass show 'x'\"\n", NULL,
	"password-command = pass show 'x'\n!keyring\n", ""},
    {"a password goes to a file", LOGIN "password SECRET\n", NULL,
	"password-file = /conf/a.password\n!SECRET\n", ""},
    {"what gives an access token is no password",
	A "auth xoauth2\nuser u\npasswordeval \"oama access u\"\n", NULL,
	"user = u\nauth = xoauth2\ntoken-command = oama access u\n!password-command\n!keyring\n",
	""},
    {"oauthbearer is ours, too", A "auth oauthbearer\nuser u\npasswordeval t\n", NULL,
	"auth = oauthbearer\ntoken-command = t\n", ""},
    {"a token that was written down is over", A "auth oauthbearer\nuser u\npassword SECRET\n", NULL,
	"user = u\n# this login used an access token\n!SECRET\n!auth = \n!password-file\n",
	"auth (a token needs token-command, a command that prints it) 1\n"},
    {"mechanisms of ours are named", A "auth cram-md5\nuser u\n", NULL, "auth = cram-md5\n", ""},
    {"others are missed", A "auth gssapi\nuser u\n", NULL, "# this login used 'gssapi'\n!auth = \n",
	"auth (postrider does not have this mechanism) 1\n"},
    {"the system's authorities are ours", A "tls on\ntls_trust_file system\n", NULL, "!tls-ca\n",
	""},
    {"others are named", A "tls on\ntls_trust_file /ca.pem\n", NULL, "tls-ca = /ca.pem\n", ""},
    {"a certificate that is not checked warns", A "tls on\ntls_certcheck off\n", NULL,
	"# WARNING\ntls-verify = no\n", ""},
    {"all of TLS",
	A
	"tls on\ntls_host_override n.example\ntls_cert_file /c\ntls_key_file /k\ntls_priorities NORMAL\n",
	NULL, "tls-name = n.example\ntls-cert = /c\ntls-key = /k\ntls-priority = NORMAL\n", ""},
    {"LMTP on a socket", "account a\nprotocol lmtp\nsocket /run/lmtp\n", NULL,
	"server = lmtp:///run/lmtp\n", ""},
    {"LMTP on a port", A "protocol lmtp\nport 24\n", NULL, "server = lmtp://h.example:24\n", ""},
    {"what is for all accounts stands above", A "maildomain d.example\naliases /etc/aliases\n",
	NULL, "[defaults]\ndomain = d.example\naliases = /etc/aliases\n[account a]\n", ""},
    {"all of the rest",
	A
	"from a@x.example\nallow_from_override off\ndomain e.example\nsource_ip 192.0.2.1\ntimeout 7\n",
	NULL,
	"from = a@x.example\nehlo-name = e.example\nsource-address = 192.0.2.1\ntimeout = 7\nrewrite-from = always\n",
	""},
    {"lines without counterpart are counted",
	A "tls_crl_file x\nproxy_host p\naccount b\nhost i.example\ntls_crl_file y\n", NULL, "",
	"tls_crl_file (revocation lists are not read) 2\nproxy_host (no proxies yet) 1\n"},
    {"eval is not run", A "eval echo host evil.example\n", NULL, "!evil\n",
	"eval (its output cannot be known here) 1\n"},
    {"an unknown word is not quoted", A "pasword SECRET\n", NULL, "!SECRET\n",
	"f:3: unknown command (is 'password' meant?)\n"},
    {"a switch that is none", A "tls perhaps\n", NULL, "tls = starttls\n",
	"f:3: a switch is on or off; it is taken as on\n"},
    {"a value that would not load is left out", A "from a\n", NULL, "!from\n",
	"f:3: left out 'from': 'a' is no sender address\n"},
    {"so is an account without a host", A "account b\nport 25\n", NULL, "[account a]\n!account b\n",
	"f:3: left out: account 'b' names no host\n"},
    {"blanks at the ends of a value stay", LOGIN "from a@x.example\naccount b : a\nuser \" u \"\n",
	NULL, "user = \" u \"\n", ""},
    {"octets that are no text are refused", A "domain \xff\n", NULL, "!ehlo-name\n",
	"f:3: the value of 'domain' has control characters or is not UTF-8\n"},
    {"line ends of another system", "account a\r\nhost h.example\r\n", NULL, "host = h.example\n",
	""},
    {"comments are none of ours", "# account x\n" A "  # host i.example\n", NULL,
	"host = h.example\n!i.example\n", ""},
};

#define HUB "mailhub=h.example:587\n"

static const struct row ssmtp[] = {
    {"keys have no case, blanks around '=' do not count", "MAILHUB = h.example:2525\n", NULL,
	"host = h.example\nport = 2525\n", ""},
    {"an IPv6 address in brackets", "mailhub=[::1]:2525\n", NULL, "host = ::1\ntls = off\n", ""},
    {"neither TLS nor STARTTLS: STARTTLS, with a warning", "mailhub=h.example\n", NULL,
	"# WARNING\ntls = starttls\nport = 25\n", ""},
    {"on this machine none is missed", "mailhub=localhost\n", NULL, "tls = off\nport = 25\n!WARN\n",
	""},
    {"UseTLS alone is implicit", "mailhub=h.example\nUseTLS=YES\n", NULL, "tls = implicit\n!port\n",
	""},
    {"UseSTARTTLS alone is STARTTLS", HUB "UseSTARTTLS=yes\n", NULL, "tls = starttls\n", ""},
    {"a comment behind a value", "mailhub=h.example # ours\n", NULL, "host = h.example\n!ours\n",
	""},
    {"but never in a password", HUB "AuthUser=u\nAuthPass=SECRET #1\n", NULL,
	"password-file = /conf/relay.password\n!SECRET\n", ""},
    {"methods", HUB "AuthUser=u\nAuthPass=x\nAuthMethod=CRAM-MD5\n", NULL, "auth = cram-md5\n", ""},
    {"a login that is an address is the sender", HUB "AuthUser=u@x.example\n", NULL,
	"from = u@x.example\nrewrite-from = always\n", ""},
    {"who may say From keeps it", HUB "AuthUser=u@x.example\nFromLineOverride=YES\n", NULL,
	"rewrite-from = when-local\n", ""},
    {"root's mail, domain and name",
	HUB "root=r@x.example\nRewriteDomain=d.example\nHostname=n.d.example\n", NULL,
	"domain = d.example\nehlo-name = n.d.example\nlocal-to = r@x.example\n", ""},
    {"a root without domain gets one", HUB "root=r\nHostname=n.d.example\n", NULL,
	"local-to = r@n.d.example\n", ""},
    {"or is dropped", HUB "root=r\nHostname=n\n", NULL, "!local-to\n!domain\n",
	"Root (it has no domain) 1\n"},
    {"certificates", HUB "UseSTARTTLS=YES\nTLS_CA_File=/ca\nTLSCert=/c\nTLSKey=/k\n", NULL,
	"tls-ca = /ca\ntls-cert = /c\ntls-key = /k\n", ""},
    {"a user's address", HUB, "bob:b@x.example\n",
	"[route]\nmatch-user = bob\naccount = relay\nfrom = b@x.example\n", ""},
    {"and server", HUB, "bob:b@x.example:i.example:465\n",
	"[account i.example]\nlike = relay\nhost = i.example\nport = 465\n[route]\naccount = i.example\n",
	""},
    {"that is the same for two", HUB, "bob:b@x.example:i.example\nann:a@x.example:i.example\n",
	"account = i.example\naccount = i.example\n!i.example-2\n", ""},
    {"bad lines", HUB "nonsense\nmailhup=x\n", "bob\n", "host = h.example\n!route\n",
	"f:2: expected Key=Value\nf:3: unknown key (is 'MailHub' meant?)\n"
	"g:1: expected user:address or user:address:mailhub\n"},
    {"no server", "root=r\n", NULL, NULL, "f: no MailHub is named, so there is no server\n"},
};

static const struct row nullmailer[] = {
    {"a host alone", "h.example\n", NULL, "# WARNING\ntls = starttls\n", ""},
    {"on this machine in the clear", "127.0.0.1\n", NULL, "port = 25\ntls = off\n", ""},
    {"ssl is implicit TLS on 465", "h.example smtp ssl\n", NULL, "port = 465\ntls = implicit\n",
	""},
    {"options with dashes, too", "h.example smtp --starttls --port=587\n", NULL,
	"port = 587\ntls = starttls\n", ""},
    {"words are quoted as in a shell", "h.example smtp user='a b' pass=\"SE\\\"CRET\" ssl\n", NULL,
	"user = a b\npassword-file = /conf/relay.password\n!CRET\n", ""},
    {"a quotation without end", "h.example\ni.example pass='x\n", NULL, "host = h.example\n",
	"f:2: a quotation has no end\n"},
    {"several are a chain", "a.example ssl\nb.example ssl\nc.example ssl\n", NULL,
	"account = relay\n[account relay]\nhost = a.example\nfailover = relay-2, relay-3\n"
	"[account relay-2]\nhost = b.example\n[account relay-3]\nhost = c.example\n",
	""},
    {"QMQP is not spoken", "a.example qmqp\nb.example ssl\n", NULL, "host = b.example\n",
	"qmqp (only SMTP and LMTP) 1\n"},
    {"certificates",
	"h.example smtp ssl x509certfile=/c x509keyfile=/k x509cafile=/ca insecure source=192.0.2.1\n",
	NULL,
	"# WARNING\ntls-verify = no\ntls-ca = /ca\ntls-cert = /c\ntls-key = /k\nsource-address = 192.0.2.1\n",
	""},
    {"an unknown option", "h.example smtp startls\n", NULL, "host = h.example\n",
	"f:1: unknown option (is 'starttls' meant?)\n"},
    {"the values", "h.example ssl\n",
	"defaulthost=nas\ndefaultdomain=d.example\nadminaddr=a@x.example\nhelohost=e.example\n"
	"allmailfrom=c@x.example\n",
	"domain = nas.d.example\nehlo-name = e.example\nlocal-to = a@x.example\nfrom = c@x.example\n"
	"rewrite-from = always\n",
	""},
    {"waits double up to the longest", "h.example ssl\n",
	"pausetime=60\nmaxpause=300\nqueuelifetime=86400\n",
	"[queue]\nretry = 60s, 120s, 240s, 300s\nlifetime = 86400s\n", ""},
    {"a time that is none", "h.example ssl\n", "pausetime=soon\n", "host = h.example\n!retry\n",
	"g:1: pausetime is a number of seconds, at least 1\n"},
    {"no server", "# none\n", NULL, NULL, "f: it names no server\n"},
};

#define HOST "SMARTHOST h.example\n"

static const struct row dma[] = {
    {"without TLS: STARTTLS, with a warning", HOST, NULL,
	"host = h.example\nport = 25\n# WARNING\ntls = starttls\n", ""},
    {"SECURETRANSFER alone is implicit", HOST "PORT 465\nSECURETRANSFER\n", NULL,
	"port = 465\ntls = implicit\n", ""},
    {"with STARTTLS it is that", HOST "SECURETRANSFER\nSTARTTLS\n", NULL, "tls = starttls\n", ""},
    {"opportunistic TLS is no more", HOST "SECURETRANSFER\nSTARTTLS\nOPPORTUNISTIC_TLS\n", NULL,
	"# OPPORTUNISTIC_TLS\ntls = starttls\n", ""},
    {"the login of the smarthost", HOST "SECURETRANSFER\n",
	"x|i.example:no\nu@x|H.example:SE:CRET\n",
	"user = u@x\npassword-file = /conf/relay.password\n!CRET\n",
	"auth.conf (a login for a server that is not the smarthost) 1\n"},
    {"one sender for all", HOST "MASQUERADE u@d.example\n", NULL,
	"domain = d.example\nfrom = u@d.example\nrewrite-from = always\n", ""},
    {"one domain for all", HOST "MASQUERADE d.example\n", NULL, "domain = d.example\n!rewrite\n",
	""},
    {"a name alone is dropped", HOST "MASQUERADE u@\n", NULL, "!from =\n",
	"MASQUERADE (a name without a domain) 1\n"},
    {"names", HOST "MAILNAME n.example\nALIASES /a\nCERTFILE /c\n", NULL,
	"aliases = /a\ntls-cert = /c\n", ""},
    {"a bad line", HOST "SECURETRANFER\n", "u:x\n", "host = h.example\n!user\n",
	"f:2: unknown key (is 'SECURETRANSFER' meant?)\ng:1: expected user|smarthost:password\n"},
    {"no server", "PORT 25\n", NULL, NULL,
	"f: no SMARTHOST is named: dma delivers by itself, which postrider does not\n"},
};

/* "NAME=VALUE" lines, a file each. */
static void
add_values(struct import *im, const char *s)
{
	while (s != NULL && *s != '\0') {
		size_t name = strcspn(s, "="), line = strcspn(s, "\n");

		import_add_source(im, arena_strndup(&im->mem, s, name), "g", s + name + 1,
		    line - name - 1);
		s += line + 1;
	}
}

static void
check_lines(const struct row *r, const char *text)
{
	const char *at = text, *want = r->want;

	while (*want != '\0') {
		size_t n = strcspn(want, "\n");
		char line[200];
		const char *found;

		memcpy(line, want, n);
		line[n] = '\0';
		want += n + 1;
		found = strstr(line[0] == '!' ? text : at, line[0] == '!' ? line + 1 : line);
		if ((found == NULL) != (line[0] == '!'))
			fail_msg("%s: '%s' in:\n%s", r->name, line, text);
		if (line[0] != '!')
			at = found + n;
	}
}

static void
check_said(const struct row *r, const struct import *im)
{
	struct buf said;

	buf_init(&said, SIZE_MAX);
	for (size_t i = 0; i < im->diags->n; i++) {
		const struct diag *d = &im->diags->items[i];

		(void)buf_adds(&said, d->file);
		if (d->line > 0)
			(void)buf_addf(&said, ":%d", d->line);
		(void)buf_addf(&said, ": %s\n", d->text);
	}
	for (size_t i = 0; i < im->ndrops; i++)
		(void)buf_addf(&said, "%s (%s) %zu\n", im->drops[i].what, im->drops[i].why,
		    im->drops[i].lines);
	if (strcmp(buf_str(&said), r->said) != 0)
		fail_msg("%s: said\n%s", r->name, buf_str(&said));
	buf_done(&said);
}

static void
try_rows(const struct row *rows, size_t n, import_fn *run, const char *first, const char *second)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct diags d = {.n = 0};
		struct import im;
		struct buf text;
		bool useful;

		import_init(&im, "/conf", &d);
		import_add_source(&im, first, "f", r->first, strlen(r->first));
		if (second == NULL)
			add_values(&im, r->second);
		else if (r->second != NULL)
			import_add_source(&im, second, "g", r->second, strlen(r->second));
		run(&im);
		buf_init(&text, SIZE_MAX);
		useful = import_render(&im, &text);
		if (useful != (r->want != NULL))
			fail_msg("%s: useful is %d", r->name, useful);
		if (useful)
			check_lines(r, buf_str(&text));
		check_said(r, &im);
		buf_done(&text);
		import_done(&im);
		diags_done(&d);
	}
}

#define ROWS(r) r, sizeof(r) / sizeof((r)[0])

static void
test_msmtp(void **state)
{
	(void)state;
	try_rows(ROWS(msmtp), import_msmtp, "msmtprc", "none");
}

static void
test_ssmtp(void **state)
{
	(void)state;
	try_rows(ROWS(ssmtp), import_ssmtp, "ssmtp.conf", "revaliases");
}

static void
test_nullmailer(void **state)
{
	(void)state;
	try_rows(ROWS(nullmailer), import_nullmailer, "remotes", NULL);
}

static void
test_dma(void **state)
{
	(void)state;
	try_rows(ROWS(dma), import_dma, "dma.conf", "auth.conf");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_msmtp),
	    cmocka_unit_test(test_ssmtp),
	    cmocka_unit_test(test_nullmailer),
	    cmocka_unit_test(test_dma),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, conf_setup, conf_teardown);
}
