/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settle.h - the [queue] section with its defaults.
 */
#ifndef CONFIG_SETTLE_H
#define CONFIG_SETTLE_H

#include "config/config.h"
#include "config/store.h"

void
settle_queue(struct store *s, struct queue_settings *out);

#endif
