/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * send_args.h - the options of `send`.
 */
#ifndef CLI_SEND_ARGS_H
#define CLI_SEND_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/args.h"
#include "cli/letter.h"
#include "cli/shared.h"
#include "deliver/submit.h"
#include "message/envelope.h"

struct send_args {
	struct shared shared;
	struct letter_want letter;
	const char *envelope_from, *message;
	const char *transcript, *report_to; /* files, NULL: none */
	struct args_list bcc;
	bool dry_run, print, timing, hold;
	enum submit_when when;
	bool when_given;
	int64_t lifetime_ms, wait_ms;
	unsigned notify; /* of enum notify */
	enum dsn_return ret;
};

/* The table; its target is a struct send_args. */
struct args_group
send_args_group(void);

#endif
