/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/interrupt.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t flag;
static struct sigaction before[NSIGNALS];
static const char *last_words; /* not NULL: on_fatal is there */

/* SA_RESETHAND: the second one of a kind finds the default again. */
static void
on_signal(int sig)
{
	flag = sig;
}

/* With SA_RESETHAND too: raised again it ends us, and our caller sees by what. */
static void
on_fatal(int sig)
{
	ssize_t n = write(STDERR_FILENO, last_words, strlen(last_words));

	(void)n;
	raise(sig);
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

/* replaces: what on_fatal has found there is what comes back. */
static void
take(void (*handler)(int), bool replaces)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NSIGNALS; i++) {
		if (!replaces)
			sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

void
interrupt_end_with(const char *words)
{
	last_words = words;
	take(on_fatal, false);
}

void
interrupt_catch(void)
{
	take(on_signal, last_words != NULL);
	last_words = NULL;
}

void
interrupt_release(void)
{
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	last_words = NULL;
}
