/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rate.h"

#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	int64_t ms;
} periods[] = {
    {"s", 1000},
    {"sec", 1000},
    {"second", 1000},
    {"m", 60000},
    {"min", 60000},
    {"minute", 60000},
    {"h", 3600000},
    {"hour", 3600000},
    {"d", RATE_DAY_MS},
    {"day", RATE_DAY_MS},
};

bool
rate_parse(const char *s, struct rate *out)
{
	const char *slash = strchr(s, '/');
	char digits[8];
	uint64_t count;
	size_t n;

	if (slash == NULL || (n = (size_t)(slash - s)) >= sizeof digits)
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	if (!str_u64(digits, 1, 1000000, &count))
		return false;
	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++)
		if (str_eq(slash + 1, periods[i].name)) {
			*out = (struct rate){(unsigned)count, periods[i].ms};
			return true;
		}
	return false;
}
