/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wanted_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_OCTETS 998

static bool
is_one_of(const struct wanted_field *f, const char *const *names)
{
	for (; *names != NULL; names++)
		if (wanted_is(f, *names))
			return true;
	return false;
}

static bool
leaves(const struct wanted_field *f)
{
	static const char *const never[] = {"Bcc", "Resent-Bcc", "Return-Path", "Content-Length",
	    NULL};
	static const char *const not_empty[] = {"From", "Date", "Message-ID", "To", "Cc",
	    "Resent-To", "Resent-Cc", NULL};

	return !is_one_of(f, never) && (!is_one_of(f, not_empty) || !wanted_is_empty(f));
}

static bool
has(const struct wanted_input *in, const char *name)
{
	for (size_t i = 0; i < in->nfields; i++)
		if (wanted_is(&in->fields[i], name) && leaves(&in->fields[i]))
			return true;
	return false;
}

static bool
has_resent(const struct wanted_input *in)
{
	for (size_t i = 0; i < in->nfields; i++) {
		struct wanted_field start = in->fields[i];

		start.name_len = start.name_len > 7 ? 7 : start.name_len;
		if (wanted_is(&start, "Resent-"))
			return true;
	}
	return false;
}

/* ---- one field and what became of it */

static unsigned
hex_value(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10) & 15;
}

static size_t
from_q(const char *s, const char *stop, char *out)
{
	size_t len = 0;

	for (; s < stop; s++) {
		out[len] = *s == '_' ? ' ' : *s;
		if (*s == '=' && stop - s > 2) {
			out[len] = (char)(hex_value(s[1]) << 4 | hex_value(s[2]));
			s += 2;
		}
		len++;
	}
	return len;
}

static size_t
from_b(const char *s, const char *stop, char *out)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = 0, bits = 0;
	unsigned value = 0;

	for (; s < stop; s++) {
		const char *digit = memchr(digits, *s, sizeof(digits) - 1);

		if (digit == NULL)
			continue;
		value = value << 6 | (unsigned)(digit - digits);
		if ((bits += 6) >= 8)
			out[len++] = (char)(value >> (bits -= 8));
	}
	return len;
}

/*
 * The encoded word (RFC 2047 2) that s begins with, by what it stands for; *used 0: it begins with
 * none. It ends where a word ends (5 (1)).
 */
static size_t
word_in(const char *s, size_t n, char *out, size_t *used)
{
	const char *end, *how, *stop;

	*used = 0;
	if (n < 8 || memcmp(s, "=?", 2) != 0)
		return 0;
	for (end = s; end < s + n && *end != ' ' && *end != '\t'; end++)
		;
	how = memchr(s + 2, '?', (size_t)(end - s) - 2);
	if (how == NULL || how == s + 2 || end - how < 6 || how[2] != '?' ||
	    memchr("QqBb", how[1], 4) == NULL)
		return 0;
	stop = memchr(how + 3, '?', (size_t)(end - how) - 3);
	if (stop != end - 2 || stop[1] != '=' || wanted_has_8bit(s, (size_t)(end - s)))
		return 0;
	*used = (size_t)(end - s);
	return (how[1] | 0x20) == 'q' ? from_q(how + 3, stop, out) : from_b(how + 3, stop, out);
}

/* Unfolded, trimmed, decoded; with squeeze without blanks, too. The caller frees *out. */
static size_t
plain(const struct wanted_field *f, bool decode, bool squeeze, char **out)
{
	char *s = malloc(f->value_len + 1), *to = malloc(f->value_len + 1);
	char *decoded = malloc(f->value_len + 1);
	size_t n = 0, len = 0, used, behind_word = 0;
	bool word = false;

	if (s == NULL || to == NULL || decoded == NULL)
		abort();
	for (size_t i = 0; i < f->value_len; i++)
		if (f->value[i] != '\r' && f->value[i] != '\n')
			s[n++] = f->value[i];
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	for (size_t i = 0; i<n; i += used> 0 ? used : 1) {
		bool begins = decode && (i == 0 || s[i - 1] == ' ' || s[i - 1] == '\t');
		size_t had = begins ? word_in(s + i, n - i, decoded, &used) : (used = 0);
		bool blank = s[i] == ' ' || s[i] == '\t';

		if (used > 0) {
			len = word ? behind_word : len;
			memcpy(to + len, decoded, had);
			behind_word = len += had;
			word = true;
			continue;
		}
		word = word && blank;
		if (!blank || (len > 0 && !squeeze))
			to[len++] = s[i];
	}
	free(s);
	free(decoded);
	/* blanks that were in words */
	for (size_t i = n = 0; i < len; i++)
		if (!squeeze || (to[i] != ' ' && to[i] != '\t'))
			to[n++] = to[i];
	*out = to;
	return n;
}

static bool
is_equal(const struct wanted_field *a, const struct wanted_field *b, bool decode, bool squeeze)
{
	char *s, *t;
	size_t n = plain(a, decode, squeeze, &s), m = plain(b, decode, squeeze, &t);
	bool same = n == m && memcmp(s, t, n) == 0;

	free(s);
	free(t);
	return same;
}

/* Every character of `in`, blanks apart, in that order, and maybe more. */
static bool
is_within(const struct wanted_field *out, const struct wanted_field *in)
{
	char *s, *t;
	size_t n = plain(in, false, true, &s), m = plain(out, false, true, &t), k = 0;

	for (size_t i = 0; i < m && k < n; i++)
		k += t[i] == s[k];
	free(s);
	free(t);
	return k == n;
}

