/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "config/place.h"

void
import_init(struct import *im, const char *dir, struct diags *d)
{
	*im = (struct import){.diags = d, .dir = dir};
}

void
import_done(struct import *im)
{
	for (size_t i = 0; i < im->nsections; i++)
		secret_wipe(&im->sections[i]->password);
	for (size_t i = 0; i < im->nsources; i++)
		secret_zero((char *)(uintptr_t)im->sources[i].text, im->sources[i].n);
	arena_done(&im->mem);
	*im = (struct import){.nsources = 0};
}

void
import_add_source(struct import *im, const char *name, const char *path, const char *text, size_t n)
{
	im->sources = arena_grow(&im->mem, im->sources, im->nsources, sizeof *im->sources);
	im->sources[im->nsources++] = (struct import_source){
	    .name = arena_strdup(&im->mem, name),
	    .path = arena_strdup(&im->mem, path),
	    .text = arena_strndup(&im->mem, text, n),
	    .n = n,
	};
}

const struct import_source *
import_find(const struct import *im, const char *name)
{
	for (size_t i = 0; i < im->nsources; i++)
		if (str_eq(im->sources[i].name, name))
			return &im->sources[i];
	return NULL;
}

bool
import_next(const struct import_source *src, size_t *off, struct import_line *line)
{
	while (*off < src->n) {
		const char *s = src->text + *off, *nl = memchr(s, '\n', src->n - *off);
		size_t n = nl != NULL ? (size_t)(nl - s) : src->n - *off;

		*off += n + (nl != NULL);
		line->at.path = src->path;
		line->at.line++;
		while (n > 0 && str_is_space((unsigned char)*s)) {
			s++;
			n--;
		}
		while (n > 0 && str_is_space((unsigned char)s[n - 1]))
			n--;
		if (n == 0 || s[0] == '#')
			continue;
		line->s = s;
		line->n = n;
		return true;
	}
	return false;
}

size_t
import_word(struct import_line *line, const char *stop, const char **word)
{
	size_t n = 0;

	*word = line->s;
	while (n < line->n && !str_is_blank((unsigned char)line->s[n]) &&
	    (line->s[n] == '\0' || strchr(stop, line->s[n]) == NULL))
		n++;
	line->s += n;
	line->n -= n;
	while (line->n > 0 && str_is_blank((unsigned char)line->s[0])) {
		line->s++;
		line->n--;
	}
	return n;
}

struct import_section *
import_section(struct import *im, enum schema_section kind, const char *name,
    const struct import_place *at)
{
	struct import_section *sec;

	for (size_t i = 0; kind != SECTION_ROUTE && i < im->nsections; i++)
		if (im->sections[i]->kind == kind && str_eq(im->sections[i]->name, name))
			return im->sections[i];
	sec = arena_alloc(&im->mem, sizeof *sec);
	*sec = (struct import_section){.kind = kind,
	    .name = arena_strdup(&im->mem, name),
	    .at = *at};
	im->sections = arena_grow(&im->mem, im->sections, im->nsections,
	    sizeof(struct import_section *));
	im->sections[im->nsections++] = sec;
	return sec;
}

static struct import_item *
find_item(const struct import_section *sec, const char *key)
{
	for (size_t i = 0; i < sec->nitems; i++)
		if (sec->items[i].key != NULL && str_eq(sec->items[i].key, key))
			return &sec->items[i];
	return NULL;
}

const char *
import_get(const struct import_section *sec, const char *key)
{
	const struct import_item *item = find_item(sec, key);

	return item != NULL ? item->value : NULL;
}

static void
add_item(struct import *im, struct import_section *sec, const struct import_item *item)
{
	sec->items = arena_grow(&im->mem, sec->items, sec->nitems, sizeof *sec->items);
	sec->items[sec->nitems++] = *item;
}

