/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define SOURCE_MAX 200 /* characters of a line that are shown */
#define QUOTE_MAX 60

static size_t
place_char(const char *s, size_t n)
{
	unsigned char c = n > 0 ? (unsigned char)*s : 0;
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (n < len || str_is_ctl(c) || !str_utf8_valid(s, len))
		return 0;
	/* C1: some terminals obey it as they obey ESC. */
	if (c == 0xc2 && (unsigned char)s[1] < 0xa0)
		return 0;
	return len;
}

/* Is it ":587" and then the end, a path or a query? Digits before an '@' are a password. */
static bool
is_port(const char *colon, const char *at)
{
	const char *p = colon + 1;

	while (p < at && str_is_digit(*p))
		p++;
	return p > colon + 1 && (*p == '?' || *p == '/');
}

/* Where a password begins in a URL that s[0..n) holds, and its length; false: none. */
static bool
url_password(const char *s, size_t n, size_t *off, size_t *len)
{
	const char *end = s + n, *p = memmem(s, n, "://", 3), *colon, *at, *bracket;

	if (p == NULL)
		return false;
	p += 3;
	colon = memchr(p, ':', (size_t)(end - p));
	if (colon == NULL)
		return false;
	bracket = memchr(p, '[', (size_t)(colon - p));
	if (bracket != NULL) /* an IPv6 address, whose colons are no sign of a password */
		colon = memmem(bracket, (size_t)(end - bracket), "]:", 2);
	if (colon == NULL)
		return false;
	colon += bracket != NULL;
	/* To the last '@' of all: a password may have '/', '?' and '@' in it. */
	at = memrchr(colon, '@', (size_t)(end - colon));
	if (at == NULL || at == colon + 1 || is_port(colon, at))
		return false;
	/* Behind host and path, or in a query. */
	if (memchr(p, '/', (size_t)(colon - p)) != NULL ||
	    memchr(p, '?', (size_t)(colon - p)) != NULL)
		return false;
	*off = (size_t)(colon + 1 - s);
	*len = (size_t)(at - colon - 1);
	return true;
}

/* Appends up to max characters of s[0..n); false when there were more. */
static bool
add_shown(struct buf *b, const char *s, size_t n, size_t *max)
{
	while (n > 0) {
		size_t len = place_char(s, n);

		if (*max == 0)
			return false;
		(*max)--;
		if (len > 0)
			(void)buf_add(b, s, len);
		else
			(void)buf_addc(b, *s == '\t' ? ' ' : '?');
		len = len > 0 ? len : 1;
		s += len;
		n -= len;
	}
	return true;
}

const char *
place_source(struct arena *mem, const char *text, size_t n, size_t secret)
{
	size_t max = SOURCE_MAX, off, len, shown = secret < n ? secret : n;
	const char *result;
	bool whole;
	struct buf b;

	buf_init(&b, SOURCE_MAX * 4 + 64);
	if (secret >= n && url_password(text, n, &off, &len)) {
		whole = add_shown(&b, text, off, &max);
		(void)buf_adds(&b, PLACE_HIDDEN);
		whole = whole && add_shown(&b, text + off + len, n - off - len, &max);
	} else {
		whole = add_shown(&b, text, shown, &max);
		if (secret < n)
			(void)buf_adds(&b, PLACE_HIDDEN);
	}
	if (!whole)
		(void)buf_adds(&b, "...");
	result = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return result;
}

/* Characters of s[0..n), a broken octet counts as one. */
static size_t
columns(const char *s, size_t n)
{
	size_t count = 0;

	while (n > 0) {
		size_t len = place_char(s, n);

		len = len > 0 ? len : 1;
		s += len;
		n -= len;
		count++;
	}
	return count;
}

static size_t
source_columns(const char *source)
{
	return columns(source, strlen(source));
}

struct place
place_at(const struct place_line *l, size_t off, size_t width)
{
	struct place at = {.file = l->file, .line = l->line, .source = l->source};
	size_t shown = source_columns(l->source), before, w;

	off = off < l->n ? off : l->n;
	width = width < l->n - off ? width : l->n - off;
	before = columns(l->text, off);
	w = columns(l->text + off, width);
	/* A hidden or cut line is shorter than the text; the caret stays below what is shown. */
	if (before >= shown && before > 0)
		at.source = NULL;
	else if (w > shown - before)
		w = shown - before;
	at.column = (int)before + 1;
	at.width = w > 0 ? (int)w : 1;
	return at;
}

const char *
place_quote(struct arena *mem, const char *text, size_t n)
{
	size_t off, len;
	const char *result;
	struct buf b;

	buf_init(&b, QUOTE_MAX * 8);
	if (url_password(text, n, &off, &len)) {
		str_escape(&b, text, off, QUOTE_MAX);
		(void)buf_adds(&b, PLACE_HIDDEN);
		str_escape(&b, text + off + len, n - off - len, QUOTE_MAX);
	} else {
		str_escape(&b, text, n, QUOTE_MAX);
	}
	result = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return result;
}

void
place_report(struct diags *d, const struct place *at, const char *hint, const char *fmt, ...)
{
	struct diag item = {
	    .file = at->file,
	    .line = at->line,
	    .column = at->column,
	    .width = at->width > 0 ? at->width : 1,
	    .source = at->source,
	    .hint = hint,
	};
	struct buf text;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* File names come from outside, too. */
	buf_init(&text, sizeof(line) * 4);
	str_escape(&text, line, strlen(line), 0);
	item.text = buf_str(&text);
	diags_add(d, &item);
	buf_done(&text);
}
