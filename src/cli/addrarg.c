/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/addrarg.h"

#include <string.h>

#include "base/str.h"
#include "message/addrlist.h"

static void
note_bad(struct addrarg_bad *bad, const struct err *why)
{
	if (bad->n++ == 0)
		bad->first = *why;
}

/* All addresses of a word; behind one that is none it goes on at the next comma. */
static size_t
parse_word(struct arena *mem, const char *word, struct mailbox_list *list, struct addrarg_bad *bad)
{
	size_t n = strlen(word), from = 0, wrong, before = list->n, before_bad = bad->n;
	struct err e;

	while (from < n && !addrlist_parse(mem, word + from, n - from, list, &wrong, &e)) {
		note_bad(bad, &e);
		from += addrlist_skip(word + from, n - from, wrong);
	}
	return list->n - before + (bad->n - before_bad);
}

bool
addrarg_recipients(struct arena *mem, const struct args_list *words, struct args_list *out,
    struct addrarg_bad *bad, struct err *e)
{
	struct mailbox_list list = {.n = 0};

	for (size_t i = 0; i < words->n; i++)
		if (parse_word(mem, words->items[i], &list, bad) == 0)
			return err_set(e, ERR_USAGE, STAGE_INPUT, "",
			    "the recipient '%s' holds no address", words->items[i]);
	for (size_t i = 0; i < list.n; i++)
		args_push(mem, out, list.items[i].addr);
	return true;
}

const char *
addrarg_sender(struct arena *mem, const char *word, struct err *e)
{
	struct mailbox_list list = {.n = 0};
	struct err why;

	word += strspn(word, " \t");
	if (word[0] == '\0' || str_eq(word, "<>"))
		return "";
	if (!addrlist_parse(mem, word, strlen(word), &list, NULL, &why)) {
		err_set(e, ERR_USAGE, STAGE_INPUT, "", "the sender: %s", why.text);
		return NULL;
	}
	if (list.n != 1) {
		err_set(e, ERR_USAGE, STAGE_INPUT, "", "the sender '%s' is not one address", word);
		return NULL;
	}
	return list.items[0].addr;
}
