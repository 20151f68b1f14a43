/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ration.h - how many notices a queue makes.
 *
 * A program that goes wild, or a list of dead addresses, must not turn into as
 * many bounces. The file `notices` holds the times of the last ones, one line of
 * fixed length rewritten in place: no more than RATION_MAX in any hour, whatever
 * hour one looks at. Only the one runner of a queue writes it, so there is no lock.
 */
#ifndef QUEUE_RATION_H
#define QUEUE_RATION_H

#include <stdint.h>

#include "queue/spool.h"

#define RATION_MAX 20
#define RATION_PERIOD_MS ((int64_t)3600 * 1000)

/* When one more may be made: 0 now, else wall ms. A file that cannot be read limits nothing. */
int64_t
ration_ask(struct spool *sp, int64_t now_ms);
/* One was made. Best effort: what is not noted costs a notice more. */
void
ration_note(struct spool *sp, int64_t now_ms);

#endif
