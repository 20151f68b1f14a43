/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which files are read, whom they may belong to, and what stands above them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "conf.h"

#define USER_FILE ".config/postrider/postrider.conf"
#define A "[account a]\nhost = h\nuser = u\n"
#define SETS_MAX 4

static struct buf out;

static void
load(const struct config_request *req)
{
	struct diags d = { .n = 0 };
	struct config *c = config_load(req, &d);

	buf_clear(&out);
	conf_result(c, &d, &out);
}

static int
begin(void **state)
{
	(void)state;
	buf_init(&out, 100000);
	(void)unlink(conf_path(USER_FILE));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_done(&out);
	return unsetenv("POSTRIDER_URL") | unsetenv("POSTRIDER_PASSWORD_FILE") | unsetenv("XDG_CONFIG_HOME");
}

/* ---- the command line and the environment */

struct row {
	const char *name;
	const char *file; /* text for -C, NULL: none */
	const char *server, *sets[SETS_MAX];
	const char *url, *password_file; /* of the environment */
	int64_t timeout_ms;
	const char *want;
};

static const struct row rows[] = {
	{ .name = "--set wins over the file", .file = A "port = 1\n", .sets = { "account.a.port=2" },
	    .want = "a smtp h:2 implicit user=u\n" },
	{ .name = "the last --set wins", .file = A, .sets = { "account.a.port=2", "account.a.port=3" },
	    .want = "a smtp h:3 implicit user=u\n" },
	{ .name = "--set replaces a list", .file = A "from = a@x.example\n",
	    .sets = { "account.a.from=b@x.example,c@x.example" },
	    .want = "a smtp h:465 implicit user=u from=b@x.example,c@x.example\n" },
	{ .name = "--set reaches [defaults]", .file = A, .sets = { "defaults.timeout=1s" },
	    .want = "a smtp h:465 implicit user=u timeout=1000\n" },
	{ .name = "--set splits at the first equals sign", .file = A, .sets = { "account.a.password-command=x=y" },
	    .want = "a smtp h:465 implicit user=u password=command from-it=x=y\n" },
	{ .name = "--set knows accounts with dots", .file = "[account a.b]\nhost = h\n",
	    .sets = { "account.a.b.port=2" }, .want = "a.b smtp h:2 implicit\n" },
	{ .name = "--set can make an account", .file = "", .sets = { "account.n.host=h" },
	    .want = "n smtp h:465 implicit\n" },
	{ .name = "--set checks like a file", .file = A, .sets = { "account.a.port=x" },
	    .want = "--set 'x' is not a port number (use a number from 1 to 65535; 465 for implicit TLS, 587 for STARTTLS)\n" },
	{ .name = "--set suggests a key", .file = A, .sets = { "account.a.prot=1" },
	    .want = "--set unknown key 'prot' in section [account] (did you mean 'port'?)\n" },
	{ .name = "--set wants a section", .file = A, .sets = { "port=1" },
	    .want = "--set 'port' names no key (write: --set account.NAME.KEY=VALUE or --set defaults.KEY=VALUE)\n" },
	{ .name = "--set wants the name of an account", .file = A, .sets = { "account.port=1" },
	    .want = "--set 'account.port' names no key (write: --set account.NAME.KEY=VALUE or --set defaults.KEY=VALUE)\n" },
	{ .name = "--set wants a value", .file = A, .sets = { "account.a.port" },
	    .want = "--set 'account.a.port' names no key (write: --set account.NAME.KEY=VALUE or --set defaults.KEY=VALUE)\n" },
	{ .name = "--set takes no password", .file = A, .sets = { "account.a.password=hunter2" },
	    .want = "--set a password is not taken from the command line, where others see it (use password-file or password-command)\n" },
	{ .name = "a wrong --set does not hide a wrong file", .file = A "prot = 1\n", .sets = { "x=y" },
	    .want = "f:4:1+4 unknown key 'prot' in section [account] (did you mean 'port'?)\n"
		    "--set 'x' names no key (write: --set account.NAME.KEY=VALUE or --set defaults.KEY=VALUE)\n" },

	{ .name = "--server is an account", .file = "", .server = "smtps://u@i:1465?from=a@x.example",
	    .want = "server smtp i:1465 implicit user=u from=a@x.example\n" },
	{ .name = "--server stands beside the file", .file = A, .server = "smtp://i?tls=off",
	    .want = "a smtp h:465 implicit user=u\nserver smtp i:25 off\n" },
	{ .name = "[defaults] holds for --server", .file = "[defaults]\nehlo-name = e.example\n",
	    .server = "smtp://i:25", .want = "server smtp i:25 starttls ehlo=e.example\n" },
	{ .name = "--server takes no password", .file = "", .server = "smtps://u:hunter2@i",
	    .want = "--server the URL cannot be used: it holds a password, which others can see: leave it out and name a password source\n" },
	{ .name = "--server checks its query", .file = "", .server = "smtp://i?tls=of",
	    .want = "--server 'of' is not a value of 'tls' (one of: implicit|starttls|off)\n" },

	{ .name = "POSTRIDER_URL is an account", .url = "smtps://u@i?from=a@x.example",
	    .want = "env smtp i:465 implicit user=u from=a@x.example\n" },
	{ .name = "its password comes from a file", .url = "smtps://u@i", .password_file = "/run/secrets/smtp",
	    .want = "env smtp i:465 implicit user=u password=file from-it=/run/secrets/smtp\n" },
	{ .name = "--set reaches it", .url = "smtps://u@i", .sets = { "account.env.port=1", "defaults.timeout=1s" },
	    .want = "env smtp i:1 implicit user=u timeout=1000\n" },
	{ .name = "-C wins over POSTRIDER_URL", .file = A, .url = "smtps://u@i",
	    .want = "a smtp h:465 implicit user=u\n" },
	{ .name = "--server wins over POSTRIDER_URL", .file = "", .server = "smtp://j:587", .url = "smtps://u@i",
	    .want = "server smtp j:587 starttls\n" },
	{ .name = "POSTRIDER_URL takes no password", .url = "smtps://u:hunter2@i",
	    .want = "POSTRIDER_URL the URL cannot be used: it holds a password, which others can see: leave it out and name a password source\n" },
	{ .name = "a password file without POSTRIDER_URL is nothing", .file = A, .password_file = "/x",
	    .want = "a smtp h:465 implicit user=u\n" },

	{ .name = "--timeout sets two of four", .file = A "timeout = 9s\n", .timeout_ms = 1000,
	    .want = "a smtp h:465 implicit user=u timeout=1000 reply=1000\n" },
};

