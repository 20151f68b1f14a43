/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/mend.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "message/addr.h"
#include "message/addrlist.h"
#include "message/encode.h"

/*
 * Fields whose values are read by programs: an encoded word in them would be taken for what it
 * looks like (RFC 2047 5).
 */
static const char *const structured[] = {"Received", "Date", "Message-ID", "In-Reply-To",
    "References", "MIME-Version", "Return-Path", "Resent-Date", "Resent-Message-ID",
    "DKIM-Signature", "Authentication-Results", "Received-SPF", "Auto-Submitted", "Autocrypt"};
static const char *const structured_begin[] = {"Content-", "ARC-", "List-"};

static bool
is_text(const struct header_field *f)
{
	for (size_t i = 0; i < sizeof structured / sizeof structured[0]; i++)
		if (header_is(f, structured[i]))
			return false;
	for (size_t i = 0; i < sizeof structured_begin / sizeof structured_begin[0]; i++)
		if (str_starts_nocase(f->start, structured_begin[i]))
			return false;
	return true;
}

/* ---- 8-bit text to encoded words */

/* encode_words folds with LF; the block has CRLF. */
static void
add_words(struct buf *out, const char *s, size_t n, size_t column)
{
	struct buf words;
	const char *text;

	buf_init(&words, SIZE_MAX);
	encode_words(&words, s, n, column);
	text = buf_str(&words);
	for (size_t i = 0; i < words.len; i++) {
		if (text[i] == '\n')
			buf_addc(out, '\r');
		buf_addc(out, text[i]);
	}
	buf_done(&words);
}

/* Octets since the last line end of out. */
static size_t
column_of(const struct buf *out)
{
	size_t n = 0;

	while (n < out->len && out->data[out->len - 1 - n] != '\n')
		n++;
	return n;
}

/* RFC 2047 2: "=?" charset "?" encoding "?" text "?=", and no other "?". */
static bool
is_encoded(const char *s, size_t n)
{
	const char *how = n > 8 && s[0] == '=' && s[1] == '?' ? memchr(s + 2, '?', n - 2) : NULL;
	size_t left = how != NULL ? (size_t)(s + n - how) : 0;

	return left >= 6 && how > s + 2 && strchr("QqBb", how[1]) != NULL && how[2] == '?' &&
	    memchr(how + 3, '?', left - 3) == s + n - 2 && s[n - 1] == '=' && !str_has_8bit(s, n);
}

/* The end of the word at s[at], and whether it is an encoded one already. */
static size_t
word_end(const char *s, size_t n, size_t at, bool *encoded)
{
	size_t end = at;

	while (end < n && !str_is_blank((unsigned char)s[end]))
		end++;
	*encoded = is_encoded(s + at, end - at);
	return end;
}

/* Words of which none is encoded yet. */
static void
add_run(struct buf *out, const char *s, size_t n, bool last)
{
	bool first = n == 0 || !str_is_blank((unsigned char)s[0]);

	if (!str_has_8bit(s, n)) {
		buf_add(out, s, n);
		return;
	}
	if (!first)
		buf_addc(out, ' ');
	add_words(out, s, n, column_of(out));
	if (!last)
		buf_addc(out, ' ');
}

/*
 * Unstructured text. Words that are encoded already stay; blanks between two encoded words are
 * dropped by readers (RFC 2047 6.2), so those beside them go into the new words.
 */
static void
add_text(struct buf *out, const char *s, size_t n)
{
	size_t run = 0;

	while (run < n) {
		size_t at = run, end = run;
		bool encoded = false;

		while (end < n && !encoded) {
			at = end;
			while (at < n && str_is_blank((unsigned char)s[at]))
				at++;
			end = word_end(s, n, at, &encoded);
		}
		if (!encoded)
			at = end;
		add_run(out, s + run, at - run, at == n);
		buf_add(out, s + at, end - at);
		run = end;
	}
}

/* ---- address lists */

/* Behind the ")" that ends the comment at s[at]; n: it has no end. */
static size_t
comment_end(const char *s, size_t n, size_t at)
{
	int depth = 0;

	for (; at < n; at++) {
		if (s[at] == '\\' && at + 1 < n)
			at++;
		else if (s[at] == '(')
			depth++;
		else if (s[at] == ')' && --depth == 0)
			return at + 1;
	}
	return n;
}

static size_t
quoted_end(const char *s, size_t n, size_t at)
{
	for (at++; at < n; at++) {
		if (s[at] == '\\')
			at++;
		else if (s[at] == '"')
			return at + 1;
	}
	return n;
}

/* Text of words or of a comment, without what only marks it: folds, quotes, backslashes. */
static void
add_plain(struct buf *to, const char *s, size_t n, bool quotes)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n' || (s[i] == '"' && quotes))
			continue;
		if (s[i] == '\\' && i + 1 < n)
			i++;
		buf_addc(to, s[i] == '\t' ? ' ' : s[i]);
	}
}

static void
add_comment(struct buf *out, const char *s, size_t n)
{
	struct buf text;

	if (!str_has_8bit(s, n) || n < 2) {
		buf_add(out, s, n);
		return;
	}
	buf_init(&text, SIZE_MAX);
	add_plain(&text, s + 1, n - 2, false);
	buf_addc(out, '(');
	add_words(out, buf_str(&text), text.len, column_of(out));
	buf_addc(out, ')');
	buf_done(&text);
}

/* The end of the words (atoms, dots, quoted strings, blanks between them) at s[at]. */
static size_t
phrase_end(const char *s, size_t n, size_t at)
{
	size_t end = at;

	while (at < n && strchr("()<>[]:;@\\,", s[at]) == NULL) {
		bool blank = str_is_space((unsigned char)s[at]);

		at = s[at] == '"' ? quoted_end(s, n, at) : at + 1;
		end = blank ? end : at;
	}
	return end;
}