void
import_set(struct import *im, struct import_section *sec, const char *key, const char *value,
    const struct import_place *at, const char *what)
{
	const struct schema_key *k = schema_find(sec->kind, key);
	struct import_item *old = find_item(sec, key);
	struct import_item item = {.value = arena_strdup(&im->mem, value), .at = *at};

	if (k == NULL) {
		import_drop(im, what, arena_printf(&im->mem, "postrider has no '%s' yet", key));
		return;
	}
	if (value[0] == '\0')
		return;
	if (str_has_ctl(value, strlen(value)) || !str_utf8_valid(value, strlen(value))) {
		import_bad(im, at, "the value of '%s' has control characters or is not UTF-8",
		    what);
		return;
	}
	item.key = k->name;
	if (old == NULL)
		add_item(im, sec, &item);
	else if (k->type == TYPE_LIST)
		old->value = arena_printf(&im->mem, "%s, %s", old->value, value);
	else
		*old = item;
}

void
import_remark(struct import *im, struct import_section *sec, const char *fmt, ...)
{
	struct import_item item = {.key = NULL, .at = sec->at};
	char text[512];
	struct buf b;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&b, sizeof text * 4);
	str_escape(&b, text, strlen(text), 0);
	item.value = arena_strndup(&im->mem, buf_str(&b), b.len);
	buf_done(&b);
	add_item(im, sec, &item);
}

void
import_unverified(struct import *im, struct import_section *sec, const char *word, bool login)
{
	import_remark(im, sec,
	    "WARNING: no certificate is checked, as '%s' had it: whoever is in between can read all",
	    word);
	if (login)
		import_remark(im, sec,
		    "a server that is not verified gets no password by PLAIN or LOGIN: tls-ca or tls-pin in place of the next line lets it");
}

void
import_drop(struct import *im, const char *what, const char *why)
{
	for (size_t i = 0; i < im->ndrops; i++)
		if (str_eq(im->drops[i].what, what) && str_eq(im->drops[i].why, why)) {
			im->drops[i].lines++;
			return;
		}
	im->drops = arena_grow(&im->mem, im->drops, im->ndrops, sizeof *im->drops);
	im->drops[im->ndrops++] = (struct import_drop){.what = arena_strdup(&im->mem, what),
	    .why = arena_strdup(&im->mem, why),
	    .lines = 1};
}

void
import_bad(struct import *im, const struct import_place *at, const char *fmt, ...)
{
	struct place p = {.file = at->path, .line = at->line, .column = at->line > 0};
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	place_report(im->diags, &p, NULL, "%s", text);
}

void
import_password(struct import *im, struct import_section *sec, const char *s, size_t n,
    const struct import_place *at)
{
	const char *file = arena_printf(&im->mem, "%s/%s.password", im->dir, sec->name);

	if (n == 0)
		return;
	if (memchr(s, '\0', n) != NULL || memchr(s, '\n', n) != NULL ||
	    !secret_set(&sec->password, s, n)) {
		import_bad(im, at, "the password cannot be used: it is too long or holds a NUL");
		return;
	}
	import_remark(im, sec,
	    "the password of %s:%d is not shown; --write puts it into this file:", at->path,
	    at->line);
	import_set(im, sec, "password-file", file, at, "password");
}

const char *
import_account_name(struct import *im, const char *s, size_t n)
{
	char name[56];
	size_t len = 0;
	const char *made;

	for (size_t i = 0; i < n && len + 1 < sizeof name; i++) {
		int c = str_lower((unsigned char)s[i]);
		bool good = (c >= 'a' && c <= 'z') || str_is_digit(c) || c == '.' || c == '_' ||
		    c == '-';

		if (good || (len > 0 && name[len - 1] != '-'))
			name[len++] = good ? (char)c : '-';
	}
	name[len] = '\0';
	if (len == 0 || name[0] == '.' || str_eq(name, "-"))
		(void)snprintf(name, sizeof name, "account");
	made = arena_strdup(&im->mem, name);
	for (size_t i = 0, k = 2; i < im->nsections; i++)
		if (im->sections[i]->kind == SECTION_ACCOUNT &&
		    str_eq(im->sections[i]->name, made)) {
			made = arena_printf(&im->mem, "%s-%zu", name, k++);
			i = (size_t)-1; /* from the start: the new name may be taken, too */
		}
	return made;
}

bool
import_is_loopback(const char *host)
{
	return str_eq_nocase(host, "localhost") || str_starts(host, "127.") || str_eq(host, "::1");
}
