/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/config_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/prompt.h"
#include "base/putfile.h"
#include "base/str.h"
#include "cli/complain.h"
#include "cli/report.h"
#include "config/config.h"
#include "config/edit.h"
#include "config/keypath.h"

#define FILE_MAX ((size_t)4 << 20)

static int
trouble(const struct ui *ui, const struct err *e)
{
	report_cause(ui, NULL, e);
	return err_sysexit(e);
}

/* A file that is not there yet is empty. */
static bool
load_text(const char *path, struct buf *text, struct err *e)
{
	if (file_load(path, O_NOCTTY, text, NULL) || errno == ENOENT || errno == ENOTDIR)
		return true;
	return err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "cannot read %s: %s", path,
	    strerror(errno));
}

/* ---- set, unset */

/* The value that holds now, NULL: none, or the configuration is broken. In mem. */
static const char *
value_now(struct arena *mem, const struct config_request *want, const struct keypath *k)
{
	struct diags ignored = {.n = 0};
	struct config *c = config_load(want, &ignored);
	const char *v = c != NULL ? config_value(c, k->kind, k->name, k->schema) : NULL;

	v = v != NULL ? arena_strdup(mem, v) : NULL;
	config_free(c);
	diags_done(&ignored);
	return v;
}

/* A slip in the name would make a second account. */
static bool
check_account(const struct config_request *want, const struct keypath *k, struct err *e)
{
	struct diags ignored = {.n = 0};
	struct config *c = k->kind == SECTION_ACCOUNT ? config_load(want, &ignored) : NULL;
	const struct pick pick = {.name = k->name};
	const char *route;
	bool good = c == NULL || config_naccounts(c) == 0 ||
	    config_pick(c, &pick, &route, e) != NULL || str_eq(k->key, "host") ||
	    str_eq(k->key, "server") || str_eq(k->key, "like");

	config_free(c);
	diags_done(&ignored);
	return good;
}

static bool
understand(struct arena *mem, const char *key, const struct config_request *want, struct keypath *k,
    struct err *e)
{
	if (!keypath_parse(mem, key, k, e))
		return false;
	if (k->schema->type == TYPE_SECRET)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "a password is not taken from the command line, where others see it: postrider account login %s",
		    k->name);
	return check_account(want, k, e);
}

static void
tell_change(const struct ui *ui, struct arena *mem, const struct config_request *want,
    const struct keypath *k, const char *path, const char *key, const char *before)
{
	const char *after = value_now(mem, want, k);

	ui_note(ui, "%s: %s is %s%s%s%s", path, key, after != NULL ? after : "not set",
	    before != NULL || after != NULL ? " (was " : "",
	    before != NULL ? before : (after != NULL ? "not set" : ""),
	    before != NULL || after != NULL ? ")" : "");
}

int
config_change_set(struct arena *mem, const struct shared *shared, const struct ui *ui,
    const char *key, const char *value)
{
	struct config_request want;
	struct keypath k;
	struct diags d = {.n = 0};
	const char *path, *before;
	struct buf text;
	struct err e;
	int status = 0;

	shared_request(shared, &want);
	if (!understand(mem, key, &want, &k, &e))
		return ui_usage(ui, &e, NULL);
	path = edit_target(mem, &want, &e);
	if (path == NULL)
		return trouble(ui, &e);
	before = value_now(mem, &want, &k);
	buf_init(&text, FILE_MAX);
	if (!load_text(path, &text, &e) || !edit_set(&text, k.kind, k.name, k.key, value, &e))
		status = trouble(ui, &e);
	else if (!edit_save(&want, path, &text, &d, &e))
		status = d.n > 0 ? complain_config(ui, &d, "nothing was changed") : trouble(ui, &e);
	else
		tell_change(ui, mem, &want, &k, path, key, before);
	buf_wipe(&text);
	buf_done(&text);
	diags_done(&d);
	return status;
}

/* ---- edit */

static const char *
editor(void)
{
	static const char *const names[] = {"VISUAL", "EDITOR"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return "vi";
}

static bool
again(void)
{
	struct buf answer;
	bool yes;

	buf_init(&answer, 1024);
	yes = prompt_line("Edit it again? [yes] ", &answer) &&
	    (answer.len == 0 || str_lower((unsigned char)answer.data[0]) == 'y');
	buf_done(&answer);
	return yes;
}

/* true: it is good, and in its place. */
static bool
judge(const struct config_request *want, const char *path, const char *draft, const struct ui *ui,
    int *status)
{
	struct config_request how = *want;
	struct diags d = {.n = 0};
	struct config *c;
	struct err e;
	bool good;

	if (how.file != NULL)
		how.file = path;
	how.draft_of = path;
	how.draft = draft;
	c = config_load(&how, &d);
	good = c != NULL;
	if (!good)
		*status = complain_config(ui, &d, NULL);
	else if (!putfile_commit(draft, path, PUTFILE_REPLACE, &e)) {
		good = false;
		*status = trouble(ui, &e);
	} else {
		*status = 0;
	}
	config_free(c);
	diags_done(&d);
	return good;
}

static int
edit_draft(const struct config_request *want, const char *path, const char *draft,
    const struct ui *ui)
{
	const char *argv[] = {"/bin/sh", "-c", NULL, "sh", draft, NULL};
	struct buf command;
	struct err e;
	int status, code;

	buf_init(&command, SIZE_MAX);
	(void)buf_addf(&command, "%s \"$1\"", editor());
	argv[2] = buf_str(&command);
	for (;;) {
		status = 1;
		if (!proc_terminal(argv, &code, &e)) {
			status = trouble(ui, &e);
			break;
		}
		if (code != 0) {
			ui_say(ui, "the editor (%s) exited %d: nothing was changed", editor(),
			    code);
			break;
		}
		if (judge(want, path, draft, ui, &status)) {
			ui_note(ui, "%s: saved, nothing wrong", path);
			break;
		}
		if (!again()) {
			ui_say(ui, "nothing was changed; what you wrote is in %s", draft);
			buf_done(&command);
			return status;
		}
	}
	putfile_drop(draft);
	buf_done(&command);
	return status;
}

int
config_change_edit(struct arena *mem, const struct shared *shared, const struct ui *ui)
{
	struct config_request want;
	const char *path, *draft = NULL;
	struct buf text;
	struct err e;

	if (!ui->in_tty || !ui->out_tty || ui->no_input) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "config edit needs a terminal for the editor; for scripts there is config set");
		return ui_usage(ui, &e, NULL);
	}
	shared_request(shared, &want);
	path = edit_target(mem, &want, &e);
	if (path == NULL)
		return trouble(ui, &e);
	buf_init(&text, FILE_MAX);
	if (load_text(path, &text, &e))
		draft = putfile_draft(mem, path, &text, PUTFILE_REPLACE, &e);
	buf_wipe(&text);
	buf_done(&text);
	return draft != NULL ? edit_draft(&want, path, draft, ui) : trouble(ui, &e);
}
