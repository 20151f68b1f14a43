/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/aliases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "config/place.h"
#include "message/addrlist.h"

#define FILE_MAX ((size_t)4 << 20)

struct aliases {
	struct alias *items; /* sorted by name */
	size_t n;
	const char *trouble;
};

/* Where a text comes from, for what is said about it. */
struct source {
	struct arena *mem;
	struct diags *d;
	const char *file;
	struct aliases *out;
};

static void __attribute__((format(printf, 5, 6)))
report(struct source *s, int line, const char *text, size_t n, const char *fmt, ...)
{
	const struct place_line l = {.file = s->file,
	    .line = line,
	    .text = text,
	    .n = n,
	    .source = place_source(s->mem, text, n, n)};
	const struct place at = place_at(&l, 0, 1);
	char said[400];
	va_list ap;

	if (s->d == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof said, fmt, ap);
	va_end(ap);
	place_report(s->d, &at, NULL, "%s", said);
}

/* ---- one target */

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && str_is_space((unsigned char)**s)) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && str_is_space((unsigned char)(*s)[*n - 1]))
		(*n)--;
}

/* "|/usr/bin/x -y": quotes that hold all of it, and no address. */
static bool
is_quoted_special(const char *s, size_t n)
{
	return n > 2 && s[0] == '"' && s[n - 1] == '"' && strchr("|/:\\", s[1]) != NULL &&
	    memchr(s + 1, '"', n - 2) == NULL;
}

static struct alias_target
refused(struct arena *mem, const char *s, size_t n, const char *what)
{
	return (struct alias_target){ALIAS_REFUSED,
	    arena_printf(mem, "'%s' is %s", place_quote(mem, s, n), what)};
}

static struct alias_target
read_address(struct arena *mem, const char *s, size_t n, enum alias_kind kind)
{
	struct mailbox_list list = {.n = 0};

	if (!addrlist_parse(mem, s, n, &list, NULL, NULL) || list.n != 1)
		return refused(mem, s, n, "not a mail address");
	return (struct alias_target){kind, list.items[0].addr};
}

static struct alias_target
read_target(struct arena *mem, const char *s, size_t n)
{
	static const char include[] = ":include:";

	if (is_quoted_special(s, n)) {
		s++;
		n -= 2;
	}
	if (s[0] == '|')
		return refused(mem, s, n, "a command, and no mail is given to commands");
	if (s[0] == '/')
		return refused(mem, s, n, "a file, and no mail is written to files");
	if (n > sizeof include - 1 && str_neq_nocase(s, sizeof include - 1, include)) {
		s += sizeof include - 1;
		n -= sizeof include - 1;
		trim(&s, &n);
		if (n == 0 || s[0] != '/')
			return refused(mem, s, n, "not the whole path of a list");
		return (struct alias_target){ALIAS_INCLUDE, arena_strndup(mem, s, n)};
	}
	if (s[0] == '\\')
		return read_address(mem, s + 1, n - 1, ALIAS_FINAL);
	return read_address(mem, s, n, ALIAS_ADDRESS);
}

/* Where the element at s[at] ends: at a comma outside quotes and parentheses. */
static size_t
element_end(const char *s, size_t n, size_t at)
{
	bool quoted = false;
	int depth = 0;

	for (; at < n; at++) {
		if (s[at] == '\\')
			at++;
		else if (s[at] == '"')
			quoted = !quoted;
		else if (!quoted && (s[at] == '(' || s[at] == ')'))
			depth += s[at] == '(' ? 1 : -1;
		else if (s[at] == ',' && !quoted && depth <= 0)
			break;
	}
	return at < n ? at : n;
}

/* Appends the targets of a list. */
static void
read_targets(struct arena *mem, const char *s, size_t n, struct alias_target **targets,
    size_t *count)
{
	for (size_t at = 0, end; at < n; at = end + 1) {
		const char *element = s + at;
		size_t len;

		end = element_end(s, n, at);
		len = end - at;
		trim(&element, &len);
		if (len == 0)
			continue;
		*targets = arena_grow(mem, *targets, *count, sizeof **targets);
		(*targets)[(*count)++] = read_target(mem, element, len);
	}
}

