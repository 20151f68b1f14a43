/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_text.h - a message of the queue on standard output, piece by piece.
 *
 * On a terminal control characters are shown, not sent: a stranger wrote them.
 */
#ifndef CLI_QUEUE_TEXT_H
#define CLI_QUEUE_TEXT_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/ui.h"
#include "queue/entry.h"

enum queue_text_part {
	QUEUE_TEXT_HEADERS, /* with LF, without the empty line */
	QUEUE_TEXT_BODY,    /* with LF */
	QUEUE_TEXT_RAW,     /* octet for octet, whatever standard output is */
	QUEUE_TEXT_MBOX, /* with LF; body lines that look like a From_ line are quoted (mboxrd) */
};

/* false (e): it cannot be read or written; errno EPIPE: nobody reads any more. */
bool
queue_text_print(const struct ui *ui, struct entry *en, enum queue_text_part part, struct err *e);

#endif
