/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where passwords come from. Each row is an account and the surroundings it finds; the prompt is
 * answered on a terminal of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "conf.h"
#include "config/password.h"

#define PATIENCE_MS 20000

struct row {
	const char *name;
	enum password_source source;
	const char *password; /* command, name or secret; of files: what stands in it */
	mode_t mode;
	const char *want;  /* NULL: refused */
	const char *words; /* part of the sentence */
	const char *hint;
};

static const struct row rows[] = {
    {"a command's output is the password", PASSWORD_COMMAND, "printf x", 0, "x", NULL, NULL},
    {"without its last line feed", PASSWORD_COMMAND, "echo ' x y '", 0, " x y ", NULL, NULL},
    {"a command runs in a shell", PASSWORD_COMMAND, "echo abc | tr b x", 0, "axc", NULL, NULL},
    {"a command has nothing to read", PASSWORD_COMMAND, "cat; echo x", 0, "x", NULL, NULL},
    {"a failed command is told with its status", PASSWORD_COMMAND, "echo hunter2; exit 2", 0, NULL,
	"password-command exited with status 2", "secret"},
    {"gpg has a hint of its own", PASSWORD_COMMAND, "gpg-is-not-here 2>/dev/null", 0, NULL,
	"password-command", "gpg-tty"},
    {"so has pass", PASSWORD_COMMAND, "pass is-not-here 2>/dev/null", 0, NULL, "password-command",
	"gpg-tty"},
    {"a command that prints nothing gives none", PASSWORD_COMMAND, "true", 0, NULL,
	"printed nothing", "secret"},
    {"a token is what its command prints", PASSWORD_TOKEN, "echo ya29.A-_~+/=", 0,
	"ya29.A-_~+/=", NULL, NULL},
    {"no blank belongs to a token", PASSWORD_TOKEN, "echo Bearer hunter2", 0, NULL,
	"token-command printed more than a token: its octet 7 of 14 is a blank or the end of a line",
	"oauth2-command"},
    {"a second line is not one", PASSWORD_TOKEN, "echo hunter2; echo expires=3600", 0, NULL,
	"its octet 8 of 20 is a blank or the end of a line", "oauth2-command"},
    {"what would end its field is refused", PASSWORD_TOKEN, "printf 'hunter2\\001user=root'", 0,
	NULL, "its octet 8 of 17 is a control character", "oauth2-command"},
    {"so is DEL", PASSWORD_TOKEN, "printf 'hunter2\\177'", 0, NULL,
	"its octet 8 of 8 is a control character", "oauth2-command"},
    {"so is what is not ASCII", PASSWORD_TOKEN, "printf 'hunter2\\303\\244'", 0, NULL,
	"its octet 8 of 9 is outside ASCII", "oauth2-command"},
    {"a token that is not got has a hint", PASSWORD_TOKEN, "gpg-is-not-here 2>/dev/null", 0, NULL,
	"token-command cannot be started", "oauth2-command"},
    {"an empty token is none", PASSWORD_TOKEN, "echo", 0, NULL, "printed an empty line",
	"oauth2-command"},
    {"a file's content is the password", PASSWORD_FILE, "hunter2\n", 0600, "hunter2", NULL, NULL},
    {"mode 400 is good, too", PASSWORD_FILE, "x", 0400, "x", NULL, NULL},
    {"one CRLF goes", PASSWORD_FILE, "x\r\n", 0600, "x", NULL, NULL},
    {"blanks stay", PASSWORD_FILE, " x \n", 0600, " x ", NULL, NULL},
    {"a file that the group may read is refused", PASSWORD_FILE, "hunter2", 0640, NULL,
	"can be read by others (mode 640): chmod 600 ", NULL},
    {"a file that others may read is refused", PASSWORD_FILE, "hunter2", 0604, NULL,
	"can be read by others (mode 604): chmod 600 ", NULL},
    {"an empty file is refused", PASSWORD_FILE, "", 0600, NULL, "is empty", "secret"},
    {"so is one with an empty line", PASSWORD_FILE, "\n", 0600, NULL, "is empty", "secret"},
    {"a credential is read", PASSWORD_CREDENTIAL, "hunter2\n", 0400, "hunter2", NULL, NULL},
    {"its mode is systemd's business", PASSWORD_CREDENTIAL, "x", 0440, "x", NULL, NULL},
    {"an empty one is refused", PASSWORD_CREDENTIAL, "\n", 0400, NULL,
	"the credential 'name' is empty", "secret"},
    {"the password of the configuration", PASSWORD_INLINE, "a b # c", 0, "a b # c", NULL, NULL},
    {"netrc is looked at", PASSWORD_NONE, "machine h login u password x", 0600, "x", NULL, NULL},
    {"netrc may lack us", PASSWORD_NONE, "machine i login u password x", 0600, NULL,
	"account 'a' names no source of its password (password-command, -file, -credential, "
	"-keyring), "
	"and netrc has none",
	"secret"},
    {"a netrc that others may read is refused", PASSWORD_NONE, "machine h login u password hunter2",
	0644, NULL, "can be read by others (mode 644): chmod 600 ", NULL},
};

