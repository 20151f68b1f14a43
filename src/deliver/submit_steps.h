/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * submit_steps.h - the steps of submit.c, for insist.c that takes some of them again.
 */
#ifndef DELIVER_SUBMIT_STEPS_H
#define DELIVER_SUBMIT_STEPS_H

#include <stdbool.h>

#include "deliver/submit.h"
#include "queue/schedule.h"

struct schedule
submit_schedule(const struct submit *s);
/* Is anybody pending, or unknown? */
bool
submit_is_open(const struct envelope *env);
/*
 * The account's breaker is open, or its rate used up: not tried now. Then out->next_ms says when,
 * and those without a reason have this one.
 */
bool
submit_must_wait(const struct submit *s, struct envelope *env, struct submit_result *out);
/*
 * One try at the server. *reached: it was there. false (e): it could not be made, and nothing will
 * be kept; those who are pending have e as their reason.
 */
bool
submit_try(struct entry *en, const struct submit *s, bool *reached, struct err *e);
/* The next try as the schedule has it, into the entry's times (not written) and out->next_ms. */
void
submit_plan(struct entry *en, const struct submit *s, struct submit_result *out);
/* The refused ones of an entry in the queue are told by the exit status: no notice follows. */
bool
submit_count_told(struct entry *en, struct err *e);
/* Is there work for a run that begins now? */
bool
submit_wants_run(const struct submit *s, const struct submit_result *out, bool reached);

#endif
