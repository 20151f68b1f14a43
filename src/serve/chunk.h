/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chunk.h - what stands behind BDAT (RFC 3030 section 2).
 */
#ifndef SERVE_CHUNK_H
#define SERVE_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

/* "N" or "N LAST". false: neither, and nothing is changed. */
bool
chunk_parse(const char *args, uint64_t *size, bool *last);

#endif
