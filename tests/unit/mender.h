/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mender.h - a message through fixup, in pieces, and what became of it.
 */
#ifndef UNIT_MENDER_H
#define UNIT_MENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "message/fixup.h"

#define DATE "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
#define FROM "From: me@dom.example\r\n"
#define ID "Message-ID: <*@dom.example>\r\n"
#define OURS DATE FROM ID
/* A header that needs nothing, as it comes and as it leaves. */
#define H "Date: d\nFrom: a@b.example\nMessage-ID: <i@b>\n"
#define HH "Date: d\r\nFrom: a@b.example\r\nMessage-ID: <i@b>\r\n"

struct mender {
	struct arena mem;
	struct buf block, out; /* header with the empty line, and all of it */
	struct fixup_found found;
	struct facts facts;
	struct err e;
	bool ended;
	int begun;
	size_t fail_after; /* the sink takes so many octets of body */
};

extern struct mender run;
/* The sink of `run`, for a test that feeds by itself. */
extern const struct fixup_sink mender_sink;

void
mender_clear(void);
/* -t or not; domain and sender are those of the macros above. */
struct fixup_opts
mender_opts(bool read_recipients);
/* The message through fixup in pieces of step octets; everything about it is in `run`. */
bool
mender_feed(const char *s, size_t n, size_t step, const struct fixup_opts *opts);
/* What left, with "*" for the changing part of our own ids. */
const char *
mender_output(void);

/* Sizes of pieces for a message of n octets: whole, octet by octet, seven. All must mean the same. */
#define MENDER_NSTEPS 3
size_t
mender_step(size_t k, size_t n);

struct mender_row {
	const char *claim, *in, *out;
};

/* Feeds each row in all steps and compares what left, octet for octet. */
void
mender_check(const struct mender_row *rows, size_t n);

#define MENDER_CHECK(rows) mender_check(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
