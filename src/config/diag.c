/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/diag.h"

static const char *
copy(struct arena *mem, const char *s)
{
	return s == NULL ? NULL : arena_strdup(mem, s);
}

void
diags_add(struct diags *d, const struct diag *item)
{
	struct diag *new;

	d->items = arena_grow(&d->mem, d->items, d->n, sizeof(*d->items));
	new = &d->items[d->n++];
	*new = *item;
	new->file = copy(&d->mem, item->file);
	new->source = copy(&d->mem, item->source);
	new->text = copy(&d->mem, item->text);
	new->hint = copy(&d->mem, item->hint);
}

void
diags_done(struct diags *d)
{
	arena_done(&d->mem);
	*d = (struct diags){0};
}
