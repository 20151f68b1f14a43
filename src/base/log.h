/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log.h - one line to syslog, never a failure.
 *
 * A container without a syslog socket, a full log disk: nothing that happens
 * here may change what becomes of a mail. Control characters are escaped, so a
 * server's text cannot forge a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* ident: the program name shown; facility is mail. Opens nothing until the first line. */
void
log_init(const char *ident);
void
log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Before descriptors are closed; the next line opens it again. */
void
log_close(void);

#endif
