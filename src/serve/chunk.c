/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/chunk.h"

#include <string.h>

#include "base/str.h"

#define DIGITS_MAX 20

bool
chunk_parse(const char *args, uint64_t *size, bool *last)
{
	size_t n = strcspn(args, " \t");
	const char *word = args + n + strspn(args + n, " \t");
	char digits[DIGITS_MAX + 1];

	if (n > DIGITS_MAX || (*word != '\0' && !str_eq_nocase(word, "LAST")))
		return false;
	memcpy(digits, args, n);
	digits[n] = '\0';
	if (!str_u64(digits, 0, UINT64_MAX, size))
		return false;
	*last = *word != '\0';
	return true;
}
