/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/report.h"
#include "config/import_file.h"
#include "config/import_write.h"

struct import_args {
	struct shared shared;
	bool write, force;
};

static const struct args_option options[] = {
    {.name = "write",
	.kind = ARGS_FLAG,
	.at = offsetof(struct import_args, write),
	.help = "write it to postrider.conf, passwords to files beside it"},
    {.name = "force",
	.kind = ARGS_FLAG,
	.at = offsetof(struct import_args, force),
	.help = "with --write: replace what is there"},
};

size_t
cmd_import_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	};
	out[1] = shared_group(NULL);
	return 2;
}

static int
wrong_kind(const struct ui *ui, struct arena *mem, const char *word)
{
	struct args_list names = {NULL, 0};
	const char *near;
	struct err e;

	for (size_t i = 0; import_file_kind_name(i) != NULL; i++)
		args_push(mem, &names, import_file_kind_name(i));
	near = word != NULL ? str_nearest(word, names.items, names.n) : NULL;
	err_set(&e, ERR_USAGE, STAGE_NONE, "",
	    "import wants one of msmtp, ssmtp, nullmailer, dma%s%s%s%s%s%s",
	    word != NULL ? ", not '" : "", word != NULL ? word : "", word != NULL ? "'" : "",
	    near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?)" : "");
	return ui_usage(ui, &e, NULL);
}

/* Findings have a file and a line; the lines themselves may hold secrets. */
static void
tell_findings(const struct ui *ui, const struct diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *f = &d->items[i];

		if (f->line > 0)
			ui_say(ui, "%s:%d: %s", f->file, f->line, f->text);
		else
			ui_say(ui, "%s: %s", f->file, f->text);
	}
}

static void
tell_drops(const struct ui *ui, const struct import *im)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < im->ndrops; i++) {
		const struct import_drop *d = &im->drops[i];

		(void)buf_addf(&b, "%s%s%s%s%s, %zu line%s", i > 0 ? "; " : "", d->what,
		    d->why[0] != '\0' ? " (" : "", d->why, d->why[0] != '\0' ? ")" : "", d->lines,
		    d->lines != 1 ? "s" : "");
	}
	if (im->ndrops > 0)
		ui_note(ui, "not carried over: %s", buf_str(&b));
	buf_done(&b);
}

static size_t
count_accounts(const struct import *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->nsections; i++)
		n += im->sections[i]->kind == SECTION_ACCOUNT && !im->sections[i]->broken;
	return n;
}

static int
trouble(const struct ui *ui, const struct err *e)
{
	report_cause(ui, NULL, e);
	return err_sysexit(e);
}

static int
show(const struct ui *ui, const struct import *im, struct buf *text)
{
	int status = ui_data(ui, text);

	tell_drops(ui, im);
	ui_note(ui, "nothing is written yet: add --write. Then: postrider check --all");
	return status;
}

static int
finish(const struct ui *ui, const struct import_args *a, struct import *im, const char *kind,
    const char *from, const char *target)
{
	struct buf body, text;
	struct err e;
	int status;
	bool useful;

	buf_init(&body, SIZE_MAX);
	buf_init(&text, SIZE_MAX);
	useful = import_render(im, &body);
	tell_findings(ui, im->diags);
	(void)buf_addf(&text, "# from ");
	str_escape(&text, from, strlen(from), 0);
	(void)buf_addf(&text, " (%s), %zu account%s\n\n", kind, count_accounts(im),
	    count_accounts(im) != 1 ? "s" : "");
	(void)buf_add(&text, buf_str(&body), body.len);
	if (!useful) {
		err_set(&e, ERR_CONFIG, STAGE_CONFIG, "",
		    "%s: there is no account in it to carry over", from);
		e.sysexit = EX_DATAERR;
		status = trouble(ui, &e);
	} else if (!a->write) {
		status = show(ui, im, &text);
	} else if (!import_write(im, target, &text, a->force, &e)) {
		status = trouble(ui, &e);
	} else {
		tell_drops(ui, im);
		ui_note(ui, "wrote %s. Then: postrider check --all", target);
		status = 0;
	}
	buf_done(&text);
	buf_done(&body);
	return status;
}

/* -C FILE names the file to write; a relative name would be none in password-file. */
static const char *
target_of(const struct import_args *a, struct arena *mem)
{
	const char *file = a->shared.file;
	char *here;

	if (file == NULL)
		return import_write_target(mem);
	if (file[0] == '/')
		return file;
	here = getcwd(NULL, 0);
	file = here != NULL ? arena_printf(mem, "%s/%s", here, file) : NULL;
	free(here);
	return file;
}

static int
run(const struct import_args *a, const struct ui *ui, struct arena *mem, const char *kind,
    const char *path)
{
	const char *target = target_of(a, mem), *from = NULL;
	struct diags d = {.n = 0};
	struct import im;
	struct err e;
	int status;

	if (target == NULL) {
		err_set(&e, ERR_CONFIG, STAGE_CONFIG, "",
		    "no home directory of yours is known: name the file to write with -C FILE");
		return trouble(ui, &e);
	}
	import_init(&im, arena_strndup(mem, target, (size_t)(strrchr(target, '/') - target)), &d);
	if (import_file_read(&im, import_file_kind(kind), path, &from, &e))
		status = finish(ui, a, &im, kind, from, target);
	else
		status = trouble(ui, &e);
	import_done(&im);
	diags_done(&d);
	return status;
}

int
cmd_import(const struct command_call *call)
{
	struct import_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	struct err e;
	int status;

	args.ngroups = cmd_import_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	if (args.operands.n == 0 || import_file_kind(args.operands.items[0]) == NULL)
		return wrong_kind(&ui, call->mem,
		    args.operands.n > 0 ? args.operands.items[0] : NULL);
	if (args.operands.n > 2 || (a.force && !a.write)) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "%s",
		    args.operands.n > 2 ? "import takes one file" : "--force goes with --write");
		return ui_usage(&ui, &e, NULL);
	}
	return run(&a, &ui, call->mem, args.operands.items[0],
	    args.operands.n > 1 ? args.operands.items[1] : NULL);
}
