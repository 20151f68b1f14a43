/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char folder[] = "/tmp/postrider-conf-XXXXXX";
static struct arena names;

int
conf_setup(void **state)
{
	static const char *const unwanted[] = {"XDG_CONFIG_HOME", "POSTRIDER_URL",
	    "POSTRIDER_PASSWORD_FILE", "NETRC", "CREDENTIALS_DIRECTORY"};

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		(void)unsetenv(unwanted[i]);
	return setenv("HOME", folder, 1);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
conf_teardown(void **state)
{
	(void)state;
	arena_done(&names);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
conf_path(const char *name)
{
	return arena_printf(&names, "%s/%s", folder, name);
}

const char *
conf_write(const char *name, const char *text, mode_t mode)
{
	const char *path = conf_path(name);
	char *dir = arena_strdup(&names, path);
	int fd;

	*strrchr(dir, '/') = '\0';
	assert_true(file_mkdirs(dir, 0700));
	(void)unlink(path); /* the one before may be read-only, or somebody else's */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_true(file_write(fd, text, strlen(text)));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

char *
conf_data(const char *name)
{
	const char *path = arena_printf(&names, "tests/data/config/%s", name);
	struct buf text;

	buf_init(&text, 100000);
	if (!file_load(path, 0, &text, NULL))
		fail_msg("cannot read %s: tests run in the top folder of the tree", path);
	return text.data;
}

struct config *
conf_load(const char *text, struct diags *d)
{
	struct config_request req = {.file = conf_write("f", text, 0600)};

	return config_load(&req, d);
}

static void
add(struct buf *out, const char *name, const char *value)
{
	if (value != NULL)
		(void)buf_addf(out, " %s=%s", name, value);
}

static void
add_list(struct buf *out, const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)buf_addf(out, i == 0 ? " %s=%s" : "%.0s,%s", name, list[i]);
}

static void
add_time(struct buf *out, const char *name, int64_t ms, int64_t usual)
{
	if (ms != usual)
		(void)buf_addf(out, " %s=%lld", name, (long long)ms);
}

static void
add_tls(struct buf *out, const struct account *a)
{
	static const char *const tls[] = {"implicit", "starttls", "off"};

	(void)buf_addf(out, " %s", tls[a->tls]);
	if (!a->tls_verify)
		(void)buf_adds(out, " noverify");
	if (a->tls_min_1_3)
		(void)buf_adds(out, " min1.3");
	add(out, "tls-name", a->tls_name);
	add(out, "ca", a->tls_ca);
	add(out, "priority", a->tls_priority);
	add(out, "cert", a->tls_cert);
	add(out, "key", a->tls_key);
	add_list(out, "pins", a->tls_pins, a->ntls_pins);
}

static void
add_account(struct buf *out, const struct account *a)
{
	static const char *const sources[] = {NULL, "command", "file", "credential", "keyring",
	    "inline", "token"};

	(void)buf_addf(out, "%s %s ", a->name, a->lmtp ? "lmtp" : "smtp");
	if (a->socket != NULL)
		(void)buf_adds(out, a->socket);
	else
		(void)buf_addf(out, "%s:%u", a->host, (unsigned)a->port);
	add_tls(out, a);
	add(out, "user", a->user);
	if (a->user != NULL && !a->auth)
		(void)buf_adds(out, " noauth");
	add_list(out, "mechs", a->mechs, a->nmechs);
	add(out, "password", sources[a->password_source]);
	add(out, "from-it", a->password_source == PASSWORD_INLINE ? NULL : a->password);
	add_list(out, "from", a->from, a->nfrom);
	for (size_t i = 0; i < a->nfailover; i++)
		add(out, "failover", a->failover[i]->name);
	add(out, "ehlo", a->ehlo_name);
	add(out, "source", a->source_address);
	if (a->max_recipients != 0)
		(void)buf_addf(out, " max=%zu", a->max_recipients);
	add_time(out, "timeout", a->timeout_ms, 30 * 1000);
	add_time(out, "reply", a->reply_timeout_ms, 5 * 60 * 1000);
	add_time(out, "final", a->final_timeout_ms, 10 * 60 * 1000);
	add_time(out, "deadline", a->deadline_ms, 30 * 60 * 1000);
	(void)buf_addc(out, '\n');
}

void
conf_dump(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < config_naccounts(c); i++)
		add_account(out, config_account(c, i));
}

/* Text without the name of our folder, which is another one each time. */
static void
add_short(struct buf *out, const char *text)
{
	const char *at;

	while ((at = strstr(text, folder)) != NULL) {
		(void)buf_add(out, text, (size_t)(at - text));
		text = at + strlen(folder);
		text += *text == '/';
	}
	(void)buf_adds(out, text);
}

void
conf_findings(const struct diags *d, struct buf *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *f = &d->items[i];

		add_short(out, f->file);
		if (f->line > 0)
			(void)buf_addf(out, ":%d:%d+%d", f->line, f->column, f->width);
		(void)buf_addc(out, ' ');
		add_short(out, f->text);
		if (f->hint != NULL) {
			(void)buf_adds(out, " (");
			add_short(out, f->hint);
			(void)buf_addc(out, ')');
		}
		(void)buf_addc(out, '\n');
	}
}

void
conf_result(struct config *c, struct diags *d, struct buf *out)
{
	/* either a configuration or a reason why there is none */
	assert_true((c != NULL) == (d->n == 0));
	if (c != NULL)
		conf_dump(c, out);
	else
		conf_findings(d, out);
	config_free(c);
	diags_done(d);
}
