/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * str_parse.c - the part of str.h that makes numbers of text.
 */
#include <string.h>

#include "base/str.h"

#define DURATION_MAX_MS (INT64_C(3650) * 24 * 60 * 60 * 1000)

/*
 * The digits at *s, moved over; false when there is none or the value is above
 * max.
 */
static bool
digits(const char **s, uint64_t max, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0, d;

	if (!str_is_digit(*p))
		return false;
	for (; str_is_digit(*p); p++) {
		d = (uint64_t)(*p - '0');
		if (v > max / 10 || d > max - v * 10)
			return false;
		v = v * 10 + d;
	}
	*s = p;
	*out = v;
	return true;
}

bool
str_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;

	if (!digits(&s, max, &v) || *s != '\0' || v < min)
		return false;
	*out = v;
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* "ms" stands before "m", which is its beginning. Falling, but for that. */
static const struct unit time_units[] = {
    {"d", 24 * 60 * 60 * 1000},
    {"h", 60 * 60 * 1000},
    {"ms", 1},
    {"m", 60 * 1000},
    {"s", 1000},
};

static const struct unit *
time_unit(const char *s)
{
	for (size_t i = 0; i < sizeof(time_units) / sizeof(time_units[0]); i++)
		if (str_starts(s, time_units[i].name))
			return &time_units[i];
	return NULL;
}

bool
str_duration_ms(const char *s, int64_t *out)
{
	uint64_t total = 0, v, last = UINT64_MAX;
	const struct unit *u;

	if (str_u64(s, 0, DURATION_MAX_MS / 1000, &v)) {
		*out = (int64_t)v * 1000;
		return true;
	}
	do {
		if (!digits(&s, DURATION_MAX_MS, &v))
			return false;
		u = time_unit(s);
		/* "1h30m" but neither "30m1h" nor "5m5m": those are slips of the pen. */
		if (u == NULL || u->factor >= last || v > (DURATION_MAX_MS - total) / u->factor)
			return false;
		total += v * u->factor;
		last = u->factor;
		s += strlen(u->name);
	} while (*s != '\0');
	*out = (int64_t)total;
	return true;
}

bool
str_size(const char *s, uint64_t *out)
{
	unsigned shift = 0;
	uint64_t v;

	if (!digits(&s, UINT64_MAX, &v))
		return false;
	switch (str_lower(*s)) {
	case 'g':
		shift += 10;
		/* fall through */
	case 'm':
		shift += 10;
		/* fall through */
	case 'k':
		shift += 10;
		s++;
		break;
	default:
		break;
	}
	if (*s != '\0' || v > UINT64_MAX >> shift)
		return false;
	*out = v << shift;
	return true;
}

bool
str_bool(const char *s, bool *out)
{
	static const char *const words[][2] = {
	    {"no", "yes"},
	    {"off", "on"},
	    {"false", "true"},
	    {"0", "1"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (size_t k = 0; k < 2; k++) {
			if (str_eq_nocase(s, words[i][k])) {
				*out = k == 1;
				return true;
			}
		}
	}
	return false;
}
