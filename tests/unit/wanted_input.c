/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wanted_input.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *
get(size_t n)
{
	void *p = calloc(1, n + 1);

	if (p == NULL)
		abort();
	return p;
}

/*
 * CRLF for any line end, CRs before an LF or at the very end among them; any other CR is a space.
 * The last line has an end. At most twice as long, and two more.
 */
static size_t
canonical(const char *s, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && s[k] == '\r'; k++)
			;
		if (k < n ? s[k] == '\n' : k > i) {
			out[len++] = '\r';
			out[len++] = '\n';
			k += k < n;
		} else if (k > i) {
			memset(out + len, ' ', k - i);
			len += k - i;
		} else {
			out[len++] = s[k++];
		}
	}
	if (len > 0 && out[len - 1] != '\n') {
		out[len++] = '\r';
		out[len++] = '\n';
	}
	return len;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* RFC 5322 2.2, with the blanks before the colon that 4.5 allows. */
static bool
begins_field(const char *s, size_t n, size_t *name)
{
	size_t i = 0;

	while (i < n && s[i] > ' ' && s[i] < 0x7f && s[i] != ':')
		i++;
	*name = i;
	while (i < n && is_blank(s[i]))
		i++;
	return *name > 0 && *name < 998 && i < n && s[i] == ':';
}

static bool
all_blank(const char *s, size_t n)
{
	while (n > 0 && is_blank(*s)) {
		s++;
		n--;
	}
	return n == 0;
}

static bool
is_mbox(const char *s, size_t n)
{
	while (n > 0 && *s == '>') {
		s++;
		n--;
	}
	return n >= 5 && memcmp(s, "From ", 5) == 0;
}

static void
add_field(struct wanted_input *in, const char *s, size_t n, size_t name)
{
	struct wanted_field *f;

	in->fields = realloc(in->fields, (in->nfields + 1) * sizeof(*in->fields));
	if (in->fields == NULL)
		abort();
	f = &in->fields[in->nfields++];
	f->name = s;
	f->name_len = name;
	f->value = (const char *)memchr(s, ':', n) + 1;
	f->value_len = (size_t)(s + n - f->value);
}

/* The line s[0..n) of the header without its CRLF; 'k'ept, 'd'ropped, or the 'b'ody begins. */
static char
judge(struct wanted_input *in, const char *s, size_t n, bool *blank_before)
{
	bool after_blank = *blank_before;
	size_t name;

	*blank_before = false;
	if (begins_field(s, n, &name)) {
		add_field(in, s, n, name);
		return 'k';
	}
	if (in->nfields == 0)
		return is_mbox(s, n) ? 'd' : 'b';
	if (after_blank)
		return 'b';
	if ((*blank_before = all_blank(s, n)))
		return 'd';
	if (!is_blank(*s))
		return 'b';
	/* what is dropped is never between a field and its fold: that would be after_blank */
	in->fields[in->nfields - 1].value_len += n + 2;
	return 'k';
}

/* Where in s the body begins. NULs in the header become spaces. */
static size_t
read_header(struct wanted_input *in, char *s, size_t n)
{
	bool blank_before = false;
	size_t at = 0, end;

	for (; at < n; at = end) {
		size_t len = (size_t)((char *)memchr(s + at, '\n', n - at) - (s + at)) - 1;
		char *line = in->head + in->head_len, fate;

		end = at + len + 2;
		if (len == 0)
			return end;
		memcpy(line, s + at, len + 2);
		for (size_t i = 0; i < len; i++)
			line[i] = line[i] != '\0' ? line[i] : ' ';
		fate = judge(in, line, len, &blank_before);
		if (fate == 'b')
			break;
		if (fate == 'k')
			in->head_len += len + 2;
	}
	return at;
}

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool
wanted_is(const struct wanted_field *f, const char *name)
{
	size_t i = 0;

	while (i < f->name_len && name[i] != '\0' && lower(f->name[i]) == lower(name[i]))
		i++;
	return i == f->name_len && name[i] == '\0';
}

bool
wanted_is_empty(const struct wanted_field *f)
{
	for (size_t i = 0; i < f->value_len; i++)
		if (!is_space(f->value[i]))
			return false;
	return true;
}

bool
wanted_has_8bit(const char *s, size_t n)
{
	for (; n > 0; n--)
		if (((unsigned char)*s++ & 0x80) != 0)
			return true;
	return false;
}

size_t
wanted_longest(const char *s, size_t n)
{
	size_t longest = 0, column = 0;

	for (size_t i = 0; i < n; i++) {
		column = s[i] == '\n' ? 0 : column + (s[i] != '\r');
		longest = column > longest ? column : longest;
	}
	return longest;
}

/* ---- MIME (RFC 2045) */

/* The first word of a value; comments before it do not count. */
static size_t
first_word(const struct wanted_field *f, const char **word)
{
	const char *s = f->value, *end = s + f->value_len;
	size_t depth = 0, n = 0;

	for (; s < end && (depth > 0 || *s == '(' || is_space(*s)); s++) {
		if (*s == '(')
			depth++;
		else if (*s == ')')
			depth--;
		else if (*s == '\\' && s + 1 < end)
			s++;
	}
	while (s + n < end && !is_space(s[n]) && s[n] != '(' && s[n] != ';' && s[n] != '/')
		n++;
	*word = s;
	return n;
}

static bool
is_word(const char *word, size_t n, const char *name)
{
	struct wanted_field f = {.name = word, .name_len = n};

	return wanted_is(&f, name);
}

static enum wanted_encoding
encoding_of(const struct wanted_field *f)
{
	static const char *const names[] = {"", "7bit", "8bit", "binary", "quoted-printable",
	    "base64"};
	const char *word;
	size_t n = first_word(f, &word);

	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_word(word, n, names[i]))
			return (enum wanted_encoding)i;
	return n == 0 ? WANTED_7BIT : WANTED_OTHER;
}

static void
note_mime(struct wanted_input *in, const struct wanted_field *f)
{
	const char *word;

	if (wanted_is(f, "MIME-Version")) {
		in->version = true;
	} else if (wanted_is(f, "Content-Type")) {
		size_t n = first_word(f, &word);

		in->type = true;
		in->parts = in->parts || is_word(word, n, "multipart") ||
		    is_word(word, n, "message");
	} else if (wanted_is(f, "Content-Transfer-Encoding")) {
		enum wanted_encoding one = encoding_of(f);

		in->encoding = in->encoding == WANTED_NONE || in->encoding == one ? one
										  : WANTED_OTHER;
	}
}

bool
wanted_is_plain(const struct wanted_input *in)
{
	return !in->parts && in->encoding <= WANTED_BINARY;
}

void
wanted_input(struct wanted_input *in, const char *s, size_t n)
{
	char *all = get(2 * n + 2);
	size_t len = canonical(s, n, all), at;

	*in = (struct wanted_input){.head = get(len)};
	at = read_header(in, all, len);
	in->body_len = len - at;
	in->body = get(in->body_len);
	memcpy(in->body, all + at, in->body_len);
	free(all);
	for (size_t i = 0; i < in->nfields; i++)
		note_mime(in, &in->fields[i]);
}

void
wanted_input_done(struct wanted_input *in)
{
	free(in->head);
	free(in->body);
	free(in->fields);
}
