/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/buf.h"
#include "base/str.h"

static const char *log_ident = "postrider";
static bool opened;

void
log_init(const char *ident)
{
	log_ident = ident;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
	char text[2048];
	struct buf safe;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&safe, sizeof text * 4);
	str_escape(&safe, text, strlen(text), 1800);
	if (!opened) {
		/* no LOG_CONS, no LOG_PERROR: without a socket the line is lost, and that is all */
		openlog(log_ident, LOG_PID, LOG_MAIL);
		opened = true;
	}
	syslog(priorities[level], "%s", buf_str(&safe));
	buf_done(&safe);
}

void
log_close(void)
{
	closelog();
	opened = false;
}
