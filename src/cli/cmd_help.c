/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/pager.h"
#include "cli/topic.h"

size_t
cmd_help_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = shared_group(NULL);
	return 1;
}

static void
add_overview(struct buf *out)
{
	struct args_group groups[COMMAND_GROUPS_MAX];
	size_t n = cmd_help_groups(groups);

	(void)buf_adds(out,
	    "Usage: postrider COMMAND ...\n"
	    "       postrider [SENDMAIL OPTION...] ADDRESS... < message\n"
	    "Hands a message to your mail server and says what became of it for each recipient.\n"
	    "\n"
	    "Examples:\n"
	    "  postrider send bob@example.org -s 'disk' -m '90% full'\n"
	    "  postrider -t < message\n"
	    "\n"
	    "Commands:\n");
	for (size_t i = 0; i < command_table_count; i++)
		if (command_table[i].help != NULL)
			(void)buf_addf(out, "  %-12s  %s\n", command_table[i].name,
			    command_table[i].help);
	(void)buf_adds(out, "\nTopics of `postrider help`:\n");
	for (size_t i = 0; i < topic_table_count; i++)
		(void)buf_addf(out, "  %-12s  %s\n", topic_table[i].name, topic_table[i].help);
	args_help(groups, n, out);
}

int
cmd_help_overview(const struct ui *ui)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	add_overview(&b);
	status = ui_data(ui, &b);
	buf_done(&b);
	return status;
}

static int
unknown(const struct command_call *call, const struct ui *ui, const char *word)
{
	struct args_list names = {NULL, 0};
	const char *near;
	struct err e;

	command_names(call->mem, false, &names);
	for (size_t i = 0; i < topic_table_count; i++)
		args_push(call->mem, &names, topic_table[i].name);
	near = str_nearest(word, names.items, names.n);
	for (size_t i = 0; i < names.n && near == NULL && word[0] != '\0'; i++)
		if (str_starts_nocase(names.items[i], word))
			near = names.items[i];
	err_set(&e, ERR_USAGE, STAGE_NONE, "", "there is no help about '%s'%s%s%s", word,
	    near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?)" : "");
	return ui_usage(ui, &e, NULL);
}

static int
help_about(const struct command_call *call, const struct ui *ui, const char *word)
{
	const struct command *c = command_find(word);
	const struct topic *t = topic_find(word);
	size_t width = ui->out_tty ? ui->width : SIZE_MAX;
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	if (c != NULL)
		command_usage(c, &b);
	else if (t != NULL)
		topic_show(t, width, &b);
	else if (!topic_show_hint(word, width, &b))
		return unknown(call, ui, word);
	status = pager_show(ui, &b);
	buf_done(&b);
	return status;
}

int
cmd_help(const struct command_call *call)
{
	struct shared shared = call->shared;
	struct args_group group = shared_group(&shared);
	struct args args = {.mem = call->mem, .groups = &group, .ngroups = 1, .words = call->words};
	struct ui ui;
	int status;

	if (!command_begin(call, &args, &shared, &ui, &status))
		return status;
	if (args.operands.n > 0)
		return help_about(call, &ui, args.operands.items[0]);
	return cmd_help_overview(&ui);
}
