/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log.h - where lines of the log go; never a failure, never a wait.
 *
 * A container without a syslog socket, a full log disk, a daemon that hangs:
 * nothing that happens here may change what becomes of a mail. syslog(3) waits
 * for its daemon for ever, so the datagram is written here (RFC 3164 4.1). What
 * stands in a line is logline.h's matter.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_target {
	LOG_TARGET_SYSLOG, /* journald listens on the same socket */
	LOG_TARGET_FILE,
	LOG_TARGET_STDERR,
	LOG_TARGET_NONE,
};

struct log_settings {
	enum log_target target;
	const char *path;     /* of the file; of another socket than the system's; else NULL */
	enum log_level level; /* what is less important is left out */
};

/*
 * ident: the program name shown, kept, not copied; facility is mail. Until log_settle lines go to
 * syslog from LOG_LEVEL_INFO on.
 */
void
log_init(const char *ident);
/* The path is copied. What was open is closed: a file that logrotate has moved is left. */
void
log_settle(const struct log_settings *s);
/* Opens it now, for a process that is about to be confined; else the first line does. */
void
log_ready(void);
/*
 * One line, without line end: as it is, in one write(2). What cannot be written to the file goes to
 * syslog; what syslog does not take within a moment is lost.
 */
void
log_send(enum log_level level, const char *line);
/* Would it be written? */
bool
log_wants(enum log_level level);
/*
 * Why a line did not get where it should, since log_settle: a sentence, NULL: all did, or there is
 * no syslog here at all.
 */
const char *
log_trouble(void);
/* Before descriptors are closed; the next line opens it again. */
void
log_close(void);

#endif
