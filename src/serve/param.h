/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * param.h - the parameters of MAIL and RCPT that EHLO offers.
 *
 * SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET, ENVID, NOTIFY and ORCPT (RFC 3461,
 * RFC 6533). Everything else is refused, as the sender must learn that it does not act.
 */
#ifndef SERVE_PARAM_H
#define SERVE_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "message/envelope.h"

#define PARAM_ORCPT_MAX 500 /* RFC 3461 4.2 */

struct param_mail {
	uint64_t size; /* as announced, 0: not at all */
	bool smtputf8;
	enum dsn_return ret;
	const char *envid; /* decoded, NULL: none */
};

struct param_rcpt {
	unsigned notify;   /* of enum notify */
	const char *orcpt; /* decoded, without its type; NULL: none */
};

/*
 * s: what stands behind the path. Strings come from mem. false: e with the code of the reply: 555
 * 5.5.4 for a parameter that is not known, 501 5.5.4 for one that is given twice or has a wrong
 * value.
 */
bool
param_mail(struct arena *mem, const char *s, struct param_mail *out, struct err *e);
bool
param_rcpt(struct arena *mem, const char *s, struct param_rcpt *out, struct err *e);

#endif
