/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/str.h"
#include "cli/checklist.h"
#include "cli/cmd.h"
#include "cli/complete.h"
#include "cli/topic.h"
#include "config/config.h"
#include "config/schema.h"
#include "queue/spool.h"

#define IDS_MAX ((size_t)200) /* nobody picks from more */

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

/* One message: its id as people see it, and whom it is for. */
static void
add_id(struct spool *sp, enum spool_room room, const char *id, struct buf *out)
{
	char shown[ENTRY_ID_MAX];
	struct entry *en;
	struct err e;

	if (!spool_is_id(id) || entry_open(spool_fd(sp, room), id, 0, &en, &e) != ENTRY_GOOD)
		return;
	spool_short_id(id, shown);
	(void)buf_addf(out, "%s\t%s%s", shown, room == ROOM_QUEUE ? "" : spool_room_name(room),
	    room == ROOM_QUEUE ? "to " : ": to ");
	str_escape(out, entry_envelope(en)->rcpts[0].addr,
	    strlen(entry_envelope(en)->rcpts[0].addr), 60);
	(void)buf_addc(out, '\n');
	entry_close(en);
}

/* The newest first. */
static void
add_ids(const struct shared *shared, struct buf *out)
{
	static const enum spool_room rooms[] = {ROOM_QUEUE, ROOM_HOLD, ROOM_DEAD};
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct spool *sp = NULL;
	struct err e;
	size_t left = IDS_MAX;

	shared_request(shared, &want);
	c = config_load(&want, &d);
	if (c != NULL && config_queue(c)->directory != NULL)
		sp = spool_open(config_queue(c)->directory, false, &e);
	for (size_t r = 0; sp != NULL && r < sizeof(rooms) / sizeof(rooms[0]); r++) {
		struct spool_item *items;
		size_t n;

		if (!spool_list(sp, rooms[r], &items, &n, &e))
			continue;
		for (; n > 0 && left > 0; n--, left--)
			add_id(sp, rooms[r], items[n - 1].id, out);
		free(items);
	}
	spool_close(sp);
	config_free(c);
	diags_done(&d);
}

static void
add_key(const struct schema_key *k, const char *account, struct buf *out)
{
	(void)buf_addf(out, "%s%s%s.%s\t%s\n", schema_section_name(k->section),
	    account != NULL ? "." : "", account != NULL ? account : "", k->name, k->help);
}

/* As they are written behind --set: SECTION.KEY, account.NAME.KEY. */
static void
add_keys(const struct shared *shared, struct buf *out)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;

	shared_request(shared, &want);
	c = config_load(&want, &d);
	for (size_t i = 0; i < schema_nkeys; i++) {
		const struct schema_key *k = &schema_keys[i];
		size_t n = c != NULL ? config_naccounts(c) : 0;

		if (k->section != SECTION_ACCOUNT || n == 0)
			add_key(k, k->section == SECTION_ACCOUNT ? "NAME" : NULL, out);
		for (size_t a = 0; k->section == SECTION_ACCOUNT && a < n; a++)
			add_key(k, config_account(c, a)->name, out);
	}
	config_free(c);
	diags_done(&d);
}

/* What stands behind check's --only and --skip. */
static void
add_checks(const struct shared *shared, struct buf *out)
{
	struct buf b;

	(void)shared;
	buf_init(&b, SIZE_MAX);
	checklist_ids(&b);
	for (size_t i = 0; i < b.len; i++)
		(void)buf_addc(out, b.data[i] == ' ' ? '\n' : b.data[i]);
	(void)buf_addc(out, '\n');
	buf_done(&b);
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
    {"checks", add_checks},
    {"commands", add_commands},
    {"ids", add_ids},
    {"keys", add_keys},
    {"topics", add_topics},
};

bool
cmd_complete_list(const char *name, const struct shared *shared, struct buf *out)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (str_eq(name, lists[i].name)) {
			lists[i].add(shared, out);
			return true;
		}
	return false;
}

/* "words WORD... CURSOR" is what the shells ask; the lists alone are for whoever wants one. */
int
cmd_complete(const struct command_call *call)
{
	struct buf b;
	bool known = call->words[0] != NULL;

	buf_init(&b, SIZE_MAX);
	if (known && str_eq(call->words[0], "words"))
		complete_words(call->mem, &call->shared, call->words + 1, &b);
	else
		known = known && cmd_complete_list(call->words[0], &call->shared, &b);
	(void)ui_out(&b);
	buf_done(&b);
	return known ? 0 : EX_USAGE;
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
