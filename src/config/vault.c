/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/vault.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"

#define TOOL_MS 30000

bool
vault_has_keyring(void)
{
	const char *bus = getenv("DBUS_SESSION_BUS_ADDRESS"), *run = getenv("XDG_RUNTIME_DIR");

	return proc_exists("secret-tool") &&
	    ((bus != NULL && bus[0] != '\0') || (run != NULL && run[0] != '\0'));
}

/* The password goes in by standard input: arguments are everybody's to see. */
static bool
run_tool(const char *const *argv, const char *input, struct err *e)
{
	struct proc_result r;
	bool good;

	proc_result_init(&r);
	good = proc_run(argv, input, TOOL_MS, &r, e);
	if (good && r.status != 0) {
		/* clearing what is not there is how a second logout looks */
		good = input == NULL && r.errors.len == 0;
		if (!good)
			err_set(e, ERR_CONFIG, STAGE_SECRET, "",
			    "secret-tool (the keyring) exited %d%s%.200s", r.status,
			    r.errors.len > 0 ? ": " : "", buf_str(&r.errors));
	}
	proc_result_done(&r);
	if (!good)
		err_hint(e, "keyring");
	return good;
}

bool
vault_keyring_store(const char *host, const char *user, const struct secret *s, struct err *e)
{
	const char *const argv[] = {"secret-tool", "store", "--label=mail", "host", host, "service",
	    "smtp", "user", user, NULL};

	return run_tool(argv, s->data, e);
}

bool
vault_file_store(const char *path, const struct secret *s, enum putfile_how how, struct err *e)
{
	struct buf text;
	bool good;

	buf_init(&text, SECRET_MAX + 1);
	(void)buf_add(&text, s->data, s->len);
	(void)buf_addc(&text, '\n');
	good = putfile(path, &text, how, e);
	buf_wipe(&text);
	buf_done(&text);
	return good;
}

static bool
cannot(struct err *e, const struct account *a, const char *verb, const char *what)
{
	return err_set(e, ERR_CONFIG, STAGE_SECRET, "",
	    "the password of account %s %s, so it cannot be %s from here", a->name, what, verb);
}

/* NULL: it can be written. */
static const char *
obstacle(const struct account *a)
{
	switch (a->password_source) {
	case PASSWORD_FILE:
	case PASSWORD_KEYRING:
		return NULL;
	case PASSWORD_COMMAND:
		return "comes from a command (password-command)";
	case PASSWORD_TOKEN:
		return "is an access token of a command (token-command)";
	case PASSWORD_CREDENTIAL:
		return "is a credential of systemd (password-credential)";
	case PASSWORD_INLINE:
		return "stands in the configuration itself";
	default:
		return "has no place yet (set password-file or password-keyring = yes)";
	}
}

bool
vault_store(const struct account *a, const struct secret *s, struct err *e)
{
	const char *why = obstacle(a);

	if (why != NULL)
		return cannot(e, a, "stored", why);
	if (a->password_source == PASSWORD_FILE)
		return vault_file_store(a->password, s, PUTFILE_PRIVATE, e);
	return vault_keyring_store(a->host != NULL ? a->host : a->socket, a->user, s, e);
}

/* Behind a symbolic link, as it was stored there: what the link alone leaves is the password. */
static bool
remove_file(const char *path)
{
	char *real = realpath(path, NULL);
	bool good = unlink(real != NULL ? real : path) == 0 || errno == ENOENT;
	int error = errno;

	free(real);
	errno = error;
	return good;
}

bool
vault_clear(const struct account *a, struct err *e)
{
	const char *const argv[] = {"secret-tool", "clear", "host",
	    a->host != NULL ? a->host : a->socket, "service", "smtp", "user", a->user, NULL};
	const char *why = obstacle(a);

	if (why != NULL)
		return cannot(e, a, "removed", why);
	if (a->password_source == PASSWORD_KEYRING)
		return run_tool(argv, NULL, e);
	return remove_file(a->password) ||
	    err_set(e, ERR_LOCAL, STAGE_SECRET, "", "cannot remove %s: %s", a->password,
		strerror(errno));
}
