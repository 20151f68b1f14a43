/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry under its name in a queue: made durable, and opened again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "queue/entry_file.h"

#define HEAD_MAX ((uint64_t)64 << 20)
#define CHUNK ((size_t)128 * 1024)
#define FRONT_LEN 4096

/* The beginning of a file, read at once: a queue is mostly small messages. */
struct front {
	char data[FRONT_LEN];
	size_t len;
	uint64_t size; /* of the file */
};

/* Octets off..off+n when they are there, else NULL. f may be NULL. */
static const char *
front_find(const struct front *f, uint64_t off, uint64_t n)
{
	return f != NULL && off <= f->len && n <= f->len - off ? f->data + off : NULL;
}

/* The sum over n octets of the file at off, hashed behind `before`. false: they cannot all be read.
 */
static bool
sum_range(int fd, const char *before, uint64_t off, uint64_t n, char out[CRYPTO_SUM_LEN + 1])
{
	struct crypto_hash h;
	char *chunk = mem_alloc(n < CHUNK ? (size_t)n : CHUNK);
	bool good = true;

	crypto_hash_init(&h);
	crypto_hash_add(&h, before, strlen(before));
	while (n > 0 && good) {
		size_t want = n < CHUNK ? (size_t)n : CHUNK;
		ssize_t got = file_pread(fd, chunk, want, off);
		if (got >= 0 && (size_t)got < want)
			errno = EIO;
		good = got == (ssize_t)want;
		if (good)
			crypto_hash_add(&h, chunk, want);
		off += want;
		n -= want;
	}
	crypto_hash_sum(&h, out);
	free(chunk);
	return good;
}

bool
entry_seal(struct entry *en, struct err *e)
{
	char text[ENTRY_FIXED_LEN], line[ENTRY_FIXED_LEN + 2 * CRYPTO_SUM_LEN + 4];
	char head[CRYPTO_SUM_LEN + 1], body[CRYPTO_SUM_LEN + 1];
	uint64_t head_at = ENTRY_CELLS_AT + en->env.nrcpts + 1;

	if (en->astray.class != ERR_NONE) {
		*e = en->astray;
		return false;
	}
	entry_fixed_text(en, text);
	if (!sum_range(en->fd, text, head_at, en->body_at - head_at, head) ||
	    !sum_range(en->fd, "", en->body_at, en->body_len, body))
		return entry_storage_error(e, "cannot read back the message");
	snprintf(line, sizeof line, "%s %s %s", text, head, body);
	if (!entry_put_line(en, 0, ENTRY_FIXED_LEN, line) || !entry_save_times(en))
		return entry_storage_error(e, "cannot store the message");
	if (fsync(en->fd) == 0)
		return true;
	/* what could not be written may count as clean now: a second fsync would say yes */
	entry_storage_error(&en->astray, "cannot store the message");
	*e = en->astray;
	return false;
}

static int
link_temp(struct entry *en, int dirfd, const char *id)
{
	if (linkat(AT_FDCWD, en->temp, dirfd, id, 0) < 0)
		return -1;
	unlink(en->temp);
	free(en->temp);
	en->temp = NULL;
	return 0;
}

int
entry_link(struct entry *en, int dirfd, const char *id)
{
	char path[64];
	int r;

	if (en->temp != NULL) {
		r = link_temp(en, dirfd, id);
	} else {
		snprintf(path, sizeof path, "/proc/self/fd/%d", en->fd);
		r = linkat(AT_FDCWD, path, dirfd, id, AT_SYMLINK_FOLLOW);
#ifdef AT_EMPTY_PATH
		if (r < 0 && errno == ENOENT) /* no /proc here */
			r = linkat(en->fd, "", dirfd, id, AT_EMPTY_PATH);
#endif
	}
	if (r == 0)
		snprintf(en->id, sizeof en->id, "%s", id);
	return r;
}

/* Digits of exactly that width at *p, and the blank behind them. */
static bool
take_number(const char **p, size_t width, uint64_t *out)
{
	char digits[24];

	memcpy(digits, *p, width);
	digits[width] = '\0';
	if ((*p)[width] != ' ' || !str_u64(digits, 0, UINT64_MAX, out))
		return false;
	*p += width + 1;
	return true;
}

struct fixed {
	uint64_t head, body, nrcpts, arrival, longest;
	char flags[5];
	char text[ENTRY_FIXED_LEN]; /* what the head's sum begins with */
	char head_sum[CRYPTO_SUM_LEN + 1], body_sum[CRYPTO_SUM_LEN + 1];
};

