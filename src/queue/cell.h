/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cell.h - one byte a recipient, the state that survives us.
 *
 * Cells are overwritten in place and lie outside the checksums. The letters
 * have even parity, so any two differ in at least two bits and one flipped
 * bit is no letter at all.
 */
#ifndef QUEUE_CELL_H
#define QUEUE_CELL_H

#include <stdbool.h>

enum cell {
	CELL_PENDING = 'P', /* not yet, or not this time */
	CELL_DOUBT = 'D',   /* the end of the body may be on its way: no answer yet */
	CELL_SENT = 'S',
	CELL_FAILED = 'N',    /* refused for good, sender not yet told */
	CELL_BOUNCED = 'B',   /* refused for good, sender told */
	CELL_CANCELLED = 'K', /* removed by a person */
};

bool
cell_is_valid(int c);
#endif
