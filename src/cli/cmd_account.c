/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/config_change.h"
#include "cli/credential.h"
#include "cli/report.h"
#include "config/config.h"
#include "config/password.h"
#include "config/vault.h"

struct account_args {
	struct shared shared;
	struct credential_source source;
	bool no_check;
};

#define AT(field) offsetof(struct account_args, field)

static const struct args_option options[] = {
    {.name = "password-file",
	.arg = "FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(source.file),
	.help = "login: the password is the first line of this file"},
    {.name = "password-fd",
	.arg = "N",
	.kind = ARGS_TEXT,
	.at = AT(source.fd),
	.help = "login: the password comes over this descriptor"},
    {.name = "password-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(source.command),
	.help = "login: the password is what this prints"},
    {.name = "no-check",
	.kind = ARGS_FLAG,
	.at = AT(no_check),
	.help = "login: store it without trying it first"},
};

size_t
cmd_account_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){.title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0])};
	out[1] = shared_group(NULL);
	return 2;
}

/* What a verb works with. */
struct work {
	struct arena *mem;
	const struct account_args *args;
	const struct ui *ui;
	const struct config *config;
	const struct account *account; /* NULL: list */
};

/* ---- list */

static const char *
server_of(struct arena *mem, const struct account *a)
{
	return a->socket != NULL ? a->socket
				 : arena_printf(mem, "%s:%u", a->host, (unsigned)a->port);
}

static bool
is_default(const struct config *c, const struct account *a)
{
	const struct pick pick = {.name = NULL};
	const char *route;

	return config_pick(c, &pick, &route, NULL) == a;
}

static void
add_json(const struct work *w, const struct account *a, struct buf *out)
{
	struct json *j = json_new();

	json_int(j, "v", 1);
	json_str(j, "name", a->name);
	json_bool(j, "default", is_default(w->config, a));
	json_str(j, "server", server_of(w->mem, a));
	json_str(j, "user", a->user);
	for (size_t i = 0; i < a->nfrom; i++)
		json_push_str(j, "from", a->from[i]);
	json_str(j, "password", a->auth ? credential_source_name(a) : "none");
	json_line(j, out);
}

static size_t
widest(size_t width, const char *text)
{
	size_t n = ui_columns(text);

	return n > width ? n : width;
}

static void
add_table(const struct work *w, struct buf *out)
{
	size_t n = config_naccounts(w->config), name = 4, server = 6, user = 4, from = 4;

	for (size_t i = 0; i < n; i++) {
		const struct account *a = config_account(w->config, i);

		name = widest(name, a->name);
		server = widest(server, server_of(w->mem, a));
		user = widest(user, a->user != NULL ? a->user : "-");
		from = widest(from, a->nfrom > 0 ? a->from[0] : "-");
	}
	(void)buf_addf(out, "  %-*s  %-*s  %-*s  %-*s  %s\n", (int)name, "NAME", (int)server,
	    "SERVER", (int)user, "USER", (int)from, "FROM", "PASSWORD");
	for (size_t i = 0; i < n; i++) {
		const struct account *a = config_account(w->config, i);

		(void)buf_addf(out, "%c %-*s  %-*s  %-*s  %-*s  %s\n",
		    is_default(w->config, a) ? '*' : ' ', (int)name, a->name, (int)server,
		    server_of(w->mem, a), (int)user, a->user != NULL ? a->user : "-", (int)from,
		    a->nfrom > 0 ? a->from[0] : "-",
		    a->auth ? credential_source_name(a) : "no login");
	}
}

static int
list(const struct work *w)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	if (w->ui->json) {
		for (size_t i = 0; i < config_naccounts(w->config); i++)
			add_json(w, config_account(w->config, i), &b);
	} else if (config_naccounts(w->config) > 0) {
		add_table(w, &b);
	} else {
		ui_note(w->ui, "no account yet: postrider setup ADDRESS makes one");
	}
	status = ui_data(w->ui, &b);
	buf_done(&b);
	return status;
}

/* ---- show */

/* Of a secret only that it is there, and how long. */
static void
add_secret(const struct account *a, struct buf *out)
{
	struct secret s = {NULL, 0};
	struct err e;

	if (!a->auth)
		(void)buf_adds(out, "# no login\n");
	else if (password_get(a, false, &s, &e))
		(void)buf_addf(out, "# password: %s, %zu characters\n", credential_source_name(a),
		    s.len);
	else
		(void)buf_addf(out, "# password: %s\n", e.text);
	secret_wipe(&s);
}

static int
show(const struct work *w)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "[account %s]\n", w->account->name);
	for (size_t i = 0; i < schema_nkeys; i++) {
		const struct schema_key *k = &schema_keys[i];
		const char *value = k->section == SECTION_ACCOUNT
		    ? config_value(w->config, SECTION_ACCOUNT, w->account->name, k)
		    : NULL;

		if (value == NULL)
			continue;
		(void)buf_addf(&b, "%s = ", k->name);
		str_escape(&b, value, strlen(value), 0);
		(void)buf_addc(&b, '\n');
	}
	add_secret(w->account, &b);
	status = ui_data(w->ui, &b);
	buf_done(&b);
	return status;
}

/* ---- default */

static int
make_default(const struct work *w)
{
	return config_change_set(w->mem, &w->args->shared, w->ui, "defaults.account",
	    w->account->name);
}

/* ---- login, logout */

