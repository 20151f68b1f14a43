/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/args.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define HELP_COLUMN 28

/* An option found in a word. */
struct hit {
	const struct args_group *group;
	const struct args_option *option;
};

void
args_push(struct arena *mem, struct args_list *list, const char *item)
{
	list->items = arena_grow(mem, list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = item;
}

static bool
find_letter(const struct args *a, char letter, struct hit *out)
{
	for (size_t g = 0; g < a->ngroups; g++) {
		for (size_t i = 0; i < a->groups[g].noptions; i++) {
			if (a->groups[g].options[i].letter != letter)
				continue;
			*out = (struct hit){&a->groups[g], &a->groups[g].options[i]};
			return true;
		}
	}
	return false;
}

static bool
find_name(const struct args *a, const char *name, size_t n, struct hit *out)
{
	for (size_t g = 0; g < a->ngroups; g++) {
		for (size_t i = 0; i < a->groups[g].noptions; i++) {
			const char *have = a->groups[g].options[i].name;

			if (have == NULL || strlen(have) != n || strncmp(have, name, n) != 0)
				continue;
			*out = (struct hit){&a->groups[g], &a->groups[g].options[i]};
			return true;
		}
	}
	return false;
}

static bool
unknown_name(const struct args *a, const char *name, size_t n, struct err *e)
{
	struct args_list names = {NULL, 0};
	const char *near;

	for (size_t g = 0; g < a->ngroups; g++)
		for (size_t i = 0; i < a->groups[g].noptions; i++)
			if (a->groups[g].options[i].name != NULL &&
			    a->groups[g].options[i].help != NULL)
				args_push(a->mem, &names, a->groups[g].options[i].name);
	near = str_nearest(arena_strndup(a->mem, name, n), names.items, names.n);
	if (near != NULL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "unknown option '--%.*s' (did you mean '--%s'?)", (int)n, name, near);
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "unknown option '--%.*s'", (int)n, name);
}

static bool
apply(const struct args *a, const struct hit *h, const char *value, struct err *e)
{
	char *field = (char *)h->group->target + h->option->at;

	switch (h->option->kind) {
	case ARGS_FLAG:
		*(bool *)(void *)field = true;
		break;
	case ARGS_COUNT:
		*(unsigned *)(void *)field += 1;
		break;
	case ARGS_TEXT:
		*(const char **)(void *)field = value;
		break;
	case ARGS_LIST:
		args_push(a->mem, (struct args_list *)(void *)field, value);
		break;
	case ARGS_CALL:
		return h->option->call(h->group->target, value, e);
	case ARGS_IGNORE:
		break;
	}
	return true;
}

/* Takes the next word as an argument; NULL with e when there is none. */
static const char *
next_word(struct args *a, const char *dashes, const char *option, size_t n, struct err *e)
{
	if (a->words[a->used] != NULL)
		return a->words[a->used++];
	err_set(e, ERR_USAGE, STAGE_NONE, "", "option '%s%.*s' needs an argument", dashes, (int)n,
	    option);
	return NULL;
}

/* --name, --name=value, --name value */
static bool
parse_long(struct args *a, const char *word, struct err *e)
{
	const char *name = word + 2, *equals = strchr(name, '='), *value = NULL;
	size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
	struct hit h;

	if (!find_name(a, name, n, &h))
		return unknown_name(a, name, n, e);
	if (h.option->arg == NULL && equals != NULL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "option '--%.*s' takes no argument",
		    (int)n, name);
	if (equals != NULL)
		value = equals + 1;
	else if (h.option->arg != NULL && h.option->shape == ARGS_ANYWHERE &&
	    (value = next_word(a, "--", name, n, e)) == NULL)
		return false;
	return apply(a, &h, value, e);
}

/* -v, -ti, -fuser, -f user, -tf user */
static bool
parse_letters(struct args *a, const char *word, struct err *e)
{
	struct hit h;

	for (const char *p = word + 1; *p != '\0'; p++) {
		const char *value = NULL;

		if (!find_letter(a, *p, &h)) {
			if (p == word + 1 && p[1] == '\0')
				return err_set(e, ERR_USAGE, STAGE_NONE, "", "unknown option '%s'",
				    word);
			return err_set(e, ERR_USAGE, STAGE_NONE, "", "unknown option '-%c' in '%s'",
			    *p, word);
		}
		if (h.option->arg == NULL) {
			if (!apply(a, &h, NULL, e))
				return false;
			continue;
		}
		if (p[1] != '\0')
			value = p + 1;
		else if (h.option->shape == ARGS_ANYWHERE &&
		    (value = next_word(a, "-", p, 1, e)) == NULL)
			return false;
		return apply(a, &h, value, e);
	}
	return true;
}

