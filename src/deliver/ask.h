/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ask.h - how a network worker gets a password or a token.
 *
 * The worker is confined and has neither the terminal nor the right to run
 * commands; its parent has. So it asks for the secret of account number i over a
 * socket, only when a mechanism needs it, and the parent answers.
 */
#ifndef DELIVER_ASK_H
#define DELIVER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "config/account.h"

/* The worker's side: what smtp's password callback gets as its argument. */
struct ask {
	int fd;
	uint32_t account;
};

bool
ask_password(void *arg, struct secret *out, struct err *e);

/*
 * The parent's side: reads one question and answers it. false: no question came, the worker has
 * closed its end.
 */
bool
ask_answer(int fd, const struct account *const *accounts, size_t n, bool may_prompt);
/* The same with a password that is known already, whatever account is asked for. */
bool
ask_give(int fd, const struct secret *secret);

#endif
