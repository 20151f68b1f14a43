/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeserver_text.h"

enum argument { NONE, TEXT, RAW, NUMBER, MAYBE_NUMBER, MAYBE_LAST, NUMBER_AND_TEXT };

static const struct word {
	const char *name;
	enum verb verb;
	enum argument argument;
} words[] = {
    {"S", VERB_SEND, TEXT},
    {"S!", VERB_SEND_RAW, RAW},
    {"C", VERB_EXPECT, TEXT},
    {"AUTH", VERB_AUTH, TEXT},
    {"BODY", VERB_BODY, MAYBE_NUMBER},
    {"BDAT", VERB_BDAT, MAYBE_LAST},
    {"READ", VERB_READ, NUMBER},
    {"TLS", VERB_TLS, NONE},
    {"GATHER", VERB_GATHER, NONE},
    {"DRIP", VERB_DRIP, NUMBER},
    {"PAUSE", VERB_PAUSE, NUMBER},
    {"REPEAT", VERB_REPEAT, NUMBER_AND_TEXT},
    {"FLOOD", VERB_FLOOD, TEXT},
    {"FLOOD!", VERB_FLOOD_RAW, RAW},
    {"SILENCE", VERB_SILENCE, NONE},
    {"TRUNCATE", VERB_TRUNCATE, NUMBER},
    {"CLOSE", VERB_CLOSE, NONE},
    {"CLOSE-NO-NOTIFY", VERB_CLOSE_NO_NOTIFY, NONE},
    {"RESET", VERB_RESET, NONE},
    {"CONNECTION", VERB_CONNECTION, NONE},
};

_Noreturn static void
complain(const char *file, unsigned line, const char *what, const char *where)
{
	fprintf(stderr, "fakeserver: %s:%u: %s: %s\n", file, line, what, where);
	exit(2);
}

static const struct word *
word_find(const char *line, size_t n)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].name) == n && strncmp(words[i].name, line, n) == 0)
			return &words[i];
	return NULL;
}

/* Reads the argument as the word wants it; false when it is not of that kind. */
static bool
read_argument(struct step *step, enum argument kind)
{
	char *text = step->text, *blank;

	switch (kind) {
	case NONE:
		return *text == '\0';
	case TEXT:
		return true;
	case RAW:
		step->len = text_unescape(text);
		return step->len != SIZE_MAX && step->len > 0;
	case MAYBE_LAST:
		return *text == '\0' || strcmp(text, "LAST") == 0;
	case MAYBE_NUMBER:
		return *text == '\0' || text_number(text, UINT64_MAX - 1, &step->number);
	case NUMBER:
		return text_number(text, INT32_MAX, &step->number);
	case NUMBER_AND_TEXT:
		blank = strchr(text, ' ');
		if (blank == NULL)
			return false;
		*blank = '\0';
		if (!text_number(text, INT32_MAX, &step->number))
			return false;
		memmove(text, blank + 1, strlen(blank + 1) + 1);
		step->len = strlen(text);
		return true;
	}
	return false;
}

static void
add_step(struct script *s, const struct word *w, unsigned line, const char *text)
{
	struct step *step;

	s->steps = text_grow(s->steps, s->nsteps + 1, sizeof(*s->steps));
	step = &s->steps[s->nsteps++];
	*step = (struct step){
	    .verb = w->verb,
	    .line = line,
	    .text = text_dup(text, strlen(text)),
	    .len = strlen(text),
	    .number = UINT64_MAX,
	    .name = w->name,
	};
	if (!read_argument(step, w->argument))
		complain(s->file, line, "wrong argument", text);
}

static void
read_line(struct script *s, unsigned number, char *line)
{
	size_t n = strcspn(line, " ");
	const struct word *w = word_find(line, n);

	if (w != NULL) {
		if (w->verb == VERB_CONNECTION || s->nsteps == 0)
			s->nconnections++;
		add_step(s, w, number, line + n + (line[n] == ' '));
		return;
	}
	if (*line == '\0' || *line == '#' || *line == ' ')
		return;
	n = strspn(line, "abcdefghijklmnopqrstuvwxyz-!");
	if (n == 0 || (line[n] != ':' && line[n] != '~'))
		complain(s->file, number, "no such word", line);
}

void
script_load(struct script *s, const char *file)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned number = 0;

	*s = (struct script){.file = file};
	if (f == NULL)
		text_die("%s: %s", file, strerror(errno));
	for (;;) {
		ssize_t n = getline(&line, &room, f);

		if (n < 0)
			break;
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = '\0';
		read_line(s, ++number, line);
	}
	if (ferror(f))
		text_die("%s: %s", file, strerror(errno));
	free(line);
	fclose(f);
	if (s->nsteps == 0)
		text_die("%s: no line of a script", file);
}

void
script_free(struct script *s)
{
	for (size_t i = 0; i < s->nsteps; i++)
		free(s->steps[i].text);
	free(s->steps);
}

const struct step *
script_part(const struct script *s, unsigned connection, size_t *nsteps)
{
	unsigned seen = 0;
	size_t i = 0;

	while (i < s->nsteps) {
		size_t first = s->steps[i].verb == VERB_CONNECTION ? i + 1 : i;

		for (i = first; i < s->nsteps && s->steps[i].verb != VERB_CONNECTION;)
			i++;
		if (++seen == connection) {
			*nsteps = i - first;
			return s->steps + first;
		}
	}
	return NULL;
}
