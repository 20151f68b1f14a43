/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "config/import.h"

/* What stands on a line of the text. */
struct origin {
	struct import_section *sec;
	struct import_item *item; /* NULL: the head of the section */
};

struct text {
	struct buf *out;
	struct arena mem;
	struct origin *lines;
	size_t nlines;
};

static void
end_line(struct text *t, struct import_section *sec, struct import_item *item)
{
	(void)buf_addc(t->out, '\n');
	t->lines = arena_grow(&t->mem, t->lines, t->nlines, sizeof *t->lines);
	t->lines[t->nlines++] = (struct origin){sec, item};
}

/* Blanks at the ends, and what would be taken for quoting, need quotes (config.md 4.2). */
static void
add_value(struct buf *out, const char *v)
{
	size_t n = strlen(v);

	if (!str_is_space((unsigned char)v[0]) && !str_is_space((unsigned char)v[n - 1]) &&
	    !(n > 1 && v[0] == '"' && v[n - 1] == '"')) {
		(void)buf_adds(out, v);
		return;
	}
	(void)buf_addc(out, '"');
	for (; *v != '\0'; v++) {
		if (*v == '"' || *v == '\\')
			(void)buf_addc(out, '\\');
		(void)buf_addc(out, *v);
	}
	(void)buf_addc(out, '"');
}

static void
add_section(struct text *t, struct import_section *sec)
{
	if (t->out->len > 0)
		end_line(t, sec, NULL);
	(void)buf_addf(t->out, "[%s%s%s]", schema_section_name(sec->kind),
	    sec->name[0] != '\0' ? " " : "", sec->name);
	end_line(t, sec, NULL);
	for (size_t i = 0; i < sec->nitems; i++) {
		struct import_item *item = &sec->items[i];

		if (item->broken)
			continue;
		if (item->key == NULL) {
			(void)buf_addf(t->out, "# %s", item->value);
		} else {
			(void)buf_addf(t->out, "%s = ", item->key);
			add_value(t->out, item->value);
		}
		end_line(t, sec, item);
	}
}

static size_t
count_accounts(const struct import *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->nsections; i++)
		n += im->sections[i]->kind == SECTION_ACCOUNT && !im->sections[i]->broken;
	return n;
}

static void
add_all(struct import *im, struct text *t)
{
	static const enum schema_section order[] = {SECTION_DEFAULTS, SECTION_ACCOUNT,
	    SECTION_ROUTE, SECTION_QUEUE, SECTION_LOG};

	buf_clear(t->out);
	t->nlines = 0;
	t->lines = NULL;
	for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
		for (size_t i = 0; i < im->nsections; i++)
			if (im->sections[i]->kind == order[k] && !im->sections[i]->broken &&
			    im->sections[i]->nitems > 0)
				add_section(t, im->sections[i]);
}

/* Marks what a finding is about; false: it is about nothing of ours. */
static bool
take_out(struct import *im, const struct text *t, const struct diag *f)
{
	const struct origin *o;

	if (f->line < 1 || (size_t)f->line > t->nlines)
		return false;
	o = &t->lines[f->line - 1];
	if (o->item == NULL) {
		if (!o->sec->broken)
			import_bad(im, &o->sec->at, "left out: %s", f->text);
		o->sec->broken = true;
		return true;
	}
	if (!o->item->broken)
		import_bad(im, &o->item->at, "left out '%s': %s", o->item->key, f->text);
	o->item->broken = true;
	return true;
}

/* true: the text loads, or nothing can be done about it. */
static bool
try_load(struct import *im, const struct text *t, bool *good)
{
	struct config_request want = {.text = buf_str(t->out)};
	struct diags d = {.n = 0};
	struct config *c = config_load(&want, &d);
	bool mended = false;

	*good = c != NULL;
	for (size_t i = 0; i < d.n; i++)
		mended = take_out(im, t, &d.items[i]) || mended;
	config_free(c);
	diags_done(&d);
	return *good || !mended;
}

bool
import_render(struct import *im, struct buf *out)
{
	struct text t = {.out = out};
	bool good = false, done;

	/* each round leaves out one thing at least, so there is an end */
	do {
		arena_done(&t.mem);
		add_all(im, &t);
		done = try_load(im, &t, &good);
	} while (!done);
	arena_done(&t.mem);
	return good && count_accounts(im) > 0;
}
