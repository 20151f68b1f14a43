/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_json.h - the report as JSON lines (cli.md 2.6, decisions.md 31).
 *
 * Keys and words are stable English; times are milliseconds. Every object
 * says which version of the form it has.
 */
#ifndef CLI_REPORT_JSON_H
#define CLI_REPORT_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "base/trace.h"
#include "cli/outcome.h"
#include "cli/report.h"

/* A line for each recipient and the result. */
void
report_json_format(const struct report *r, const struct outcome *o, int status, struct buf *out);
/* An error before any attempt, and the result. */
void
report_json_format_trouble(const struct err *e, int status, struct buf *out);
/* The same on stdout. */
void
report_json_trouble(const struct err *e, int status);
/* What whoever sends should know. */
void
report_json_note(const char *text, struct buf *out);
/* A stage that is over. */
void
report_json_stage(const struct trace_stage *s, struct buf *out);

#endif
