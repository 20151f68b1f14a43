/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz.h - what a fuzzer shows to libFuzzer, and to replay.c.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
