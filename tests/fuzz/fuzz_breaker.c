/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state of an account as a crash or a stranger may leave it, as it is and with its sum
 * put right: whatever it says, it can be read, asked, counted in and closed, and what was
 * written is what is read back.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/str.h"
#include "fuzz.h"
#include "queue/breaker.h"

#define LINE_MAX_LEN 1500
#define NOW 1700000000000

/* In memory where that can be: each state is synced. */
static char path[64];
static struct spool *sp;

static void
clean_up(void)
{
	unlinkat(spool_root_fd(sp), "relay-a", 0);
	for (int r = 0; r < ROOM_MAX; r++)
		rmdir(spool_path(sp, (enum spool_room)r));
	spool_close(sp);
	rmdir(path);
}

static void
make_spool(void)
{
	struct err e;

	snprintf(path, sizeof path, "%s/fuzz_breaker.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert(mkdtemp(path) != NULL);
	sp = spool_open(path, true, &e);
	assert(sp != NULL);
	atexit(clean_up);
}

static void
check_texts(const struct breaker *b)
{
	assert(memchr(b->why.text, '\0', sizeof b->why.text) != NULL);
	assert(memchr(b->why.status, '\0', sizeof b->why.status) != NULL);
	assert(memchr(b->why.hint, '\0', sizeof b->why.hint) != NULL);
}

static void
try_state(const char *data, size_t n)
{
	static const struct rate rates[] = {{5, 1000}, {30, 60000}, {400, RATE_DAY_MS}};
	int fd = openat(spool_root_fd(sp), "relay-a", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct breaker before, after;
	struct err why;
	int64_t at;

	assert(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	close(fd);
	breaker_load(sp, "a", &before);
	check_texts(&before);
	(void)breaker_is_open(&before, before.fingerprint, NOW);
	(void)breaker_needs_person(&before);
	at = breaker_take(sp, "a", rates, 3, NOW);
	assert(at == 0 || (at > NOW && at <= NOW + RATE_DAY_MS));
	err_set(&why, ERR_RELAY, STAGE_CONNECT, "4.4.1", "connection refused");
	breaker_failed(sp, "a", &why, 7, NOW);
	breaker_load(sp, "a", &after);
	/* failures of another configuration are not counted on */
	assert(after.failures == (before.fingerprint == 7 ? before.failures : 0) + 1);
	assert(after.fingerprint == 7);
	assert(after.last_ok_ms == before.last_ok_ms);
	assert(after.retry_ms > NOW && str_eq(after.why.text, "connection refused"));
	assert(breaker_is_open(&after, 7, NOW) && !breaker_is_open(&after, 8, NOW));
	breaker_succeeded(sp, "a", NOW);
	breaker_load(sp, "a", &after);
	assert(after.failures == 0 && after.last_ok_ms == NOW);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[LINE_MAX_LEN + CRYPTO_SUM_LEN + 2], sum[CRYPTO_SUM_LEN + 1];

	if (size > LINE_MAX_LEN)
		return 0;
	if (sp == NULL)
		make_spool();
	try_state((const char *)data, size);
	memcpy(line, data, size);
	crypto_sum(line, size, sum);
	line[size] = ' ';
	memcpy(line + size + 1, sum, CRYPTO_SUM_LEN);
	try_state(line, size + 1 + CRYPTO_SUM_LEN);
	return 0;
}
