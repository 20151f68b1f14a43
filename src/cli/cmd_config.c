/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/config_change.h"
#include "cli/report.h"
#include "config/config.h"
#include "config/keypath.h"
#include "config/schema.h"

struct config_args {
	struct shared shared;
	bool origin;
	const char *key, *value; /* of get, set, unset */
};

static const struct args_option options[] = {
    {.name = "origin",
	.kind = ARGS_FLAG,
	.at = offsetof(struct config_args, origin),
	.help = "show: where each value comes from"},
};

size_t
cmd_config_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	};
	out[1] = shared_group(NULL);
	return 2;
}

/* ---- check */

static void
add_accounts(const struct config *c, struct buf *out)
{
	const char *path;
	bool found;

	for (size_t i = 0; (path = config_path(c, i, &found)) != NULL; i++)
		if (found)
			(void)buf_addf(out, "%s: read, nothing wrong\n", path);
	for (size_t i = 0; i < config_naccounts(c); i++) {
		const struct account *a = config_account(c, i);

		(void)buf_addf(out, "account %s: ", a->name);
		if (a->socket != NULL)
			(void)buf_adds(out, a->socket);
		else
			(void)buf_addf(out, "%s:%u", a->host, (unsigned)a->port);
		if (a->auth)
			(void)buf_addf(out, " as %s", a->user);
		if (a->nfrom > 0)
			(void)buf_addf(out, ", from %s", a->from[0]);
		(void)buf_addc(out, '\n');
	}
}

static int
check(const struct config *c, const struct config_args *a, const struct ui *ui, struct buf *out)
{
	struct err e;

	(void)a;
	if (config_naccounts(c) == 0) {
		complain_no_account(c, &e);
		report_cause(ui, NULL, &e);
		return EX_CONFIG;
	}
	if (!ui->quiet)
		add_accounts(c, out);
	return 0;
}

/* ---- show */

static int
show(const struct config *c, const struct config_args *a, const struct ui *ui, struct buf *out)
{
	if (ui->json)
		config_show_json(c, out);
	else
		config_show(c, a->origin, out);
	return 0;
}

/* ---- keys */

static const char *
type_name(const struct schema_key *k)
{
	static const char *const names[] = {
	    [TYPE_TEXT] = "text",
	    [TYPE_LIST] = "list",
	    [TYPE_BOOL] = "yes|no",
	    [TYPE_NUMBER] = "number",
	    [TYPE_PORT] = "port",
	    [TYPE_DURATION] = "time",
	    [TYPE_SIZE] = "size",
	    [TYPE_PATH] = "path",
	    [TYPE_SECRET] = "secret",
	};

	if (k->type == TYPE_CHOICE && k->choices != NULL)
		return k->choices;
	return (size_t)k->type < sizeof(names) / sizeof(names[0]) && names[k->type] != NULL
	    ? names[k->type]
	    : "text";
}

static void
add_key(const struct schema_key *k, const struct ui *ui, struct buf *out)
{
	struct json *j;

	if (!ui->json) {
		(void)buf_addf(out, "%-10s %-20s %-24s %s%s%s%s\n", schema_section_name(k->section),
		    k->name, type_name(k), k->help, k->value != NULL ? " (" : "",
		    k->value != NULL ? k->value : "", k->value != NULL ? ")" : "");
		return;
	}
	j = json_new();
	json_int(j, "v", 1);
	json_str(j, "section", schema_section_name(k->section));
	json_str(j, "key", k->name);
	json_str(j, "type", type_name(k));
	json_str(j, "default", k->value);
	json_str(j, "help", k->help);
	json_line(j, out);
}

static int
keys(const struct ui *ui)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < schema_nkeys; i++)
		add_key(&schema_keys[i], ui, &b);
	status = ui_data(ui, &b);
	buf_done(&b);
	return status;
}

/* ---- get, path */

static int
get(const struct config *c, const struct config_args *a, const struct ui *ui, struct buf *out)
{
	struct arena mem = {NULL};
	struct keypath k;
	const char *value = NULL;
	struct json *j;
	struct err e;
	int status = 0;

	if (!keypath_parse(&mem, a->key, &k, &e)) {
		status = ui_usage(ui, &e, NULL);
	} else if ((value = config_value(c, k.kind, k.name, k.schema)) == NULL) {
		status = 1; /* as git does: a script sees it, and needs no words */
		ui_note(ui, "%s is not set", a->key);
	} else if (ui->json) {
		j = json_new();
		json_int(j, "v", 1);
		json_str(j, "key", a->key);
		json_str(j, "value", value);
		json_line(j, out);
	} else {
		str_escape(out, value, strlen(value), 0);
		(void)buf_addc(out, '\n');
	}
	arena_done(&mem);
	return status;
}