static bool
parse_fixed(const char *line, struct fixed *f)
{
	const char *p = line + strlen(ENTRY_MAGIC) + 1;

	if (memcmp(line, ENTRY_MAGIC " ", strlen(ENTRY_MAGIC) + 1) != 0 ||
	    line[ENTRY_FIXED_LEN - 1] != '\n')
		return false;
	if (!take_number(&p, 8, &f->head) || !take_number(&p, 12, &f->body) ||
	    !take_number(&p, 6, &f->nrcpts) || !take_number(&p, 15, &f->arrival))
		return false;
	memcpy(f->flags, p, 4);
	f->flags[4] = '\0';
	if (p[4] != ' ')
		return false;
	p += 5;
	if (!take_number(&p, 10, &f->longest))
		return false;
	memcpy(f->text, line, (size_t)(p - line) - 1);
	f->text[p - line - 1] = '\0';
	if (p[CRYPTO_SUM_LEN] != ' ')
		return false;
	memcpy(f->head_sum, p, CRYPTO_SUM_LEN);
	memcpy(f->body_sum, p + CRYPTO_SUM_LEN + 1, CRYPTO_SUM_LEN);
	f->head_sum[CRYPTO_SUM_LEN] = f->body_sum[CRYPTO_SUM_LEN] = '\0';
	/* no sum covers what fills the line */
	for (p += 2 * CRYPTO_SUM_LEN + 1; *p != '\n'; p++)
		if (*p != ' ')
			return false;
	return f->head <= HEAD_MAX && f->nrcpts > 0 && f->arrival <= INT64_MAX;
}

static bool
corrupt(struct err *e, const char *what)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "%s", what);
}

/* As much as fits. false: unreadable, which says nothing about the file (*torn). */
static bool
read_front(int fd, struct front *f, bool *torn, struct err *e)
{
	ssize_t n = file_pread(fd, f->data, f->size < FRONT_LEN ? (size_t)f->size : FRONT_LEN, 0);

	if (n < 0) {
		*torn = false;
		return entry_storage_error(e, "cannot read it");
	}
	f->len = (size_t)n;
	return true;
}

/* Exactly n octets, or the file is short (*torn) or unreadable. */
static bool
read_exact(int fd, const struct front *f, void *data, size_t n, uint64_t off, bool *torn,
    struct err *e)
{
	const char *there = front_find(f, off, n);
	ssize_t got;

	if (there != NULL) {
		memcpy(data, there, n);
		*torn = false;
		return true;
	}
	got = file_pread(fd, data, n, off);
	if (got < 0) {
		*torn = false;
		return entry_storage_error(e, "cannot read it");
	}
	*torn = (size_t)got < n;
	return !*torn || corrupt(e, "it is cut short");
}

static bool
check_cells(const struct entry *en, struct err *e)
{
	for (size_t i = 0; i < en->env.nrcpts; i++)
		if (!cell_is_valid((unsigned char)en->cells[i]))
			return corrupt(e, "the state of a recipient is no state");
	if (en->cells[en->env.nrcpts] != '\n')
		return corrupt(e, "the states of the recipients have no end");
	return true;
}

/* "before" and n octets behind it. */
static void
sum_memory(const char *before, const char *data, size_t n, char out[CRYPTO_SUM_LEN + 1])
{
	struct crypto_hash h;

	crypto_hash_init(&h);
	crypto_hash_add(&h, before, strlen(before));
	crypto_hash_add(&h, data, n);
	crypto_hash_sum(&h, out);
}

/* Cells and head. */
static bool
load_head(struct entry *en, const struct front *front, const struct fixed *f, bool *torn,
    struct err *e)
{
	size_t nrcpts = (size_t)f->nrcpts, n = (size_t)f->head;
	char *head = mem_alloc(n + 1), sum[CRYPTO_SUM_LEN + 1];
	uint64_t at = ENTRY_CELLS_AT + f->nrcpts + 1;
	bool good;

	en->cells = mem_alloc(nrcpts + 1);
	good = read_exact(en->fd, front, en->cells, nrcpts + 1, ENTRY_CELLS_AT, torn, e) &&
	    read_exact(en->fd, front, head, n, at, torn, e);
	if (good) {
		*torn = true; /* whatever is wrong from here on is wrong with the file */
		sum_memory(f->text, head, n, sum);
		good = (str_eq(sum, f->head_sum) || corrupt(e, "the head does not fit its sum")) &&
		    entry_parse_head(en, head, n, nrcpts, e) && check_cells(en, e);
	}
	free(head);
	return good;
}

static bool
check_body(const struct entry *en, const struct front *front, const char *want, bool *torn,
    struct err *e)
{
	const char *body = front_find(front, en->body_at, en->body_len);
	char sum[CRYPTO_SUM_LEN + 1];

