/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static int64_t
now_ms(clockid_t id)
{
	struct timespec ts;

	/* Cannot fail: both clocks are required by POSIX and ts is ours. */
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

int
clock_left_ms(int64_t deadline)
{
	int64_t now = clock_mono_ms();

	if (deadline <= now)
		return 0;
	/* now is never negative, so this cannot overflow. */
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

/* Whole seconds, rounded down also before 1970. */
static time_t
seconds(int64_t ms)
{
	return (time_t)(ms / 1000 - (ms % 1000 < 0 ? 1 : 0));
}

void
clock_rfc3339(int64_t wall_ms, char *out, size_t size)
{
	time_t t = seconds(wall_ms);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		tm = (struct tm){.tm_mday = 1, .tm_year = 70};
	(void)snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool
local(int64_t ms, struct tm *tm)
{
	time_t t = seconds(ms);

	return localtime_r(&t, tm) != NULL;
}

static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
    "Oct", "Nov", "Dec"};

void
clock_syslog(int64_t wall_ms, char *out, size_t size)
{
	struct tm tm;

	tzset(); /* localtime_r need not look at TZ itself */
	if (!local(wall_ms, &tm))
		tm = (struct tm){.tm_mday = 1};
	(void)snprintf(out, size, "%s %2d %02d:%02d:%02d", month[tm.tm_mon], tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

void
clock_local(int64_t wall_ms, char *out, size_t size)
{
	struct tm tm;

	tzset();
	if (local(wall_ms, &tm))
		(void)snprintf(out, size, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	else
		clock_rfc3339(wall_ms, out, size);
}

void
clock_short(int64_t wall_ms, int64_t today_ms, char *out, size_t size)
{
	static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	struct tm tm, now;

	tzset();
	if (!local(wall_ms, &tm) || !local(today_ms, &now))
		clock_rfc3339(wall_ms, out, size);
	else if (tm.tm_year == now.tm_year && tm.tm_yday == now.tm_yday)
		(void)snprintf(out, size, "%02d:%02d", tm.tm_hour, tm.tm_min);
	else
		(void)snprintf(out, size, "%s %d %s %02d:%02d", day[tm.tm_wday], tm.tm_mday,
		    month[tm.tm_mon], tm.tm_hour, tm.tm_min);
}
