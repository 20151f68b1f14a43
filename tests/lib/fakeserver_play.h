/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_play.h - plays the part of a script that belongs to a connection.
 */
#ifndef FAKESERVER_PLAY_H
#define FAKESERVER_PLAY_H

#include <stdbool.h>

#include "fakeserver_conn.h"
#include "fakeserver_script.h"

/*
 * true: the client followed the script to its end, and behind the end did no more than QUIT, RSET
 * or leave. Otherwise one sentence FILE:LINE: wanted ..., got ... on stderr and in the record.
 */
bool
play_script(struct conn *c, const struct script *s, unsigned connection);

#endif
