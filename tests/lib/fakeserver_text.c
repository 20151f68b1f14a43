/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
text_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("fakeserver: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

void *
text_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		text_die("out of memory");
	return p;
}

void *
text_grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		text_die("out of memory");
	return p;
}

char *
text_dup(const char *s, size_t n)
{
	char *copy = text_alloc(n + 1);

	memcpy(copy, s, n);
	return copy;
}

FILE *
text_stream(char **to, size_t *len)
{
	FILE *f = open_memstream(to, len);

	if (f == NULL)
		text_die("out of memory");
	return f;
}

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_starts(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; s++, prefix++)
		if (fold(*s) != fold(*prefix))
			return false;
	return true;
}

bool
text_same(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && text_starts(a, b);
}

bool
text_same_word(const char *a, const char *b)
{
	size_t n = strcspn(a, " ");

	if (strcspn(b, " ") != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

bool
text_glob(const char *pattern, const char *s)
{
	const char *star = NULL, *resume = NULL;

	while (*s != '\0') {
		const char *lit = *pattern == '\\' && pattern[1] != '\0' ? pattern + 1 : pattern;

		if (*pattern == '*') {
			star = ++pattern;
			resume = s;
		} else if (*pattern == '?' || (*lit == *s && *pattern != '\0')) {
			pattern = lit + 1;
			s++;
		} else if (star != NULL) { /* let the last star take one more */
			pattern = star;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
text_number(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (digit > 9 || digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c == '\0' ? NULL : strchr(digits, fold(c));

	return p == NULL ? -1 : (int)(p - digits);
}

/* One escape behind the backslash; advances *s past it. -1: none that we know. */
static int
escape(const char **s)
{
	static const char names[] = "rnt0e\\";
	static const char values[] = "\r\n\t\0\033\\";
	const char *p = **s == '\0' ? NULL : strchr(names, **s);

	if (p != NULL) {
		(*s)++;
		return values[p - names];
	}
	if (**s == 'x') {
		int high = hex((*s)[1]), low = high < 0 ? -1 : hex((*s)[2]);

		if (low >= 0) {
			*s += 3;
			return high * 16 + low;
		}
	}
	return -1;
}

size_t
text_unescape(char *s)
{
	const char *from = s;
	char *to = s;

	while (*from != '\0') {
		if (*from == '\\') {
			int c;

			from++;
			c = escape(&from);
			if (c < 0)
				return SIZE_MAX;
			*to++ = (char)c;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return (size_t)(to - s);
}

int64_t
text_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
