/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loghole.h - a syslog daemon's socket of our own: what is logged falls into it.
 */
#ifndef UNIT_LOGHOLE_H
#define UNIT_LOGHOLE_H

#include "base/log.h"

/* Lines from `level` on go there from now on; what stood in it is forgotten. */
void
loghole_open(enum log_level level);
/* The next line, "" when there is none; *priority is <PRI>'s number. Valid until the next call. */
const char *
loghole_next(int *priority);
/* Its path, and the descriptor that lines come to. */
const char *
loghole_path(void);
int
loghole_fd(void);
/* Another socket under the same name: what the daemon does that was restarted. */
void
loghole_restart(void);
void
loghole_close(void);

#endif
