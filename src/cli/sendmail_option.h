/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sendmail_option.h - what stands behind -o, -O and -e.
 *
 * These are the options of sendmail.cf, by letter and by name, of which programs set those
 * that concern their one message. All others belong to a configuration that we do
 * not have: they are taken and forgotten, whatever file they name.
 */
#ifndef CLI_SENDMAIL_OPTION_H
#define CLI_SENDMAIL_OPTION_H

#include <stdbool.h>

#include "base/err.h"

/*
 * For the rows of the table in sendmail_args.c; target is its struct sendmail_args. Short: a
 * letter with its value glued to it ("i", "ifalse", "db"). Long: "NAME=VALUE", without regard to
 * case; a switch may stand alone. Errors: one says what would be promised in vain (ERR_USAGE).
 */
bool
sendmail_option_short(void *target, const char *value, struct err *e);
bool
sendmail_option_long(void *target, const char *value, struct err *e);
/* The mode of -e and -oe: q is silence, m, p, w and e change nothing. */
bool
sendmail_option_errors(void *target, const char *value, struct err *e);

#endif
