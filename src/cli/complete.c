/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complete.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "cli/args.h"
#include "cli/cmd.h"
#include "cli/command.h"

struct completion {
	struct arena *mem;
	const struct shared *shared;
	struct buf *out;
	const char *prefix; /* the word at the cursor must begin so */
	const char *front;  /* stands before each candidate: "--attach=", "tls," */
};

/* ---- candidates */

static void
offer(const struct completion *c, const char *word, const char *help)
{
	if (!str_starts(word, c->prefix))
		return;
	(void)buf_addf(c->out, "%s%s%s%s\n", c->front, word, help != NULL ? "\t" : "",
	    help != NULL ? help : "");
}

/* "a|b|c" */
static void
offer_words(const struct completion *c, const char *words)
{
	while (*words != '\0') {
		size_t n = strcspn(words, "|");

		offer(c, arena_strndup(c->mem, words, n), NULL);
		words += n + (words[n] == '|');
	}
}

/* A list of cmd_complete: "NAME", or "NAME<TAB>HELP" a line. */
static void
offer_list(const struct completion *c, const char *list, const char *behind)
{
	const char *p;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	(void)cmd_complete_list(list, c->shared, &b);
	for (p = buf_str(&b); *p != '\0';) {
		size_t n = strcspn(p, "\n"), word = strcspn(p, "\t\n");
		const char *help = word < n ? arena_strndup(c->mem, p + word + 1, n - word - 1)
					    : NULL;

		offer(c, arena_printf(c->mem, "%.*s%s", (int)word, p, behind), help);
		p += n + (p[n] == '\n');
	}
	buf_done(&b);
}

/* What follows the last comma of what was typed. */
static struct completion
behind_comma(const struct completion *c)
{
	const char *comma = strrchr(c->prefix, ',');
	struct completion out = *c;

	if (comma == NULL)
		return out;
	out.front = arena_printf(c->mem, "%s%.*s", c->front, (int)(comma + 1 - c->prefix),
	    c->prefix);
	out.prefix = comma + 1;
	return out;
}

/* One source: words, or "@NAME" of a list; "@NAME," is a list with commas. */
static void
offer_source(const struct completion *c, const char *source)
{
	size_t n = strlen(source);
	struct completion list = *c;

	if (str_eq(source, "@files")) {
		(void)buf_addf(c->out, ":files %s\n", c->front);
	} else if (str_eq(source, "@users")) {
		(void)buf_adds(c->out, ":users\n");
	} else if (str_eq(source, "@text")) {
		/* a text, or @FILE */
		if (c->prefix[0] == '@')
			(void)buf_addf(c->out, ":files %s@\n", c->front);
	} else if (str_eq(source, "@keys=")) {
		offer_list(c, "keys", "=");
	} else if (source[0] == '@' && source[n - 1] == ',') {
		list = behind_comma(c);
		offer_list(&list, arena_strndup(c->mem, source + 1, n - 2), "");
	} else if (source[0] == '@') {
		offer_list(c, source + 1, "");
	} else if (n > 0 && source[n - 1] == ',') {
		list = behind_comma(c);
		offer_words(&list, arena_strndup(c->mem, source, n - 1));
	} else {
		offer_words(c, source);
	}
}

/* Sources with blanks between. */
static void
offer_sources(const struct completion *c, const char *sources)
{
	while (*sources != '\0') {
		size_t n = strcspn(sources, " ");

		if (n > 0)
			offer_source(c, arena_strndup(c->mem, sources, n));
		sources += n + (sources[n] == ' ');
	}
}

/* ---- options */

static const struct args_option *
find_option(const struct args_group *groups, size_t n, const char *name, size_t len)
{
	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < groups[g].noptions; i++) {
			const struct args_option *o = &groups[g].options[i];

			if (len == 1 ? o->letter == name[0]
				     : o->name != NULL && str_starts(name, o->name) &&
				    strlen(o->name) == len)
				return o;
		}
	return NULL;
}

/* The option that a word is, when its argument has to follow in the next word. */
static const struct args_option *
awaits_argument(const struct args_group *groups, size_t n, const char *word)
{
	const struct args_option *o = NULL;

	if (word[0] != '-' || word[1] == '\0')
		return NULL;
	if (word[1] == '-')
		o = strchr(word, '=') == NULL ? find_option(groups, n, word + 2, strlen(word + 2))
					      : NULL;
	else
		o = find_option(groups, n, word + strlen(word) - 1, 1);
	return o != NULL && o->arg != NULL && o->shape == ARGS_ANYWHERE ? o : NULL;
}

