/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe.h - a walk through the dialogue with a server, to look at it.
 *
 * The same session as for a message, but each stage is shown, and one can stop
 * or hang up anywhere. There is no body, ever: behind DATA the only way out is
 * to hang up.
 */
#ifndef DELIVER_PROBE_H
#define DELIVER_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trace.h"
#include "config/account.h"
#include "net/tls_view.h"
#include "smtp/ehlo.h"

/* In the order of a dialogue with STARTTLS; with TLS from the start, TLS comes before the banner.
 */
enum probe_point {
	PROBE_ALL, /* as far as the account and the addresses go */
	PROBE_CONNECT,
	PROBE_BANNER,
	PROBE_EHLO,
	PROBE_TLS,
	PROBE_EHLO2,
	PROBE_AUTH,
	PROBE_MAIL,
	PROBE_RCPT,
	PROBE_DATA,
	PROBE_POINTS
};

enum probe_end {
	PROBE_STOP,              /* RSET where it is due, and QUIT */
	PROBE_DROP,              /* hang up once the point is over */
	PROBE_DROP_BEFORE_REPLY, /* say what the point says, and hang up */
};

struct probe {
	const struct account *account;
	int family; /* AF_INET, AF_INET6; AF_UNSPEC: both */
	enum probe_point at;
	enum probe_end end;
	const char *from; /* MAIL, NULL: no transaction; "": nobody */
	const char *const *to;
	size_t nto;
	const char *size; /* of MAIL's SIZE=, digits; NULL: none */
	bool may_ask;
	/* All are called in the process that speaks to the server: they may print. */
	const struct trace *trace; /* not NULL */
	void (*tls)(void *arg, const struct tls_view *v);
	/* after each EHLO; mech: which login would be chosen, NULL: none (why tells) */
	void (*caps)(void *arg, const struct capabilities *c, const char *mech,
	    const struct err *why);
	void *arg;
};

struct probe_result {
	/* the first thing that failed, ERR_NONE: nothing did. A refused recipient does not end the
	 * walk. */
	struct err why;
	bool arrived;          /* at the point, where one was given */
	int64_t ms[STAGE_MAX]; /* of each stage, -1: it was not reached; two EHLO count together */
	int64_t whole_ms;
};

/* false (e): the process for it could not be had. */
bool
probe_run(const struct probe *p, struct probe_result *out, struct err *e);

#endif
