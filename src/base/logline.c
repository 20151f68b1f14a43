/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/logline.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"

#define LINE_MAX_LEN ((size_t)3500)
/* Octets of a value as it is shown: the longest address of RFC 5321 fits, and all of an err. */
#define VALUE_MAX ((size_t)330)
#define TEXT_MAX ((size_t)600)

void
logline_init(struct logline *l, enum log_level level)
{
	l->level = level;
	buf_init(&l->text, LINE_MAX_LEN);
}

/* Escaped as for a terminal, with a backslash in front of each backslash and quote. */
static void
make_safe(const char *s, size_t max, struct buf *out)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	/* a value is cut in any case: no need to look at its megabytes */
	for (size_t i = 0; s[i] != '\0' && i <= max; i++) {
		if (s[i] == '\\' || s[i] == '"')
			(void)buf_addc(&b, '\\');
		(void)buf_addc(&b, s[i]);
	}
	str_escape(out, buf_str(&b), b.len, max);
	buf_done(&b);
}

static void
add(struct logline *l, const char *key, const char *value, size_t max, bool quoted)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	make_safe(value, max, &b);
	quoted = quoted || strpbrk(buf_str(&b), " \"\\") != NULL;
	/* room for the quotes: a line is never cut inside of a value */
	if (l->text.len + strlen(key) + b.len + 4 <= LINE_MAX_LEN)
		(void)buf_addf(&l->text, "%s%s=%s%s%s", l->text.len > 0 ? " " : "", key,
		    quoted ? "\"" : "", buf_str(&b), quoted ? "\"" : "");
	buf_done(&b);
}

void
logline_str(struct logline *l, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		add(l, key, value, VALUE_MAX, false);
}

void
logline_addr(struct logline *l, const char *key, const char *addr)
{
	struct buf b;

	if (addr == NULL)
		return;
	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "<%.*s>", (int)VALUE_MAX, addr);
	add(l, key, buf_str(&b), VALUE_MAX, false);
	buf_done(&b);
}

void
logline_text(struct logline *l, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		add(l, key, value, TEXT_MAX, true);
}

void
logline_int(struct logline *l, const char *key, int64_t value)
{
	(void)buf_addf(&l->text, "%s%s=%" PRId64, l->text.len > 0 ? " " : "", key, value);
}

void
logline_send(struct logline *l)
{
	log_send(l->level, buf_str(&l->text));
	buf_done(&l->text);
}

/* ---- and back */

static bool
is_key_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (!first && (str_is_digit(c) || c == '-'));
}

/* The value at s, to its closing quote or a blank; *used: octets of it. */
static const char *
take_value(struct arena *mem, const char *s, size_t n, size_t *used)
{
	char *out = arena_strndup(mem, s, n), *to = out;
	bool quoted = n > 0 && s[0] == '"';
	size_t i = quoted;

	for (; i < n && s[i] != (quoted ? '"' : ' '); i++) {
		if (quoted && s[i] == '\\' && i + 1 < n && (s[i + 1] == '"' || s[i + 1] == '\\'))
			i++;
		*to++ = s[i];
	}
	*to = '\0';
	*used = i + (quoted && i < n);
	return out;
}

static bool
take_field(struct arena *mem, const char *s, size_t n, struct logline_field *f, size_t *used)
{
	size_t k = 0, v;

	while (k < n && is_key_char(s[k], k == 0))
		k++;
	if (k == 0 || k == n || s[k] != '=')
		return false;
	f->key = arena_strndup(mem, s, k++);
	f->value = take_value(mem, s + k, n - k, &v);
	*used = k + v;
	return *used == n || s[*used] == ' ';
}

bool
logline_parse(struct arena *mem, const char *s, size_t n, struct logline_fields *out)
{
	size_t used;

	out->n = 0;
	if (n > 2 * LINE_MAX_LEN || memchr(s, '\0', n) != NULL)
		return false;
	while (n > 0 && out->n < LOGLINE_FIELDS_MAX) {
		if (!take_field(mem, s, n, &out->items[out->n++], &used))
			return false;
		used += used < n; /* the blank */
		s += used;
		n -= used;
	}
	return n == 0 && out->n > 0;
}

const char *
logline_get(const struct logline_fields *f, const char *key)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->items[i].key, key))
			return f->items[i].value;
	return NULL;
}
