/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/prompt.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/report.h"
#include "cli/setup.h"
#include "cli/textarg.h"
#include "config/edit.h"
#include "config/vault.h"
#include "message/addr.h"

#define TRIES 3 /* of a password */

struct setup_args {
	struct shared shared;
	const char *name, *user, *local_to, *keep, *token_command, *resolver, *tls_ca, *tls_pin;
	struct credential_source source;
	bool yes, no_check, make_default, no_login, dry_run;
};

#define AT(field) offsetof(struct setup_args, field)

static const struct args_option options[] = {
    {.name = "name",
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(name),
	.help = "call the account so, not after its provider"},
    {.name = "user",
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(user),
	.help = "log in as NAME, not as the address"},
    {.name = "no-login",
	.kind = ARGS_FLAG,
	.at = AT(no_login),
	.help = "a server that wants no login"},
    {.name = "keep",
	.values = "keyring|file",
	.arg = "WHERE",
	.kind = ARGS_TEXT,
	.at = AT(keep),
	.help = "keep the password in the keyring, or in a file of mode 600"},
    {.name = "password-file",
	.arg = "FILE|-",
	.kind = ARGS_TEXT,
	.at = AT(source.file),
	.help = "the password is the first line of this file"},
    {.name = "password-fd",
	.arg = "N",
	.kind = ARGS_TEXT,
	.at = AT(source.fd),
	.help = "the password comes over this descriptor"},
    {.name = "password-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(source.command),
	.help = "a command prints the password, whenever it is needed"},
    {.name = "token-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(token_command),
	.help = "a command prints an access token (OAuth2)"},
    {.name = "local-to",
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(local_to),
	.help = "where mail for users of this machine goes"},
    {.name = "tls-ca",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(tls_ca),
	.help = "trust the authorities in this file"},
    {.name = "tls-pin",
	.arg = "sha256:PIN",
	.kind = ARGS_TEXT,
	.at = AT(tls_pin),
	.help = "trust this key of the server"},
    {.name = "default",
	.kind = ARGS_FLAG,
	.at = AT(make_default),
	.help = "make it the default account"},
    {.name = "resolver",
	.arg = "ADDRESS[:PORT]",
	.kind = ARGS_TEXT,
	.at = AT(resolver),
	.help = "ask this name server"},
    {.name = "no-check",
	.kind = ARGS_FLAG,
	.at = AT(no_check),
	.help = "write it without trying it"},
    {.name = "yes", .kind = ARGS_FLAG, .at = AT(yes), .help = "ask for nothing but the password"},
    {.name = "dry-run",
	.letter = 'n',
	.kind = ARGS_FLAG,
	.at = AT(dry_run),
	.help = "print what would be written, and write nothing"},
};

size_t
cmd_setup_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){.title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0])};
	out[1] = shared_group(NULL);
	return 2;
}

/* ---- what the options say */

static bool
take_options(struct setup *s, const struct setup_args *a, struct err *e)
{
	s->user = a->user;
	s->local_to = a->local_to;
	s->tls_ca = textarg_path(s->mem, a->tls_ca);
	s->tls_pin = a->tls_pin;
	s->source = a->source;
	s->make_default = a->make_default;
	if (a->token_command != NULL) {
		s->keep = SETUP_TOKEN;
		s->command = a->token_command;
	} else if (a->source.command != NULL) {
		s->keep = SETUP_COMMAND;
		s->command = a->source.command;
	} else if (a->no_login) {
		s->keep = SETUP_NO_LOGIN;
	} else if (a->keep != NULL && str_eq(a->keep, "keyring")) {
		s->keep = SETUP_KEYRING;
	} else if (a->keep != NULL && str_eq(a->keep, "file")) {
		s->keep = SETUP_FILE;
	} else if (a->keep != NULL) {
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "--keep is keyring or file, not '%s'",
		    a->keep);
	}
	if (a->local_to != NULL && !addr_is_wire(a->local_to))
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "'%s' is not a mail address",
		    a->local_to);
	return true;
}

static bool
find_address(struct setup *s, const char *word, struct err *e)
{
	err_clear(e);
	s->address = word != NULL ? word : setup_ask(s, "Your mail address:", NULL);
	if (s->address == NULL)
		return s->asks ? false
			       : err_set(e, ERR_USAGE, STAGE_NONE, "",
				     "setup wants an address: postrider setup you@example.org");
	if (!addr_is_wire(s->address) || strchr(s->address, '@') == NULL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "'%s' is not a mail address",
		    s->address);
	return true;
}

/* The same login at the same server is there already. */
static bool
check_twins(const struct setup *s, struct err *e)
{
	for (size_t i = 0; i < config_naccounts(s->config); i++) {
		const struct account *a = config_account(s->config, i);

		if (str_eq(a->name, s->name) ||
		    (a->host != NULL && str_eq_nocase(a->host, s->host) && a->user != NULL &&
			str_eq(a->user, s->user)))
			return err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
			    "there is an account '%s' already: for a new password, postrider account login %s; for a second account, --name NAME and another --user",
			    a->name, a->name);
	}
	return true;
}

static const char *
user_of(const struct setup *s)
{
	const char *at = strrchr(s->address, '@');

	return s->provider != NULL && s->provider->local_user
	    ? arena_strndup(s->mem, s->address, (size_t)(at - s->address))
	    : s->address;
}

