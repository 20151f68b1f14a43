/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dsn_args.h - the words of RFC 3461 as a command line and as RCPT and MAIL have them.
 */
#ifndef MESSAGE_DSN_ARGS_H
#define MESSAGE_DSN_ARGS_H

#include <stdbool.h>

#include "message/envelope.h"

#define DSN_ARGS_ENVID_MAX 100 /* RFC 3461 section 4.4 */

/*
 * "never", or some of "success,failure,delay" in any case, as bits of enum notify. false: it is
 * neither, or never is not alone (RFC 3461 section 4.1); *out untouched.
 */
bool
dsn_args_notify(const char *text, unsigned *out);
/* "full" or "hdrs". */
bool
dsn_args_return(const char *text, enum dsn_return *out);
/* 1 to DSN_ARGS_ENVID_MAX printable characters of ASCII. */
bool
dsn_args_is_envid(const char *text);

#endif
