/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a journal, each as it is and with its sum put right: what is applied touches only
 * those it names and whose cell it tells of, and says the same when it is written again.
 * Octet 0 makes the number of recipients and their cells.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/str.h"
#include "fuzz.h"
#include "queue/journal.h"

#define RCPTS_MAX 12
#define LINE_MAX_LEN 4096

static void
start(struct envelope *env, char *cells, uint8_t seed)
{
	static const char letters[] = "PDSNBK";

	envelope_init(env);
	env->nrcpts = (size_t)seed % RCPTS_MAX + 1;
	env->rcpts = arena_alloc(&env->mem, env->nrcpts * sizeof *env->rcpts);
	for (size_t i = 0; i < env->nrcpts; i++) {
		env->rcpts[i].addr = "a@x.test";
		cells[i] = letters[(seed + i * 5) % 6];
	}
}

/* Written again for one recipient and read into a fresh envelope, a reason is what it was. */
static void
check_again(const struct envelope *env, const char *cells, size_t i, uint8_t seed)
{
	const struct rcpt *was = &env->rcpts[i], *is;
	struct envelope again;
	char same[RCPTS_MAX];
	struct buf line;

	buf_init(&line, (size_t)64 * 1024);
	journal_format(&line, env, (enum cell)cells[i], &i, 1, 1234567890123);
	assert(!line.overflow && line.data[line.len - 1] == '\n');
	start(&again, same, seed);
	assert(journal_apply(line.data, line.len - 1, &again, same));
	is = &again.rcpts[i];
	assert(is->why != NULL && str_eq(is->why->text, was->why->text));
	assert(is->why->class == was->why->class && is->why->stage == was->why->stage);
	assert(is->why->code == was->why->code && is->ms == was->ms);
	assert(str_eq(is->why->status, was->why->status) && str_eq(is->why->hint, was->why->hint));
	assert((is->server == NULL) == (was->server == NULL));
	envelope_done(&again);
	buf_done(&line);
}

static void
apply(const char *line, size_t n, uint8_t seed)
{
	char cells[RCPTS_MAX];
	struct envelope env;
	bool good;

	start(&env, cells, seed);
	good = journal_apply(line, n, &env, cells);
	for (size_t i = 0; i < env.nrcpts; i++) {
		const struct rcpt *r = &env.rcpts[i];

		assert(r->state == RCPT_PENDING && r->ms >= 0);
		assert(good || (r->why == NULL && r->server == NULL));
		if (r->why != NULL)
			check_again(&env, cells, i, seed);
	}
	envelope_done(&env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data + 1, *end = (const char *)data + size, *nl;
	char line[LINE_MAX_LEN + CRYPTO_SUM_LEN + 3], sum[CRYPTO_SUM_LEN + 1];
	size_t n;

	for (; size > 1 && p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl != NULL ? nl : end;
		n = (size_t)(nl - p);
		apply(p, n, data[0]);
		if (n > LINE_MAX_LEN)
			continue;
		memcpy(line, p, n);
		crypto_sum(line, n, sum);
		memcpy(line + n, " ~", 2);
		memcpy(line + n + 2, sum, CRYPTO_SUM_LEN);
		apply(line, n + 2 + CRYPTO_SUM_LEN, data[0]);
	}
	return 0;
}
