/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settle.h - what is neither account nor route, with its defaults.
 */
#ifndef CONFIG_SETTLE_H
#define CONFIG_SETTLE_H

#include "config/config.h"
#include "config/store.h"

/* [defaults] local-domains: the machine's domains. */
void
settle_local(struct store *s, struct local *out);
/* [defaults] aliases, local-to */
void
settle_aliases(struct store *s, const struct local *local, struct alias_settings *out);
/* [queue] */
void
settle_queue(struct store *s, struct queue_settings *out);
/* [log] */
void
settle_log(struct store *s, struct log_settings *out);

#endif
