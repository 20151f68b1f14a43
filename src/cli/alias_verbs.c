/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/alias_verbs.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdint.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/addrarg.h"
#include "cli/complain.h"
#include "message/addr.h"

/* ---- newaliases */

struct check {
	const struct ui *ui;
	size_t nfaults;
};

static void
ignore(void *arg, const char *addr)
{
	(void)arg;
	(void)addr;
}

static void
on_fault(void *arg, const struct err *why)
{
	struct check *c = arg;

	c->nfaults++;
	ui_say(c->ui, "%s", why->text);
}

/* What shows only when they are followed: loops, lists that cannot be read. */
static void
follow_all(const struct config *c, struct arena *mem, const struct aliases *a, struct check *check)
{
	const struct alias_expand x = {
	    .settings = config_aliases(c),
	    .local = config_local(c),
	    .aliases = a,
	    .mem = mem,
	    .add = ignore,
	    .refuse = on_fault,
	    .arg = check,
	};

	for (size_t i = 0; i < aliases_count(a); i++)
		alias_expand(&x, aliases_at(a, i)->name);
}

static int
tell_count(const struct ui *ui, const struct alias_settings *s, size_t count)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < s->nfiles; i++)
		(void)buf_addf(&b, "%s%s", i > 0 ? ", " : "", s->files[i]);
	(void)buf_addf(&b, ": %zu alias%s\n", count, count == 1 ? "" : "es");
	status = ui_data(ui, &b);
	buf_done(&b);
	return status;
}

static int
check_files(const struct config *c, const struct ui *ui)
{
	const struct alias_settings *s = config_aliases(c);
	struct check check = {.ui = ui};
	struct arena mem = {NULL};
	struct diags d = {.n = 0};
	const struct aliases *a = aliases_load(&mem, s->files, s->nfiles, s->may_lack, &d);
	int status = EX_CONFIG;

	if (d.n > 0)
		(void)complain_config(ui, &d, NULL);
	else
		follow_all(c, &mem, a, &check);
	if (d.n == 0 && check.nfaults == 0)
		status = tell_count(ui, s, aliases_count(a));
	diags_done(&d);
	arena_done(&mem);
	return status;
}

static struct config *
load(const struct shared *s, const struct ui *ui)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;

	shared_request(s, &want);
	c = config_load(&want, &d);
	if (c == NULL)
		(void)complain_config(ui, &d, NULL);
	diags_done(&d);
	return c;
}

int
alias_verbs_check(const struct shared *s, const struct ui *ui)
{
	struct config *c = load(s, ui);
	int status = c != NULL ? check_files(c, ui) : EX_CONFIG;

	config_free(c);
	return status;
}

/* ---- -bv */

struct verify {
	const struct config *config;
	const struct ui *ui;
	const struct alias_verbs_query *query;
	const char *asked;
	struct buf out;
	int status; /* of the first that cannot be sent to */
};

static void
on_trouble(void *arg, const struct err *why)
{
	struct verify *v = arg;

	if (v->status == 0)
		v->status = why->class == ERR_CONFIG ? EX_CONFIG : EX_DATAERR;
	(void)buf_addf(&v->out, "%s: refused: %s\n", v->asked, why->text);
}

static void
on_address(void *arg, const char *addr)
{
	struct verify *v = arg;
	const struct alias_verbs_query *q = v->query;
	const char *domain = config_domain(v->config), *full = addr, *sender;
	const struct passwd *pw = getpwuid(geteuid());
	struct pick pick = {.name = q->account, .from = q->from, .rcpts = &full, .nrcpts = 1};
	const struct account *a;
	struct err e;

	if (addr_domain(addr) == NULL && domain != NULL)
		full = arena_printf(q->mem, "%s@%s", addr, domain);
	pick.user = pw != NULL ? pw->pw_name : NULL;
	a = config_pick(v->config, &pick, &sender, &e);
	if (addr_domain(full) == NULL)
		err_set(&e, ERR_CONFIG, STAGE_CONFIG, "",
		    "'%s' has no domain, and the configuration has neither `local-to` nor `domain` "
		    "for it",
		    addr);
	else if (!addr_is_wire(full))
		err_set(&e, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'%s' is not a mail address",
		    full);
	else if (a != NULL) {
		(void)buf_addf(&v->out, "%s: to %s, through account %s\n", v->asked, full, a->name);
		return;
	}
	on_trouble(v, &e);
}

static void
verify_all(struct verify *v, const struct args_list *rcpts)
{
	const struct alias_settings *s = config_aliases(v->config);
	struct arena *mem = v->query->mem;
	const struct alias_expand x = {
	    .settings = s,
	    .local = config_local(v->config),
	    .aliases = v->query->no_aliases
		? NULL
		: aliases_load(mem, s->files, s->nfiles, s->may_lack, NULL),
	    .mem = mem,
	    .add = on_address,
	    .refuse = on_trouble,
	    .arg = v,
	};

	for (size_t i = 0; i < rcpts->n; i++) {
		v->asked = rcpts->items[i];
		alias_expand(&x, v->asked);
	}
}

int
alias_verbs_verify(const struct shared *s, const struct ui *ui, const struct alias_verbs_query *q)
{
	struct args_list rcpts = {NULL, 0};
	struct addrarg_bad bad = {.n = 0};
	struct verify v = {.ui = ui, .query = q};
	struct config *c;
	struct err e;
	int status;

	if (q->words->n == 0)
		err_set(&e, ERR_USAGE, STAGE_INPUT, "", "-bv wants addresses");
	if (q->words->n == 0 || !addrarg_recipients(q->mem, q->words, &rcpts, &bad, &e))
		return ui_usage(ui, &e, NULL);
	c = load(s, ui);
	if (c == NULL)
		return EX_CONFIG;
	v.config = c;
	buf_init(&v.out, SIZE_MAX);
	if (bad.n > 0) {
		v.status = EX_DATAERR;
		ui_say(ui, "%s", bad.first.text);
	}
	verify_all(&v, &rcpts);
	status = ui_data(ui, &v.out);
	buf_done(&v.out);
	config_free(c);
	return status != 0 ? status : v.status;
}
