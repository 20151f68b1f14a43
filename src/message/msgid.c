/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/msgid.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"

#define DOMAIN_MAX 253

/* dot-atom of letters, digits, hyphens: anything else needs more grammar than an id is worth. */
static bool
is_usable(const char *domain)
{
	size_t n = 0;

	for (; domain[n] != '\0'; n++)
		if (!str_is_alpha((unsigned char)domain[n]) &&
		    !str_is_digit((unsigned char)domain[n]) && strchr("-._", domain[n]) == NULL)
			return false;
	return n > 0 && n <= DOMAIN_MAX && domain[0] != '.' && domain[n - 1] != '.';
}

const char *
msgid_make(struct arena *a, const char *domain)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t t = (uint64_t)clock_wall_ms();
	char left[11 + 1 + 16 + 1];
	uint8_t r[16];
	size_t n = 0;

	for (int shift = 50; shift >= 0; shift -= 5)
		left[n++] = digits[(t >> shift) & 31];
	left[n++] = '.';
	crypto_random(r, sizeof r);
	for (size_t i = 0; i < sizeof r; i++)
		left[n++] = digits[r[i] & 31];
	left[n] = '\0';
	if (domain == NULL || !is_usable(domain))
		domain = "localhost.invalid";
	return arena_printf(a, "<%s@%s>", left, domain);
}
