/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * strict.h - sink.h in a process of its own, and a session of the program with it.
 */
#ifndef UNIT_STRICT_H
#define UNIT_STRICT_H

#include "sink.h"
#include "smtp/session.h"

struct strict;

/* offers: of sink.h. It ends by itself after 20 s. */
struct strict *
strict_open(unsigned offers);
void
strict_close(struct strict *s);
struct session *
strict_session(struct strict *s);
const struct sink_seen *
strict_seen(const struct strict *s);

#endif
