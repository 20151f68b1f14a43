/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * topic.h - what `postrider help TOPIC` knows beside the commands.
 */
#ifndef CLI_TOPIC_H
#define CLI_TOPIC_H

#include <stdbool.h>
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
/* One hint of the table, by its id. false: there is no such hint. */
bool
topic_show_hint(const char *id, size_t width, struct buf *out);
void
topic_show(const struct topic *t, size_t width, struct buf *out);

#endif