/* Puts r->password where the source looks for it; what the account says of it. */
static const char *
arrange(const struct row *r)
{
	switch (r->source) {
	case PASSWORD_FILE:
		return conf_write("secret", r->password, r->mode);
	case PASSWORD_CREDENTIAL:
		conf_write("cred/name", r->password, r->mode);
		assert_int_equal(setenv("CREDENTIALS_DIRECTORY", conf_path("cred"), 1), 0);
		return "name";
	case PASSWORD_NONE:
		conf_write(".netrc", r->password, r->mode);
		return NULL;
	default:
		return r->password;
	}
}

static void
refused(const struct err *e, const char *words, const char *hint)
{
	assert_int_equal(e->class, ERR_CONFIG);
	assert_int_equal(e->stage, STAGE_SECRET);
	assert_int_equal(err_sysexit(e), 78);
	if (strstr(e->text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, e->text);
	if (hint != NULL)
		assert_string_equal(e->hint, hint);
	assert_null(strstr(e->text, "hunter2"));
}

static void
source(void **state)
{
	const struct row *r = *state;
	struct account a = {.name = "a",
	    .host = "h",
	    .user = "u",
	    .auth = true,
	    .password_source = r->source};
	struct secret got = {NULL, 0};
	struct err e = {0};

	a.password = arrange(r);
	if (password_get(&a, false, &got, &e)) {
		assert_non_null(r->want);
		assert_string_equal(got.data, r->want);
		assert_int_equal(got.len, strlen(r->want));
	} else {
		assert_null(r->want);
		refused(&e, r->words, r->hint);
	}
	secret_wipe(&got);
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	struct account a = {.name = "a",
	    .password_source = PASSWORD_FILE,
	    .password = conf_path("none")};
	struct secret got = {NULL, 0};
	struct err e = {0};

	(void)state;
	assert_false(password_get(&a, false, &got, &e));
	refused(&e, "cannot read password-file ", "secret");
	refused(&e, "/none: No such file or directory", "secret");
	assert_null(got.data);
}

static void
credentials_want_systemd(void **state)
{
	struct account a = {.name = "a", .password_source = PASSWORD_CREDENTIAL, .password = "x"};
	struct secret got = {NULL, 0};
	struct err e = {0};

	(void)state;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_false(password_get(&a, false, &got, &e));
	refused(&e, "there is no credential 'x': $CREDENTIALS_DIRECTORY is not set", "secret");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", conf_path("cred"), 1), 0);
	a.password = "../secret";
	assert_false(password_get(&a, false, &got, &e));
	refused(&e, "'../secret' is not the name of a credential, but a path", "secret");
	assert_null(got.data);
}

static void
a_strangers_file_is_not_called_open(void **state)
{
	struct account a = {.name = "a", .password_source = PASSWORD_FILE};
	struct secret got = {NULL, 0};
	struct err e = {0};

	(void)state;
	if (geteuid() != 0)
		return; /* only root can give a file away */
	a.password = conf_write("theirs", "hunter2", 0600);
	assert_int_equal(chown(a.password, 12345, (gid_t)-1), 0);
	assert_false(password_get(&a, false, &got, &e));
	refused(&e, "belongs to uid 12345, neither to you nor to root", NULL);
	assert_null(got.data);
}

static void
netrc_moves_with_its_variable(void **state)
{
	struct account a = {.name = "a", .host = "h", .user = "u", .auth = true};
	struct secret got = {NULL, 0};

	(void)state;
	conf_write(".netrc", "machine h login u password x", 0600);
	assert_int_equal(
	    setenv("NETRC", conf_write("other", "machine h login u password y", 0600), 1), 0);
	assert_true(password_get(&a, false, &got, NULL));
	assert_string_equal(got.data, "y");
	assert_int_equal(unsetenv("NETRC"), 0);
	secret_wipe(&got);
}

static void
the_keyring_is_asked_as_msmtp_asks(void **state)
{
	struct account a = {.name = "a",
	    .host = "h",
	    .user = "u v",
	    .auth = true,
	    .password_source = PASSWORD_KEYRING};
	char *old = strdup(getenv("PATH"));
	struct secret got = {NULL, 0};
	struct err e = {0};
	struct buf path;

	(void)state;
	/* a secret-tool of our own, first in PATH */
	buf_init(&path, 10000);
	(void)buf_addf(&path, "%s:%s", conf_path("bin"), old);
	assert_int_equal(setenv("PATH", buf_str(&path), 1), 0);
	conf_write("bin/secret-tool", "#!/bin/sh\n[ $# = 7 ] && echo \"$1|$2|$3|$4|$5|$6|$7\"\n",
	    0700);
	assert_true(password_get(&a, false, &got, &e));
	assert_string_equal(got.data, "lookup|host|h|service|smtp|user|u v");
	conf_write("bin/secret-tool", "#!/bin/sh\nexit 1\n", 0700);
	assert_false(password_get(&a, false, &got, &e));
	refused(&e, "secret-tool", "keyring");
	assert_int_equal(setenv("PATH", old, 1), 0);
	free(old);
	buf_done(&path);
	secret_wipe(&got);
}

/* ---- the prompt */

/* In the child: its exit status is the length of the password, 100 when there is none. */
static _Noreturn void
ask(void)
{
	struct account a = {.name = "a", .host = "h", .user = "u", .auth = true};
	struct secret got = {NULL, 0};
	size_t n;

	(void)unlink(conf_path(".netrc"));
	if (!password_get(&a, true, &got, NULL))
		_exit(100);
	n = got.len;
	if (n == 7 && memcmp(got.data, "hunter2", 7) != 0)
		_exit(101);
	secret_wipe(&got);
	_exit((int)n);
}

/* Reads from the terminal until text is there, or the other side has gone. */
static void
see(int fd, struct buf *seen, const char *text)
{
	int64_t deadline = clock_mono_ms() + PATIENCE_MS;

	while (text == NULL || strstr(buf_str(seen), text) == NULL) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char part[256];
		ssize_t n;

		if (poll(&p, 1, clock_left_ms(deadline)) <= 0)
			fail_msg("nothing more on the terminal after '%s'", buf_str(seen));
		n = file_read(fd, part, sizeof(part));
		if (n <= 0)
			return; /* EIO: the terminal was given up */
		(void)buf_add(seen, part, (size_t)n);
	}
}