/* All that is needed before it can be tried; false as in setup.h. */
static bool
gather(struct setup *s, const struct setup_args *a, const char *word, struct err *e)
{
	if (!take_options(s, a, e) || !find_address(s, word, e) ||
	    !setup_ask_server(s, a->resolver, e))
		return false;
	s->name = a->name != NULL ? a->name : setup_name(s);
	if (s->user == NULL)
		s->user = user_of(s);
	/* it becomes the name of a file, too */
	if (!account_is_name(s->name))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "'%s' is no name for an account: a-z, 0-9, '.', '_' and '-'", s->name);
	return check_twins(s, e) && setup_ask_keep(s, e) && setup_judge(s, e);
}

/* ---- trying and writing */

/* The password, as often as it takes; 0: it works. -1: the person has gone, or e tells. */
static int
prove(struct setup *s, bool check, struct err *e)
{
	bool named = s->source.file != NULL || s->source.fd != NULL;
	struct err why;
	int status = 0;

	for (int i = 0; i < TRIES; i++) {
		secret_wipe(&s->secret);
		if (!setup_ask_secret(s, e))
			return -1;
		if (!check || (status = setup_try(s, &why)) == 0)
			return 0;
		if (why.stage != STAGE_AUTH || named || !s->asks ||
		    (s->keep != SETUP_KEYRING && s->keep != SETUP_FILE))
			return status;
	}
	return status;
}

static bool
store_secret(const struct setup *s, struct err *e)
{
	if (s->keep == SETUP_KEYRING)
		return vault_keyring_store(s->host, s->user, &s->secret, e);
	return s->keep != SETUP_FILE || vault_file_store(s->file, &s->secret, PUTFILE_PRIVATE, e);
}

static int
trouble(const struct setup *s, const struct err *e)
{
	if (e->class == ERR_USAGE)
		return ui_usage(s->ui, e, NULL);
	if (e->class == ERR_NONE)
		ui_say(s->ui, "no answer: nothing was written");
	else
		report_cause(s->ui, NULL, e);
	return e->class == ERR_NONE ? EX_USAGE : err_sysexit(e);
}

static void
tell_next(const struct setup *s, const char *path)
{
	setup_tell(s, "%s: account %s is there%s%s%s", path, s->name,
	    s->make_default || config_naccounts(s->config) == 0 ? ", the default one" : "",
	    s->local_to != NULL ? "; mail for users of this machine goes to " : "",
	    s->local_to != NULL ? s->local_to : "");
	setup_tell(s,
	    "Next:  postrider test                            send yourself a message\n"
	    "       postrider queue runner install --write    let what has to wait be sent later");
}

static int
write_it(struct setup *s)
{
	struct config_request want;
	struct diags d = {.n = 0};
	const char *path;
	struct buf text;
	struct err e;
	int status = 0;

	shared_request(s->shared, &want);
	want.server = NULL; /* it was to find the server, no more */
	path = edit_target(s->mem, &want, &e);
	buf_init(&text, SIZE_MAX);
	if (path == NULL) {
		status = trouble(s, &e);
	} else if (!setup_file(s, path, &text, &e) || !store_secret(s, &e)) {
		status = trouble(s, &e);
	} else if (!edit_save(&want, path, &text, &d, &e)) {
		status = d.n > 0 ? complain_config(s->ui, &d, "the account was not written")
				 : trouble(s, &e);
	} else {
		tell_next(s, path);
	}
	buf_wipe(&text);
	buf_done(&text);
	diags_done(&d);
	return status;
}

static int
print_it(const struct setup *s)
{
	struct buf b;
	struct err e;
	int status;

	buf_init(&b, SIZE_MAX);
	status = setup_add(s, &b, &e) ? ui_data(s->ui, &b) : trouble(s, &e);
	buf_done(&b);
	ui_note(s->ui, "nothing was written");
	return status;
}

static int
run(struct setup *s, const struct setup_args *a, const char *word)
{
	const char *answer;
	struct err e;
	int status;

	if (!gather(s, a, word, &e))
		return trouble(s, &e);
	status = prove(s, !a->no_check, &e);
	if (status < 0)
		return trouble(s, &e);
	if (status > 0) {
		answer = s->asks ? setup_ask(s, "Write it all the same?", "no") : NULL;
		if (answer == NULL || str_lower((unsigned char)answer[0]) != 'y') {
			ui_say(s->ui, "nothing was written");
			return status;
		}
	}
	if (!setup_ask_local(s, &e))
		return trouble(s, &e);
	return a->dry_run ? print_it(s) : write_it(s);
}

/* What there is already; a broken configuration is mended before anything is added to it. */
static int
begin(struct setup *s, const struct setup_args *a, const char *word)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct err e;
	int status;

	shared_request(&a->shared, &want);
	want.server = NULL;
	/* before anything is asked for */
	if (!a->dry_run && edit_target(s->mem, &want, &e) == NULL)
		return trouble(s, &e);
	/* -C may name the file that is to be made */
	if (want.file != NULL && !edit_exists(want.file)) {
		want.file = NULL;
		want.text = "";
	}
	c = config_load(&want, &d);
	if (c != NULL) {
		s->config = c;
		status = run(s, a, word);
	} else {
		status = complain_config(s->ui, &d, "nothing was written");
	}
	config_free(c);
	diags_done(&d);
	return status;
}

int
cmd_setup(const struct command_call *call)
{
	struct setup_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	struct setup s = {.mem = call->mem, .ui = &ui, .shared = &a.shared};
	struct err e;
	int status;

	args.ngroups = cmd_setup_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	if (args.operands.n > 1) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "setup wants one address");
		return ui_usage(&ui, &e, NULL);
	}
	s.asks = !ui.no_input && !a.yes && ui.in_tty && ui.err_tty && prompt_possible();
	status = begin(&s, &a, args.operands.n > 0 ? args.operands.items[0] : NULL);
	secret_wipe(&s.secret);
	return status;
}
