/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void
date_format(int64_t wall_ms, char out[DATE_MAX])
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	    "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {.tm_mday = 1};
	long zone;

	localtime_r(&t, &tm);
	zone = tm.tm_gmtoff / 60;
	snprintf(out, DATE_MAX, "%s, %02d %s %04d %02d:%02d:%02d %c%02ld%02ld",
	    days[tm.tm_wday % 7], tm.tm_mday, months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+', labs(zone) / 60, labs(zone) % 60);
}
