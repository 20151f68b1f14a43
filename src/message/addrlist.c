/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/addrlist.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/addr.h"

#define COMMENT_DEPTH_MAX 64
#define PART_MAX ((size_t)64 * 1024)

/*
 * A word-by-word reader. `text` collects the decoded words of what is under way
 * as a phrase, `local` the same as a local part, where blanks around dots mean
 * nothing; `comment` the last comment, which old mail used as a name.
 */
struct reader {
	struct arena *mem;
	const char *s;
	size_t n, at;
	struct mailbox_list *out;
	struct buf text, local, comment;
	size_t first, last; /* the words in text: s[first, last) */
	bool phrase;        /* two words without a dot between them: no local part */
	const char *what;   /* of an error */
	bool in_group;
};

static bool
is_special(int c)
{
	return c == '\0' || strchr("()<>[]:;@\\,\"", c) != NULL;
}

static int
peek(const struct reader *r)
{
	return r->at < r->n ? (unsigned char)r->s[r->at] : -1;
}

static bool
fail(struct reader *r, const char *what)
{
	r->what = what;
	return false;
}

/* A quoted pair: the octet behind the backslash. Line breaks and NUL cannot be quoted into an
 * address. */
static bool
take_quoted_pair(struct reader *r, struct buf *to)
{
	int c;

	r->at++;
	c = peek(r);
	if (c <= 0 || c == '\r' || c == '\n')
		return fail(r, "a backslash before nothing");
	buf_addc(to, (char)c);
	r->at++;
	return true;
}

/* A CR or LF is next: it must be a fold, with a blank behind it, or the end of the text. */
static bool
take_fold(struct reader *r)
{
	if (peek(r) == '\r')
		r->at++;
	if (peek(r) != '\n')
		return fail(r, "a carriage return");
	r->at++;
	return r->at == r->n || str_is_blank(peek(r)) || fail(r, "a line break");
}

/* "(...)", nested; decoded into r->comment. */
static bool
take_comment(struct reader *r)
{
	int depth = 0;

	buf_clear(&r->comment);
	do {
		int c = peek(r);
		if (c < 0)
			return fail(r, "a comment without end");
		if (c == '\\') {
			if (!take_quoted_pair(r, &r->comment))
				return false;
			continue;
		}
		if (c == '\0')
			return fail(r, "a NUL");
		if (c == '\r' || c == '\n') {
			if (!take_fold(r))
				return false;
			continue;
		}
		depth += c == '(' ? 1 : c == ')' ? -1 : 0;
		if (depth > COMMENT_DEPTH_MAX)
			return fail(r, "comments nested too deep");
		if ((c != '(' || depth > 1) && (c != ')' || depth > 0))
			buf_addc(&r->comment, (char)c);
		r->at++;
	} while (depth > 0);
	return true;
}

/* Blanks, folds, comments (CFWS). A line break must be a fold: a blank follows it. */
static bool
skip(struct reader *r)
{
	for (;;) {
		int c = peek(r);
		if (c == ' ' || c == '\t') {
			r->at++;
		} else if (c == '(') {
			if (!take_comment(r))
				return false;
		} else if (c == '\r' || c == '\n') {
			if (!take_fold(r))
				return false;
		} else {
			return true;
		}
	}
}

static bool
take_quoted_string(struct reader *r)
{
	r->at++;
	for (;;) {
		int c = peek(r);
		if (c < 0)
			return fail(r, "a quotation mark without its partner");
		if (c == '"')
			break;
		if (c == '\\') {
			if (!take_quoted_pair(r, &r->text))
				return false;
			continue;
		}
		if (c == '\0')
			return fail(r, "a NUL");
		if (c == '\r' || c == '\n') {
			if (!take_fold(r))
				return false;
			continue;
		}
		buf_addc(&r->text, (char)c);
		r->at++;
	}
	r->at++;
	return true;
}

