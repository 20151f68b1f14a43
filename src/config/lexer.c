/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/lexer.h"

#include <string.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/str.h"

#define LINE_MAX_LEN ((size_t)65536)

struct lexer {
	struct arena *mem;
	const char *file;
	const char *text, *end;
	int line; /* number of the line under work */
	void (*item)(void *arg, const struct lexer_item *item);
	void *arg;
	struct diags *d;
};

struct span {
	const char *s;
	size_t n;
};

static struct span
trim(const char *s, size_t n)
{
	while (n > 0 && str_is_space((unsigned char)s[0])) {
		s++;
		n--;
	}
	while (n > 0 && str_is_space((unsigned char)s[n - 1]))
		n--;
	return (struct span){s, n};
}

/* The next line without its end; false at the end of the text. */
static bool
next_line(struct lexer *l, struct span *out)
{
	const char *nl;

	if (l->text >= l->end)
		return false;
	nl = memchr(l->text, '\n', (size_t)(l->end - l->text));
	out->s = l->text;
	out->n = (size_t)((nl != NULL ? nl : l->end) - l->text);
	l->text = nl != NULL ? nl + 1 : l->end;
	if (out->n > 0 && out->s[out->n - 1] == '\r')
		out->n--;
	l->line++;
	return true;
}

static bool
is_comment(struct span line)
{
	struct span t = trim(line.s, line.n);

	return t.n > 0 && (t.s[0] == '#' || t.s[0] == ';');
}

/* "password", and what a slip of the pen or the habit of another program makes of it. */
static bool
names_secret(struct span word)
{
	static const char *const names[] = {"password", "passwd", "pass", "passphrase", "secret",
	    "token"};
	char text[16];

	if (word.n == 0 || word.n >= sizeof text)
		return false;
	for (size_t i = 0; i < word.n; i++)
		text[i] = (char)str_lower((unsigned char)word.s[i]);
	text[word.n] = '\0';
	return str_nearest(text, names, sizeof names / sizeof names[0]) != NULL;
}

/* Where the value of a `password` line begins, n: nowhere. What is shown of a line ends there. */
static size_t
secret_at(struct span line)
{
	struct span t = trim(line.s, line.n), word;
	const char *eq;

	if (t.n > 0 && t.s[0] == '?')
		t = trim(t.s + 1, t.n - 1);
	word = (struct span){t.s, 0};
	while (word.n < t.n && !str_is_blank((unsigned char)t.s[word.n]) && t.s[word.n] != '=')
		word.n++;
	if (!names_secret(word))
		return line.n;
	eq = memchr(word.s + word.n, '=', t.n - word.n);
	return (size_t)((eq != NULL ? eq + 1 : word.s + word.n) - line.s);
}

static struct place_line
shown(const struct lexer *l, struct span line)
{
	return (struct place_line){.file = l->file,
	    .line = l->line,
	    .text = line.s,
	    .n = line.n,
	    .source = place_source(l->mem, line.s, line.n, secret_at(line))};
}

/* The first octet that is NUL or not part of a UTF-8 character. */
static size_t
first_bad(struct span line)
{
	size_t i = 0, len;

	while (i < line.n && line.s[i] != '\0') {
		unsigned char c = (unsigned char)line.s[i];

		len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (len > line.n - i || !str_utf8_valid(line.s + i, len))
			break;
		i += len;
	}
	return i;
}

/* Octets that no configuration has any use for; hidden: the line goes on with a secret. */
static bool
check_line(struct lexer *l, struct span line, bool hidden)
{
	struct place_line p;
	struct place at;

	if (line.n <= LINE_MAX_LEN && memchr(line.s, '\0', line.n) == NULL &&
	    str_utf8_valid(line.s, line.n))
		return true;
	p = shown(l, line);
	if (hidden)
		p.source = PLACE_HIDDEN;
	if (line.n > LINE_MAX_LEN) {
		at = place_at(&p, 0, 1);
		place_report(l->d, &at, NULL, "the line is longer than 64 KiB");
		return false;
	}
	at = place_at(&p, first_bad(line), 1);
	place_report(l->d, &at, "save the file as UTF-8 text",
	    "a NUL or an octet that is not UTF-8");
	return false;
}

static void
take_section(struct lexer *l, struct span line, struct span t)
{
	struct place_line p = shown(l, line);
	struct place at = place_at(&p, (size_t)(t.s - line.s), t.n);
	struct lexer_item item = {.section = true};
	struct span inner, kind, name;

	if (t.s[t.n - 1] != ']') {
		place_report(l->d, &at, "write: [account NAME]",
		    "a section has no closing bracket");
		/* what follows belongs to nobody, and not to the section before */
		item.at = item.name_at = at;
		l->item(l->arg, &item);
		return;
	}
	inner = trim(t.s + 1, t.n - 2);
	kind = (struct span){inner.s, 0};
	while (kind.n < inner.n && !str_is_blank((unsigned char)inner.s[kind.n]))
		kind.n++;
	name = trim(inner.s + kind.n, inner.n - kind.n);
	item.kind = arena_strndup(l->mem, kind.s, kind.n);
	item.name = arena_strndup(l->mem, name.s, name.n);
	item.at = place_at(&p, (size_t)(kind.s - line.s), kind.n);
	item.name_at = name.n > 0 ? place_at(&p, (size_t)(name.s - line.s), name.n) : item.at;
	l->item(l->arg, &item);
}

