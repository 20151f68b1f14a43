/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdint.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/maillog.h"
#include "cli/queue_list.h"
#include "cli/queue_pick.h"
#include "cli/queue_run.h"
#include "cli/queue_verb.h"
#include "config/config.h"
#include "queue/spool.h"

#define AT(field) offsetof(struct queue_options, field)

static bool
set_every(void *target, const char *value, struct err *e)
{
	struct queue_options *o = target;

	if (str_duration_ms(value, &o->every_ms) && o->every_ms > 0)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "--every is a time like 5m or 1h, not '%s'",
	    value);
}

static const struct args_option options[] = {
    {.name = "now", .kind = ARGS_FLAG, .at = AT(now), .help = "run: also what is not due yet"},
    {.name = "every",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_every,
	.help = "run: again and again, at least so often, until a signal ends it"},
    {.name = "rcpt",
	.arg = "PATTERN",
	.kind = ARGS_TEXT,
	.at = AT(rcpt),
	.help = "in place of ids: messages to such a recipient ('*@example.org')"},
    {.name = "sender",
	.arg = "PATTERN",
	.kind = ARGS_TEXT,
	.at = AT(sender),
	.help = "in place of ids: messages from such a sender; '<>' has none"},
    {.name = "long",
	.kind = ARGS_FLAG,
	.at = AT(is_long),
	.help = "list: a line for each recipient"},
    {.name = "headers", .kind = ARGS_FLAG, .at = AT(headers), .help = "show: its header"},
    {.name = "body", .kind = ARGS_FLAG, .at = AT(body), .help = "show: its text"},
    {.name = "raw", .kind = ARGS_FLAG, .at = AT(raw), .help = "show: octet for octet"},
    {.name = "history",
	.kind = ARGS_FLAG,
	.at = AT(history),
	.help = "show: what servers said at each try"},
    {.name = "write",
	.kind = ARGS_FLAG,
	.at = AT(write),
	.help = "runner: do it, in place of showing what would be done"},
    {.name = "systemd",
	.kind = ARGS_FLAG,
	.at = AT(systemd),
	.help = "runner: a timer of systemd, whatever there is"},
    {.name = "cron",
	.kind = ARGS_FLAG,
	.at = AT(cron),
	.help = "runner: a line in the crontab, whatever there is"},
};

size_t
cmd_queue_groups(struct args_group out[COMMAND_GROUPS_MAX])
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
list(const struct queue_call *c)
{
	struct err e;
	bool good = queue_list_print(c->spool, c->config,
	    c->ui->json               ? QUEUE_LIST_JSON
		: c->options->is_long ? QUEUE_LIST_LONG
				      : QUEUE_LIST_TABLE,
	    &e);

	return good ? 0 : queue_verb_trouble(c, &e);
}

enum ids { NO_IDS, MAY_HAVE_IDS, NEEDS_IDS };
/*
 * What is kept can be looked at and dealt with while the configuration is broken; to be sent it
 * needs a good one.
 */
enum needs { NEEDS_NOTHING, NEEDS_QUEUE, NEEDS_CONFIG };

static const struct verb {
	const char *name;
	int (*run)(const struct queue_call *c);
	enum ids ids;
	enum needs needs;
} verbs[] = {
    {"list", list, NO_IDS, NEEDS_QUEUE}, {"show", queue_show, NEEDS_IDS, NEEDS_QUEUE},
    {"run", queue_run_due, MAY_HAVE_IDS, NEEDS_CONFIG},
    {"retry", queue_run_due, NEEDS_IDS, NEEDS_CONFIG},
    {"hold", queue_change_hold, NEEDS_IDS, NEEDS_QUEUE},
    {"release", queue_change_release, NEEDS_IDS, NEEDS_QUEUE},
    {"remove", queue_change_remove, NEEDS_IDS, NEEDS_QUEUE},
    {"export", queue_export, MAY_HAVE_IDS, NEEDS_QUEUE},
    {"check", queue_check, NO_IDS, NEEDS_QUEUE},
    {"runner", queue_runner, MAY_HAVE_IDS, NEEDS_NOTHING}, /* its words are its own */
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static int
wrong_verb(const struct ui *ui, const char *word)
{
	const char *names[NVERBS], *near;
	struct buf known;
	struct err e;

	buf_init(&known, SIZE_MAX);
	for (size_t i = 0; i < NVERBS; i++) {
		names[i] = verbs[i].name;
		(void)buf_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	near = str_nearest(word, names, NVERBS);
	err_set(&e, ERR_USAGE, STAGE_NONE, "", "'queue %s' is not known%s%s%s: %s", word,
	    near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?)" : "", buf_str(&known));
	buf_done(&known);
	return ui_usage(ui, &e, NULL);
}

static int
wrong_ids(const struct queue_call *c, const struct verb *v, const char *why)
{
	struct err e;

	err_set(&e, ERR_USAGE, STAGE_NONE, "", "'queue %s' %s", v->name, why);
	return ui_usage(c->ui, &e, NULL);
}

static int
with_spool(struct queue_call *c, const struct verb *v)
{
	const char *dir = config_queue(c->config)->directory;
	struct err e;
	int status;

	if (dir == NULL) {
		err_set(&e, ERR_CONFIG, STAGE_QUEUE, "",
		    "no place for a queue is known: set directory in [queue]");
		return queue_verb_trouble(c, &e);
	}
	c->spool = spool_open(dir, false, &e);
	if (c->spool == NULL && errno == ENOENT) {
		ui_note(c->ui, "the queue is empty: %s is not there", dir);
		return 0;
	}
	if (c->spool == NULL)
		return queue_verb_trouble(c, &e);
	status = v->run(c);
	spool_close(c->spool);
	return status;
}

static int
act(struct queue_call *c, const struct verb *v)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *config;
	int status;

	if (v->ids == NEEDS_IDS && !queue_pick_is_asked(c))
		return wrong_ids(c, v, "wants the id of a message: postrider queue list");
	if (v->ids == NO_IDS && queue_pick_is_asked(c))
		return wrong_ids(c, v, "takes no ids and no patterns");
	shared_request(&c->options->shared, &want);
	config = config_load(&want, &d);
	c->config = config;
	if (v->needs == NEEDS_NOTHING) {
		status = v->run(c);
	} else if (config != NULL) {
		maillog_settle(config);
		status = with_spool(c, v);
	} else {
		status = complain_config(c->ui, &d, NULL);
		if (v->needs == NEEDS_QUEUE) {
			c->config = config = config_load_rest(&want);
			maillog_settle(config);
			status = with_spool(c, v);
		}
	}
	config_free(config);
	diags_done(&d);
	return status;
}

int
cmd_queue(const struct command_call *call)
{
	struct queue_options o = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	struct queue_call c = {.mem = call->mem, .options = &o, .ui = &ui};
	const char *word = "list";
	int status;

	args.ngroups = cmd_queue_groups(groups);
	groups[0].target = &o;
	groups[1].target = &o.shared;
	if (!command_begin(call, &args, &o.shared, &ui, &status))
		return status;
	if (args.operands.n > 0) {
		word = args.operands.items[0];
		c.words = (struct args_list){args.operands.items + 1, args.operands.n - 1};
	}
	if (o.every_ms > 0 && str_eq(word, "run") && !queue_pick_is_asked(&c))
		return queue_run(&o.shared, &ui,
		    &(struct queue_run_args){.now = o.now, .every_ms = o.every_ms});
	for (size_t i = 0; i < NVERBS; i++)
		if (str_eq(word, verbs[i].name))
			return act(&c, &verbs[i]);
	return wrong_verb(&ui, word);
}