/* Answers the prompt with keys; the wait status, and in *echo whether echo was on at the prompt. */
static int
dialogue(const char *keys, struct buf *seen)
{
	struct termios t;
	int fd, status = 0;
	pid_t pid = forkpty(&fd, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0) {
		/* whoever started the tests in the background may ignore them */
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGQUIT, SIG_DFL);
		ask();
	}
	see(fd, seen, "(not shown): ");
	assert_int_equal(tcgetattr(fd, &t), 0);
	assert_int_equal(t.c_lflag & (tcflag_t)ECHO, 0);
	assert_true(file_write(fd, keys, strlen(keys)));
	see(fd, seen, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(fd);
	return status;
}

struct prompt {
	const char *name, *keys;
	int status, signal;
};

static const struct prompt prompts[] = {
    {"the prompt takes a line", "hunter2\n", 7, 0},
    {"a carriage return ends it, too", "hunter2\r", 7, 0},
    {"the line may be corrected",
	"hunterx\177"
	"2\n",
	7, 0},
    {"an empty line is no password", "\n", 100, 0},
    {"the end of the input neither", "\004", 100, 0},
    {"Ctrl-C ends all", "hunt\003", 0, SIGINT},
};

static void
prompt(void **state)
{
	const struct prompt *p = *state;
	struct buf seen;
	int status;

	buf_init(&seen, 10000);
	status = dialogue(p->keys, &seen);
	assert_non_null(strstr(buf_str(&seen), "Password of u at h (not shown): "));
	assert_null(strstr(buf_str(&seen), "hunt")); /* no echo */
	if (p->signal != 0) {
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), p->signal);
	} else {
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), p->status);
	}
	buf_done(&seen);
}

int
main(void)
{
	enum {
		NROWS = sizeof(rows) / sizeof(rows[0]),
		NPROMPTS = sizeof(prompts) / sizeof(prompts[0])
	};
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(a_file_that_is_not_there_is_named),
	    cmocka_unit_test(credentials_want_systemd),
	    cmocka_unit_test(a_strangers_file_is_not_called_open),
	    cmocka_unit_test(netrc_moves_with_its_variable),
	    cmocka_unit_test(the_keyring_is_asked_as_msmtp_asks),
	};
	static struct CMUnitTest tests[NROWS + NPROMPTS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, source, NULL, NULL,
		    (void *)(uintptr_t)&rows[i]};
	for (size_t i = 0; i < NPROMPTS; i++)
		tests[NROWS + i] = (struct CMUnitTest){prompts[i].name, prompt, NULL, NULL,
		    (void *)(uintptr_t)&prompts[i]};
	memcpy(&tests[NROWS + NPROMPTS], others, sizeof(others));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("password", tests, conf_setup, conf_teardown);
}
