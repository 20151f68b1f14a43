/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/msgid.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"

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
	/* an address literal or an 8-bit name would need more grammar than an id is worth */
	if (domain == NULL || domain[0] == '\0' || domain[0] == '[' ||
	    str_has_8bit(domain, strlen(domain)))
		domain = "localhost.invalid";
	return arena_printf(a, "<%s@%s>", left, domain);
}
