/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gcov_exit.c - counts what a worker ran, too.
 *
 * Workers end by _exit(), which skips the writing of gcov's counters, and are
 * confined, which forbids it. The coverage build links the program with --wrap
 * for both and this in their place. Confinement itself is tried by every other build.
 */
#include <stdbool.h>

#include "base/sandbox.h"

/* Names and signatures are the linker's and gcc's. */
void
__gcov_dump(void);
void
__real__exit(int status) __attribute__((noreturn));
void
__wrap__exit(int status) __attribute__((noreturn));
bool
__wrap_sandbox_enter(const struct sandbox *s);

void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

bool
__wrap_sandbox_enter(const struct sandbox *s)
{
	(void)s;
	return true;
}