/* Needs no good configuration: where it is, is the question then. */
static int
paths(const struct config_args *a, const struct ui *ui)
{
	struct config_request want;
	struct config *c;
	const char *path;
	struct buf b;
	bool found;
	int status;

	shared_request(&a->shared, &want);
	c = config_load_rest(&want);
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; (path = config_path(c, i, &found)) != NULL; i++) {
		if (ui->json) {
			struct json *j = json_new();

			json_int(j, "v", 1);
			json_str(j, "path", path);
			json_bool(j, "found", found);
			json_line(j, &b);
		} else {
			(void)buf_addf(&b, "%s%s\n", path, found ? "" : "\t(absent)");
		}
	}
	status = ui_data(ui, &b);
	buf_done(&b);
	config_free(c);
	return status;
}

/* ---- */

static const struct {
	const char *name;
	size_t nwords; /* behind it */
	const char *words;
	int (*run)(const struct config *c, const struct config_args *a, const struct ui *ui,
	    struct buf *out);
} verbs[] = {
    {"check", 0, "", check},
    {"show", 0, "", show},
    {"get", 1, " KEY", get},
    /* need no configuration, so a broken one is no obstacle */
    {"set", 2, " KEY VALUE", NULL},
    {"unset", 1, " KEY", NULL},
    {"edit", 0, "", NULL},
    {"path", 0, "", NULL},
    {"keys", 0, "", NULL},
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
run_without(struct arena *mem, const char *verb, const struct config_args *a, const struct ui *ui)
{
	if (str_eq(verb, "keys"))
		return keys(ui);
	if (str_eq(verb, "path"))
		return paths(a, ui);
	if (str_eq(verb, "edit"))
		return config_change_edit(mem, &a->shared, ui);
	return config_change_set(mem, &a->shared, ui, a->key, a->value);
}

static int
run(struct arena *mem, size_t verb, const struct config_args *a, const struct ui *ui)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct buf b;
	int status;

	if (verbs[verb].run == NULL)
		return run_without(mem, verbs[verb].name, a, ui);
	shared_request(&a->shared, &want);
	c = config_load(&want, &d);
	if (c == NULL) {
		status = complain_config(ui, &d, NULL);
	} else {
		buf_init(&b, SIZE_MAX);
		status = verbs[verb].run(c, a, ui, &b);
		if (status == 0)
			status = ui_data(ui, &b);
		buf_done(&b);
	}
	config_free(c);
	diags_done(&d);
	return status;
}

static int
wrong_verb(const struct ui *ui, const struct args_list *words)
{
	static const char all[] =
	    "config wants one of check, show, get, set, unset, edit, path, keys";
	const char *names[NVERBS], *near;
	struct err e;

	for (size_t i = 0; i < NVERBS; i++)
		names[i] = verbs[i].name;
	if (words->n == 0) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "%s", all);
		return ui_usage(ui, &e, NULL);
	}
	near = str_nearest(words->items[0], names, NVERBS);
	err_set(&e, ERR_USAGE, STAGE_NONE, "", "%s, not '%s'%s%s%s", all, words->items[0],
	    near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?)" : "");
	return ui_usage(ui, &e, NULL);
}

static int
run_words(struct arena *mem, struct config_args *a, const struct ui *ui,
    const struct args_list *words)
{
	struct err e;
	size_t v = 0;

	while (v < NVERBS && (words->n == 0 || !str_eq(words->items[0], verbs[v].name)))
		v++;
	if (v == NVERBS)
		return wrong_verb(ui, words);
	if (words->n != verbs[v].nwords + 1) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "write: postrider config %s%s",
		    verbs[v].name, verbs[v].words);
		return ui_usage(ui, &e, NULL);
	}
	a->key = words->n > 1 ? words->items[1] : NULL;
	a->value = words->n > 2 ? words->items[2] : NULL;
	return run(mem, v, a, ui);
}

int
cmd_config(const struct command_call *call)
{
	struct config_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	int status;

	args.ngroups = cmd_config_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	return run_words(call->mem, &a, &ui, &args.operands);
}
