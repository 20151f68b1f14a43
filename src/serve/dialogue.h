/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dialogue.h - one SMTP session in which we are the server (RFC 5321, 2920, 3030).
 *
 * Made for a program that speaks to us over its pipes: no login, no TLS, its word is taken for
 * everything but syntax. It can harm nobody but itself, so the limits are wide, but there
 * are limits: no dialogue goes on for ever without a message.
 */
#ifndef SERVE_DIALOGUE_H
#define SERVE_DIALOGUE_H

#include "serve/service.h"

#define DIALOGUE_BAD_MAX 20    /* commands that are none, or out of order */
#define DIALOGUE_IDLE_MAX 1000 /* commands that lead to nothing, without a message between */
#define DIALOGUE_SIZE_MAX ((uint64_t)1 << 30) /* octets of a message: for struct service */

enum dialogue_end {
	DIALOGUE_DONE,    /* QUIT, or the input ended between messages: replies hold */
	DIALOGUE_CUT,     /* it ended within a message, fell silent, or was nonsense */
	DIALOGUE_STOPPED, /* a signal came */
	DIALOGUE_BLIND,   /* the input could not be read */
	DIALOGUE_DEAF,    /* a reply could not be written */
};

/* Serves until the end. The descriptors stay open. */
enum dialogue_end
dialogue_run(const struct service *s, int in, int out);

#endif
