/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/runner_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/holder.h"
#include "base/str.h"
#include "cli/crontab.h"
#include "cli/systemd.h"
#include "config/check.h"

#define WANTS "timers.target.wants/" RUNNER_TIMER

/* $NAME when it names a directory of ours (decisions.md 19), else NULL. */
static const char *
own_directory(const char *name)
{
	const char *path = getenv(name);
	struct stat st;

	if (path == NULL || path[0] != '/' || stat(path, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid())
		return NULL;
	return path;
}

void
runner_setup_units(struct arena *mem, struct runner_units *out)
{
	const char *xdg = own_directory("XDG_CONFIG_HOME"), *home = check_home(mem);

	*out = (struct runner_units){.user = geteuid() != 0};
	if (!out->user)
		out->dir = "/etc/systemd/system";
	else if (xdg != NULL)
		out->dir = arena_printf(mem, "%s/systemd/user", xdg);
	else if (home != NULL)
		out->dir = arena_printf(mem, "%s/.config/systemd/user", home);
	else
		return;
	out->service = arena_printf(mem, "%s/postrider-queue.service", out->dir);
	out->timer = arena_printf(mem, "%s/" RUNNER_TIMER, out->dir);
	out->link = arena_printf(mem, "%s/" WANTS, out->dir);
}

/* ---- finding one */

/* An enabled unit is a link; a link to nothing is none. */
static const char *
find_timer(struct arena *mem)
{
	static const char *const user[] = {"/etc/systemd/user/" WANTS,
	    "/usr/local/lib/systemd/user/" WANTS, "/usr/lib/systemd/user/" WANTS, NULL};
	static const char *const root[] = {"/usr/local/lib/systemd/system/" WANTS,
	    "/usr/lib/systemd/system/" WANTS, NULL};
	struct runner_units u;

	runner_setup_units(mem, &u);
	if (u.link != NULL && access(u.link, F_OK) == 0)
		return u.link;
	for (const char *const *p = u.user ? user : root; *p != NULL; p++)
		if (access(*p, F_OK) == 0)
			return *p;
	return NULL;
}

static const char *
find_loop(struct arena *mem, const char *queue_dir)
{
	int fd = queue_dir != NULL ? open(queue_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	long pid = fd >= 0 ? holder_of(fd, RUNNER_LOOP_LOCK) : 0;

	if (fd >= 0)
		close(fd);
	return pid > 0 ? arena_printf(mem, "process %ld", pid) : NULL;
}

static const char *
find_cron_line(struct arena *mem)
{
	struct buf text, line;
	const char *found = NULL;
	struct err e;

	buf_init(&text, SIZE_MAX);
	buf_init(&line, SIZE_MAX);
	if (crontab_read(&text, &e) && crontab_find(buf_str(&text), &line))
		found = arena_strndup(mem, buf_str(&line), line.len);
	buf_done(&text);
	buf_done(&line);
	return found;
}

struct runner_found
runner_setup_find(struct arena *mem, const char *queue_dir, bool ask)
{
	const char *where = find_timer(mem);

	if (where != NULL)
		return (struct runner_found){RUNNER_TIMER_UNIT,
		    geteuid() != 0 ? "systemd user timer" : "systemd timer", where};
	where = find_loop(mem, queue_dir);
	if (where != NULL)
		return (struct runner_found){RUNNER_LOOP, "postrider -q loop", where};
	if (geteuid() == 0 && access("/etc/cron.d/postrider", F_OK) == 0)
		return (struct runner_found){RUNNER_CRONTAB, "cron", "/etc/cron.d/postrider"};
	where = ask ? find_cron_line(mem) : NULL;
	if (where != NULL)
		return (struct runner_found){RUNNER_CRONTAB, "crontab", where};
	return (struct runner_found){.kind = RUNNER_NONE};
}

/* ---- making one */

/* This very file, wherever it lies: a name would be looked up in somebody else's PATH. */
static const char *
own_path(struct arena *mem)
{
	static const char gone[] = " (deleted)";
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return "postrider";
	path[n] = '\0';
	if (str_ends_nocase(path, gone)) /* a newer version was put in its place */
		n -= (ssize_t)strlen(gone);
	return arena_strndup(mem, path, (size_t)n);
}

bool
runner_setup_call(struct arena *mem, const char *file, struct runner_call *out, struct err *e)
{
	static const char *const names[] = {"XDG_CONFIG_HOME", "XDG_STATE_HOME"};
	const char **words = arena_alloc(mem, 7 * sizeof(*words)),
		   **env = arena_alloc(mem, 3 * sizeof(*env));
	size_t n = 0, k = 0;
	char *whole = file != NULL ? realpath(file, NULL) : NULL;

	if (file != NULL && whole == NULL)
		return err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "%s: %s", file, strerror(errno));
	words[n++] = own_path(mem);
	if (whole != NULL) {
		words[n++] = "-C";
		words[n++] = arena_strdup(mem, whole);
	}
	free(whole);
	words[n++] = "queue";
	words[n++] = "run";
	words[n] = "--quiet";
	/* neither cron nor a timer has what the person's shell has set */
	for (size_t i = 0; i < 2; i++)
		if (own_directory(names[i]) != NULL)
			env[k++] = arena_printf(mem, "%s=%s", names[i], getenv(names[i]));
	*out = (struct runner_call){.words = words, .env = env};
	for (size_t i = 0; i < n; i++)
		if (str_has_ctl(words[i], strlen(words[i])))
			return err_set(e, ERR_USAGE, STAGE_NONE, "",
			    "a path with control characters cannot be written there");
	for (size_t i = 0; i < k; i++)
		if (str_has_ctl(env[i], strlen(env[i])))
			return err_set(e, ERR_USAGE, STAGE_NONE, "",
			    "a path with control characters cannot be written there");
	return true;
}

/* Nothing in it that systemd, a shell or cron reads as anything but itself. */
static bool
is_plain(const char *word)
{
	for (; *word != '\0'; word++)
		if (!str_is_alpha((unsigned char)*word) && !str_is_digit((unsigned char)*word) &&
		    strchr("/._-+=,:@", *word) == NULL)
			return false;
	return true;
}

/* systemd.syntax(7): C escapes in double quotes, %% and $$ for themselves. */
static void
add_unit_word(struct buf *out, const char *word, bool command)
{
	if (is_plain(word)) {
		(void)buf_adds(out, word);
		return;
	}
	(void)buf_addc(out, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			(void)buf_addc(out, '\\');
		if (*word == '%' || (*word == '$' && command))
			(void)buf_addc(out, *word);
		(void)buf_addc(out, *word);
	}
	(void)buf_addc(out, '"');
}

/* For sh behind cron, which takes % for a line end unless a backslash stands before it. */
static void
add_cron_word(struct buf *out, const char *word)
{
	if (is_plain(word)) {
		(void)buf_adds(out, word);
		return;
	}
	(void)buf_addc(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			(void)buf_adds(out, "'\\'");
		if (*word == '%')
			(void)buf_addc(out, '\\');
		(void)buf_addc(out, *word);
	}
	(void)buf_addc(out, '\'');
}

#define WRITTEN SYSTEMD_WRITTEN "; 'postrider queue runner remove' takes it away.\n"

void
runner_setup_service(const struct runner_call *c, struct buf *out)
{
	(void)buf_adds(out,
	    WRITTEN "[Unit]\n"
		    "Description=Send the mail that waits in postrider's queue\n"
		    "Documentation=man:postrider(1)\n"
		    "\n"
		    "[Service]\n"
		    "Type=oneshot\n");
	for (const char *const *p = c->env; *p != NULL; p++) {
		(void)buf_adds(out, "Environment=");
		add_unit_word(out, *p, false);
		(void)buf_addc(out, '\n');
	}
	(void)buf_adds(out, "ExecStart=");
	for (const char *const *p = c->words; *p != NULL; p++) {
		if (p > c->words)
			(void)buf_addc(out, ' ');
		add_unit_word(out, *p, true);
	}
	(void)buf_addc(out, '\n');
}

void
runner_setup_timer(struct buf *out)
{
	(void)buf_adds(out,
	    WRITTEN "[Unit]\n"
		    "Description=Look into postrider's queue every five minutes\n"
		    "Documentation=man:postrider(1)\n"
		    "\n"
		    "[Timer]\n"
		    "OnBootSec=2min\n"
		    "OnUnitInactiveSec=5min\n"
		    "\n"
		    "[Install]\n"
		    "WantedBy=timers.target\n");
}

/* Silent: cron mails what a job prints, and mail about mail that cannot leave would queue up. */
void
runner_setup_cron_line(const struct runner_call *c, struct buf *out)
{
	(void)buf_adds(out, "*/5 * * * *");
	for (const char *const *p = c->env; *p != NULL; p++) {
		size_t name = strcspn(*p, "=") + 1;

		(void)buf_addf(out, " %.*s", (int)name, *p);
		add_cron_word(out, *p + name);
	}
	for (const char *const *p = c->words; *p != NULL; p++) {
		(void)buf_addc(out, ' ');
		add_cron_word(out, *p);
	}
	(void)buf_adds(out, " >/dev/null 2>&1 " CRONTAB_MARK);
}
