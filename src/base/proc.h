/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proc.h - running a helper command.
 *
 * For password and token commands (stdin is /dev/null, stderr stays the user's),
 * and for programs of the system such as crontab. Output and time are limited,
 * nothing of ours (descriptors, signal dispositions) is inherited.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
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

struct proc_result {
	int status; /* as the shell has it: 127 not found, 128+N ended by signal N */
	struct buf out, errors;
};

/*
 * Runs argv (searched in PATH) in the C locale with `input` (NULL: nothing) as its standard input,
 * and waits for its end. Its outputs are appended to out, which the caller has initialised. false
 * (ERR_LOCAL): it could not be started, or was killed because the time was over.
 */
bool
proc_run(const char *const *argv, const char *input, int64_t timeout_ms, struct proc_result *out,
    struct err *e);
void
proc_result_init(struct proc_result *r);
void
proc_result_done(struct proc_result *r);
/*
 * Runs `sh -c command` on the terminal that we have, with text[0..n) as its standard input, and
 * waits for its end. *status: as proc_result's. false (ERR_LOCAL): it could not be started.
 */
bool
proc_show(const char *command, const char *text, size_t n, int *status, struct err *e);
/* Is there such a program in PATH? */
bool
proc_exists(const char *program);

#endif
