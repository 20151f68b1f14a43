/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * caller.h - session_open as the tests of sessions call it.
 */
#ifndef CALLER_H
#define CALLER_H

#include <stdbool.h>
#include <stddef.h>

#include "peer.h"
#include "smtp/session.h"

#define CALLER_PASSWORD "s3cret-Pa55"
/* NUL user NUL password */
#define CALLER_PLAIN "AHVzZXIAczNjcmV0LVBhNTU="

/* What the last call told its trace, and the error it gave. */
extern struct watch caller_watch;
extern struct err caller_err;

/* Everything but the address; the user is "user", we are "me.example". */
struct server
caller_server(enum session_tls tls, bool auth);
struct session *
caller_open(const struct server *srv);
/* "connect greeting ehlo!": the stages of the last call in order, a failed one with a mark. */
const char *
caller_stages(void);

#endif
