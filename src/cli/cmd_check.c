/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/checklist.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/report.h"

#define DAY_MS ((int64_t)86400 * 1000)

struct check_args {
	struct shared shared;
	const char *from, *to, *expiry, *user;
	struct args_list only, skip;
	bool all, strict, timing;
};

#define AT(field) offsetof(struct check_args, field)

static const struct args_option options[] = {
    {.name = "all",
	.kind = ARGS_FLAG,
	.at = AT(all),
	.help = "every account, not only the default one"},
    {.name = "only",
	.values = "@checks,",
	.arg = "ID,...",
	.kind = ARGS_LIST,
	.at = AT(only),
	.help = "show and count these checks alone"},
    {.name = "skip",
	.values = "@checks,",
	.arg = "ID,...",
	.kind = ARGS_LIST,
	.at = AT(skip),
	.help = "leave these out"},
    {.name = "from",
	.letter = 'f',
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(from),
	.help = "ask whether this sender may send, in place of the account's own"},
    {.name = "to",
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(to),
	.help = "ask whether this recipient would be taken"},
    {.name = "expiry-warn",
	.arg = "DURATION",
	.kind = ARGS_TEXT,
	.at = AT(expiry),
	.help = "warn of a certificate that lasts less (14d)"},
    {.name = "strict",
	.kind = ARGS_FLAG,
	.at = AT(strict),
	.help = "a warning is a failure, too: status 1"},
    {.name = "as",
	.values = "@users",
	.arg = "USER",
	.kind = ARGS_TEXT,
	.at = AT(user),
	.help = "look with the eyes of that user; for root"},
    {.name = "timing",
	.kind = ARGS_FLAG,
	.at = AT(timing),
	.help = "with -v, how long each step took"},
};

size_t
cmd_check_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){.title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0])};
	out[1] = shared_group(NULL);
	return 2;
}

/* "a,b" and repeated options, cut and looked up. */
static bool
split_ids(struct arena *mem, const struct args_list *words, struct args_list *out, struct err *e)
{
	struct buf known;

	for (size_t i = 0; i < words->n; i++)
		for (const char *p = words->items[i]; *p != '\0';) {
			size_t n = strcspn(p, ",");
			const char *id = arena_strndup(mem, p, n);

			if (n > 0 && !checklist_is_id(id)) {
				buf_init(&known, SIZE_MAX);
				checklist_ids(&known);
				err_set(e, ERR_USAGE, STAGE_NONE, "",
				    "there is no check '%s'; there are: %s", id, buf_str(&known));
				buf_done(&known);
				return false;
			}
			if (n > 0)
				args_push(mem, out, id);
			p += n + (p[n] == ',');
		}
	return true;
}

/* From here on we are that user, with his home, as if he had called. */
static bool
become(const char *name, struct err *e)
{
	const struct passwd *pw = getpwnam(name);

	if (geteuid() != 0)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--as is for root: only root can become %s", name);
	if (pw == NULL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "there is no user '%s'", name);
	if (initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0)
		return err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot become %s: %s", name,
		    strerror(errno));
	(void)setenv("HOME", pw->pw_dir, 1);
	(void)setenv("USER", pw->pw_name, 1);
	(void)setenv("LOGNAME", pw->pw_name, 1);
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("XDG_STATE_HOME");
	return true;
}

static bool
understand(const struct command_call *call, const struct check_args *a, struct checklist *c,
    struct err *e)
{
	if (!split_ids(call->mem, &a->only, &c->only, e) ||
	    !split_ids(call->mem, &a->skip, &c->skip, e))
		return false;
	if (a->expiry != NULL && !str_duration_ms(a->expiry, &c->expiry_warn_ms))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "'%s' is not a duration; write it like 14d", a->expiry);
	if (a->from != NULL && (c->from = addrarg_sender(call->mem, a->from, e)) == NULL)
		return false;
	if (a->to != NULL && (c->to = addrarg_sender(call->mem, a->to, e)) == NULL)
		return false;
	return a->user == NULL || become(a->user, e);
}

/* The named ones, all, or the default one. false: e tells. */
static bool
check_accounts(struct checklist *c, const struct args_list *names, bool all, const char *named,
    struct err *e)
{
	const struct account *found;
	const char *route;

	for (size_t i = 0; i < names->n; i++) {
		const struct pick pick = {.name = names->items[i]};

		found = config_pick(c->config, &pick, &route, e);
		if (found == NULL)
			return false;
		checklist_account(c, found);
	}
	if (names->n > 0)
		return true;
	if (!all) {
		const struct pick pick = {.name = named};

		found = config_pick(c->config, &pick, &route, e);
		if (found != NULL) {
			checklist_account(c, found);
			return true;
		}
		if (named != NULL)
			return false;
	}
	for (size_t i = 0; i < config_naccounts(c->config); i++)
		checklist_account(c, config_account(c->config, i));
	return true;
}

static int
look(const struct check_args *a, struct checklist *c, const struct args_list *names)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *config;
	struct err e;
	int status;

	shared_request(&a->shared, &want);
	config = config_load(&want, &d);
	if (config == NULL) {
		status = complain_config(c->ui, &d,
		    "no mail was sent, and nothing else was looked at");
		diags_done(&d);
		return status;
	}
	c->config = config;
	checklist_machine(c);
	if (check_accounts(c, names, a->all, a->shared.account, &e)) {
		status = checklist_end(c);
	} else {
		report_cause(c->ui, NULL, &e);
		status = err_sysexit(&e);
	}
	config_free(config);
	diags_done(&d);
	return status;
}

int
cmd_check(const struct command_call *call)
{
	struct check_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	struct checklist c = {.mem = call->mem, .ui = &ui, .expiry_warn_ms = 14 * DAY_MS};
	struct err e;
	int status;

	args.ngroups = cmd_check_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	c.strict = a.strict;
	c.timing = a.timing;
	if (!understand(call, &a, &c, &e))
		return ui_usage(&ui, &e, NULL);
	return look(&a, &c, &args.operands);
}