	if (body != NULL) {
		sum_memory("", body, (size_t)en->body_len, sum);
	} else if (!sum_range(en->fd, "", en->body_at, en->body_len, sum)) {
		*torn = false;
		return entry_storage_error(e, "cannot read it");
	}
	*torn = true;
	return str_eq(sum, want) || corrupt(e, "the message does not fit its sum");
}

/* States of the recipients; the journal behind the message is often here already. */
static void
recall(struct entry *en, const struct front *front)
{
	uint64_t at = en->body_at + en->body_len, n = front->size - at;

	entry_recall(en, front_find(front, at, n), (size_t)n);
}

static bool
load(struct entry *en, uint64_t size, int flags, bool *torn, struct err *e)
{
	char lines[ENTRY_CELLS_AT + 1];
	struct front front = {.size = size};
	struct fixed f;

	if (!read_front(en->fd, &front, torn, e) ||
	    !read_exact(en->fd, &front, lines, ENTRY_CELLS_AT, 0, torn, e))
		return false;
	lines[ENTRY_CELLS_AT] = '\0';
	*torn = true;
	if (!parse_fixed(lines, &f))
		return corrupt(e, "it does not begin as a queue file does");
	en->body_at = ENTRY_CELLS_AT + f.nrcpts + 1 + f.head;
	en->body_len = f.body;
	en->arrival_ms = (int64_t)f.arrival;
	en->env.facts = (struct facts){.size = f.body,
	    .longest = (size_t)f.longest,
	    .header_8bit = f.flags[0] == 'h',
	    .body_8bit = f.flags[1] == 'b',
	    .utf8 = f.flags[2] == 'u'};
	en->env.smtputf8 = f.flags[3] == 's';
	if (front.size < en->body_at + en->body_len)
		return corrupt(e, "it is cut short");
	if (!load_head(en, &front, &f, torn, e))
		return false;
	entry_parse_times(en, lines + ENTRY_FIXED_LEN);
	if ((flags & ENTRY_VERIFY) != 0 && !check_body(en, &front, f.body_sum, torn, e))
		return false;
	recall(en, &front);
	return true;
}

bool
entry_lock(struct entry *en)
{
	return flock(en->fd, LOCK_EX | LOCK_NB) == 0;
}

void
entry_unlock(struct entry *en)
{
	flock(en->fd, LOCK_UN);
}

/* ENTRY_GOOD: fd is the file that bears the name now, and ours. */
static enum entry_open
lock(int fd, int dirfd, const char *id, struct stat *st)
{
	struct stat now;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return ENTRY_BUSY;
	if (fstatat(dirfd, id, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_dev != st->st_dev ||
	    now.st_ino != st->st_ino)
		return ENTRY_GONE;
	/* its last holder may have written to it */
	*st = now;
	return ENTRY_GOOD;
}

/*
 * A second name does not matter: lock and cells are the file's, so nobody is sent to twice, and a
 * backup made of hard links must not stop the mail.
 */
static enum entry_open
open_checked(int dirfd, const char *id, int flags, int *out, uint64_t *size, struct err *e)
{
	enum entry_open r = ENTRY_GOOD;
	struct stat st;
	int fd = openat(dirfd, id, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		if (errno == ENOENT)
			return ENTRY_GONE;
		entry_storage_error(e, "cannot open it");
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? ENTRY_CORRUPT
									   : ENTRY_TROUBLE;
	}
	if (fstat(fd, &st) < 0) {
		entry_storage_error(e, "cannot open it");
		r = ENTRY_TROUBLE;
	} else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		corrupt(e, "it is not a file of ours");
		r = ENTRY_CORRUPT;
	} else if (st.st_nlink == 0) {
		r = ENTRY_GONE; /* removed while we opened it */
	} else if ((flags & ENTRY_LOCK) != 0) {
		r = lock(fd, dirfd, id, &st);
	}
	if (r == ENTRY_GOOD) {
		*out = fd;
		*size = (uint64_t)st.st_size;
	} else {
		close(fd);
	}
	return r;
}

enum entry_open
entry_open(int dirfd, const char *id, int flags, struct entry **out, struct err *e)
{
	enum entry_open r;
	struct entry *en;
	bool torn = false;
	uint64_t size;
	int fd;

	r = open_checked(dirfd, id, flags, &fd, &size, e);
	if (r != ENTRY_GOOD)
		return r;
	en = mem_alloc(sizeof *en);
	en->fd = fd;
	envelope_init(&en->env);
	snprintf(en->id, sizeof en->id, "%s", id);
	if (!load(en, size, flags, &torn, e)) {
		entry_close(en);
		return torn ? ENTRY_CORRUPT : ENTRY_TROUBLE;
	}
	*out = en;
	return ENTRY_GOOD;
}
