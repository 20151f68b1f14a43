/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * insist.h - tries again, for somebody who waits for the answer.
 *
 * The first try and the keeping are submit.h's. From then on the message lies in
 * the queue, with its next try in it, and this process holds its lock: no run
 * takes it, and when we die the lock dies with us and the next run does what
 * we would have done. Where nothing is kept, it waits in our hands alone.
 */
#ifndef DELIVER_INSIST_H
#define DELIVER_INSIST_H

#include <stdbool.h>
#include <stdint.h>

#include "deliver/submit.h"

struct insist {
	const struct submit *submit;
	int64_t wait_ms; /* from the end of the first try; when it is over, the last one is made */
	/* A moment of waiting has passed: so long until the next try. NULL: nobody looks. */
	void (*waiting)(void *arg, int64_t left_ms, bool first);
	void *arg;
};

/*
 * submit_run, then again by the schedule of the queue while somebody is left whom time alone may
 * help. States and result are those of the last try. A recipient in doubt is not sent to again.
 */
bool
insist_run(struct entry *en, const struct insist *i, struct submit_result *out, struct err *e);

#endif
