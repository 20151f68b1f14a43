/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/reply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* The words go into the text of an err as they are. */
#define WORDS_MAX (sizeof(((struct err *)NULL)->text) - 1)
#define CODE_LEN 3

static void
init_whole(struct buf *b, size_t max)
{
	void *zeros = mem_alloc(max);

	buf_init(b, max);
	(void)buf_add(b, zeros, max);
	buf_clear(b);
	free(zeros);
}

void
reply_init(struct reply *r)
{
	*r = (struct reply){.line_max = REPLY_LINE_MAX};
	init_whole(&r->text, REPLY_TOTAL_MAX);
	init_whole(&r->words, WORDS_MAX);
	init_whole(&r->line, REPLY_AUTH_LINE_MAX + 2);
}

void
reply_done(struct reply *r)
{
	buf_done(&r->text);
	buf_done(&r->words);
	buf_done(&r->line);
}

void
reply_reset(struct reply *r, size_t line_max)
{
	assert(line_max <= REPLY_AUTH_LINE_MAX);
	r->code = 0;
	r->status[0] = '\0';
	r->nlines = 0;
	r->bad[0] = '\0';
	r->line_max = line_max;
	r->total = 0;
	r->done = false;
	buf_clear(&r->text);
	buf_clear(&r->words);
	buf_clear(&r->line);
}

/* Length of the enhanced status (RFC 3463 section 2) that s begins with, 0: none. */
static size_t
status_len(const char *s, size_t n)
{
	size_t i = 1, digits;

	if (n == 0 || (s[0] != '2' && s[0] != '4' && s[0] != '5'))
		return 0;
	for (int part = 0; part < 2; part++) {
		if (i >= n || s[i] != '.')
			return 0;
		i++;
		for (digits = 0; i < n && str_is_digit((unsigned char)s[i]); i++)
			digits++;
		if (digits < 1 || digits > 3)
			return 0;
	}
	return i == n || str_is_space((unsigned char)s[i]) ? i : 0;
}

/* The same where it counts: its class agrees with the code (RFC 2034 section 4). */
static size_t
own_status_len(const struct reply *r, const char *s, size_t n)
{
	return n > 0 && s[0] - '0' == reply_class(r) ? status_len(s, n) : 0;
}

static void
take_status(struct reply *r, const char *s, size_t n)
{
	size_t len = own_status_len(r, s, n);

	assert(len < sizeof(r->status));
	memcpy(r->status, s, len);
	r->status[len] = '\0';
}

/* One line of the text for the words: no status, no blanks around it, joined by a blank. */
static void
add_words(const struct reply *r, struct buf *raw, const char *s, size_t n)
{
	size_t skip = own_status_len(r, s, n);

	s += skip;
	n -= skip;
	for (; n > 0 && str_is_space((unsigned char)s[0]); s++)
		n--;
	while (n > 0 && str_is_space((unsigned char)s[n - 1]))
		n--;
	if (n > 0 && raw->len > 0)
		(void)buf_addc(raw, ' ');
	/* One octet more than can be shown is enough for the cut to show. */
	(void)buf_add(raw, s, n <= WORDS_MAX ? n : WORDS_MAX + 1);
}

/* The line buffer is free once the last line is in: it collects the words before their escape. */
static void
make_words(struct reply *r)
{
	const char *s = buf_str(&r->text), *end = s + r->text.len, *lf;

	buf_clear(&r->line);
	for (; s < end && r->line.len <= WORDS_MAX; s = lf + 1) {
		lf = memchr(s, '\n', (size_t)(end - s));
		if (lf == NULL)
			lf = end;
		add_words(r, &r->line, s, (size_t)(lf - s));
	}
	str_escape(&r->words, buf_str(&r->line), r->line.len, WORDS_MAX);
}

static bool
bad_line(struct reply *r)
{
	struct buf shown;
	size_t n = r->line.len;

	if (n > 0 && r->line.data[n - 1] == '\r')
		n--;
	buf_init(&shown, sizeof(r->bad));
	str_escape(&shown, buf_str(&r->line), n, 60);
	(void)snprintf(r->bad, sizeof(r->bad), "\"%s\" is no reply", buf_str(&shown));
	buf_done(&shown);
	return false;
}

static bool
bad_limit(struct reply *r, const char *what, size_t max, const char *unit)
{
	(void)snprintf(r->bad, sizeof(r->bad), "%s has more than %zu %s", what, max, unit);
	return false;
}

