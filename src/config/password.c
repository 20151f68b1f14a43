/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "config/check.h"
#include "config/netrc.h"

#define COMMAND_MS 30000

static bool
trouble(struct err *e, const char *hint)
{
	if (e != NULL)
		e->sysexit = 78;
	return err_hint(e, hint);
}

/* The whole file, if only its owner can read it. */
static bool
load_private(const char *what, const char *path, struct buf *text, struct err *e)
{
	struct stat st;

	if (!file_load(path, O_NOCTTY, text, &st)) {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "", "cannot read %s %s: %s", what, path,
		    strerror(errno));
		return trouble(e, "secret");
	}
	if (S_ISREG(st.st_mode) && st.st_uid != geteuid() && st.st_uid != 0) {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "%s %s belongs to uid %lu, neither to you nor to root", what, path,
		    (unsigned long)st.st_uid);
		return trouble(e, "");
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "%s %s can be read by others (mode %03o): chmod 600 %s", what, path,
		    (unsigned)st.st_mode & 0777, path);
		return trouble(e, "");
	}
	return true;
}

static bool
from_file(const char *what, const char *path, struct secret *out, struct err *e)
{
	struct buf text;
	bool good;

	buf_init(&text, SECRET_MAX);
	good = load_private(what, path, &text, e);
	if (good) {
		good = secret_set(out, buf_str(&text), text.len);
		secret_chomp(out);
		if (out->len == 0) {
			err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s %s is empty", what, path);
			good = trouble(e, "secret");
		}
	}
	buf_wipe(&text);
	buf_done(&text);
	return good;
}

static bool
from_credential(const char *name, struct secret *out, struct err *e)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct arena mem = {NULL};
	struct buf text;
	bool good;

	if (strchr(name, '/') != NULL || str_eq(name, ".") || str_eq(name, "..")) {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "'%s' is not the name of a credential, but a path", name);
		return trouble(e, "secret");
	}
	if (dir == NULL || dir[0] != '/') {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "there is no credential '%s': $CREDENTIALS_DIRECTORY is not set, so systemd did not start this (LoadCredential=%s:...)",
		    name, name);
		return trouble(e, "secret");
	}
	/* systemd sees to who may read it; the mode is its own business */
	buf_init(&text, SECRET_MAX);
	good = file_load(arena_printf(&mem, "%s/%s", dir, name), O_NOCTTY, &text, NULL);
	if (good) {
		secret_set(out, buf_str(&text), text.len);
		secret_chomp(out);
		if (out->len == 0) {
			err_set(e, ERR_CONFIG, STAGE_SECRET, "", "the credential '%s' is empty",
			    name);
			good = trouble(e, "secret");
		}
	} else {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "", "cannot read the credential '%s': %s",
		    name, strerror(errno));
		trouble(e, "secret");
	}
	buf_wipe(&text);
	buf_done(&text);
	arena_done(&mem);
	return good;
}

static bool
from_keyring(const struct account *a, struct secret *out, struct err *e)
{
	const char *host = a->host != NULL ? a->host : a->socket;
	const char *argv[] = {"secret-tool", "lookup", "host", host, "service", "smtp", "user",
	    a->user != NULL ? a->user : "", NULL};

	if (proc_secret_exec("secret-tool (the keyring)", argv, COMMAND_MS, out, e))
		return true;
	return trouble(e, "keyring");
}

static bool
from_command(const char *command, struct secret *out, struct err *e)
{
	if (proc_secret_shell("password-command", command, COMMAND_MS, out, e))
		return true;
	return trouble(e,
	    strstr(command, "gpg") != NULL || str_starts(command, "pass ") ? "gpg-tty" : "secret");
}

