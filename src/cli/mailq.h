/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mailq.h - the queue in the form that mailq(1) and -bp have had for thirty years.
 *
 * For programs that read it, and people who know it; `postrider queue` says more.
 */
#ifndef CLI_MAILQ_H
#define CLI_MAILQ_H

#include "cli/shared.h"
#include "cli/ui.h"

/* Prints it, returns the exit status. */
int
mailq_run(const struct shared *shared, const struct ui *ui);
/* The same for the number of messages alone, as -bP does. */
int
mailq_count(const struct shared *shared, const struct ui *ui);

#endif
