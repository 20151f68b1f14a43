/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shared.h - the options that every command of postrider knows.
 *
 * Under our own name they may also stand before the command, or before a
 * sendmail command line, and only there: a program that lets strangers append
 * to its arguments must not give them --set password-command=... (decisions.md 17).
 */
#ifndef CLI_SHARED_H
#define CLI_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/args.h"
#include "config/config.h"

enum shared_color { SHARED_COLOR_AUTO, SHARED_COLOR_ALWAYS, SHARED_COLOR_NEVER };

struct shared {
	const char *account, *file, *server;
	struct args_list sets;
	int64_t timeout_ms; /* 0: not given */
	unsigned verbose;   /* 1: stages, 2: the conversation */
	bool quiet, json, no_input, no_pager, help, version;
	enum shared_color color;
};

/* The table with its target. */
struct args_group
shared_group(struct shared *s);
void
shared_request(const struct shared *s, struct config_request *out);

#endif
