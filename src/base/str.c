/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"

#include <string.h>

#define NEAREST_MAX 64 /* longer words have no neighbours */
#define NEAREST_DISTANCE 2

bool
str_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

bool
str_is_alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
str_is_blank(int c)
{
	return c == ' ' || c == '\t';
}

bool
str_is_space(int c)
{
	return str_is_blank(c) || c == '\r' || c == '\n';
}

bool
str_is_ctl(int c)
{
	return (c >= 0 && c < 0x20) || c == 0x7f;
}

int
str_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool
str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
same_nocase(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_lower(a[i]) != str_lower(b[i]))
			return false;
	return true;
}

bool
str_eq_nocase(const char *a, const char *b)
{
	return str_neq_nocase(a, strlen(a), b);
}

bool
str_neq_nocase(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && same_nocase(s, word, n);
}

bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_starts_nocase(const char *s, const char *prefix)
{
	while (*prefix != '\0' && str_lower(*s) == str_lower(*prefix)) {
		s++;
		prefix++;
	}
	return *prefix == '\0';
}

bool
str_ends_nocase(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return k <= n && same_nocase(s + (n - k), suffix, k);
}

const char *
str_find_nocase(const char *hay, const char *needle)
{
	for (;; hay++) {
		if (str_starts_nocase(hay, needle))
			return hay;
		if (*hay == '\0')
			return NULL;
	}
}

/*
 * One alternative p[0..n). After a mismatch only the last '*' takes one byte
 * more: an earlier one could win nothing by it, so there is no deeper way back.
 */
static bool
glob_one(const char *p, size_t n, const char *s)
{
	size_t i = 0, star = n;
	const char *star_s = NULL;

	while (*s != '\0') {
		if (i < n && p[i] == '*') {
			star = i++;
			star_s = s;
		} else if (i < n && (p[i] == '?' || str_lower(p[i]) == str_lower(*s))) {
			i++;
			s++;
		} else if (star_s != NULL) {
			i = star + 1;
			s = ++star_s;
		} else {
			return false;
		}
	}
	while (i < n && p[i] == '*')
		i++;
	return i == n;
}

bool
str_glob(const char *pattern, const char *s)
{
	size_t n;

	for (;;) {
		n = strcspn(pattern, "|");
		if (glob_one(pattern, n, s))
			return true;
		if (pattern[n] == '\0')
			return false;
		pattern += n + 1;
	}
}

/* Octets of the UTF-8 sequence at the start of s[0..n), 0 when it is none (RFC 3629 section 4). */
static size_t
utf8_len(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	/* Only the second octet tells overlong forms, surrogates and what is above 10FFFF. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (len > n || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool
str_utf8_valid(const char *s, size_t n)
{
	size_t k;

	for (size_t i = 0; i < n; i += k) {
		k = utf8_len((const unsigned char *)s + i, n - i);
		if (k == 0)
			return false;
	}
	return true;
}

bool
str_has_8bit(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return true;
	return false;
}

bool
str_has_ctl(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is_ctl((unsigned char)s[i]))
			return true;
	return false;
}

/* How the bytes at s are shown: *take of them, as they are or as \xNN each. */
static bool
is_safe(const char *s, size_t n, size_t *take)
{
	const unsigned char *u = (const unsigned char *)s;

	*take = utf8_len(u, n);
	if (*take == 0) {
		*take = 1;
		return false;
	}
	/* C2 80 to C2 9F are the C1 controls: a terminal may obey them like ESC sequences. */
	return *take == 1 ? !str_is_ctl(u[0]) : u[0] != 0xc2 || u[1] > 0x9f;
}

/* Length of the escaped form, counted no further than just over limit. */
static size_t
escaped_len(const char *s, size_t n, size_t limit)
{
	size_t len = 0, take;

	for (size_t i = 0; i < n && len <= limit; i += take)
		len += is_safe(s + i, n - i, &take) ? take : 4 * take;
	return len;
}

void
str_escape(struct buf *out, const char *s, size_t n, size_t max)
{
	static const char dots[] = "...";
	size_t room = max, take, cost;
	bool cut = max > 0 && escaped_len(s, n, max) > max, safe;

	if (cut)
		room = max > sizeof(dots) - 1 ? max - (sizeof(dots) - 1) : 0;
	for (size_t i = 0; i < n; i += take) {
		safe = is_safe(s + i, n - i, &take);
		cost = safe ? take : 4 * take;
		if (cut && cost > room)
			break;
		room -= cut ? cost : 0;
		if (safe)
			(void)buf_add(out, s + i, take);
		for (size_t k = 0; !safe && k < take; k++)
			(void)buf_addf(out, "\\x%02x", (unsigned char)s[i + k]);
	}
	if (cut)
		(void)buf_add(out, dots, max < sizeof(dots) - 1 ? max : sizeof(dots) - 1);
}

static bool
is_xchar(int c)
{
	return c >= 33 && c <= 126 && c != '+' && c != '=';
}

void
str_xtext(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_xchar(s[i]))
			(void)buf_addc(out, s[i]);
		else
			(void)buf_addf(out, "+%02X", (unsigned char)s[i]);
	}
}

/* RFC 3461 section 4: hexchar has upper-case digits only. */
static int
hex_value(char c)
{
	if (str_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
is_hexchar(const char *s, size_t n)
{
	return n >= 3 && s[0] == '+' && hex_value(s[1]) >= 0 && hex_value(s[2]) >= 0;
}

bool
str_unxtext(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i += s[i] == '+' ? 3 : 1)
		if (!is_xchar(s[i]) && !is_hexchar(s + i, n - i))
			return false;
	/* The result is never longer than n: no failure can come half-way. */
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '+') {
			(void)buf_addc(out, s[i]);
		} else {
			(void)buf_addc(out, (char)(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2])));
			i += 2;
		}
	}
	return !out->overflow;
}

/* Edit distance of a and b, with exchanged neighbours as one step; case ignored. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][NEAREST_MAX + 1], best;
	size_t *two = rows[0], *one = rows[1], *now = rows[2], *spare;

	for (size_t j = 0; j <= nb; j++)
		one[j] = j;
	for (size_t i = 1; i <= na; i++) {
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			best = one[j - 1] + (str_lower(a[i - 1]) != str_lower(b[j - 1]));
			if (one[j] + 1 < best)
				best = one[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && str_lower(a[i - 1]) == str_lower(b[j - 2]) &&
			    str_lower(a[i - 2]) == str_lower(b[j - 1]) && two[j - 2] + 1 < best)
				best = two[j - 2] + 1;
			now[j] = best;
		}
		spare = two;
		two = one;
		one = now;
		now = spare;
	}
	return one[nb];
}

static size_t
common_prefix(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && str_lower(a[n]) == str_lower(b[n]))
		n++;
	return n;
}

const char *
str_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), d, least = NEAREST_DISTANCE + 1, prefix, longest = 0;
	const char *best = NULL;

	if (len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (strlen(candidates[i]) > NEAREST_MAX)
			continue;
		d = distance(word, len, candidates[i], strlen(candidates[i]));
		prefix = common_prefix(word, candidates[i]);
		if (2 * d >= len || d > least || (d == least && prefix <= longest))
			continue;
		if (d <= NEAREST_DISTANCE) {
			best = candidates[i];
			least = d;
			longest = prefix;
		}
	}
	return best;
}
