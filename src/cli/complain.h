/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * complain.h - all that is wrong with the configuration, shown so that it can be mended in one go.
 */
#ifndef CLI_COMPLAIN_H
#define CLI_COMPLAIN_H

#include <stdbool.h>

#include "cli/ui.h"
#include "config/config.h"
#include "config/diag.h"

/*
 * Every finding with its line and a caret; fate: what that means for the mail, NULL: there is none.
 * Returns the exit status (78).
 */
int
complain_config(const struct ui *ui, const struct diags *d, const char *fate);
/* The first finding stands for all of them where only one error has room. */
void
complain_as_error(const struct diags *d, struct err *e);
/* One finding as text. */
void
complain_format(const struct ui *ui, const struct diag *d, struct buf *out);
/* There is no account at all: where was looked, and the hint what to do. Returns false. */
bool
complain_no_account(const struct config *c, struct err *e);

#endif
