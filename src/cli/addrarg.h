/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * addrarg.h - addresses given on a command line.
 *
 * Each word is a list in header syntax: Debian's cron hands over MAILTO=a,b as
 * one word, people paste 'Joe <joe@example.org>'.
 */
#ifndef CLI_ADDRARG_H
#define CLI_ADDRARG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/args.h"

/* What could not be taken, beside those that could. */
struct addrarg_bad {
	size_t n;
	struct err first;
};

/*
 * Appends the addresses of all words to out, in wire form. What is no address is counted in bad.
 * false (e, ERR_USAGE): a word without any address in it ("", "<>").
 */
bool
addrarg_recipients(struct arena *mem, const struct args_list *words, struct args_list *out,
    struct addrarg_bad *bad, struct err *e);
/*
 * The sender in a word: "" for '' and '<>'; one mailbox, with or without name and domain. NULL with
 * e (ERR_USAGE).
 */
const char *
addrarg_sender(struct arena *mem, const char *word, struct err *e);

#endif
