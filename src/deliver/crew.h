/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew.h - the workers of one run for one account.
 *
 * Starts up to `parallel` drain workers, each on a connection slot, hands them
 * ids one at a time, and does for each answer what needs the directory. When
 * the server cannot be used the breaker opens and the rest goes to a failover
 * account whose breaker is closed, or stays.
 */
#ifndef DELIVER_CREW_H
#define DELIVER_CREW_H

#include <stddef.h>

#include "config/account.h"
#include "deliver/runner.h"
#include "queue/schedule.h"

struct crew {
	const struct runner *runner;
	struct runner_result *out;
	const struct schedule *schedule;
	const struct account *account;
	const char **ids; /* rearranged while they are worked on */
	size_t nids;
};

void
crew_work(const struct crew *c);

#endif
