/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the command line and the environment put above the files, or in their place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

#define A "[account a]\nhost = h\nuser = u\n"
#define SETS_MAX 4

static struct buf out;

static void
load(const struct config_request *req)
{
	struct diags d = {.n = 0};
	struct config *c = config_load(req, &d);

	buf_clear(&out);
	conf_result(c, &d, &out);
}

static int
begin(void **state)
{
	(void)state;
	buf_init(&out, 100000);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_done(&out);
	return unsetenv("POSTRIDER_URL") | unsetenv("POSTRIDER_PASSWORD_FILE");
}

struct row {
	const char *name;
	const char *file; /* text for -C, NULL: none */
	const char *server, *sets[SETS_MAX];
	const char *url, *password_file; /* of the environment */
	int64_t timeout_ms;
	const char *want;
};

static const struct row rows[] = {
    {.name = "--set wins over the file",
	.file = A "port = 1\n",
	.sets = {"account.a.port=2"},
	.want = "a smtp h:2 implicit user=u\n"},
    {.name = "the last --set wins",
	.file = A,
	.sets = {"account.a.port=2", "account.a.port=3"},
	.want = "a smtp h:3 implicit user=u\n"},
    {.name = "--set replaces a list",
	.file = A "from = a@x.example\n",
	.sets = {"account.a.from=b@x.example,c@x.example"},
	.want = "a smtp h:465 implicit user=u from=b@x.example,c@x.example\n"},
    {.name = "--set reaches [defaults]",
	.file = A,
	.sets = {"defaults.timeout=1s"},
	.want = "a smtp h:465 implicit user=u timeout=1000\n"},
    {.name = "--set splits at the first equals sign",
	.file = A,
	.sets = {"account.a.password-command=x=y"},
	.want = "a smtp h:465 implicit user=u password=command from-it=x=y\n"},
    {.name = "--set knows accounts with dots",
	.file = "[account a.b]\nhost = h\n",
	.sets = {"account.a.b.port=2"},
	.want = "a.b smtp h:2 implicit\n"},
    {.name = "--set can make an account",
	.file = "",
	.sets = {"account.n.host=h"},
	.want = "n smtp h:465 implicit\n"},
    {.name = "--set checks like a file",
	.file = A,
	.sets = {"account.a.port=x"},
	.want =
	    "--set 'x' is not a port number (use a number from 1 to 65535; 465 for implicit TLS, "
	    "587 for STARTTLS)\n"},
    {.name = "--set suggests a key",
	.file = A,
	.sets = {"account.a.prot=1"},
	.want = "--set unknown key 'prot' in section [account] (did you mean 'port'?)\n"},
    {.name = "--set wants a section",
	.file = A,
	.sets = {"port=1"},
	.want = "--set 'port' names no key (write: --set account.NAME.KEY=VALUE, "
		"defaults.KEY=VALUE, queue.KEY=VALUE or log.KEY=VALUE)\n"},
    {.name = "--set wants the name of an account",
	.file = A,
	.sets = {"account.port=1"},
	.want = "--set 'account.port' names no key (write: --set account.NAME.KEY=VALUE, "
		"defaults.KEY=VALUE, queue.KEY=VALUE or log.KEY=VALUE)\n"},
    {.name = "--set wants a value",
	.file = A,
	.sets = {"account.a.port"},
	.want = "--set 'account.a.port' names no key (write: --set account.NAME.KEY=VALUE, "
		"defaults.KEY=VALUE, queue.KEY=VALUE or log.KEY=VALUE)\n"},
    {.name = "--set replaces the source of the password",
	.file = A "password-file = /f\n",
	.sets = {"account.a.password-command=c"},
	.want = "a smtp h:465 implicit user=u password=command from-it=c\n"},
    {.name = "--set wins over the port of a URL",
	.file = "[account a]\nserver = smtps://h:1465\n",
	.sets = {"account.a.port=2"},
	.want = "a smtp h:2 implicit\n"},
    {.name = "--set makes no account of any name",
	.file = "",
	.sets = {"account.../x.host=h"},
	.want = "--set '../x' is no name for an account (names have a-z, 0-9, '.', '_' and '-')\n"},
    {.name = "--set takes no password",
	.file = A,
	.sets = {"account.a.password=hunter2"},
	.want = "--set a password is not taken from the command line, where others see it (use "
		"password-file or password-command)\n"},
    {.name = "a wrong --set does not hide a wrong file",
	.file = A "prot = 1\n",
	.sets = {"x=y"},
	.want = "f:4:1+4 unknown key 'prot' in section [account] (did you mean 'port'?)\n"
		"--set 'x' names no key (write: --set account.NAME.KEY=VALUE, "
		"defaults.KEY=VALUE, queue.KEY=VALUE or log.KEY=VALUE)\n"},

    {.name = "--server is an account",
	.file = "",
	.server = "smtps://u@i:1465?from=a@x.example",
	.want = "server smtp i:1465 implicit user=u from=a@x.example\n"},
    {.name = "--server stands beside the file",
	.file = A,
	.server = "smtp://i?tls=off",
	.want = "a smtp h:465 implicit user=u\nserver smtp i:25 off\n"},
    {.name = "[defaults] holds for --server",
	.file = "[defaults]\nehlo-name = e.example\n",
	.server = "smtp://i:25",
	.want = "server smtp i:25 starttls ehlo=e.example\n"},
    {.name = "--server takes no password in its query",
	.file = "",
	.server = "smtps://u@i?password=hunter2",
	.want =
	    "--server a password is not taken from a URL, where others see it (use password-file "
	    "or password-command)\n"},
    {.name = "--server takes no password",
	.file = "",
	.server = "smtps://u:hunter2@i",
	.want = "--server the URL cannot be used: it holds a password, which others can see: leave "
		"it out and name a password source\n"},
    {.name = "--server checks its query",
	.file = "",
	.server = "smtp://i?tls=of",
	.want = "--server 'of' is not a value of 'tls' (one of: implicit|starttls|off)\n"},

    {.name = "POSTRIDER_URL is an account",
	.url = "smtps://u@i?from=a@x.example",
	.want = "env smtp i:465 implicit user=u from=a@x.example\n"},
    {.name = "its password comes from a file",
	.url = "smtps://u@i",
	.password_file = "/run/secrets/smtp",
	.want = "env smtp i:465 implicit user=u password=file from-it=/run/secrets/smtp\n"},
    {.name = "--set reaches it",
	.url = "smtps://u@i",
	.sets = {"account.env.port=1", "defaults.timeout=1s"},
	.want = "env smtp i:1 implicit user=u timeout=1000\n"},
    {.name = "-C wins over POSTRIDER_URL",
	.file = A,
	.url = "smtps://u@i",
	.want = "a smtp h:465 implicit user=u\n"},
    {.name = "--server wins over POSTRIDER_URL",
	.file = "",
	.server = "smtp://j:587",
	.url = "smtps://u@i",
	.want = "server smtp j:587 starttls\n"},
    {.name = "POSTRIDER_URL takes no password",
	.url = "smtps://u:hunter2@i",
	.want = "POSTRIDER_URL the URL cannot be used: it holds a password, which others can see: "
		"leave it out and name a password source\n"},
    {.name = "a password file without POSTRIDER_URL is nothing",
	.file = A,
	.password_file = "/x",
	.want = "a smtp h:465 implicit user=u\n"},

    {.name = "--timeout sets two of four",
	.file = A "timeout = 9s\n",
	.timeout_ms = 1000,
	.want = "a smtp h:465 implicit user=u timeout=1000 reply=1000\n"},
};

static void
request(void **state)
{
	const struct row *r = *state;
	struct config_request req = {.server = r->server,
	    .sets = r->sets,
	    .timeout_ms = r->timeout_ms};

	if (r->file != NULL)
		req.file = conf_write("f", r->file, 0600);
	while (req.nsets < SETS_MAX && r->sets[req.nsets] != NULL)
		req.nsets++;
	if (r->url != NULL)
		assert_int_equal(setenv("POSTRIDER_URL", r->url, 1), 0);
	if (r->password_file != NULL)
		assert_int_equal(setenv("POSTRIDER_PASSWORD_FILE", r->password_file, 1), 0);
	load(&req);
	assert_string_equal(buf_str(&out), r->want);
	assert_null(strstr(buf_str(&out), "hunter2"));
}

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static struct CMUnitTest tests[NROWS];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, request, begin, end,
		    (void *)(uintptr_t)&rows[i]};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("request", tests, conf_setup, conf_teardown);
}
