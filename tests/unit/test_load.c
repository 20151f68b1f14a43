/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which files are read, and whom they may belong to.
 */
#include <fcntl.h>
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
#include "config/edit.h"

#define USER_FILE ".config/postrider/postrider.conf"
#define A "[account a]\nhost = h\nuser = u\n"

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
	(void)unlink(conf_path(USER_FILE));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_done(&out);
	return unsetenv("XDG_CONFIG_HOME");
}

static void
the_users_file_is_read(void **state)
{
	struct config_request req = {.file = NULL};

	(void)state;
	conf_write(USER_FILE, A, 0600);
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

static void
xdg_config_home_moves_it(void **state)
{
	struct config_request req = {.file = NULL};

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
	struct config_request req = {.file = NULL};

	(void)state;
	conf_write(USER_FILE, A, 0600);
	assert_int_equal(setenv("XDG_CONFIG_HOME", conf_path("none"), 1), 0);
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

static void
the_paths_looked_at_are_told(void **state)
{
	struct config_request req = {.file = NULL};
	struct diags d = {.n = 0};
	struct config *c;
	bool found = true;

	(void)state;
	if (access("/etc/postrider", F_OK) == 0)
		return; /* this machine has one: the absence cannot be looked at */
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
	struct config_request req = {.file = conf_path("none")};

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), "none cannot read it: No such file or directory\n");
}

static void
a_folder_is_no_file(void **state)
{
	struct config_request req = {.file = conf_path(".")};

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), ". cannot read it: Is a directory\n");
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
	struct config_request req = {.file = conf_write("f", A, 0602)};

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
	struct config_request req = {.file = conf_write("f", A, 0644)};

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

static void
unless_it_holds_a_password(void **state)
{
	struct config_request req = {.file = conf_write("f", A "password = hunter2\n", 0640)};

	(void)state;
	load(&req);
	assert_string_equal(buf_str(&out),
	    "f:4:1+8 the file holds a password and others may read it (mode 640) (chmod 600 f)\n");
}

static void
a_strangers_file_is_refused(void **state)
{
	struct config_request req = {.file = conf_write("f", A, 0600)};

	(void)state;
	if (geteuid() != 0)
		return; /* only root can give a file away */
	assert_int_equal(chown(req.file, 12345, (gid_t)-1), 0);
	load(&req);
	assert_string_equal(buf_str(&out),
	    "f the file belongs to uid 12345, neither to you nor to root (chown it to yourself, "
	    "or to root)\n");
	assert_int_equal(unlink(req.file), 0);
}

static void
a_home_of_somebody_else_is_not_believed(void **state)
{
	struct config_request req = {.file = conf_write("f", A "tls-ca = ~/x\n", 0600)};
	char *home = strdup(getenv("HOME"));

	(void)state;
	if (geteuid() != 0) {
		free(home);
		return;
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
	const char *inc = conf_write("inc",
	    A "port = 1\nfrom = a@x.example\n[account b]\nhost = i\n", 0600);
	struct config_request req = {.file = conf_path("f")};

	(void)state;
	(void)snprintf(text, sizeof(text), "[defaults]\ninclude = %s\n[account a]\nport = 2\n",
	    inc);
	conf_write("f", text, 0600);
	load(&req);
	assert_string_equal(buf_str(&out),
	    "a smtp h:2 implicit user=u from=a@x.example\nb smtp i:465 implicit\n");
}

static void
what_is_included_must_be_there_and_trusted(void **state)
{
	char text[500];
	struct config_request req = {.file = conf_path("f")};

	(void)state;
	conf_write("inc", A, 0606);
	(void)snprintf(text, sizeof(text), "[defaults]\ninclude = %s, %s\n", conf_path("none"),
	    conf_path("inc"));
	conf_write("f", text, 0600);
	load(&req);
	assert_string_equal(buf_str(&out),
	    "none cannot read it: No such file or directory\n"
	    "inc others may write to the file (chmod go-w inc)\n");
}

static void
what_is_included_may_include_beside_it(void **state)
{
	struct config_request req = {.file = conf_path("f")};

	(void)state;
	conf_write("f", "[defaults]\ninclude = sub/one\n", 0600);
	conf_write("sub/one", "[defaults]\ninclude = two\n", 0600);
	conf_write("sub/two", A, 0600);
	load(&req);
	assert_string_equal(buf_str(&out), "a smtp h:465 implicit user=u\n");
}

/* Is the text anywhere in our memory? It is given with each octet turned round, so as not to find that. */
static bool
in_memory(const char *turned, size_t n)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	static char page[4096], line[512];
	bool found = false;

	assert_non_null(maps);
	assert_true(mem >= 0);
	while (!found && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long long from, to;

		if (sscanf(line, "%llx-%llx rw", &from, &to) != 2 || strstr(line, " rw") == NULL)
			continue;
		if (to - from > (16ULL << 20) || strstr(line, "[stack]") != NULL)
			continue; /* shadow memory */
		for (; !found && from < to; from += sizeof(page)) {
			size_t i = 0, k = 0;

			if (pread(mem, page, sizeof(page), (off_t)from) != (ssize_t)sizeof(page))
				break;
			for (i = 0; i + n <= sizeof(page) && k < n; i++)
				for (k = 0; k < n && page[i + k] == (char)~turned[k];)
					k++;
			found = k == n;
			memset(page, 0, sizeof(page));
		}
	}
	(void)fclose(maps);
	(void)close(mem);
	return found;
}

