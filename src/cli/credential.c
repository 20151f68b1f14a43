/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/prompt.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "cli/report.h"
#include "cli/transcript.h"
#include "config/edit.h"
#include "deliver/checkup.h"
#include "queue/breaker.h"
#include "queue/spool.h"

#define COMMAND_MS 30000
#define APP_PASSWORD 16 /* letters, as Google makes them */
#define GOOGLE "*.gmail.com|*.google.com|*.googlemail.com"

/* ---- where it comes from */

static bool
take(struct buf *text, struct secret *out, const char *what, struct err *e)
{
	const char *nl = memchr(buf_str(text), '\n', text->len);
	bool good = secret_set(out, buf_str(text),
	    nl != NULL ? (size_t)(nl - buf_str(text)) + 1 : text->len);

	secret_chomp(out);
	/* neither the keyring nor a login takes what is behind it */
	if (good && memchr(out->data, '\0', out->len) != NULL)
		return err_set(e, ERR_CONFIG, STAGE_SECRET, "",
		    "%s holds a NUL, which no password does", what);
	return (good && out->len > 0) ||
	    err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s holds no password", what);
}

static bool
read_fd(int fd, const char *what, struct secret *out, struct err *e)
{
	struct buf text;
	bool good;

	buf_init(&text, SECRET_MAX);
	good = file_slurp(fd, &text) ||
	    err_set(e, ERR_CONFIG, STAGE_SECRET, "", "cannot read the password from %s: %s", what,
		strerror(errno));
	good = good && take(&text, out, what, e);
	buf_wipe(&text);
	buf_done(&text);
	return good;
}

static bool
read_source(const struct credential_source *src, struct secret *out, struct err *e)
{
	uint64_t n;
	int fd;
	bool good;

	if (src->command != NULL)
		return proc_secret_shell("password-command", src->command, COMMAND_MS, out, e);
	if (src->fd != NULL)
		return str_u64(src->fd, 0, 1 << 20, &n)
		    ? read_fd((int)n, "that descriptor", out, e)
		    : err_set(e, ERR_USAGE, STAGE_NONE, "",
			  "--password-fd is the number of a descriptor, not '%s'", src->fd);
	if (str_eq(src->file, "-"))
		return read_fd(STDIN_FILENO, "standard input", out, e);
	fd = open(src->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "cannot read %s: %s", src->file,
		    strerror(errno));
	good = read_fd(fd, src->file, out, e);
	close(fd);
	return good;
}

/* ---- app passwords of Google */

static void
drop_blanks(struct secret *s)
{
	size_t k = 0;

	for (size_t i = 0; i < s->len; i++)
		if (!str_is_blank((unsigned char)s->data[i]))
			s->data[k++] = s->data[i];
	while (s->len > k)
		s->data[--s->len] = '\0';
}

static size_t
count_letters(const struct secret *s, bool *only)
{
	size_t n = 0;

	*only = true;
	for (size_t i = 0; i < s->len; i++) {
		n += str_is_alpha((unsigned char)s->data[i]);
		*only = *only &&
		    (str_is_alpha((unsigned char)s->data[i]) ||
			str_is_blank((unsigned char)s->data[i]));
	}
	return n;
}

/* They are shown in four groups, and pasted so. */
static void
mend_app_password(const struct account *a, const struct ui *ui, struct secret *s)
{
	bool only;

	if (a->host == NULL || !str_glob(GOOGLE, a->host))
		return;
	if (count_letters(s, &only) == APP_PASSWORD && only)
		drop_blanks(s);
	else
		ui_note(ui,
		    "this is no app password of Google, which has 16 letters; it will hardly be taken");
}

bool
credential_get(const struct credential_source *src, const struct account *a, const struct ui *ui,
    struct secret *out, struct err *e)
{
	struct arena mem = {NULL};
	bool good, named = src->file != NULL || src->fd != NULL || src->command != NULL;

	/* it passes through more memory than that of struct secret */
	sandbox_no_core();
	if (named)
		good = read_source(src, out, e);
	else if (ui->no_input || !prompt_possible())
		good = err_set(e, ERR_USAGE, STAGE_SECRET, "",
		    "there is no terminal to ask for the password on: use --password-file, --password-fd or --password-command");
	else
		good = prompt_secret(arena_printf(&mem, "Password of %s at %s (not shown): ",
					 a->user, a->host != NULL ? a->host : a->socket),
		    out, e);
	arena_done(&mem);
	if (good)
		mend_app_password(a, ui, out);
	return good;
}

/* ---- does it work? */

int
credential_try(const struct account *a, const struct secret *s, const struct ui *ui)
{
	struct checkup_finding f[CHECKUP_STEPS];
	struct transcript t;
	const struct checkup up = {.account = a, .secret = s, .trace = &t.hooks};
	struct err e;

	transcript_init(&t, ui, &(struct transcript_want){false, -1});
	if (!checkup_run(&up, f, &e)) {
		report_cause(ui, a, &e);
		return err_sysexit(&e);
	}
	for (size_t i = 0; i <= CHECKUP_AUTH; i++)
		if (f[i].verdict == CHECKUP_FAILED) {
			report_cause(ui, a, &f[i].why);
			return err_sysexit(&f[i].why);
		}
	ui_note(ui, "login ok: %s", f[CHECKUP_AUTH].text);
	return 0;
}

/* ---- where it is kept */

const char *
credential_source_name(const struct account *a)
{
	static const char *const names[] = {
	    [PASSWORD_NONE] = "netrc",
	    [PASSWORD_COMMAND] = "password-command",
	    [PASSWORD_FILE] = "password-file",
	    [PASSWORD_CREDENTIAL] = "password-credential",
	    [PASSWORD_KEYRING] = "keyring",
	    [PASSWORD_INLINE] = "in the configuration",
	    [PASSWORD_PROMPT] = "asked for",
	    [PASSWORD_TOKEN] = "token-command",
	};

	return names[a->password_source];
}

const char *
credential_file(struct arena *mem, const struct shared *shared, const char *account)
{
	struct config_request want;
	const char *conf, *slash;

	shared_request(shared, &want);
	conf = edit_target(mem, &want, NULL);
	slash = conf != NULL ? strrchr(conf, '/') : NULL;
	return slash != NULL
	    ? arena_printf(mem, "%.*s/secret/%s", (int)(slash - conf), conf, account)
	    : NULL;
}

void
credential_release(const struct config *c, const struct account *a)
{
	const char *dir = config_queue(c)->directory;
	struct spool *sp = dir != NULL ? spool_open(dir, false, NULL) : NULL;

	if (sp != NULL)
		breaker_reset(sp, a->name);
	spool_close(sp);
}
