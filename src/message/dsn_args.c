/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/dsn_args.h"

#include <string.h>

#include "base/str.h"

static bool
notify_word(const char *word, size_t n, unsigned *bits)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {
	    {"never", NOTIFY_NEVER},
	    {"success", NOTIFY_SUCCESS},
	    {"failure", NOTIFY_FAILURE},
	    {"delay", NOTIFY_DELAY},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_neq_nocase(word, n, words[i].word)) {
			*bits |= words[i].bit;
			return true;
		}
	}
	return false;
}

bool
dsn_args_notify(const char *text, unsigned *out)
{
	unsigned bits = 0;

	for (;; text++) {
		size_t n = strcspn(text, ",");

		if (!notify_word(text, n, &bits))
			return false;
		text += n;
		if (*text == '\0')
			break;
	}
	if ((bits & NOTIFY_NEVER) != 0 && bits != NOTIFY_NEVER)
		return false;
	*out = bits;
	return true;
}

bool
dsn_args_return(const char *text, enum dsn_return *out)
{
	if (str_eq_nocase(text, "full"))
		*out = RETURN_FULL;
	else if (str_eq_nocase(text, "hdrs"))
		*out = RETURN_HEADERS;
	else
		return false;
	return true;
}

bool
dsn_args_is_envid(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= DSN_ARGS_ENVID_MAX && !str_has_ctl(text, n) && !str_has_8bit(text, n);
}