static void
request(void **state)
{
	const struct row *r = *state;
	struct config_request req = { .server = r->server, .sets = r->sets, .timeout_ms = r->timeout_ms };

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

/* ---- files */

static void
the_users_file_is_read(void **state)
{
	struct config_request req = { .file = NULL };

	(void)state;
	conf_write(USER_FILE, A, 0600);
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

static void
xdg_config_home_moves_it(void **state)
{
	struct config_request req = { .file = NULL };

	(void)state;
	conf_write(USER_FILE, A, 0600);
	conf_write("xdg/postrider/postrider.conf", "[account x]\nhost = h\n", 0600);
	assert_int_equal(setenv("XDG_CONFIG_HOME", conf_path("xdg"), 1), 0);
	load(&req);
	assert_string_equal(buf_str(&out), "x smtp h:465 implicit\n");
}

static void
a_folder_that_is_not_there_does_not(void **state)
{
	struct config_request req = { .file = NULL };

	(void)state;
	conf_write(USER_FILE, A, 0600);
	assert_int_equal(setenv("XDG_CONFIG_HOME", conf_path("none"), 1), 0);
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

static void
the_paths_looked_at_are_told(void **state)
{
	struct config_request req = { .file = NULL };
	struct diags d = { .n = 0 };
	struct config *c;
	bool found = true;

	(void)state;
	if (access("/etc/postrider", F_OK) == 0)
		skip();
	c = config_load(&req, &d);
	assert_non_null(c);
	assert_int_equal(config_naccounts(c), 0);
	assert_string_equal(config_path(c, 0, &found), conf_path(USER_FILE));
	assert_false(found);
	assert_true(str_ends_nocase(config_path(c, 1, &found), "/postrider/postrider.conf"));
	assert_false(found);
	assert_null(config_path(c, 2, &found));
	config_free(c);
	diags_done(&d);
}

static void
a_file_named_with_c_must_be_there(void **state)
{
	struct config_request req = { .file = conf_path("none") };

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), "none cannot read it: No such file or directory\n");
}

static void
a_folder_is_no_file(void **state)
{
	struct config_request req = { .file = conf_path(".") };

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), ". cannot read it: Is a directory\n");
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
	struct config_request req = { .file = conf_write("f", A, 0602) };

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), "f others may write to the file (chmod go-w f)\n");
	conf_write("f", A, 0620);
	load(&req);
	assert_string_equal(buf_str(&out), "f others may write to the file (chmod go-w f)\n");
}