/* ---- one line */

/* The name before the colon, in lower case; NULL: it is none, *why tells. */
static const char *
read_name(struct arena *mem, const char *s, size_t n, const char **why)
{
	char *name;

	trim(&s, &n);
	if (n > 1 && s[0] == '"' && s[n - 1] == '"') {
		s++;
		n -= 2;
	}
	*why = "expected 'name: address, ...'";
	if (n == 0)
		return NULL;
	*why = "only the name of a local user can stand before the colon";
	if (memchr(s, '@', n) != NULL)
		return NULL;
	*why = "the name holds what no name may hold";
	if (str_has_ctl(s, n) || memchr(s, '"', n) != NULL)
		return NULL;
	name = arena_strndup(mem, s, n);
	for (char *p = name; *p != '\0'; p++)
		*p = (char)str_lower((unsigned char)*p);
	return name;
}

static void
read_line(struct source *s, int line, const char *text, size_t n)
{
	const char *colon = text[0] == '"' ? memchr(text + 1, '"', n - 1) : text, *why;
	struct alias a = {.file = s->file, .line = line, .order = s->out->n};
	size_t rest;

	colon = colon != NULL ? memchr(colon, ':', (size_t)(text + n - colon)) : NULL;
	if (colon == NULL) {
		report(s, line, text, n, "expected 'name: address, ...'");
		return;
	}
	a.name = read_name(s->mem, text, (size_t)(colon - text), &why);
	if (a.name == NULL) {
		report(s, line, text, n, "%s", why);
		return;
	}
	rest = (size_t)(text + n - colon) - 1;
	read_targets(s->mem, colon + 1, rest, &a.targets, &a.n);
	if (a.n == 0)
		report(s, line, text, n, "the alias leads to nobody");
	for (size_t i = 0; i < a.n; i++)
		if (a.targets[i].kind == ALIAS_REFUSED)
			report(s, line, text, n, "%s", a.targets[i].text);
	s->out->items = arena_grow(s->mem, s->out->items, s->out->n, sizeof *s->out->items);
	s->out->items[s->out->n++] = a;
}

/* Does the line at s[at] go on with the one before? */
static bool
goes_on(const char *s, size_t n, size_t at)
{
	return at < n && str_is_blank((unsigned char)s[at]);
}

static bool
says_nothing(const char *s, size_t n)
{
	trim(&s, &n);
	return n == 0 || s[0] == '#';
}

/*
 * Logical lines: a physical one and those that begin with a blank. Comments and empty lines between
 * them change nothing.
 */
static void
read_text(struct source *s, const char *text, size_t n)
{
	struct buf whole;
	size_t at = 0;
	int line = 0, first = 0;

	buf_init(&whole, FILE_MAX + 1);
	while (at < n) {
		const char *nl = memchr(text + at, '\n', n - at);
		size_t end = nl != NULL ? (size_t)(nl - text) : n;

		line++;
		if (!says_nothing(text + at, end - at)) {
			if (!goes_on(text, n, at) && whole.len > 0) {
				read_line(s, first, buf_str(&whole), whole.len);
				buf_clear(&whole);
			}
			if (whole.len == 0)
				first = line;
			if (whole.len == 0 && goes_on(text, n, at))
				report(s, line, text + at, end - at,
				    "a line that goes on, and nothing before it");
			else
				buf_add(&whole, text + at, end - at);
		}
		at = end + 1;
	}
	if (whole.len > 0)
		read_line(s, first, buf_str(&whole), whole.len);
	buf_done(&whole);
}

/* ---- files */