static void
a_password_leaves_no_copy_behind(void **state)
{
	static char turned[] = "dontLeaveMeHere0123456789";
	size_t n = sizeof(turned) - 1;
	struct config_request req = {.file = conf_write("f", A "password = ", 0600)};
	struct diags d = {.n = 0};
	struct config *c;
	FILE *f = fopen(req.file, "ae");

	(void)state;
	assert_non_null(f);
	setbuf(f, NULL);
	for (size_t i = 0; i < n; i++) {
		turned[i] = (char)~turned[i];
		assert_true(fputc((char)~turned[i], f) != EOF);
	}
	assert_int_equal(fclose(f), 0);
	c = config_load(&req, &d);
	assert_non_null(c);
	assert_true(in_memory(turned, n)); /* the test can see it */
	config_free(c);
	assert_false(in_memory(turned, n));
	diags_done(&d);
}

static void
a_file_that_includes_itself_comes_to_an_end(void **state)
{
	char text[500];
	struct config_request req = {.file = conf_path("f")};

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
	struct diags d = {.n = 0};

	(void)state;
	assert_null(conf_load(text, &d));
	free(text);
	assert_int_equal(d.n, 4);
	assert_int_equal(d.items[0].line, 3);
	assert_string_equal(d.items[0].source, "prot = 587");
	assert_string_equal(d.items[1].source, "port = 587 # STARTTLS");
	assert_int_equal(d.items[1].column, 8);
	assert_int_equal(d.items[1].width, 14);
	assert_string_equal(d.items[2].source,
	    "password-command secret-tool lookup host smtp.gmail.com");
	conf_findings(&d, &out);
	assert_non_null(strstr(buf_str(&out),
	    "f:3:1+4 unknown key 'prot' in section [account] (did you mean 'port'?)\n"
	    "f:4:8+14 '587 # STARTTLS' is not a port number (comments stand on a line of their "
	    "own)\n"
	    "f:6:1+55 expected 'key = value' "
	    "(write: password-command = secret-tool lookup host smtp.gmail.com)\n"
	    "f:7:1+8 unknown key 'lifetime' in section [account]"));
	diags_done(&d);
}

#define WORK \
	" min1.3 ca=/etc/ssl/corp-ca.pem " \
	"pins=sha256:2/HV5yMhsBoQBDAWOkibYac3FMw9142SyW4Zt1BC9OE=," \
	"sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= user=ann password=credential " \
	"from-it=smtp-work from=ann@corp.example,*@lists.corp.example"
#define REST " ehlo=nas.home.example"