static void
a_file_that_others_may_read_is_fine(void **state)
{
	struct config_request req = { .file = conf_write("f", A, 0644) };

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

static void
unless_it_holds_a_password(void **state)
{
	struct config_request req = { .file = conf_write("f", A "password = hunter2\n", 0640) };

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out),
	    "f:4:1+8 the file holds a password and others may read it (mode 640) (chmod 600 f)\n");
}

static void
a_strangers_file_is_refused(void **state)
{
	struct config_request req = { .file = conf_write("f", A, 0600) };

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_int_equal(chown(req.file, 12345, (gid_t)-1), 0);
	load(&req);
	assert_string_equal(buf_str(&out),
	    "f the file belongs to uid 12345, neither to you nor to root (chown it to yourself, or to root)\n");
	assert_int_equal(unlink(req.file), 0);
}

static void
a_home_of_somebody_else_is_not_believed(void **state)
{
	struct config_request req = { .file = conf_write("f", A "tls-ca = ~/x\n", 0600) };
	char *home = strdup(getenv("HOME"));

	(void)state;
	if (geteuid() != 0) {
		free(home);
		skip();
	}
	conf_write("other/x", "", 0600);
	assert_int_equal(chown(conf_path("other"), 12345, (gid_t)-1), 0);
	assert_int_equal(setenv("HOME", conf_path("other"), 1), 0);
	load(&req);
	assert_int_equal(setenv("HOME", home, 1), 0);
	free(home);
	assert_non_null(strstr(buf_str(&out), " ca=/"));
	assert_null(strstr(buf_str(&out), "other"));
}

static void
what_is_included_stands_below(void **state)
{
	char text[500];
	const char *inc = conf_write("inc", A "port = 1\nfrom = a@x.example\n[account b]\nhost = i\n", 0600);
	struct config_request req = { .file = conf_path("f") };

	(void)state;
	(void)snprintf(text, sizeof(text), "[defaults]\ninclude = %s\n[account a]\nport = 2\n", inc);
	conf_write("f", text, 0600);
	load(&req);
	assert_string_equal(buf_str(&out),
	    "a smtp h:2 implicit user=u from=a@x.example\nb smtp i:465 implicit\n");
}

static void
what_is_included_must_be_there_and_trusted(void **state)
{
	char text[500];
	struct config_request req = { .file = conf_path("f") };

	(void)state;
	conf_write("inc", A, 0606);
	(void)snprintf(text, sizeof(text), "[defaults]\ninclude = %s, %s\n", conf_path("none"), conf_path("inc"));
	conf_write("f", text, 0600);
	load(&req);
	assert_string_equal(buf_str(&out), "none cannot read it: No such file or directory\n"
					   "inc others may write to the file (chmod go-w inc)\n");
}

static void
a_file_that_includes_itself_comes_to_an_end(void **state)
{
	char text[500];
	struct config_request req = { .file = conf_path("f") };

	(void)state;
	(void)snprintf(text, sizeof(text), "[defaults]\ninclude = %s\n" A, conf_path("f"));
	conf_write("f", text, 0600);
	load(&req);
	assert_true(out.len > 0); /* a finding or the account: but not for ever */
}

/* ---- samples */