static bool
is_text(const struct wanted_field *f)
{
	static const char *const read_by_programs[] = {"Received", "Date", "Message-ID",
	    "In-Reply-To", "References", "MIME-Version", "Return-Path", "Resent-Date",
	    "Resent-Message-ID", "DKIM-Signature", "Authentication-Results", "Received-SPF",
	    "Auto-Submitted", "Autocrypt", NULL};
	static const char *const beginnings[] = {"Content-", "ARC-", "List-"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		struct wanted_field start = *f;

		if (start.name_len > strlen(beginnings[i]))
			start.name_len = strlen(beginnings[i]);
		if (wanted_is(&start, beginnings[i]))
			return false;
	}
	return !is_one_of(f, read_by_programs);
}

static bool
is_kept(const struct wanted_field *out, const struct wanted_field *in)
{
	static const char *const lists[] = {"From", "Sender", "Reply-To", "To", "Cc", "Resent-From",
	    "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Reply-To", NULL};
	bool eight = wanted_has_8bit(in->value, in->value_len);
	/* with its name, for that may have had a blank more */
	bool is_long = wanted_longest(in->name, (size_t)(in->value + in->value_len - in->name)) >
	    LINE_OCTETS;

	if (wanted_is(in, "From") && wanted_is(out, "X-Original-From"))
		return is_equal(out, in, true, true);
	if (out->name_len != in->name_len || memcmp(out->name, in->name, in->name_len) != 0)
		return false;
	if (out->value_len == in->value_len && memcmp(out->value, in->value, in->value_len) == 0)
		return !eight || is_one_of(in, lists) || !is_text(in);
	if (is_one_of(in, lists))
		return eight || is_within(out, in);
	if (eight && is_text(in))
		return !wanted_has_8bit(out->value, out->value_len) &&
		    is_equal(out, in, true, is_long);
	return is_long && is_equal(out, in, false, true);
}

/* ---- the whole */

static bool
may_be_added(const struct wanted_field *f, const struct wanted_input *in)
{
	static const char *const missing[] = {"Date", "From", "Message-ID", "MIME-Version",
	    "Content-Type", NULL};
	static const char *const of_a_block[] = {"Resent-Date", "Resent-Message-ID", NULL};

	for (size_t i = 0; missing[i] != NULL; i++)
		if (wanted_is(f, missing[i]))
			return !has(in, missing[i]) || wanted_is(f, "From");
	return is_one_of(f, of_a_block) && has_resent(in);
}

/* RFC 2045 6.4: what is in the body has to show. */
static const char *
encoding_for(const struct wanted_input *in)
{
	bool plain_text = in->encoding <= WANTED_BINARY;

	if (wanted_is_plain(in) &&
	    (wanted_longest(in->body, in->body_len) > LINE_OCTETS ||
		memchr(in->body, '\0', in->body_len) != NULL))
		return "quoted-printable";
	if (plain_text && in->encoding <= WANTED_7BIT && wanted_has_8bit(in->body, in->body_len))
		return "8bit";
	return NULL;
}

static bool
is_encoding(const struct wanted_field *f, const char *encoding)
{
	size_t n = strlen(encoding);

	return wanted_is(f, "Content-Transfer-Encoding") && f->value_len == n + 1 &&
	    memcmp(f->value + 1, encoding, n) == 0;
}

/* A From that the relay would not take: what it was stands behind it. */
static bool
is_replaced(const struct wanted_input *out, size_t i)
{
	return wanted_is(&out->fields[i], "From") && i + 1 < out->nfields &&
	    wanted_is(&out->fields[i + 1], "X-Original-From");
}

static bool
say(char *said, size_t size, const char *what, const struct wanted_field *f)
{
	(void)snprintf(said, size, "the field %.*s %s: %.60s", (int)f->name_len, f->name, what,
	    f->value);
	return false;
}

bool
wanted_head(const struct wanted_input *out, const struct wanted_input *in, char *said, size_t size)
{
	static const char *const always[] = {"Date", "From", "Message-ID"};
	const char *encoding = encoding_for(in);
	size_t at = 0, nencodings = 0;

	for (size_t i = 0; i < out->nfields; i++) {
		const struct wanted_field *f = &out->fields[i];

		while (at < in->nfields &&
		    (!leaves(&in->fields[at]) ||
			(encoding != NULL &&
			    wanted_is(&in->fields[at], "Content-Transfer-Encoding"))))
			at++;
		if (encoding != NULL && is_encoding(f, encoding))
			nencodings++;
		else if (!is_replaced(out, i) && at < in->nfields && is_kept(f, &in->fields[at]))
			at++;
		else if (!may_be_added(f, in))
			return say(said, size, "does not come of the input", f);
	}
	for (; at < in->nfields; at++)
		if (leaves(&in->fields[at]) &&
		    !(encoding != NULL && wanted_is(&in->fields[at], "Content-Transfer-Encoding")))
			return say(said, size, "is lost or changed", &in->fields[at]);
	for (size_t i = 0; i < 3; i++)
		if (!has(out, always[i]))
			return snprintf(said, size, "no field %s", always[i]) < 0;
	if (encoding != NULL && (nencodings != 1 || !out->version || !out->type))
		return snprintf(said, size, "the body is not said to be %s", encoding) < 0;
	return true;
}
