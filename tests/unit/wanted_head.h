/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wanted_head.h - the header that has to come of one.
 */
#ifndef UNIT_WANTED_HEAD_H
#define UNIT_WANTED_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "wanted_input.h"

/*
 * All fields of `in` but those that may not leave stand in `out`, in order and with what they said;
 * of others only those that may be added, where they lacked. false: a complaint is in said.
 */
bool
wanted_head(const struct wanted_input *out, const struct wanted_input *in, char *said, size_t size);

#endif
