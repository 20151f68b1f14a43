/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proc.h - running a helper command.
 *
 * For password and token commands. stdin is /dev/null, stderr stays the
 * user's, output and time are limited, nothing of ours (descriptors, signal
 * dispositions) is inherited.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Runs `sh -c command` (the user's own text from the own configuration) and takes its standard
 * output, one trailing newline dropped, into *out. Errors (ERR_CONFIG, STAGE_SECRET): cannot start,
 * timeout (killed with its process group), exit status != 0, killed by a signal, nothing printed,
 * more than SECRET_MAX bytes. The sentence begins with `what`: "password-command exited 2".
 */
bool
proc_secret_shell(const char *what, const char *command, int64_t timeout_ms, struct secret *out,
    struct err *e);
/* The same for an argument vector searched in PATH (argv[0] too, NULL at the end), no shell. */
bool
proc_secret_exec(const char *what, const char *const *argv, int64_t timeout_ms, struct secret *out,
    struct err *e);

/* Closes every descriptor but 0, 1 and 2. */
void
proc_close_others(void);

#endif
