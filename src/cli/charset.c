/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/charset.h"

#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define NO_ICONV ((iconv_t)-1)

const char *
charset_of_locale(struct arena *mem)
{
	/* a locale of its own: that of the process stays "C" */
	locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	const char *name = NULL;

	if (l == (locale_t)0)
		return NULL;
	name = nl_langinfo_l(CODESET, l);
	name = str_eq_nocase(name, "ANSI_X3.4-1968") || name[0] == '\0' ? NULL
									: arena_strdup(mem, name);
	freelocale(l);
	return name;
}

/*
 * iconv passes over what it finds odd in a name, but names come to stand in header fields; and "//"
 * is a flag that would drop what cannot be converted.
 */
static bool
is_name(const char *s)
{
	size_t n = 0;

	while (str_is_alpha((unsigned char)s[n]) || str_is_digit((unsigned char)s[n]) ||
	    (s[n] != '\0' && strchr("-_.:+", s[n]) != NULL))
		n++;
	return n > 0 && n < 80 && s[n] == '\0';
}

static iconv_t
open_charset(const char *charset, struct err *e)
{
	iconv_t cd = NO_ICONV;

	if (is_name(charset))
		cd = iconv_open("UTF-8", charset);
	if (cd == NO_ICONV)
		err_set(e, ERR_USAGE, STAGE_INPUT, "", "the charset '%.80s' is not known here",
		    charset);
	return cd;
}

bool
charset_check(const char *charset, struct err *e)
{
	iconv_t cd = open_charset(charset, e);

	if (cd == NO_ICONV)
		return false;
	iconv_close(cd);
	return true;
}

bool
charset_convert(const char *charset, const char *s, size_t n, struct buf *out, struct err *e)
{
	iconv_t cd = open_charset(charset, e);
	char chunk[4096], *in = (char *)(uintptr_t)s;
	size_t left = n;
	bool good = cd != NO_ICONV;

	while (good) {
		char *to = chunk;
		size_t room = sizeof(chunk);
		/* without input it hands out what a stateful charset keeps */
		bool last = left == 0;
		size_t got = iconv(cd, last ? NULL : &in, &left, &to, &room);
		good = buf_add(out, chunk, (size_t)(to - chunk)) &&
		    (got != (size_t)-1 || errno == E2BIG);
		if (last && (got != (size_t)-1))
			break;
	}
	if (cd == NO_ICONV)
		return false;
	iconv_close(cd);
	if (out->overflow)
		return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4", "the text is too long");
	return good ||
	    err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0", "octet %zu of the text is not %.80s",
		n - left + 1, charset);
}

const char *
charset_word(struct arena *mem, const char *charset, const char *word)
{
	size_t n = strlen(word);
	const char *result = word;
	struct buf out;

	if (charset == NULL || str_utf8_valid(word, n))
		return word;
	buf_init(&out, 8 * n + 16);
	if (charset_convert(charset, word, n, &out, NULL))
		result = arena_strndup(mem, buf_str(&out), out.len);
	buf_done(&out);
	return result;
}
