/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/cell.h"

bool
cell_is_valid(int c)
{
	switch (c) {
	case CELL_PENDING:
	case CELL_DOUBT:
	case CELL_SENT:
	case CELL_FAILED:
	case CELL_BOUNCED:
	case CELL_CANCELLED:
		return true;
	default:
		return false;
	}
}