/*
 * A value that begins and ends with a quotation mark and has none in between but escaped ones loses
 * them; any other stays as it is.
 */
static char *
unquote(struct arena *mem, struct span v)
{
	char *out, *o;

	if (v.n < 2 || v.s[0] != '"' || v.s[v.n - 1] != '"')
		return arena_strndup(mem, v.s, v.n);
	out = o = arena_alloc(mem, v.n);
	for (size_t i = 1; i + 1 < v.n; i++) {
		if (v.s[i] == '"') {
			secret_zero(out, v.n);
			return arena_strndup(mem, v.s, v.n);
		}
		if (v.s[i] == '\\' && i + 2 < v.n && (v.s[i + 1] == '"' || v.s[i + 1] == '\\'))
			i++;
		*o++ = v.s[i];
	}
	*o = '\0';
	return out;
}

/* Lines that begin with a blank go on with the value in b, joined by one space. */
static void
add_continuations(struct lexer *l, struct buf *b, bool hidden)
{
	for (;;) {
		struct lexer ahead = *l;
		struct span line, t;

		if (!next_line(&ahead, &line) || line.n == 0 ||
		    !str_is_blank((unsigned char)line.s[0]))
			return;
		t = trim(line.s, line.n);
		if (t.n == 0)
			return;
		l->text = ahead.text;
		l->line = ahead.line;
		if (is_comment(line) || !check_line(l, line, hidden))
			continue;
		if (b->len > 0)
			(void)buf_addc(b, ' ');
		(void)buf_add(b, t.s, t.n);
	}
}

static void
take_pair(struct lexer *l, struct span line, struct span t, const char *eq)
{
	struct place_line p = shown(l, line);
	struct span key = trim(t.s, (size_t)(eq - t.s)),
		    value = trim(eq + 1, (size_t)(t.s + t.n - eq - 1));
	struct lexer_item item = {.optional = key.n > 0 && key.s[0] == '?'};
	bool hidden = secret_at(line) < line.n;
	char *copy = NULL;
	struct buf b;

	if (item.optional)
		key = trim(key.s + 1, key.n - 1);
	item.name = arena_strndup(l->mem, key.s, key.n);
	item.at = place_at(&p, (size_t)(key.s - line.s), key.n);
	item.value_at = place_at(&p, (size_t)(value.s - line.s), value.n);
	buf_init(&b, LINE_MAX_LEN);
	(void)buf_add(&b, value.s, value.n);
	add_continuations(l, &b, hidden);
	if (b.overflow)
		place_report(l->d, &item.at, NULL, "the value is longer than 64 KiB");
	copy = b.len > value.n ? arena_strndup(l->mem, buf_str(&b), b.len) : unquote(l->mem, value);
	item.value = copy;
	l->item(l->arg, &item);
	if (hidden) /* whoever needs a secret has made a copy by now */
		secret_zero(copy, strlen(copy));
	buf_wipe(&b);
	buf_done(&b);
}

/* "key value" is the commonest slip of people who come from other programs. */
static void
no_pair(struct lexer *l, struct span line, struct span t)
{
	struct place_line p = shown(l, line);
	struct place at = place_at(&p, (size_t)(t.s - line.s), t.n);
	size_t word = 0;
	const char *hint = NULL;

	while (word < t.n && !str_is_blank((unsigned char)t.s[word]))
		word++;
	if (word < t.n && secret_at(line) == line.n) {
		struct span rest = trim(t.s + word, t.n - word);
		hint = arena_printf(l->mem, "write: %.*s = %.*s", (int)word, t.s, (int)rest.n,
		    rest.s);
	}
	place_report(l->d, &at, hint, "expected 'key = value'");
}

void
lexer_run(struct arena *mem, const char *file, const char *text, size_t n,
    void (*item)(void *arg, const struct lexer_item *item), void *arg, struct diags *d)
{
	struct lexer l = {.mem = mem,
	    .file = file,
	    .text = text,
	    .end = text + n,
	    .item = item,
	    .arg = arg,
	    .d = d};
	struct span line;

	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		l.text += 3;
	while (next_line(&l, &line)) {
		struct span t = trim(line.s, line.n);
		const char *eq;

		if (t.n == 0 || is_comment(line) || !check_line(&l, line, false))
			continue;
		eq = memchr(t.s, '=', t.n);
		if (t.s[0] == '[')
			take_section(&l, line, t);
		else if (eq == NULL || eq == t.s)
			no_pair(&l, line, t);
		else
			take_pair(&l, line, t, eq);
	}
}