static void
add_phrase(struct buf *out, const char *s, size_t n)
{
	struct buf text;

	if (!str_has_8bit(s, n)) {
		buf_add(out, s, n);
		return;
	}
	buf_init(&text, SIZE_MAX);
	add_plain(&text, s, n, true);
	add_words(out, buf_str(&text), text.len, column_of(out));
	buf_done(&text);
}

/* What stands between two addresses: names, comments, brackets, commas. */
static void
add_gap(struct buf *out, const char *s, size_t n)
{
	size_t at = 0, end;

	if (!str_has_8bit(s, n)) {
		buf_add(out, s, n);
		return;
	}
	for (; at < n; at = end) {
		end = s[at] == '(' ? comment_end(s, n, at) : phrase_end(s, n, at);
		if (s[at] == '(')
			add_comment(out, s + at, end - at);
		else if (end > at && !str_is_space((unsigned char)s[at]))
			add_phrase(out, s + at, end - at);
		else
			buf_add(out, s + at, (end = at + 1) - at);
	}
}

/* false: the list cannot be read. */
static bool
add_list(struct arena *mem, const struct header_field *f, const char *domain, struct buf *out)
{
	struct mailbox_list list = {.n = 0};
	const char *s = f->value;
	size_t at = 0;

	if (!addrlist_parse(mem, s, f->value_len, &list, NULL, NULL))
		return false;
	for (size_t i = 0; i < list.n; at = list.items[i++].end) {
		const struct mailbox *m = &list.items[i];
		bool bare = addr_domain(m->addr) == NULL;

		add_gap(out, s + at, m->start - at);
		if (str_has_8bit(s + m->start, m->end - m->start))
			buf_adds(out, m->addr);
		else
			buf_add(out, s + m->start, m->end - m->start);
		if (bare && domain != NULL)
			buf_addf(out, "@%s", domain);
	}
	add_gap(out, s + at, f->value_len - at);
	return true;
}

/* ---- long lines */

/* Where the line s[0..n) is broken, within max: at a comma of a list, at a blank, else anywhere. */
static size_t
break_at(const char *s, size_t n, size_t max, bool addrs)
{
	size_t best = 0, at = 0;

	while (addrs && at < n && (at = addrlist_skip(s, n, at)) <= max)
		best = at;
	if (best > 0 && best < n)
		return best;
	for (best = max; best > 0; best--)
		if (str_is_blank((unsigned char)s[best]))
			return best;
	for (best = max; best > 1 && ((unsigned char)s[best] & 0xc0) == 0x80; best--)
		; /* not within a character */
	return best;
}

static size_t
blanks(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && str_is_blank((unsigned char)s[i]))
		i++;
	return i;
}

/*
 * One line, in as many as it takes. No piece may be of blanks alone, that would end the header for
 * some: a run of blanks at a fold becomes one.
 */
static void
add_line(struct buf *out, const char *s, size_t n, bool addrs)
{
	size_t lead = 0;

	if (n > MEND_LINE_MAX) {
		while (n > 0 && str_is_blank((unsigned char)s[n - 1]))
			n--;
		lead = blanks(s, n);
		s += lead;
		n -= lead;
		lead = lead > 0;
	}
	for (;;) {
		size_t at = n + lead > MEND_LINE_MAX ? break_at(s, n, MEND_LINE_MAX - lead, addrs)
						     : n;

		if (lead > 0)
			buf_addc(out, ' ');
		buf_add(out, s, at);
		buf_adds(out, "\r\n");
		s += at;
		n -= at;
		if (n == 0)
			return;
		at = blanks(s, n);
		s += at;
		n -= at;
		lead = 1;
	}
}

/* The whole field, lines with CRLF, no longer than they may be. */
static void
add_lines(struct buf *out, const char *s, size_t n, bool addrs)
{
	while (n > 0) {
		const char *nl = memchr(s, '\n', n);
		size_t len = nl != NULL ? (size_t)(nl - s) + 1 : n, text = len;

		while (text > 0 && (s[text - 1] == '\n' || s[text - 1] == '\r'))
			text--;
		add_line(out, s, text, addrs);
		s += len;
		n -= len;
	}
}

void
mend_text(const char *name, const char *value, struct buf *out)
{
	struct buf made;

	buf_init(&made, SIZE_MAX);
	buf_addf(&made, "%s: ", name);
	add_text(&made, value, strlen(value));
	add_lines(out, buf_str(&made), made.len, false);
	buf_done(&made);
}

void
mend_field(struct arena *mem, const struct header_field *f, bool addrs, const char *domain,
    struct buf *out)
{
	struct buf made, plain;
	size_t name;

	buf_init(&made, SIZE_MAX);
	buf_add(&made, f->start, f->name_len);
	buf_addc(&made, ':');
	name = made.len;
	if (addrs) {
		if (!add_list(mem, f, domain, &made)) {
			made.len = name;
			buf_add(&made, f->value, f->value_len);
		}
	} else if (str_has_8bit(f->value, f->value_len) && is_text(f)) {
		buf_init(&plain, SIZE_MAX);
		header_unfold(f, &plain);
		buf_addc(&made, ' ');
		add_text(&made, buf_str(&plain), plain.len);
		buf_done(&plain);
	} else {
		buf_add(&made, f->value, f->value_len);
	}
	add_lines(out, buf_str(&made), made.len, addrs);
	buf_done(&made);
}
