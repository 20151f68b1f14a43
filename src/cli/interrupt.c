/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/interrupt.h"

#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t flag;
static struct sigaction before[NSIGNALS];

/* SA_RESETHAND: the second one of a kind finds the default again. */
static void
on_signal(int sig)
{
	flag = sig;
}

const volatile sig_atomic_t *
interrupt_flag(void)
{
	return &flag;
}

void
interrupt_forget(void)
{
	flag = 0;
}

void
interrupt_catch(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NSIGNALS; i++) {
		sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

void
interrupt_release(void)
{
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}
