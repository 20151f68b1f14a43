/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A configuration of any content, and one key of it set: afterwards it has that value once, and
 * everything else says what it said before.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "config/edit.h"
#include "config/lexer.h"
#include "fuzz.h"

#define VALUE "25"

struct reading {
	struct buf others; /* "SECTION KEY=VALUE" a line, but for the key that is set */
	struct buf section;
	size_t ours;
	bool inside, right;
};

static void
on_item(void *arg, const struct lexer_item *item)
{
	struct reading *r = arg;

	if (item->section) {
		buf_clear(&r->section);
		if (item->kind != NULL)
			(void)buf_addf(&r->section, "%s %s", item->kind, item->name);
		r->inside = item->kind != NULL && str_eq(item->kind, "account") &&
		    str_eq(item->name, "a");
	} else if (r->inside && str_eq(item->name, "port")) {
		r->ours++;
		r->right = str_eq(item->value, VALUE);
	} else {
		(void)buf_addf(&r->others, "%s %s=%s\n", buf_str(&r->section), item->name,
		    item->value);
	}
}

static void
read_text(const struct buf *text, struct reading *r)
{
	struct arena mem = {NULL};
	struct diags ignored = {.n = 0};

	*r = (struct reading){.ours = 0};
	buf_init(&r->others, SIZE_MAX);
	buf_init(&r->section, SIZE_MAX);
	lexer_run(&mem, "", buf_str(text), text->len, on_item, r, &ignored);
	diags_done(&ignored);
	arena_done(&mem);
}

static void
forget(struct reading *r)
{
	buf_done(&r->others);
	buf_done(&r->section);
}

static void
check(struct buf *text, const char *value)
{
	struct reading before, after;
	struct err e;

	read_text(text, &before);
	assert(edit_set(text, SECTION_ACCOUNT, "a", "port", value, &e));
	read_text(text, &after);
	assert(str_eq(buf_str(&before.others), buf_str(&after.others)));
	assert(after.ours == (value != NULL));
	assert(value == NULL || after.right);
	forget(&before);
	forget(&after);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf text;

	if (n > 16384)
		return 0;
	buf_init(&text, SIZE_MAX);
	(void)buf_add(&text, data, n);
	check(&text, VALUE);
	check(&text, VALUE);
	check(&text, NULL);
	buf_done(&text);
	return 0;
}
