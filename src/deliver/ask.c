/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "config/password.h"

/* The answer: an error, or len octets of the secret follow. Both ends are one binary. */
struct answer {
	bool good;
	uint32_t len;
	struct err error;
};

static bool
read_whole(int fd, void *data, size_t n)
{
	char *p = data;

	while (n > 0) {
		ssize_t got = file_read(fd, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool
ask_password(void *arg, struct secret *out, struct err *e)
{
	const struct ask *ask = arg;
	struct answer answer;
	char *text;
	bool good;

	if (!file_write(ask->fd, &ask->account, sizeof ask->account) ||
	    !read_whole(ask->fd, &answer, sizeof answer))
		return err_set(e, ERR_LOCAL, STAGE_SECRET, "4.3.0",
		    "the process that holds the password is gone");
	if (!answer.good) {
		if (e != NULL)
			*e = answer.error;
		return false;
	}
	text = mem_alloc((size_t)answer.len + 1);
	good = read_whole(ask->fd, text, answer.len) && secret_set(out, text, answer.len);
	secret_zero(text, answer.len);
	free(text);
	return good ||
	    err_set(e, ERR_LOCAL, STAGE_SECRET, "4.3.0", "the password did not arrive whole");
}

/*
 * A question is written in one piece. Who has taken the worker over may write less: that is no
 * question, and nothing that we wait for.
 */
static bool
read_question(int fd, uint32_t *index)
{
	ssize_t n;

	do
		n = recv(fd, index, sizeof *index, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof *index;
}

static void
send_answer(int fd, struct answer *answer, const struct secret *secret)
{
	answer->len = (uint32_t)secret->len;
	/* a worker that died meanwhile is noticed by its end, not here */
	if (file_write(fd, answer, sizeof *answer) && answer->good)
		file_write(fd, secret->data, secret->len);
}

bool
ask_give(int fd, const struct secret *secret)
{
	struct answer answer = {.good = true};
	uint32_t index;

	if (!read_question(fd, &index))
		return false;
	send_answer(fd, &answer, secret);
	return true;
}

bool
ask_answer(int fd, const struct account *const *accounts, size_t n, bool may_prompt)
{
	struct answer answer = {.good = false};
	struct secret secret = {NULL, 0};
	uint32_t index;

	if (!read_question(fd, &index))
		return false;
	sandbox_no_core();
	if (index < n)
		answer.good = password_get(accounts[index], may_prompt, &secret, &answer.error);
	send_answer(fd, &answer, &secret);
	secret_wipe(&secret);
	return true;
}