/* Does the word consist of options of these tables alone? */
static bool
is_known(const struct args *a, const char *word)
{
	struct hit h;

	if (word[0] != '-' || word[1] == '\0')
		return false;
	if (word[1] == '-')
		return word[2] != '\0' && find_name(a, word + 2, strcspn(word + 2, "="), &h);
	for (const char *p = word + 1; *p != '\0'; p++) {
		if (!find_letter(a, *p, &h))
			return false;
		if (h.option->arg != NULL)
			return true;
	}
	return true;
}

static bool
is_dashed(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static bool
behind_operands(const struct args *a, const char *word, struct err *e)
{
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "option '%s' behind the address '%s': options come first, and '--' goes before addresses "
	    "that begin with '-'",
	    word, a->operands.items[0]);
}

static void
take_rest(struct args *a)
{
	while (a->words[a->used] != NULL)
		args_push(a->mem, &a->operands, a->words[a->used++]);
}

bool
args_parse(struct args *a, struct err *e)
{
	const char *word;
	bool good;

	a->operands = (struct args_list){NULL, 0};
	for (a->used = 0; (word = a->words[a->used]) != NULL;) {
		if (a->order == ARGS_PREFIX && !is_known(a, word))
			return true;
		a->used++;
		if (str_eq(word, "--")) {
			take_rest(a);
			return true;
		}
		if (!is_dashed(word) && !(a->order == ARGS_STRICT && word[0] == '-')) {
			args_push(a->mem, &a->operands, word);
			continue;
		}
		if (a->order == ARGS_STRICT && a->operands.n > 0)
			return behind_operands(a, word, e);
		if (word[1] == '\0')
			return err_set(e, ERR_USAGE, STAGE_NONE, "", "'-' is no address");
		good = word[1] == '-' ? parse_long(a, word, e) : parse_letters(a, word, e);
		if (!good)
			return false;
	}
	return true;
}

/* "  -s, --subject TEXT" */
static void
help_names(const struct args_option *o, struct buf *out)
{
	const char *between = o->shape == ARGS_GLUED ? "" : " ";

	if (o->letter != '\0')
		(void)buf_addf(out, "  -%c", o->letter);
	else
		(void)buf_adds(out, "    ");
	if (o->name != NULL)
		(void)buf_addf(out, "%s--%s", o->letter != '\0' ? ", " : "  ", o->name);
	if (o->arg != NULL)
		(void)buf_addf(out, "%s%s", between, o->arg);
}

void
args_help(const struct args_group *groups, size_t ngroups, struct buf *out)
{
	for (size_t g = 0; g < ngroups; g++) {
		(void)buf_addf(out, "\n%s:\n", groups[g].title);
		for (size_t i = 0; i < groups[g].noptions; i++) {
			const struct args_option *o = &groups[g].options[i];
			size_t start = out->len;

			if (o->help == NULL)
				continue;
			help_names(o, out);
			if (out->len - start + 2 > HELP_COLUMN) {
				(void)buf_addc(out, '\n');
				start = out->len;
			}
			(void)buf_addf(out, "%*s%s\n", (int)(HELP_COLUMN - (out->len - start)), "",
			    o->help);
		}
	}
}

void
args_dump(const struct args_group *groups, size_t ngroups, struct buf *out)
{
	for (size_t g = 0; g < ngroups; g++) {
		for (size_t i = 0; i < groups[g].noptions; i++) {
			const struct args_option *o = &groups[g].options[i];

			if (o->help == NULL)
				continue;
			(void)buf_addf(out, "%s\t%c\t%s\t%s\n", o->name != NULL ? o->name : "-",
			    o->letter != '\0' ? o->letter : '-', o->arg != NULL ? o->arg : "-",
			    o->help);
		}
	}
}
