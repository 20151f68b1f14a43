/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <sysexits.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/topic.h"
#include "config/config.h"
#include "config/schema.h"

/* A configuration that is broken or absent has no accounts: a completion never complains. */
static void
add_accounts(const struct shared *shared, struct buf *out)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;

	shared_request(shared, &want);
	c = config_load(&want, &d);
	for (size_t i = 0; c != NULL && i < config_naccounts(c); i++)
		(void)buf_addf(out, "%s\n", config_account(c, i)->name);
	config_free(c);
	diags_done(&d);
}

static void
add_commands(const struct shared *shared, struct buf *out)
{
	(void)shared;
	for (size_t i = 0; i < command_table_count; i++)
		if (command_table[i].help != NULL)
			(void)buf_addf(out, "%s\t%s\n", command_table[i].name,
			    command_table[i].help);
}

/* As they are written behind --set: SECTION.KEY. */
static void
add_keys(const struct shared *shared, struct buf *out)
{
	(void)shared;
	for (size_t i = 0; i < schema_nkeys; i++)
		(void)buf_addf(out, "%s.%s\t%s\n", schema_section_name(schema_keys[i].section),
		    schema_keys[i].name, schema_keys[i].help);
}

static void
add_topics(const struct shared *shared, struct buf *out)
{
	(void)shared;
	for (size_t i = 0; i < topic_table_count; i++)
		(void)buf_addf(out, "%s\t%s\n", topic_table[i].name, topic_table[i].help);
}

static const struct {
	const char *name;
	void (*add)(const struct shared *shared, struct buf *out);
} lists[] = {
    {"accounts", add_accounts},
    {"commands", add_commands},
    {"keys", add_keys},
    {"topics", add_topics},
};

int
cmd_complete(const struct command_call *call)
{
	struct buf b;

	for (size_t i = 0; call->words[0] != NULL && i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!str_eq(call->words[0], lists[i].name))
			continue;
		buf_init(&b, SIZE_MAX);
		lists[i].add(&call->shared, &b);
		(void)ui_out(&b);
		buf_done(&b);
		return 0;
	}
	return EX_USAGE;
}

/* "LONG<TAB>LETTER<TAB>ARGUMENT<TAB>HELP": what man page and completions are held to. */
int
cmd_complete_options(const struct command_call *call)
{
	const struct command *c = call->words[0] != NULL ? command_find(call->words[0]) : NULL;
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct buf b;

	if (c == NULL)
		return EX_USAGE;
	buf_init(&b, SIZE_MAX);
	args_dump(groups, c->groups(groups), &b);
	(void)ui_out(&b);
	buf_done(&b);
	return 0;
}
