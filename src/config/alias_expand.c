/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/alias_expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "message/addr.h"

#define DEPTH_MAX 50

/* The aliases under way, innermost first: one that comes again is a loop. */
struct step {
	const struct alias *alias;
	const struct step *outer;
	size_t depth;
};

struct walk {
	const struct alias_expand *x;
	const struct alias **seen; /* aliases whose targets were added already */
	size_t nseen, nadded;
	const char **lists; /* and :include: files */
	size_t nlists;
};

static void
walk_name(struct walk *w, const char *addr, const struct step *outer);

static void
add(struct walk *w, const char *addr)
{
	if (w->nadded++ < ALIAS_EXPAND_MAX)
		w->x->add(w->x->arg, addr);
}

static void __attribute__((format(printf, 2, 3))) refuse(const struct walk *w, const char *fmt, ...)
{
	char text[400];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* RFC 3463 3.3: mailing list expansion problem */
	err_set(&e, ERR_RECIPIENT, STAGE_INPUT, "5.2.4", "%s", text);
	w->x->refuse(w->x->arg, &e);
}

/* Octets of the local part. */
static size_t
local_length(const char *addr)
{
	const char *domain = addr_domain(addr);

	return domain != NULL ? (size_t)(domain - addr) - 1 : strlen(addr);
}

static const struct alias *
find(const struct alias_expand *x, const char *addr)
{
	size_t n = local_length(addr), i = 0;
	const struct alias *a = NULL;
	const char *name = addr;

	if (x->aliases == NULL)
		return NULL;
	if (n > 1 && name[0] == '"') { /* "a b": the file has the name without its quotes */
		name++;
		n -= 2;
	}
	a = aliases_find(x->aliases, name, n);
	while (a == NULL && i < n && name[i] != '+')
		i++;
	return a == NULL && i > 0 && i < n ? aliases_find(x->aliases, name, i) : a;
}

/* No alias (any more): to whom mail for local users goes, else the bare name. */
static void
finish(struct walk *w, const char *addr)
{
	const struct alias_settings *s = w->x->settings;

	if (!local_is(w->x->local, addr)) {
		add(w, addr);
		return;
	}
	for (size_t i = 0; i < s->nlocal_to; i++)
		add(w, s->local_to[i]);
	if (s->nlocal_to == 0)
		add(w, arena_strndup(w->x->mem, addr, local_length(addr)));
}

static void
walk_targets(struct walk *w, const struct alias_target *targets, size_t n, const struct step *here);

/* Once each: a list that names itself, even twice, ends there. */
static bool
was_listed(struct walk *w, const char *path)
{
	for (size_t i = 0; i < w->nlists; i++)
		if (str_eq(w->lists[i], path))
			return true;
	w->lists = arena_grow(w->x->mem, w->lists, w->nlists, sizeof *w->lists);
	w->lists[w->nlists++] = path;
	return false;
}

static void
walk_list(struct walk *w, const char *path, const struct step *here)
{
	const struct alias *a = here->alias;
	const struct step inner = {a, here, here->depth + 1};
	const char *why = "lists lead to lists over and over";
	struct alias_target *list = NULL;
	size_t n = 0;

	if (was_listed(w, path))
		return;
	if (inner.depth <= DEPTH_MAX)
		list = aliases_include(w->x->mem, path, &n, &why);
	if (list == NULL)
		refuse(w, "%s:%d: alias '%s': cannot read the list %s: %s", a->file, a->line,
		    a->name, path, why);
	walk_targets(w, list, n, &inner);
}

static void
walk_targets(struct walk *w, const struct alias_target *targets, size_t n, const struct step *here)
{
	const struct alias *a = here->alias;

	for (size_t i = 0; i < n; i++) {
		const struct alias_target *t = &targets[i];

		switch (t->kind) {
		case ALIAS_FINAL:
			finish(w, t->text);
			break;
		case ALIAS_ADDRESS:
			walk_name(w, t->text, here);
			break;
		case ALIAS_INCLUDE:
			walk_list(w, t->text, here);
			break;
		case ALIAS_REFUSED:
			refuse(w, "%s:%d: alias '%s': %s", a->file, a->line, a->name, t->text);
			break;
		}
	}
}

static bool
was_seen(struct walk *w, const struct alias *a)
{
	for (size_t i = 0; i < w->nseen; i++)
		if (w->seen[i] == a)
			return true;
	w->seen = arena_grow(w->x->mem, w->seen, w->nseen, sizeof(*w->seen));
	w->seen[w->nseen++] = a;
	return false;
}

static void
walk_name(struct walk *w, const char *addr, const struct step *outer)
{
	const struct alias *a = local_is(w->x->local, addr) ? find(w->x, addr) : NULL;
	const struct step here = {a, outer, outer != NULL ? outer->depth + 1 : 0};

	if (a == NULL || (outer != NULL && outer->alias == a)) { /* "ann: ann, bob": ann herself */
		finish(w, addr);
		return;
	}
	for (const struct step *s = outer; s != NULL; s = s->outer) {
		if (s->alias != a)
			continue;
		refuse(w, "%s:%d and %s:%d: the aliases '%s' and '%s' lead to each other", a->file,
		    a->line, outer->alias->file, outer->alias->line, a->name, outer->alias->name);
		return;
	}
	if (here.depth > DEPTH_MAX)
		refuse(w, "%s:%d: alias '%s': more than %d aliases lead to each other", a->file,
		    a->line, a->name, DEPTH_MAX);
	else if (!was_seen(w, a))
		walk_targets(w, a->targets, a->n, &here);
}

void
alias_expand(const struct alias_expand *x, const char *addr)
{
	struct walk w = {.x = x};
	struct err e;

	if (x->aliases != NULL && aliases_trouble(x->aliases) != NULL && local_is(x->local, addr) &&
	    find(x, addr) == NULL) {
		err_set(&e, ERR_CONFIG, STAGE_CONFIG, "", "%s", aliases_trouble(x->aliases));
		x->refuse(x->arg, &e);
		return;
	}
	walk_name(&w, addr, NULL);
	if (w.nadded > ALIAS_EXPAND_MAX)
		refuse(&w, "the alias of '%s' leads to more than %zu addresses", addr,
		    ALIAS_EXPAND_MAX);
}