static void
the_errors_of_the_manual_word_for_word(void **state)
{
	char *text = conf_data("s14.conf");
	struct diags d = { .n = 0 };

	(void)state;
	assert_null(conf_load(text, &d));
	free(text);
	assert_int_equal(d.n, 4);
	assert_int_equal(d.items[0].line, 3);
	assert_string_equal(d.items[0].source, "prot = 587");
	assert_string_equal(d.items[1].source, "port = 587 # STARTTLS");
	assert_int_equal(d.items[1].column, 8);
	assert_int_equal(d.items[1].width, 14);
	assert_string_equal(d.items[2].source, "password-command secret-tool lookup host smtp.gmail.com");
	conf_findings(&d, &out);
	assert_non_null(strstr(buf_str(&out),
	    "f:3:1+4 unknown key 'prot' in section [account] (did you mean 'port'?)\n"
	    "f:4:8+14 '587 # STARTTLS' is not a port number (comments stand on a line of their own)\n"
	    "f:6:1+55 expected 'key = value' "
	    "(write: password-command = secret-tool lookup host smtp.gmail.com)\n"
	    "f:7:1+8 unknown key 'lifetime' in section [account]"));
	diags_done(&d);
}

static void
the_sample_of_the_manual(void **state)
{
	char *text = conf_data("sample.conf");
	struct diags d = { .n = 0 };
	struct config *c = conf_load(text, &d);

	(void)state;
	free(text);
	assert_non_null(c);
	assert_string_equal(config_domain(c), "home.example");
	conf_result(c, &d, &out);
#define WORK " min1.3 ca=/etc/ssl/corp-ca.pem pins=sha256:2/HV5yMhsBoQBDAWOkibYac3FMw9142SyW4Zt1BC9OE=," \
	"sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= user=ann password=credential " \
	"from-it=smtp-work from=ann@corp.example,*@lists.corp.example"
#define REST " ehlo=nas.home.example"
	assert_string_equal(buf_str(&out),
	    "work-dr smtp smtp-dr.corp.example:465 implicit" WORK " failover=gmail" REST " max=100 timeout=20000\n"
	    "work smtp smtp.corp.example:465 implicit" WORK " failover=work-dr failover=gmail" REST
	    " max=100 timeout=20000\n"
	    "gmail smtp smtp.gmail.com:465 implicit user=ann.example@gmail.com password=keyring "
	    "from=ann.example@gmail.com" REST " timeout=20000\n"
	    "ses smtp email-smtp.eu-central-1.amazonaws.com:465 implicit user=AKIAEXAMPLE password=file "
	    "from-it=/etc/postrider/secret/ses from=*@shop.example" REST " timeout=20000\n"
	    "isp smtp mail.isp.example:587 starttls user=0815-ann mechs=scram-sha-256,plain password=command "
	    "from-it=pass show mail/isp" REST " source=2001:db8::25 timeout=20000\n"
	    "lab lmtp /run/dovecot/lmtp off" REST " timeout=20000\n");
}

#define file_test(f) { #f, f, begin, end, NULL }

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static const struct CMUnitTest files[] = {
		file_test(the_users_file_is_read),
		file_test(xdg_config_home_moves_it),
		file_test(a_folder_that_is_not_there_does_not),
		file_test(the_paths_looked_at_are_told),
		file_test(a_file_named_with_c_must_be_there),
		file_test(a_folder_is_no_file),
		file_test(a_file_that_others_may_write_is_refused),
		file_test(a_file_that_others_may_read_is_fine),
		file_test(unless_it_holds_a_password),
		file_test(a_strangers_file_is_refused),
		file_test(a_home_of_somebody_else_is_not_believed),
		file_test(what_is_included_stands_below),
		file_test(what_is_included_must_be_there_and_trusted),
		file_test(a_file_that_includes_itself_comes_to_an_end),
		file_test(the_errors_of_the_manual_word_for_word),
		file_test(the_sample_of_the_manual),
	};
	static struct CMUnitTest tests[NROWS + sizeof(files) / sizeof(files[0])];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){ rows[i].name, request, begin, end, (void *)(uintptr_t)&rows[i] };
	memcpy(&tests[NROWS], files, sizeof(files));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("load", tests, conf_setup, conf_teardown);
}
