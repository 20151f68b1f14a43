/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Address lists as anybody may write them: what is taken has a place in the source, a form
 * that may stand in a command, and means the same when it is read once more; what is not
 * taken has a column, and a sentence fit to be shown.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "fuzz.h"
#include "message/addr.h"
#include "message/addrlist.h"

static void
check_again(struct arena *mem, const struct mailbox *m)
{
	struct mailbox_list list = {.n = 0};
	struct err e;
	const char *text = m->addr;

	if (m->name != NULL)
		text = arena_printf(mem, "%s <%s>", addrlist_quote_name(mem, m->name), m->addr);
	assert(addrlist_parse(mem, text, strlen(text), &list, NULL, &e));
	assert(list.n == 1 && !list.group && strcmp(list.items[0].addr, m->addr) == 0);
}

static void
check_mailbox(struct arena *mem, const char *s, size_t n, const struct mailbox *m)
{
	const char *domain = addr_domain(m->addr);

	assert(m->start < m->end && m->end <= n);
	assert(!str_is_space((unsigned char)s[m->end - 1]));
	assert(!str_has_ctl(m->addr, strlen(m->addr)) && addr_eq(m->addr, m->addr));
	assert(domain == NULL ? strlen(m->addr) <= 64 : addr_is_wire(m->addr));
	assert(m->name == NULL || strpbrk(m->name, "\r\n") == NULL);
	check_again(mem, m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	struct mailbox_list list = {.n = 0};
	struct arena mem = {NULL};
	size_t at = 0, bad, done, next;
	struct err e;

	/* As the header's reader does: behind a bad element the list goes on. */
	while (at < size) {
		bad = 0;
		done = list.n;
		bool good = addrlist_parse(&mem, s + at, size - at, &list, &bad, &e);

		assert(list.n >= done);
		for (size_t i = done; i < list.n; i++)
			check_mailbox(&mem, s + at, size - at, &list.items[i]);
		if (good)
			break;
		assert(bad <= size - at && e.class == ERR_RECIPIENT);
		assert(e.text[0] != '\0' && !str_has_ctl(e.text, strlen(e.text)));
		assert(str_utf8_valid(e.text, strlen(e.text)));
		bad = addrlist_start(s + at, bad);
		next = addrlist_skip(s + at, size - at, bad);
		assert(next > bad || at + bad == size);
		at += next;
	}
	arena_done(&mem);
	return 0;
}
