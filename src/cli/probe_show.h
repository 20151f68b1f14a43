/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe_show.h - what probe prints while it walks, for people and for programs.
 *
 * All of it goes to stdout, for it is what was asked for. The hooks run in the
 * process that speaks to the server.
 */
#ifndef CLI_PROBE_SHOW_H
#define CLI_PROBE_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/trace.h"
#include "cli/transcript.h"
#include "cli/ui.h"
#include "deliver/probe.h"

/* How much of the certificates. */
enum probe_show_cert { PROBE_SHOW_SUMMARY, PROBE_SHOW_CHAIN, PROBE_SHOW_PEM };

struct probe_show {
	const struct ui *ui;
	const struct account *account;
	enum probe_show_cert cert;
	bool explain; /* the keywords of EHLO in words */
	bool timing;  /* how long each stage took */
	bool hide;    /* only the sums are wanted: stages only with -v */
	/* state */
	struct transcript lines;
	struct buf later; /* the certificates, until it is known what became of the handshake */
	struct trace hooks;
};

/* Hooks: hooks, probe_show_tls and probe_show_caps with s as their argument. */
void
probe_show_init(struct probe_show *s);
void
probe_show_done(struct probe_show *s);
void
probe_show_tls(void *arg, const struct tls_view *v);
void
probe_show_caps(void *arg, const struct capabilities *c, const char *mech, const struct err *why);
/* "connect 24, tls 47, ehlo 24 ms" */
void
probe_show_times(const struct probe_result *r, struct buf *out);

#endif