static bool
load(const char *path, struct buf *b, const char **why)
{
	struct stat st;

	*why = NULL;
	if (!file_load(path, O_NOCTTY | O_NONBLOCK, b, &st))
		*why = errno == EFBIG ? "the file is too long" : strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "it is not a regular file";
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		*why = "it belongs neither to root nor to you";
	else if ((st.st_mode & 022) != 0)
		*why = "others may write to it";
	else if (b->len > 0 && memchr(b->data, '\0', b->len) != NULL)
		*why = "it holds a NUL, so it is no text";
	return *why == NULL;
}

static int
by_name(const void *x, const void *y)
{
	const struct alias *a = x, *b = y;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* In order, and of those with one name the first stays. */
static void
finish(struct aliases *a, struct source *s)
{
	size_t kept = 0;

	if (a->n > 0)
		qsort(a->items, a->n, sizeof *a->items, by_name);

	for (size_t i = 0; i < a->n; i++) {
		if (kept > 0 && str_eq(a->items[kept - 1].name, a->items[i].name)) {
			s->file = a->items[i].file;
			report(s, a->items[i].line, a->items[i].name, strlen(a->items[i].name),
			    "'%s' is there already: line %d of %s holds", a->items[i].name,
			    a->items[kept - 1].line, a->items[kept - 1].file);
			continue;
		}
		a->items[kept++] = a->items[i];
	}
	a->n = kept;
}

static void
cannot_read(struct source *s, const char *why)
{
	const struct place at = {.file = s->file};

	if (s->out->trouble == NULL)
		s->out->trouble = arena_printf(s->mem, "cannot read the aliases in %s: %s", s->file,
		    why);
	if (s->d != NULL)
		place_report(s->d, &at, NULL, "cannot read the aliases: %s", why);
}

struct aliases *
aliases_load(struct arena *mem, const char *const *files, size_t n, bool may_lack, struct diags *d)
{
	struct aliases *a = arena_alloc(mem, sizeof *a);
	struct source s = {.mem = mem, .d = d, .out = a};

	for (size_t i = 0; i < n; i++) {
		const char *why;
		struct buf text;

		s.file = files[i];
		buf_init(&text, FILE_MAX);
		if (load(files[i], &text, &why))
			read_text(&s, buf_str(&text), text.len);
		else if (!may_lack || access(files[i], F_OK) == 0)
			cannot_read(&s, why);
		buf_done(&text);
	}
	finish(a, &s);
	return a;
}

struct aliases *
aliases_parse(struct arena *mem, const char *file, const char *text, size_t n, struct diags *d)
{
	struct aliases *a = arena_alloc(mem, sizeof *a);
	struct source s = {.mem = mem, .d = d, .out = a, .file = file};

	read_text(&s, text, n);
	finish(a, &s);
	return a;
}

const char *
aliases_trouble(const struct aliases *a)
{
	return a->trouble;
}

size_t
aliases_count(const struct aliases *a)
{
	return a->n;
}

const struct alias *
aliases_at(const struct aliases *a, size_t i)
{
	return &a->items[i];
}

const struct alias *
aliases_find(const struct aliases *a, const char *name, size_t n)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = a->items[middle].name;
		size_t i = 0;
		int order;

		while (i < n && other[i] != '\0' &&
		    str_lower((unsigned char)name[i]) == (unsigned char)other[i])
			i++;
		order = (i < n ? str_lower((unsigned char)name[i]) : 0) - (unsigned char)other[i];
		if (order == 0)
			return &a->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct alias_target *
aliases_include(struct arena *mem, const char *path, size_t *n, const char **why)
{
	struct alias_target *targets = arena_alloc(mem, sizeof *targets);
	struct buf text;
	size_t at = 0;
	bool good;

	*n = 0;
	buf_init(&text, FILE_MAX);
	good = load(path, &text, why);
	while (good && at < text.len) {
		const char *s = buf_str(&text), *nl = memchr(s + at, '\n', text.len - at);
		size_t end = nl != NULL ? (size_t)(nl - s) : text.len;

		if (!says_nothing(s + at, end - at))
			read_targets(mem, s + at, end - at, &targets, n);
		at = end + 1;
	}
	buf_done(&text);
	return good ? targets : NULL;
}
