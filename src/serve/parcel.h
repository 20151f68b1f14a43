/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parcel.h - what MAIL and RCPT have said about the message to come.
 */
#ifndef SERVE_PARCEL_H
#define SERVE_PARCEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "deliver/intake.h"
#include "serve/param.h"
#include "serve/service.h"

#define PARCEL_RCPTS_MAX 100000 /* RCPT commands, good or not */

struct parcel {
	struct arena mem;
	bool open;        /* MAIL was taken */
	const char *from; /* in wire form, maybe without a domain; "" null */
	struct param_mail mail;
	const char **rcpts;
	struct intake_wish *wishes;
	size_t n, asked; /* recipients taken, asked for */
};

/* Empty again; a zeroed struct is one. */
void
parcel_clear(struct parcel *p);
/*
 * What stands behind "MAIL FROM:" and "RCPT TO:". false: nothing has changed, and e has code,
 * status and text of the reply (beside those of mailpath_parse and param_*: 552 5.3.4 too large,
 * 452 4.3.1 no room, 451 4.3.5 the service is closed, 452 4.5.3 too many recipients, 550 5.1.1 a
 * name without a domain).
 */
bool
parcel_mail(struct parcel *p, const struct service *s, const char *args, struct err *e);
bool
parcel_rcpt(struct parcel *p, const struct service *s, const char *args, struct err *e);

#endif
