/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue runner install, remove, status. What would be written is shown first, and done with --write
 * only: these are files of other programs.
 */
#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/proc.h"
#include "base/str.h"
#include "cli/crontab.h"
#include "cli/queue_verb.h"
#include "cli/runner_setup.h"
#include "cli/systemd.h"

static int
trouble(const struct queue_call *c, const struct err *e)
{
	ui_say(c->ui, "%s", e->text);
	return err_sysexit(e);
}

static bool
said(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s %s: %s", what, path, strerror(errno));
}

static const char *const reload[3] = {"daemon-reload"};
static const char *const enable[3] = {"enable", "--now", RUNNER_TIMER};
static const char *const disable[3] = {"disable", "--now", RUNNER_TIMER};

/* ---- a timer of systemd */

/* A person's units stop with the last login, unless the person lingers. */
static void
tell_about_linger(const struct queue_call *c, const struct runner_units *u)
{
	const struct passwd *pw = u->user ? getpwuid(geteuid()) : NULL;

	if (pw == NULL ||
	    access(arena_printf(c->mem, "/var/lib/systemd/linger/%s", pw->pw_name), F_OK) == 0)
		return;
	ui_note(c->ui,
	    "timers of a user run only while the user is logged in; to run them always: loginctl "
	    "enable-linger");
}

static bool
write_units(const struct queue_call *c, const struct runner_units *u, const struct buf *service,
    const struct buf *timer, struct err *e)
{
	if (!file_mkdirs(u->dir, 0755))
		return said(e, "cannot make", u->dir);
	if (!systemd_write_unit(c->mem, u->service, service, e) ||
	    !systemd_write_unit(c->mem, u->timer, timer, e))
		return false;
	ui_note(c->ui, "wrote %s", u->service);
	ui_note(c->ui, "wrote %s", u->timer);
	return true;
}

static int
install_timer(const struct queue_call *c, const struct runner_call *call, bool works)
{
	struct buf service, timer, out;
	struct runner_units u;
	struct err e;
	int status = 0;

	runner_setup_units(c->mem, &u);
	if (u.dir == NULL) {
		err_set(&e, ERR_CONFIG, STAGE_NONE, "", "no home directory of yours is known");
		return trouble(c, &e);
	}
	buf_init(&service, SIZE_MAX);
	buf_init(&timer, SIZE_MAX);
	runner_setup_service(call, &service);
	runner_setup_timer(&timer);
	if (!c->options->write) {
		buf_init(&out, SIZE_MAX);
		(void)buf_addf(&out, "### %s\n%s\n### %s\n%s\n### then\n", u.service,
		    buf_str(&service), u.timer, buf_str(&timer));
		systemd_add_command(&out, u.user, reload);
		systemd_add_command(&out, u.user, enable);
		status = ui_data(c->ui, &out);
		buf_done(&out);
	} else if (!write_units(c, &u, &service, &timer, &e)) {
		status = trouble(c, &e);
	} else {
		bool loaded = systemd_do_or_tell(c->ui, u.user, reload, works);
		bool enabled = (loaded || !works) &&
		    systemd_do_or_tell(c->ui, u.user, enable, works);

		status = works && !enabled ? EX_UNAVAILABLE : 0;
	}
	if (status == 0)
		tell_about_linger(c, &u);
	if (status == 0 && c->options->write && works)
		ui_note(c->ui, "the queue is run every five minutes by %s", RUNNER_TIMER);
	buf_done(&service);
	buf_done(&timer);
	return status;
}

/* ---- the crontab */

/* line NULL: ours is taken away. */
static bool
change_crontab(const char *line, bool *changed, struct err *e)
{
	struct buf text, after;
	bool good;

	buf_init(&text, SIZE_MAX);
	buf_init(&after, SIZE_MAX);
	good = crontab_read(&text, e);
	if (good)
		crontab_edit(buf_str(&text), line, &after);
	*changed = good && !str_eq(buf_str(&text), buf_str(&after));
	if (*changed)
		good = crontab_write(buf_str(&after), e);
	buf_done(&text);
	buf_done(&after);
	return good;
}

static int
install_line(const struct queue_call *c, const struct runner_call *call)
{
	struct buf line;
	bool changed;
	struct err e;
	int status = 0;

	buf_init(&line, SIZE_MAX);
	runner_setup_cron_line(call, &line);
	if (!c->options->write) {
		struct buf out;

		buf_init(&out, SIZE_MAX);
		(void)buf_addf(&out, "### your crontab (crontab -l)\n%s\n", buf_str(&line));
		status = ui_data(c->ui, &out);
		buf_done(&out);
	} else if (!change_crontab(buf_str(&line), &changed, &e)) {
		status = trouble(c, &e);
	} else {
		ui_note(c->ui, "the queue is run every five minutes by a line in your crontab");
	}
	buf_done(&line);
	return status;
}

/* ---- the verbs */

static int
install(const struct queue_call *c, const struct runner_found *found)
{
	const struct queue_options *o = c->options;
	bool works = !o->cron && systemd_works(geteuid() != 0);
	struct runner_call call;
	struct err e;
	int status;

	if (o->shared.server != NULL || o->shared.sets.n > 0) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "a runner takes all from a configuration file: --server and --set cannot be kept");
		return ui_usage(c->ui, &e, NULL);
	}
	if (found->kind != RUNNER_NONE && !o->cron && !o->systemd) {
		ui_note(c->ui, "there is one already: %s (%s)", found->words, found->where);
		return 0;
	}
	if (!runner_setup_call(c->mem, o->shared.file, &call, &e))
		return trouble(c, &e);
	if (o->systemd || works) {
		status = install_timer(c, &call, works);
	} else if (o->cron || proc_exists("crontab")) {
		status = install_line(c, &call);
	} else {
		err_set(&e, ERR_LOCAL, STAGE_NONE, "",
		    "neither systemd nor crontab is here: let something else run 'postrider queue run "
		    "--quiet' every five minutes");
		e.sysexit = EX_UNAVAILABLE;
		return trouble(c, &e);
	}
	if (status == 0 && !o->write)
		ui_note(c->ui, "nothing was written: add --write to do it");
	return status;
}

