/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/prompt.h"
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

/*
 * RFC 6750 2.1 allows less, but what counts is that nothing in it can end the field of RFC 7628.
 * A line too many, or a whole JSON document, is the usual mistake.
 */
static bool
check_token(const struct secret *token, struct err *e)
{
	size_t n = 0;

	while (n < token->len && token->data[n] > ' ' && token->data[n] < 0x7f)
		n++;
	if (n == token->len)
		return true;
	err_set(e, ERR_CONFIG, STAGE_SECRET, "",
	    "token-command printed more than a token: its octet %zu of %zu is %s", n + 1,
	    token->len,
	    str_is_space((unsigned char)token->data[n])     ? "a blank or the end of a line"
		: str_is_ctl((unsigned char)token->data[n]) ? "a control character"
							    : "outside ASCII");
	return trouble(e, "oauth2-command");
}

static bool
from_token_command(const char *command, struct secret *out, struct err *e)
{
	struct secret token = {NULL, 0};
	bool good = proc_secret_shell("token-command", command, COMMAND_MS, &token, e);

	if (!good)
		(void)trouble(e, "oauth2-command");
	good = good && check_token(&token, e) && secret_set(out, token.data, token.len);
	secret_wipe(&token);
	return good;
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

static bool
from_prompt(const struct account *a, struct secret *out, struct err *e)
{
	struct arena mem = {NULL};
	const char *question = arena_printf(&mem, "Password of %s at %s (not shown): ", a->user,
	    a->host != NULL ? a->host : a->socket);
	struct err why;
	bool good = prompt_possible();

	if (!good)
		err_set(&why, ERR_CONFIG, STAGE_SECRET, "",
		    "account '%s' has no password and there is no terminal to ask on", a->name);
	else
		good = prompt_secret(question, out, &why);
	arena_done(&mem);
	if (good)
		return true;
	if (e != NULL)
		*e = why;
	/* Ctrl-C is nobody's fault */
	return why.class == ERR_CONFIG ? trouble(e, "secret") : false;
}

static bool
ask(const struct account *a, bool may_ask, struct secret *out, struct err *e)
{
	if (may_ask)
		return from_prompt(a, out, e);
	err_set(e, ERR_CONFIG, STAGE_SECRET, "",
	    "the password of account '%s' cannot be asked for: no terminal, or --no-input",
	    a->name);
	return trouble(e, "secret");
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
	case PASSWORD_PROMPT:
		return ask(a, may_ask, out, e);
	case PASSWORD_TOKEN:
		return from_token_command(a->password, out, e);
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