static bool
take_atom(struct reader *r)
{
	size_t start = r->at;
	int c;

	while ((c = peek(r)) > 0x20 && c != 0x7f && !is_special(c)) {
		buf_addc(&r->text, (char)c);
		r->at++;
	}
	if (r->at > start)
		return true;
	if (c < 0)
		return fail(r, "an end where an address was expected");
	return fail(r,
	    str_is_ctl(c) ? "a control character" : "a character that does not belong there");
}

/*
 * Words and dots up to a special, into r->text as a phrase (blanks kept as one) and into r->local
 * as a local part. A dot with blanks around it is obsolete syntax of a local part, and an initial
 * in a phrase.
 */
static bool
take_words(struct reader *r)
{
	bool dot = true; /* nothing yet, or the last word ended in one */

	buf_clear(&r->text);
	buf_clear(&r->local);
	buf_clear(&r->comment);
	r->phrase = false;
	if (!skip(r))
		return false;
	r->first = r->last = r->at;
	for (;;) {
		int c = peek(r);
		size_t had;

		if (c < 0 || (is_special(c) && c != '"'))
			return true;
		r->phrase = r->phrase || (!dot && c != '.');
		if (r->last > r->first && r->last < r->at)
			buf_addc(&r->text, ' ');
		had = r->text.len;
		if (c == '"' ? !take_quoted_string(r) : !take_atom(r))
			return false;
		buf_add(&r->local, buf_str(&r->text) + had, r->text.len - had);
		dot = r->s[r->at - 1] == '.';
		r->last = r->at;
		if (!skip(r))
			return false;
	}
}

/* "@" is eaten; the domain into *out: dot-atoms with obsolete blanks, or a literal. */
static bool
take_domain(struct reader *r, struct buf *out)
{
	buf_clear(out);
	if (!skip(r))
		return false;
	if (peek(r) == '[') {
		int c;
		do {
			c = peek(r);
			if (c < 0 || str_is_ctl(c))
				return fail(r, "an address literal without end");
			if (!str_is_blank(c))
				buf_addc(out, (char)c);
			r->at++;
		} while (c != ']');
		r->last = r->at;
		return skip(r);
	}
	for (;;) {
		int c = peek(r);
		size_t start = r->at;

		while ((c = peek(r)) > 0x20 && c != 0x7f && !is_special(c)) {
			buf_addc(out, (char)c);
			r->at++;
		}
		if (r->at == start)
			return out->len > 0 || fail(r, "no domain behind the @");
		r->last = r->at;
		if (!skip(r))
			return false;
		/* go on only over a dot: "a . b" */
		if (peek(r) != '.' && (out->len == 0 || out->data[out->len - 1] != '.'))
			return true;
	}
}

static const char *
copy_words(struct arena *mem, const struct buf *b)
{
	size_t start = 0, end = b->len;
	const char *t = buf_str(b);

	while (start < end && str_is_space((unsigned char)t[start]))
		start++;
	while (end > start && str_is_space((unsigned char)t[end - 1]))
		end--;
	return end > start ? arena_strndup(mem, t + start, end - start) : NULL;
}

static bool
emit(struct reader *r, const char *local, const char *domain, const char *name, size_t start,
    size_t end)
{
	struct mailbox *m;
	struct err e;
	const char *addr;

	if (local[0] == '\0')
		return fail(r, "no name before the @");
	addr = addr_make(r->mem, local, domain, &e);
	if (addr == NULL)
		return fail(r, "something that is no mail address");
	r->out->items = arena_grow(r->mem, r->out->items, r->out->n, sizeof *r->out->items);
	m = &r->out->items[r->out->n++];
	*m = (struct mailbox){.addr = addr, .name = name, .start = start, .end = end};
	return true;
}

/* local [@ domain] whose local part is in r->local; the address ends at r->last. */
static bool
finish_spec(struct reader *r, const char **local, struct buf *domain)
{
	size_t first = r->first;

	buf_clear(domain);
	if (r->phrase)
		return fail(r, "two words where an address was expected");
	*local = arena_strndup(r->mem, buf_str(&r->local), r->local.len);
	if (peek(r) == '@') {
		r->at++;
		if (!take_domain(r, domain))
			return false;
	}
	r->first = first;
	return true;
}