/* As far as the line has come: a digit too many is seen before its end, which may never come. */
static bool
is_prefix_good(const struct buf *line)
{
	const char *s = line->data;

	if (line->len > 0 && (s[0] < '2' || s[0] > '5'))
		return false;
	for (size_t i = 1; i < CODE_LEN && i < line->len; i++)
		if (!str_is_digit((unsigned char)s[i]))
			return false;
	return line->len <= CODE_LEN || s[CODE_LEN] == ' ' || s[CODE_LEN] == '-' ||
	    (s[CODE_LEN] == '\r' && line->len == CODE_LEN + 1);
}

static bool
end_line(struct reply *r)
{
	const char *s = r->line.data, *text;
	size_t n = r->line.len;
	int code;

	if (n > 0 && s[n - 1] == '\r')
		n--;
	if (n < CODE_LEN)
		return bad_line(r);
	if (n > r->line_max)
		return bad_limit(r, "a line of a reply", r->line_max, "octets");
	if (r->nlines == REPLY_LINES_MAX)
		return bad_limit(r, "a reply", REPLY_LINES_MAX, "lines");
	code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	if (r->nlines > 0 && code != r->code) {
		(void)snprintf(r->bad, sizeof(r->bad),
		    "the lines of a reply disagree (%d, then %d)", r->code, code);
		return false;
	}
	r->code = code;
	text = n > CODE_LEN ? s + CODE_LEN + 1 : s + CODE_LEN;
	if (r->nlines == 0)
		take_status(r, text, (size_t)(s + n - text));
	else
		(void)buf_addc(&r->text, '\n');
	(void)buf_add(&r->text, text, (size_t)(s + n - text));
	r->nlines++;
	r->done = n == CODE_LEN || s[CODE_LEN] == ' ';
	buf_clear(&r->line);
	return true;
}

/* Bytes of one line, with its LF or not yet. */
static bool
eat(struct reply *r, const char *data, size_t n, bool complete)
{
	if (n > REPLY_TOTAL_MAX - r->total)
		return bad_limit(r, "a reply", REPLY_TOTAL_MAX, "octets");
	r->total += n;
	if (complete)
		n--;
	/* The CR may be in already. */
	if (n > r->line_max + 1 - r->line.len)
		return bad_limit(r, "a line of a reply", r->line_max, "octets");
	(void)buf_add(&r->line, data, n);
	if (!is_prefix_good(&r->line))
		return bad_line(r);
	return !complete || end_line(r);
}

enum reply_parse
reply_feed(struct reply *r, const char *data, size_t n, size_t *used)
{
	const char *lf;
	size_t take;

	assert(!r->done && r->bad[0] == '\0');
	*used = 0;
	while (*used < n && !r->done) {
		lf = memchr(data + *used, '\n', n - *used);
		take = lf != NULL ? (size_t)(lf + 1 - (data + *used)) : n - *used;
		if (!eat(r, data + *used, take, lf != NULL))
			return REPLY_BAD;
		*used += take;
	}
	if (!r->done)
		return REPLY_MORE;
	make_words(r);
	return REPLY_DONE;
}

int
reply_class(const struct reply *r)
{
	return r->code / 100;
}

bool
reply_error(const struct reply *r, enum err_class class, enum stage stage, struct err *e)
{
	const char *words = r->words.len > 0 ? buf_str(&r->words) : "(the server gave no reason)";

	if (e == NULL)
		return false;
	*e = (struct err){.class = class, .stage = stage, .code = r->code};
	(void)snprintf(e->status, sizeof(e->status), "%s", r->status);
	(void)snprintf(e->text, sizeof(e->text), "%s", words);
	return false;
}

void
reply_words(const struct reply *r, struct buf *out)
{
	(void)buf_add(out, buf_str(&r->words), r->words.len);
}

static void
mask(struct buf *b, const char *s, size_t n)
{
	char *at = b->data, *end = b->data != NULL ? b->data + b->len : NULL;

	while (at != NULL && n > 0 && (at = memmem(at, (size_t)(end - at), s, n)) != NULL) {
		memset(at, '*', n);
		at += n;
	}
}

void
reply_mask(struct reply *r, const char *s, size_t n)
{
	struct buf escaped;

	buf_init(&escaped, SIZE_MAX);
	str_escape(&escaped, s, n, 0);
	mask(&r->text, s, n);
	mask(&r->words, buf_str(&escaped), escaped.len);
	buf_wipe(&escaped);
	buf_done(&escaped);
}