/* true with *found false: no file, or nothing for this account in it. */
static bool
from_netrc(const struct account *a, struct secret *out, bool *found, struct err *e)
{
	const char *path = getenv("NETRC"), *home;
	struct arena mem = {NULL};
	struct buf text;
	bool good = true;

	*found = false;
	home = check_home(&mem);
	if (path == NULL || path[0] == '\0')
		path = home != NULL ? arena_printf(&mem, "%s/.netrc", home) : NULL;
	if (path != NULL && a->host != NULL && access(path, R_OK) == 0) {
		buf_init(&text, (size_t)1 << 20);
		good = load_private("the netrc file", path, &text, e);
		if (good)
			*found = netrc_find(buf_str(&text), text.len, a->host, a->user, out);
		buf_wipe(&text);
		buf_done(&text);
	}
	arena_done(&mem);
	return good;
}

static struct termios prompt_saved;
static int prompt_fd = -1;

static volatile sig_atomic_t prompt_stopped;

/* Ctrl-C at the prompt must not leave a terminal without echo; the second one ends us at once. */
static void
prompt_signal(int sig)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};

	tcsetattr(prompt_fd, TCSAFLUSH, &prompt_saved);
	if (prompt_stopped == 0) {
		prompt_stopped = sig;
		return;
	}
	sigaction(sig, &dfl, NULL);
	raise(sig);
}

static size_t
read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	char c;

	while (n + 1 < size && prompt_stopped == 0) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || c == '\n' || c == '\r')
			break;
		line[n++] = c;
	}
	return n;
}

static bool
from_prompt(const struct account *a, struct secret *out, struct err *e)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction act = {.sa_handler = prompt_signal}, old[4];
	struct termios quiet;
	struct arena mem = {NULL};
	const char *ask;
	char line[1024];
	size_t n;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &prompt_saved) < 0) {
		if (fd >= 0)
			close(fd);
		err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "account '%s' has no password and there is no terminal to ask on", a->name);
		return trouble(e, "secret");
	}
	prompt_fd = fd;
	prompt_stopped = 0;
	for (size_t i = 0; i < 4; i++) {
		sigaction(signals[i], &act, &old[i]);
		if (old[i].sa_handler == SIG_IGN) /* nohup: it stays ignored */
			sigaction(signals[i], &old[i], NULL);
	}
	quiet = prompt_saved;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	ask = arena_printf(&mem, "Password of %s at %s (not shown): ", a->user,
	    a->host != NULL ? a->host : a->socket);
	file_write(fd, ask, strlen(ask));
	n = read_line(fd, line, sizeof line);
	tcsetattr(fd, TCSAFLUSH, &prompt_saved);
	if (prompt_stopped != 0)
		file_write(fd, "\n", 1);
	for (size_t i = 0; i < 4; i++)
		sigaction(signals[i], &old[i], NULL);
	close(fd);
	arena_done(&mem);
	if (prompt_stopped != 0) {
		secret_zero(line, sizeof line);
		/* to whoever is in charge of it: without one we end here */
		raise(prompt_stopped);
		return err_set(e, ERR_LOCAL, STAGE_NONE, "4.3.0", "interrupted");
	}
	secret_set(out, line, n);
	secret_zero(line, sizeof line);
	if (n > 0)
		return true;
	err_set(e, ERR_CONFIG, STAGE_SECRET, "", "no password was given");
	return trouble(e, "");
}

bool
password_get(const struct account *a, bool may_ask, struct secret *out, struct err *e)
{
	bool found;

	switch (a->password_source) {
	case PASSWORD_COMMAND:
		return from_command(a->password, out, e);
	case PASSWORD_FILE:
		return from_file("password-file", a->password, out, e);
	case PASSWORD_CREDENTIAL:
		return from_credential(a->password, out, e);
	case PASSWORD_KEYRING:
		return from_keyring(a, out, e);
	case PASSWORD_INLINE:
		return secret_set(out, a->password, strlen(a->password));
	case PASSWORD_NONE:
		break;
	}
	if (!from_netrc(a, out, &found, e))
		return false;
	if (found)
		return true;
	if (may_ask)
		return from_prompt(a, out, e);
	err_set(e, ERR_CONFIG, STAGE_SECRET, "",
	    "account '%s' names no source of its password (password-command, -file, -credential, -keyring), and netrc has none",
	    a->name);
	return trouble(e, "secret");
}
