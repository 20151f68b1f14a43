/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A queue file as a disk or a stranger may leave it. What is taken for mail is whole, has
 * an address and a state for each recipient, and is the same when it is opened again,
 * marked, and read back; what is not has a reason that can be shown.
 *
 * The sums keep a mutation from getting any further, so each input is tried three times: as
 * it is; with its sums put right; and as the parts of a file that is right by itself: octet 0
 * makes the number of recipients, octet 1 the length of the body, 64 octets the mutable line,
 * then the cells, head lines up to an empty one, the body, and a journal.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/str.h"
#include "fuzz.h"
#include "message/addr.h"
#include "queue/entry.h"
#include "queue/entry_file.h"

#define NAME "0fuzz"
#define FILE_MAX ((size_t)64 * 1024)
#define SUMS_AT 66 /* what stands before them is under the head's sum */

/* In memory where that can be: each state is synced. */
static char path[64];
static int dir = -1;

static void
clean_up(void)
{
	unlinkat(dir, NAME, 0);
	rmdir(path);
}

static void
make_dir(void)
{
	snprintf(path, sizeof path, "%s/fuzz_entry.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert(mkdtemp(path) != NULL);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(dir >= 0);
	atexit(clean_up);
}

static void
put(const char *data, size_t n)
{
	int fd = openat(dir, NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	close(fd);
}

static void
check_envelope(struct entry *en)
{
	struct envelope *env = entry_envelope(en);
	char chunk[4096];
	uint64_t at = 0;
	ssize_t n;

	assert(env->nrcpts > 0 && env->from != NULL);
	assert(env->from[0] == '\0' || addr_is_wire(env->from));
	for (size_t i = 0; i < env->nrcpts; i++) {
		assert(addr_is_wire(env->rcpts[i].addr));
		assert(cell_is_valid((int)entry_cell(en, i)));
		assert((env->rcpts[i].state == RCPT_SENT) == (entry_cell(en, i) == CELL_SENT));
	}
	while ((n = entry_read(en, chunk, sizeof chunk, at)) > 0)
		at += (uint64_t)n;
	assert(n == 0 && at == env->facts.size);
}

/* Everybody who is open fails with a reason of ours; the file is then what we say it is. */
static void
check_marks(struct entry *en)
{
	struct envelope *env = entry_envelope(en);
	bool *noted = calloc(env->nrcpts, sizeof *noted);
	struct err why, e;
	size_t failed = 0;

	assert(noted != NULL);
	err_set(&why, ERR_RECIPIENT, STAGE_RCPT, "5.1.1", "No such user");
	for (size_t i = 0; i < env->nrcpts; i++) {
		noted[i] = env->rcpts[i].state != RCPT_PENDING;
		if (noted[i])
			continue;
		env->rcpts[i].state = RCPT_REFUSED;
		env->rcpts[i].why = &why;
		assert(entry_mark(en, i, 1, false));
	}
	for (size_t i = 0; i < env->nrcpts; i++)
		failed += entry_cell(en, i) == CELL_FAILED;
	assert(entry_note(en, 0, env->nrcpts, noted) && entry_save_times(en));
	assert(entry_count(en, CELL_FAILED) == failed && entry_count(en, CELL_PENDING) == 0);
	assert(entry_reload(en, NULL, &e));
	free(noted);
}

static void
try_file(void)
{
	struct entry *en = NULL;
	struct err e = {.class = ERR_NONE};
	enum entry_open r = entry_open(dir, NAME, ENTRY_LOCK | ENTRY_VERIFY, &en, &e);

	assert(r == ENTRY_GOOD || r == ENTRY_CORRUPT);
	if (r == ENTRY_CORRUPT) {
		assert(en == NULL && e.class == ERR_LOCAL && e.text[0] != '\0');
		assert(
		    !str_has_ctl(e.text, strlen(e.text)) && str_utf8_valid(e.text, strlen(e.text)));
		return;
	}
	check_envelope(en);
	if (entry_envelope(en)->nrcpts <= 64)
		check_marks(en);
	entry_close(en);
	assert(entry_open(dir, NAME, ENTRY_LOCK | ENTRY_VERIFY, &en, &e) == ENTRY_GOOD);
	check_envelope(en);
	entry_close(en);
}

static size_t
number(const char *s, size_t n)
{
	size_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = s[i] >= '0' && s[i] <= '9' ? v * 10 + (size_t)(s[i] - '0') : FILE_MAX;
	return v;
}

/* Makes the two sums fit what is there; false: the lengths do not fit. */
static bool
repair(char *file, size_t size)
{
	char sum[CRYPTO_SUM_LEN + 1];
	struct crypto_hash h;
	size_t head, body, nrcpts, at;

	if (size < ENTRY_CELLS_AT)
		return false;
	head = number(file + 5, 8);
	body = number(file + 14, 12);
	nrcpts = number(file + 27, 6);
	at = ENTRY_CELLS_AT + nrcpts + 1;
	if (head > size || body > size || nrcpts > size || at + head + body > size)
		return false;
	crypto_hash_init(&h);
	crypto_hash_add(&h, file, SUMS_AT - 1);
	crypto_hash_add(&h, file + at, head);
	crypto_hash_sum(&h, sum);
	memcpy(file + SUMS_AT, sum, CRYPTO_SUM_LEN);
	crypto_sum(file + at + head, body, sum);
	memcpy(file + SUMS_AT + CRYPTO_SUM_LEN + 1, sum, CRYPTO_SUM_LEN);
	return true;
}

/* A file with those parts, lengths right; 0: too little to make one. */
static size_t
build(const uint8_t *data, size_t size, char *file)
{
	size_t nrcpts = size > 0 ? (size_t)data[0] % 8 + 1 : 0, body, head, n;
	const char *parts = (const char *)data + 2, *empty;
	char line[ENTRY_FIXED_LEN];

	if (size < 2 + ENTRY_MUTABLE_LEN + nrcpts)
		return 0;
	n = size - 2 - ENTRY_MUTABLE_LEN - nrcpts;
	empty = memmem(parts + ENTRY_MUTABLE_LEN + nrcpts, n, "\n\n", 2);
	head = empty != NULL ? (size_t)(empty - parts) - ENTRY_MUTABLE_LEN - nrcpts + 2 : n;
	body = data[1] < n - head ? data[1] : n - head;
	memset(file, ' ', ENTRY_FIXED_LEN - 1);
	file[ENTRY_FIXED_LEN - 1] = '\n';
	snprintf(line, sizeof line, ENTRY_MAGIC " %08zu %012zu %06zu %015d ---- %010d ", head, body,
	    nrcpts, 1, 1);
	memcpy(file, line, strlen(line));
	memcpy(file + ENTRY_FIXED_LEN, parts, ENTRY_MUTABLE_LEN + nrcpts);
	file[ENTRY_CELLS_AT + nrcpts] = '\n';
	memcpy(file + ENTRY_CELLS_AT + nrcpts + 1, parts + ENTRY_MUTABLE_LEN + nrcpts, n);
	return ENTRY_CELLS_AT + nrcpts + 1 + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char file[2 * FILE_MAX];
	size_t n;

	if (size > FILE_MAX)
		return 0;
	if (dir < 0)
		make_dir();
	put((const char *)data, size);
	try_file();
	memcpy(file, data, size);
	if (repair(file, size)) {
		put(file, size);
		try_file();
	}
	n = build(data, size, file);
	if (n > 0 && repair(file, n)) {
		put(file, n);
		try_file();
	}
	return 0;
}
