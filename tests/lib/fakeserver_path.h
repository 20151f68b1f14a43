/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_path.h - the argument of MAIL and RCPT, read strictly.
 *
 * This is where an address that carries a parameter or a second command along
 * would show: nothing is repaired here.
 */
#ifndef FAKESERVER_PATH_H
#define FAKESERVER_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "fakeserver_options.h"

struct path {
	char *addr; /* between the angle brackets; points into the line */
	bool body_8bit, utf8;
	uint64_t size; /* 0: not told */
};

/*
 * Splits "FROM:<addr> PARAMS" or "TO:<addr> PARAMS" (which: "FROM:", "TO:") in place. NULL, or the
 * reply that refuses it: wrong syntax, a parameter whose extension is not offered.
 */
const char *
path_parse(const struct options *o, const char *which, char *argument, struct path *out);

#endif
