/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * interrupt.h - Ctrl-C while a message is on its way.
 *
 * The first signal ends the attempt in good order, so that the fate of the
 * mail can be told; the second one ends us at once. What our caller has
 * chosen to ignore stays ignored.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>

/* Not 0 once a signal has come. */
const volatile sig_atomic_t *
interrupt_flag(void);
void
interrupt_catch(void);
/*
 * From now on the first signal ends us, with these words on stderr: while nothing has been done
 * yet. Until interrupt_catch or interrupt_release; words stay the caller's.
 */
void
interrupt_end_with(const char *words);
/* Signals act again as before interrupt_catch, or interrupt_end_with. */
void
interrupt_release(void);

/* As if none had come. */
void
interrupt_forget(void);

#endif