/* "@a,@b:": an obsolete source route is thrown away (RFC 5322 4.4). */
static bool
skip_route(struct reader *r, struct buf *domain)
{
	if (peek(r) != '@' && peek(r) != ',')
		return true;
	while (peek(r) == '@' || peek(r) == ',')
		if (r->s[r->at++] == '@' ? !take_domain(r, domain) : !skip(r))
			return false;
	if (peek(r) != ':')
		return fail(r, "a source route without end");
	r->at++;
	return true;
}

/* "<" is next: angle-addr. */
static bool
take_angle(struct reader *r, const char *name)
{
	const char *local = "";
	struct buf domain;
	bool good;

	buf_init(&domain, PART_MAX);
	r->at++;
	good = skip(r) && skip_route(r, &domain) && take_words(r) &&
	    finish_spec(r, &local, &domain);
	if (good && peek(r) != '>')
		good = fail(r, "no > where one was expected");
	if (good) {
		size_t end = r->last;
		r->at++;
		buf_clear(&r->comment);
		good = skip(r);
		if (name == NULL)
			name = copy_words(r->mem, &r->comment);
		good = good && emit(r, local, buf_str(&domain), name, r->first, end);
	}
	buf_done(&domain);
	return good;
}

/* One mailbox, a group's beginning or its end, or nothing between two commas. */
static bool
take_element(struct reader *r)
{
	const char *local = "";
	struct buf domain;
	size_t end;
	bool good;

	if (!take_words(r))
		return false;
	if (peek(r) == '<')
		return take_angle(r, copy_words(r->mem, &r->text));
	if (peek(r) == ':' && r->last > r->first && !r->in_group) {
		r->at++;
		r->in_group = r->out->group = true;
		return take_element(r);
	}
	if (r->last == r->first && (peek(r) == ',' || peek(r) == ';' || peek(r) < 0))
		return true;
	buf_init(&domain, PART_MAX);
	good = finish_spec(r, &local, &domain);
	end = r->last;
	good = good &&
	    emit(r, local, buf_str(&domain), copy_words(r->mem, &r->comment), r->first, end);
	buf_done(&domain);
	return good;
}

static bool
take_list(struct reader *r)
{
	while (r->at < r->n) {
		size_t before = r->out->n;

		if (!take_element(r))
			return false;
		if (peek(r) == ';' && r->in_group) {
			r->at++;
			r->in_group = false;
			if (!skip(r))
				return false;
		}
		if (peek(r) == ',' || (peek(r) == ';' && !r->in_group))
			r->at++; /* ';' between addresses: what some mail programs put in place of a
				    comma */
		else if (r->at < r->n) {
			r->out->n = before; /* half an element is none */
			return fail(r, "something that does not belong behind an address");
		}
	}
	return true;
}

bool
addrlist_parse(struct arena *a, const char *s, size_t n, struct mailbox_list *out, size_t *bad,
    struct err *e)
{
	struct reader r = {.mem = a, .s = s, .n = n, .out = out};
	struct buf shown;
	bool good;

	buf_init(&r.text, PART_MAX);
	buf_init(&r.local, PART_MAX);
	buf_init(&r.comment, PART_MAX);
	good = take_list(&r);
	if (good && (r.text.overflow || r.comment.overflow))
		good = fail(&r, "a word too long");
	if (!good) {
		size_t from = addrlist_start(s, r.at), end = addrlist_skip(s, n, from);

		if (bad != NULL)
			*bad = r.at;
		buf_init(&shown, 200);
		str_escape(&shown, s + from, end - from < 80 ? end - from : 80, 80);
		err_set(e, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'%s' is not a mail address: %s",
		    buf_str(&shown), r.what);
		buf_done(&shown);
	}
	buf_done(&r.text);
	buf_done(&r.local);
	buf_done(&r.comment);
	return good;
}
