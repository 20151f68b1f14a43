/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * topic.h - what `postrider help TOPIC` knows beside the commands.
 */
#ifndef CLI_TOPIC_H
#define CLI_TOPIC_H

#include <stddef.h>

#include "base/buf.h"

struct topic {
	const char *name;
	const char *help; /* one line */
	/* The text; NULL: made from the hint table. */
	const char *text;
};

extern const struct topic topic_table[];
extern const size_t topic_table_count;

/* NULL: no such topic. */
const struct topic *
topic_find(const char *name);
void
topic_show(const struct topic *t, size_t width, struct buf *out);

#endif
