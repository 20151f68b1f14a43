/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/timestamp.h"

#include <string.h>
#include <time.h>

#include "base/str.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* What is left to read, and what was read so far. */
struct reader {
	const char *s, *end;
	struct tm tm;
	int ms;
	bool zoned;   /* a zone was named: */
	int zone_min; /* east of Greenwich */
};

/* Exactly so many digits. */
static bool
number(struct reader *r, int digits, int *out)
{
	int v = 0;

	if (r->end - r->s < digits)
		return false;
	for (int i = 0; i < digits; i++) {
		if (!str_is_digit(r->s[i]))
			return false;
		v = v * 10 + (r->s[i] - '0');
	}
	r->s += digits;
	*out = v;
	return true;
}

static bool
letter(struct reader *r, char c)
{
	if (r->s == r->end || *r->s != c)
		return false;
	r->s++;
	return true;
}

/* "14:05" or "14:05:09" or "14:05:09.123456" */
static bool
clock_time(struct reader *r)
{
	int scale = 100;

	if (!number(r, 2, &r->tm.tm_hour) || !letter(r, ':') || !number(r, 2, &r->tm.tm_min))
		return false;
	if (letter(r, ':') && !number(r, 2, &r->tm.tm_sec))
		return false;
	if (letter(r, '.'))
		for (int digit; number(r, 1, &digit); scale /= 10)
			r->ms += digit * scale;
	return r->tm.tm_hour < 24 && r->tm.tm_min < 60 && r->tm.tm_sec <= 60;
}

static bool
zone(struct reader *r)
{
	bool west = r->s < r->end && *r->s == '-';
	int h = 0, m = 0;

	if (letter(r, 'Z')) {
		r->zoned = true;
		return true;
	}
	if (!letter(r, '+') && !letter(r, '-'))
		return true;
	if (!number(r, 2, &h))
		return false;
	(void)letter(r, ':');
	if (!number(r, 2, &m) || h > 23 || m > 59)
		return false;
	r->zoned = true;
	r->zone_min = (west ? -1 : 1) * (h * 60 + m);
	return true;
}

/* A day that the calendar lacks became another one. */
static bool
finish(const struct reader *r, int64_t *out)
{
	struct tm tm = r->tm;
	int day = tm.tm_mday;
	time_t t;

	tm.tm_isdst = -1;
	t = r->zoned ? timegm(&tm) : mktime(&tm);
	if (t == (time_t)-1 || (tm.tm_mday != day && r->tm.tm_sec < 60))
		return false;
	*out = (int64_t)t * 1000 + r->ms - (int64_t)r->zone_min * 60000;
	return true;
}

/* "2026-11-23", and maybe the rest. */
static bool
read_iso(struct reader *r, int64_t *out)
{
	if (!number(r, 4, &r->tm.tm_year) || !letter(r, '-') || !number(r, 2, &r->tm.tm_mon) ||
	    !letter(r, '-') || !number(r, 2, &r->tm.tm_mday))
		return false;
	r->tm.tm_year -= 1900;
	r->tm.tm_mon--;
	if (r->tm.tm_mon < 0 || r->tm.tm_mon > 11 || r->tm.tm_mday < 1 || r->tm.tm_mday > 31)
		return false;
	if (r->end - r->s > 1 && (*r->s == 'T' || *r->s == ' ') && str_is_digit(r->s[1])) {
		r->s++;
		if (!clock_time(r) || !zone(r))
			return false;
	}
	return finish(r, out);
}

/* "Nov 23 14:05:09", "Nov  3 14:05:09" */
static bool
read_syslog(struct reader *r, int64_t now_ms, int64_t *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = (time_t)(now_ms / 1000);
	struct tm today;
	int month = 0;

	if (r->end - r->s < 4 || localtime_r(&now, &today) == NULL)
		return false;
	while (month < 12 && memcmp(months + 3 * month, r->s, 3) != 0)
		month++;
	r->s += 3;
	if (month == 12 || !letter(r, ' ') ||
	    !(letter(r, ' ') ? number(r, 1, &r->tm.tm_mday) : number(r, 2, &r->tm.tm_mday)) ||
	    !letter(r, ' ') || !clock_time(r) || r->tm.tm_mday < 1 || r->tm.tm_mday > 31)
		return false;
	r->tm.tm_mon = month;
	/* the 29th of February may be four years away */
	for (int back = 0; back <= 4; back++) {
		r->tm.tm_year = today.tm_year + 1 - back;
		if (finish(r, out) && *out <= now_ms + DAY_MS)
			return true;
	}
	return false;
}

size_t
timestamp_read(const char *s, size_t n, int64_t now_ms, int64_t *out)
{
	struct reader r = {.s = s, .end = s + n};
	int64_t at;

	if (n == 0 || !(str_is_digit(s[0]) ? read_iso(&r, &at) : read_syslog(&r, now_ms, &at)))
		return 0;
	*out = at;
	return (size_t)(r.s - s);
}

/* So many days before today's, at that time. */
static bool
on_day(int64_t now_ms, int days, const char *time, int64_t *out)
{
	time_t now = (time_t)(now_ms / 1000);
	struct reader r = {.s = time, .end = time + strlen(time)};
	struct tm today;

	if (localtime_r(&now, &today) == NULL)
		return false;
	r.tm = (struct tm){.tm_year = today.tm_year, .tm_mon = today.tm_mon};
	if (!clock_time(&r) || r.s != r.end)
		return false;
	/* the first of the month has its day before it all the same */
	r.tm.tm_mday = today.tm_mday - days;
	if (days > 0) {
		time_t t;

		r.tm.tm_isdst = -1;
		t = mktime(&r.tm);
		*out = (int64_t)t * 1000;
		return t != (time_t)-1;
	}
	return finish(&r, out);
}

bool
timestamp_parse(const char *s, int64_t now_ms, int64_t *out)
{
	size_t n = strlen(s);
	int64_t ms;

	tzset(); /* localtime_r need not look at TZ itself */
	if (str_eq(s, "now")) {
		*out = now_ms;
		return true;
	}
	if (str_eq(s, "today"))
		return on_day(now_ms, 0, "00:00", out);
	if (str_eq(s, "yesterday"))
		return on_day(now_ms, 1, "00:00", out);
	/* a number alone is rather half a date than seconds */
	if (strspn(s, "0123456789") < n && str_duration_ms(s, &ms)) {
		*out = now_ms - ms;
		return true;
	}
	if (n > 2 && s[2] == ':')
		return on_day(now_ms, 0, s, out);
	if (n < 10 || !str_is_digit(s[0]) || timestamp_read(s, n, now_ms, &ms) != n)
		return false;
	*out = ms;
	return true;
}