static void
the_sample_of_the_manual(void **state)
{
	char *text = conf_data("sample.conf");
	struct diags d = {.n = 0};
	struct config *c = conf_load(text, &d);

	(void)state;
	free(text);
	assert_non_null(c);
	assert_string_equal(config_domain(c), "home.example");
	conf_result(c, &d, &out);
	assert_string_equal(buf_str(&out),
	    "work-dr smtp smtp-dr.corp.example:465 implicit" WORK " failover=gmail" REST
	    " max=100 timeout=20000\n"
	    "work smtp smtp.corp.example:465 implicit" WORK " failover=work-dr failover=gmail" REST
	    " max=100 timeout=20000\n"
	    "gmail smtp smtp.gmail.com:465 implicit user=ann.example@gmail.com "
	    "password=keyring "
	    "from=ann.example@gmail.com" REST " timeout=20000\n"
	    "ses smtp email-smtp.eu-central-1.amazonaws.com:465 implicit user=AKIAEXAMPLE "
	    "password=file "
	    "from-it=/etc/postrider/secret/ses from=*@shop.example" REST " timeout=20000\n"
	    "isp smtp mail.isp.example:587 starttls user=0815-ann mechs=scram-sha-256,plain "
	    "password=command "
	    "from-it=pass show mail/isp" REST " source=2001:db8::25 timeout=20000\n"
	    "lab lmtp /run/dovecot/lmtp off" REST " timeout=20000\n");
}

/* It would not be read, so nobody would see what is wrong with it. */
static void
no_file_is_changed_in_whose_place_a_url_stands(void **state)
{
	struct config_request req = {.file = NULL};
	struct arena mem = {NULL};
	struct err e;

	(void)state;
	conf_write(USER_FILE, A, 0600);
	assert_string_equal(edit_target(&mem, &req, &e), conf_path(USER_FILE));
	assert_int_equal(setenv("POSTRIDER_URL", "smtp://x", 1), 0);
	assert_null(edit_target(&mem, &req, &e));
	assert_int_equal(err_sysexit(&e), 78);
	assert_non_null(strstr(e.text, "POSTRIDER_URL"));
	req.file = "/f";
	assert_string_equal(edit_target(&mem, &req, &e), "/f");
	assert_int_equal(unsetenv("POSTRIDER_URL"), 0);
	arena_done(&mem);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_users_file_is_read, begin, end),
	    cmocka_unit_test_setup_teardown(xdg_config_home_moves_it, begin, end),
	    cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_does_not, begin, end),
	    cmocka_unit_test_setup_teardown(the_paths_looked_at_are_told, begin, end),
	    cmocka_unit_test_setup_teardown(a_file_named_with_c_must_be_there, begin, end),
	    cmocka_unit_test_setup_teardown(a_folder_is_no_file, begin, end),
	    cmocka_unit_test_setup_teardown(a_file_that_others_may_write_is_refused, begin, end),
	    cmocka_unit_test_setup_teardown(a_file_that_others_may_read_is_fine, begin, end),
	    cmocka_unit_test_setup_teardown(unless_it_holds_a_password, begin, end),
	    cmocka_unit_test_setup_teardown(a_strangers_file_is_refused, begin, end),
	    cmocka_unit_test_setup_teardown(a_home_of_somebody_else_is_not_believed, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_included_stands_below, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_included_must_be_there_and_trusted, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_included_may_include_beside_it, begin, end),
	    cmocka_unit_test_setup_teardown(a_password_leaves_no_copy_behind, begin, end),
	    cmocka_unit_test_setup_teardown(a_file_that_includes_itself_comes_to_an_end, begin,
		end),
	    cmocka_unit_test_setup_teardown(the_errors_of_the_manual_word_for_word, begin, end),
	    cmocka_unit_test_setup_teardown(the_sample_of_the_manual, begin, end),
	    cmocka_unit_test_setup_teardown(no_file_is_changed_in_whose_place_a_url_stands, begin,
		end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("load", tests, conf_setup, conf_teardown);
}
