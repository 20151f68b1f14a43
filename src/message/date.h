/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * date.h - dates of RFC 5322 3.3, in English whatever the locale.
 */
#ifndef MESSAGE_DATE_H
#define MESSAGE_DATE_H

#include <stddef.h>
#include <stdint.h>

#define DATE_MAX 48

/* "Mon, 23 Nov 2026 13:58:02 +0100" in local time. */
void
date_format(int64_t wall_ms, char out[DATE_MAX]);

#endif
