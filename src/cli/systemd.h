/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * systemd.h - unit files of ours, and systemctl.
 *
 * user: the person's own manager (systemctl --user), else the system's.
 */
#ifndef CLI_SYSTEMD_H
#define CLI_SYSTEMD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/proc.h"
#include "cli/ui.h"

/* How a unit file of ours begins. A file that does not is never overwritten nor removed. */
#define SYSTEMD_WRITTEN "# Written by 'postrider queue runner install'"

/* Does a manager answer? Runs systemctl. */
bool
systemd_works(bool user);
/* systemctl [--user] WORD..., its words in *r. false: it did not end well. */
bool
systemd_ctl(bool user, const char *const words[3], struct proc_result *r);
/* The same as a line of text. */
void
systemd_add_command(struct buf *out, bool user, const char *const words[3]);
/* Runs it and says so, or, where it does not work, tells the person to. true: it was done. */
bool
systemd_do_or_tell(const struct ui *ui, bool user, const char *const words[3], bool works);
/* The whole file at once, mode 0644. false (e): nothing has changed. */
bool
systemd_write_unit(struct arena *mem, const char *path, const struct buf *text, struct err *e);
/* Says so. A file that is not there is removed already. */
bool
systemd_remove_unit(const struct ui *ui, const char *path, struct err *e);

#endif
