/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * certificate.h - a refused certificate, shown so that a person can judge it.
 *
 * The layer below says all it knows in one sentence, which fits into a log, a
 * queue entry and an error (net/judge.c): parts with "; " between them, each
 * with its word in front. A terminal has room for a line a part.
 */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CERTIFICATE_PIN_MAX 64

/* "sha256:..." of the key that the server showed. false: the error does not tell. */
bool
certificate_pin(const struct err *e, char pin[CERTIFICATE_PIN_MAX]);
/* Is it about a certificate that was shown and refused? */
bool
certificate_is_refusal(const struct err *e);
/* What is wrong: the first line, without its reasons. */
void
certificate_headline(const struct err *e, struct buf *out);
/*
 * Calls add("reason:", text, arg) for each fact behind the headline. now_ms: wall clock, for what
 * is left of the certificate's time.
 */
void
certificate_facts(const struct err *e, int64_t now_ms,
    void (*add)(const char *label, const char *text, void *arg), void *arg);

#endif
