/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * service.h - what a server of ours knows before the first word is said.
 */
#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "config/config.h"
#include "deliver/intake.h"
#include "deliver/submit.h"
#include "queue/spool.h"

struct service {
	const char *name; /* of this machine, in greeting and EHLO */
	const struct config *config;
	struct spool *spool;      /* NULL: nothing is kept */
	struct err spool_trouble; /* why nothing can be kept although it should; ERR_NONE: none */
	struct err waits;  /* why every message can only be kept (its configuration); ERR_NONE */
	struct err closed; /* why no message can be taken at all; ERR_NONE: they can */
	bool may_wait;     /* as of struct intake */
	const char *account, *full_name;
	enum submit_when when;
	bool background;
	int64_t patience_ms; /* as of struct attempt, where there is a queue */
	int64_t idle_ms;     /* longest silence of a client */
	uint64_t size_max;
	const struct trace *trace;
	const volatile sig_atomic_t *stop;
	/* A message was submitted. */
	void (*told)(void *arg, struct intake_result *in, const struct submit_result *r);
	/* There is trouble that the client may not pass on. */
	void (*trouble)(void *arg, const struct err *e);
	void *arg;
};

#endif