static const char *
values_of(const struct args_option *o)
{
	if (o->values != NULL)
		return o->values;
	return str_starts(o->arg, "FILE") ? "@files" : "";
}

static void
offer_options(const struct completion *c, const struct args_group *groups, size_t n)
{
	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < groups[g].noptions; i++) {
			const struct args_option *o = &groups[g].options[i];

			if (o->help == NULL)
				continue;
			if (o->name != NULL)
				offer(c, arena_printf(c->mem, "--%s", o->name), o->help);
			if (o->letter != '\0')
				offer(c, arena_printf(c->mem, "-%c", o->letter), o->help);
		}
}

/* ---- operands */

/* "list|show @ids|...": what may follow the verb; NULL: there is no such verb. */
static char *
behind_verb(struct arena *mem, const char *operands, const char *verb)
{
	while (*operands != '\0') {
		size_t n = strcspn(operands, "|"), word = strcspn(operands, " |");

		if (strlen(verb) == word && strncmp(operands, verb, word) == 0)
			return arena_strndup(mem, operands + word, n - word);
		operands += n + (operands[n] == '|');
	}
	return NULL;
}

static void
offer_verbs(const struct completion *c, const char *operands)
{
	while (*operands != '\0') {
		size_t n = strcspn(operands, "|"), word = strcspn(operands, " |");

		offer(c, arena_strndup(c->mem, operands, word), NULL);
		operands += n + (operands[n] == '|');
	}
}

static void
offer_operands(const struct completion *c, const struct command *command,
    const struct args_list *before)
{
	const char *operands = command->operands;
	char *sources;

	if (operands == NULL)
		return;
	if (operands[0] == '@')
		offer_sources(c, operands);
	else if (before->n == 0)
		offer_verbs(c, operands);
	else if ((sources = behind_verb(c->mem, operands, before->items[0])) != NULL) {
		/* '|' is between verbs here, so their words have commas */
		for (char *p = sources; *p != '\0'; p++)
			if (*p == ',')
				*p = '|';
		offer_sources(c, sources);
	}
}

/* ---- the line */

/* The command of the line, and what stands between it and the cursor. */
struct line {
	const struct command *command;
	struct args_group groups[COMMAND_GROUPS_MAX];
	size_t ngroups;
	struct args_list operands;
	const struct args_option *awaits; /* the word at the cursor is its argument */
	bool only_operands;               /* behind "--" */
};

static void
read_line(struct arena *mem, const char *const *words, struct line *l)
{
	l->groups[0] = shared_group(NULL);
	l->ngroups = 1;
	for (; words[1] != NULL; words++) {
		const char *w = words[0];

		if (l->awaits != NULL) {
			l->awaits = NULL;
		} else if (l->only_operands || w[0] != '-' || w[1] == '\0') {
			if (l->command != NULL) {
				args_push(mem, &l->operands, w);
				continue;
			}
			l->command = command_find(w);
			if (l->command == NULL)
				l->command = command_find("sendmail");
			l->ngroups = l->command->groups(l->groups);
		} else if (str_eq(w, "--")) {
			l->only_operands = true;
		} else {
			l->awaits = awaits_argument(l->groups, l->ngroups, w);
		}
	}
}

static void
offer_at(struct completion *c, const struct line *l, const char *word)
{
	const char *equals = str_starts(word, "--") ? strchr(word, '=') : NULL;
	const struct args_option *o;

	if (l->awaits != NULL) {
		offer_sources(c, values_of(l->awaits));
	} else if (equals != NULL && !l->only_operands) {
		o = find_option(l->groups, l->ngroups, word + 2, (size_t)(equals - word - 2));
		c->front = arena_strndup(c->mem, word, (size_t)(equals + 1 - word));
		c->prefix = equals + 1;
		if (o != NULL && o->arg != NULL)
			offer_sources(c, values_of(o));
	} else if (word[0] == '-' && !l->only_operands) {
		offer_options(c, l->groups, l->ngroups);
	} else if (l->command == NULL) {
		offer_list(c, "commands", "");
	} else {
		offer_operands(c, l->command, &l->operands);
	}
}

void
complete_words(struct arena *mem, const struct shared *shared, const char *const *words,
    struct buf *out)
{
	struct completion c = {.mem = mem, .shared = shared, .out = out, .front = ""};
	struct line l = {.command = NULL};

	if (words[0] == NULL)
		return;
	read_line(mem, words, &l);
	while (words[1] != NULL)
		words++;
	c.prefix = words[0];
	offer_at(&c, &l, words[0]);
}