static int
trouble(const struct work *w, const struct err *e)
{
	report_cause(w->ui, w->account, e);
	return err_sysexit(e);
}

/* An account without a source of its password gets one: the keyring, else a file. */
static int
give_source(const struct work *w, const struct secret *s)
{
	const struct account *a = w->account;
	const char *prefix = arena_printf(w->mem, "account.%s", a->name), *path = NULL;
	struct err e;

	if (vault_has_keyring() && vault_keyring_store(a->host, a->user, s, &e))
		return config_change_set(w->mem, &w->args->shared, w->ui,
		    arena_printf(w->mem, "%s.password-keyring", prefix), "yes");
	path = credential_file(w->mem, &w->args->shared, a->name);
	if (path == NULL || !vault_file_store(path, s, PUTFILE_PRIVATE, &e)) {
		if (path == NULL)
			err_set(&e, ERR_CONFIG, STAGE_SECRET, "",
			    "no home directory of yours is known: set password-file");
		return trouble(w, &e);
	}
	return config_change_set(w->mem, &w->args->shared, w->ui,
	    arena_printf(w->mem, "%s.password-file", prefix), path);
}

static int
store(const struct work *w, const struct secret *s)
{
	const struct account *a = w->account;
	struct err e;
	int status = 0;

	if (a->password_source == PASSWORD_NONE && a->host != NULL)
		status = give_source(w, s);
	else if (!vault_store(a, s, &e))
		status = trouble(w, &e);
	if (status != 0)
		return status;
	credential_release(w->config, a);
	ui_note(w->ui,
	    "the password of account %s is stored%s%s; mail that waited for it goes with the next run",
	    a->name, a->password_source == PASSWORD_FILE ? " in " : "",
	    a->password_source == PASSWORD_FILE          ? a->password
		: a->password_source == PASSWORD_KEYRING ? " in the keyring"
							 : "");
	return 0;
}

static int
login(const struct work *w)
{
	const struct account *a = w->account;
	struct secret s = {NULL, 0};
	struct err e;
	int status;

	if (!a->auth) {
		err_set(&e, ERR_CONFIG, STAGE_CONFIG, "",
		    "account %s has no login: set user first (postrider config set account.%s.user NAME)",
		    a->name, a->name);
		return trouble(w, &e);
	}
	if (!credential_get(&w->args->source, a, w->ui, &s, &e))
		status = trouble(w, &e);
	else if (!w->args->no_check && (status = credential_try(a, &s, w->ui)) != 0)
		ui_say(w->ui, "nothing was stored");
	else
		status = store(w, &s);
	secret_wipe(&s);
	return status;
}

static int
logout(const struct work *w)
{
	struct err e;

	if (!vault_clear(w->account, &e))
		return trouble(w, &e);
	ui_note(w->ui,
	    "the password of account %s is removed; its mail waits until: postrider account login %s",
	    w->account->name, w->account->name);
	return 0;
}

/* ---- */

static const struct {
	const char *name;
	bool named; /* works on an account */
	int (*run)(const struct work *w);
} verbs[] = {
    {"list", false, list},
    {"show", true, show},
    {"default", true, make_default},
    {"login", true, login},
    {"logout", true, logout},
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
usage(const struct ui *ui, const struct args_list *words)
{
	static const char all[] = "account wants one of list, show, default, login, logout";
	const char *names[NVERBS], *near;
	struct err e;

	for (size_t i = 0; i < NVERBS; i++)
		names[i] = verbs[i].name;
	near = words->n > 0 ? str_nearest(words->items[0], names, NVERBS) : NULL;
	err_set(&e, ERR_USAGE, STAGE_NONE, "", "%s%s%s%s%s%s%s", all, words->n > 0 ? ", not '" : "",
	    words->n > 0 ? words->items[0] : "", words->n > 0 ? "'" : "",
	    near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?)" : "");
	return ui_usage(ui, &e, NULL);
}

static int
work(struct work *w, size_t verb, const struct args_list *words)
{
	const struct pick pick = {.name = words->n > 1 ? words->items[1] : w->args->shared.account};
	const char *route;
	struct err e;

	if (!verbs[verb].named && words->n > 1)
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "account %s takes no name",
		    verbs[verb].name);
	else if (words->n > 2)
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "account %s takes one name",
		    verbs[verb].name);
	else if (str_eq(verbs[verb].name, "default") && words->n < 2)
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "account default wants a name");
	else if (verbs[verb].named &&
	    (w->account = config_pick(w->config, &pick, &route, &e)) == NULL)
		return trouble(w, &e);
	else
		return verbs[verb].run(w);
	return ui_usage(w->ui, &e, NULL);
}

int
cmd_account(const struct command_call *call)
{
	struct account_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct ui ui;
	size_t v = 0;
	int status;

	args.ngroups = cmd_account_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	while (
	    v < NVERBS && (args.operands.n == 0 || !str_eq(args.operands.items[0], verbs[v].name)))
		v++;
	if (v == NVERBS)
		return usage(&ui, &args.operands);
	shared_request(&a.shared, &want);
	c = config_load(&want, &d);
	status = c != NULL
	    ? work(&(struct work){.mem = call->mem, .args = &a, .ui = &ui, .config = c}, v,
		  &args.operands)
	    : complain_config(&ui, &d, NULL);
	config_free(c);
	diags_done(&d);
	return status;
}