static int
remove_timer(const struct queue_call *c, const struct runner_units *u)
{
	bool works = systemd_works(u->user);
	struct err e;

	if (!c->options->write) {
		struct buf out;
		int status;

		buf_init(&out, SIZE_MAX);
		systemd_add_command(&out, u->user, disable);
		(void)buf_addf(&out, "rm %s %s\n", u->timer, u->service);
		systemd_add_command(&out, u->user, reload);
		status = ui_data(c->ui, &out);
		buf_done(&out);
		return status;
	}
	if (works)
		(void)systemd_do_or_tell(c->ui, u->user, disable, true);
	else
		(void)unlink(u->link); /* what disable does to files */
	if (!systemd_remove_unit(c->ui, u->timer, &e) ||
	    !systemd_remove_unit(c->ui, u->service, &e))
		return trouble(c, &e);
	if (works)
		(void)systemd_do_or_tell(c->ui, u->user, reload, true);
	return 0;
}

static int
remove_line(const struct queue_call *c)
{
	bool changed;
	struct err e;

	if (!c->options->write) {
		struct buf out;
		int status;

		buf_init(&out, SIZE_MAX);
		(void)buf_adds(&out,
		    "### your crontab loses the line that ends in\n" CRONTAB_MARK "\n");
		status = ui_data(c->ui, &out);
		buf_done(&out);
		return status;
	}
	if (!change_crontab(NULL, &changed, &e))
		return trouble(c, &e);
	ui_note(c->ui, "removed the line from your crontab");
	return 0;
}

static bool
has_line(void)
{
	struct buf text, line;
	struct err e;
	bool found;

	if (!proc_exists("crontab"))
		return false;
	buf_init(&text, SIZE_MAX);
	buf_init(&line, SIZE_MAX);
	found = crontab_read(&text, &e) && crontab_find(buf_str(&text), &line);
	buf_done(&text);
	buf_done(&line);
	return found;
}

static int
take_away(const struct queue_call *c, const struct runner_found *found)
{
	struct runner_units u;
	bool timer, line = has_line();
	int status = 0;

	runner_setup_units(c->mem, &u);
	timer = u.dir != NULL && (access(u.timer, F_OK) == 0 || access(u.service, F_OK) == 0);
	if (timer)
		status = remove_timer(c, &u);
	if (line && status == 0)
		status = remove_line(c);
	if (!timer && !line && found->kind != RUNNER_NONE)
		ui_note(c->ui, "the one there is was not installed by this command: %s (%s)",
		    found->words, found->where);
	else if (!timer && !line)
		ui_note(c->ui, "there is none, so nothing was changed");
	else if (status == 0 && !c->options->write)
		ui_note(c->ui, "nothing was changed: add --write to do it");
	return status;
}

static int
status(const struct queue_call *c, const struct runner_found *found)
{
	static const char *const words[3] = {"is-active", RUNNER_TIMER};
	bool user = geteuid() != 0, works = true;
	struct proc_result r;
	struct buf out;
	int result;

	proc_result_init(&r);
	if (found->kind == RUNNER_TIMER_UNIT)
		works = proc_exists("systemctl") && systemd_ctl(user, words, &r);
	proc_result_done(&r);
	buf_init(&out, SIZE_MAX);
	if (c->ui->json) {
		struct json *j = json_new();

		json_int(j, "v", 1);
		json_str(j, "runner", found->words);
		json_str(j, "where", found->where);
		json_bool(j, "works", found->kind != RUNNER_NONE && works);
		json_line(j, &out);
	} else if (found->kind == RUNNER_NONE) {
		(void)buf_adds(&out,
		    "nothing runs the queue; to let it be run every five minutes:\n"
		    "  postrider queue runner install --write\n");
	} else {
		(void)buf_addf(&out, "%s: %s\n", found->words, found->where);
		if (!works)
			(void)buf_addf(&out, "  it is not active: systemctl%s status %s\n",
			    user ? " --user" : "", RUNNER_TIMER);
	}
	result = c->ui->quiet ? 0 : ui_data(c->ui, &out);
	buf_done(&out);
	return result != 0 ? result : found->kind == RUNNER_NONE || !works;
}

int
queue_runner(const struct queue_call *c)
{
	static const struct {
		const char *name;
		int (*run)(const struct queue_call *c, const struct runner_found *found);
	} verbs[] = {{"install", install}, {"remove", take_away}, {"status", status}};
	const char *word = c->words.n > 0 ? c->words.items[0] : "status";
	const char *dir = c->config != NULL ? config_queue(c->config)->directory : NULL;
	struct runner_found found;
	struct err e;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && c->words.n <= 1; i++)
		if (str_eq(word, verbs[i].name)) {
			found = runner_setup_find(c->mem, dir, true);
			return verbs[i].run(c, &found);
		}
	err_set(&e, ERR_USAGE, STAGE_NONE, "",
	    "'queue runner' wants one of install, remove, status");
	return ui_usage(c->ui, &e, NULL);
}
