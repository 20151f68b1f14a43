/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe_args.h - the command line of `postrider probe`.
 */
#ifndef CLI_PROBE_ARGS_H
#define CLI_PROBE_ARGS_H

#include <stdbool.h>

#include "cli/args.h"
#include "cli/probe_show.h"
#include "cli/shared.h"
#include "deliver/probe.h"

struct probe_args {
	struct shared shared;
	/* keys of the account by another name */
	const char *tls, *tls_ca, *tls_name, *tls_pin, *tls_cert, *tls_key, *tls_priority, *user,
	    *password_file, *password_command, *token_command, *helo, *source, *auth;
	const char *from, *size, *repeat, *interval, *resolver;
	struct args_list to;
	enum probe_point at;
	enum probe_end end;
	enum probe_show_cert cert;
	bool only4, only6, insecure, ask_password, explain, timing;
};

/* Names of the points: "connect", ...; none for PROBE_ALL. */
extern const char *const probe_args_points[PROBE_POINTS];

/* Without a target. */
struct args_group
probe_args_group(void);

#endif
