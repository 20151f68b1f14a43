/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ehlo.h - what the server says it can do.
 */
#ifndef SMTP_EHLO_H
#define SMTP_EHLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "smtp/pipeline.h"
#include "smtp/reply.h"

struct capabilities {
	bool esmtp; /* EHLO or LHLO was answered with 250 */
	bool starttls, pipelining, chunking, eightbitmime, smtputf8, dsn, enhanced;
	bool size;               /* SIZE offered */
	uint64_t size_max;       /* 0: no limit told; more than 64 bits are taken as UINT64_MAX */
	uint64_t rcpt_max;       /* LIMITS RCPTMAX (RFC 9422), 0: none */
	char mechs[512];         /* of AUTH, blank separated, upper case; "" none */
	char greeting_name[256]; /* the server's name in its reply, escaped */
	char keywords[1024];     /* all of them with their parameters, escaped, a line each */
};

/* From the 250 reply to EHLO or LHLO; unknown keywords and odd parameters are ignored. */
void
ehlo_parse(const struct reply *r, struct capabilities *out);
struct ehlo_opts {
	const char *name; /* ours, fit for a command */
	bool lmtp;        /* LHLO (RFC 2033) */
	/* HELO when EHLO is refused for good: only where neither TLS nor AUTH is needed */
	bool fall_back;
};

/*
 * Introduces us and learns what the server can do; the window of p follows it. Whatever *out held
 * is forgotten (RFC 3207 4.2). Errors: relay class, STAGE_EHLO.
 */
bool
ehlo_run(struct pipeline *p, const struct ehlo_opts *o, struct capabilities *out, struct err *e);
/* Is mechanism name in caps->mechs? */
bool
ehlo_has_mech(const struct capabilities *caps, const char *name);

#endif
