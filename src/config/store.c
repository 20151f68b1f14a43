/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/store.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"
#include "config/account.h"
#include "config/check.h"

void
store_init(struct store *s, struct diags *d)
{
	*s = (struct store){.d = d};
}

static void
wipe(const struct setting *set)
{
	if (set->key->type == TYPE_SECRET)
		secret_zero((char *)(uintptr_t)set->value, strlen(set->value));
}

void
store_done(struct store *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->sections[i].n; k++)
			wipe(&s->sections[i].settings[k]);
	arena_done(&s->mem);
	*s = (struct store){.d = NULL};
}

const struct section *
store_find(const struct store *s, enum schema_section kind, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->sections[i].kind == kind && str_eq(s->sections[i].name, name))
			return &s->sections[i];
	return NULL;
}

const struct setting *
store_get(const struct section *sec, const char *key)
{
	for (size_t i = 0; sec != NULL && i < sec->n; i++)
		if (str_eq(sec->settings[i].key->name, key))
			return &sec->settings[i];
	return NULL;
}

/* Index of the section, made when it is not there. Each [route] is one of its own. */
static size_t
open_section(struct store *s, enum schema_section kind, const char *name, const struct place *at)
{
	for (size_t i = 0; kind != SECTION_ROUTE && i < s->n; i++)
		if (s->sections[i].kind == kind && str_eq(s->sections[i].name, name))
			return i;
	s->sections = arena_grow(&s->mem, s->sections, s->n, sizeof *s->sections);
	s->sections[s->n] = (struct section){.kind = kind,
	    .name = arena_strdup(&s->mem, name),
	    .at = *at};
	return s->n++;
}

static void
add_part(struct store *s, struct setting *set, const char *value)
{
	set->value = arena_printf(&s->mem, "%s, %s", set->value, value);
}

/* The value into its place: new, replacing an earlier source's, or the next part of a list. */
static void
put(struct store *s, struct section *sec, const struct setting *new)
{
	struct setting *old = (struct setting *)(uintptr_t)store_get(sec, new->key->name);

	if (old == NULL) {
		sec->settings = arena_grow(&s->mem, sec->settings, sec->n, sizeof *sec->settings);
		sec->settings[sec->n++] = *new;
	} else if (old->source != new->source) {
		wipe(s->weak ? new : old);
		if (!s->weak)
			*old = *new;
	} else if (new->key->type == TYPE_LIST) {
		add_part(s, old, new->value);
	} else {
		wipe(new);
		place_report(s->d, &new->at,
		    arena_printf(&s->mem, "the other one is line %d", old->at.line),
		    "'%s' is set twice in one section", new->key->name);
	}
}

static void
unknown_key(struct store *s, enum schema_section kind, const char *key, const struct place *at)
{
	const char *names[64], *near, *hint = NULL;
	size_t n = 0;

	for (size_t i = 0; i < schema_nkeys && n < 64; i++)
		if (schema_find(kind, schema_keys[i].name) != NULL)
			names[n++] = schema_keys[i].name;
	near = str_nearest(key, names, n);
	if (near != NULL)
		hint = arena_printf(&s->mem, "did you mean '%s'?", near);
	for (int other = 0; hint == NULL && other < SECTION_MAX; other++)
		if (schema_find((enum schema_section)other, key) != NULL)
			hint = arena_printf(&s->mem, "'%s' belongs in section [%s]", key,
			    schema_section_name((enum schema_section)other));
	place_report(s->d, at, hint, "unknown key '%s' in section [%s]",
	    place_quote(&s->mem, key, strlen(key)), schema_section_name(kind));
}

static void
take_pair(struct store *s, struct section *sec, const char *key, const char *value, bool optional,
    const struct place *at, const struct place *value_at)
{
	struct setting set = {.key = schema_find(sec->kind, key), .source = s->source};

	if (set.key == NULL) {
		if (!optional)
			unknown_key(s, sec->kind, key, at);
		return;
	}
	set.value = arena_strdup(&s->mem, value);
	set.at = *at;
	set.value_at = *value_at;
	if (set.key->type == TYPE_SECRET) {
		s->secret = true;
		s->secret_at = *at;
	}
	if (!check_value(&s->mem, &set, s->d))
		return;
	/* kept beside the section, where an outer file's own include would hide it */
	if (sec->kind == SECTION_DEFAULTS && str_eq(key, "include")) {
		if (s->include.source == s->source)
			add_part(s, &s->include, set.value);
		else
			s->include = set;
	}
	put(s, sec, &set);
}

static void
unknown_section(struct store *s, const struct lexer_item *item)
{
	const char *names[SECTION_MAX], *near,
	    *hint = "sections are [defaults], [account NAME], [route], [queue] and [log]";

	for (int i = 0; i < SECTION_MAX; i++)
		names[i] = schema_section_name((enum schema_section)i);
	near = str_nearest(item->kind, names, SECTION_MAX);
	if (near != NULL)
		hint = arena_printf(&s->mem, "did you mean [%s]?", near);
	place_report(s->d, &item->at, hint, "unknown section [%s]",
	    place_quote(&s->mem, item->kind, strlen(item->kind)));
}

static void
take_section(struct store *s, const struct lexer_item *item)
{
	int kind = 0;

	s->current = SIZE_MAX;
	s->have_section = true;
	if (item->kind == NULL)
		return;
	while (kind < SECTION_MAX &&
	    !str_eq(item->kind, schema_section_name((enum schema_section)kind)))
		kind++;
	if (kind == SECTION_MAX) {
		unknown_section(s, item);
		return;
	}
	if (kind == SECTION_ACCOUNT && !account_is_name(item->name)) {
		place_report(s->d, &item->name_at,
		    "write: [account NAME] with a-z, 0-9, '.', '_' and '-'",
		    item->name[0] == '\0' ? "an account needs a name"
					  : "this is no name for an account");
		return;
	}
	if (kind != SECTION_ACCOUNT && item->name[0] != '\0') {
		place_report(s->d, &item->name_at, NULL, "section [%s] takes no name", item->kind);
		return;
	}
	s->current = open_section(s, (enum schema_section)kind, item->name, &item->at);
}

static void
on_item(void *arg, const struct lexer_item *item)
{
	struct store *s = arg;

	if (item->section) {
		take_section(s, item);
		return;
	}
	if (!s->have_section) {
		place_report(s->d, &item->at, "begin with a section: [defaults] or [account NAME]",
		    "'%s' stands outside of any section",
		    place_quote(&s->mem, item->name, strlen(item->name)));
		s->have_section = true; /* once is enough */
		s->current = SIZE_MAX;
		return;
	}
	if (s->current < s->n)
		take_pair(s, &s->sections[s->current], item->name, item->value, item->optional,
		    &item->at, &item->value_at);
}

void
store_read(struct store *s, const char *file, const char *text, size_t n)
{
	s->source++;
	s->current = SIZE_MAX;
	s->have_section = false;
	s->secret = false;
	lexer_run(&s->mem, arena_strdup(&s->mem, file), text, n, on_item, s, s->d);
}

void
store_set(struct store *s, enum schema_section kind, const char *section, const char *key,
    const char *value, const struct place *at)
{
	size_t i;

	if (kind == SECTION_ACCOUNT && !account_is_name(section)) {
		place_report(s->d, at, "names have a-z, 0-9, '.', '_' and '-'",
		    "'%s' is no name for an account",
		    place_quote(&s->mem, section, strlen(section)));
		return;
	}
	i = open_section(s, kind, section, at);
	s->source++;
	take_pair(s, &s->sections[i], key, value, false, at, at);
}
