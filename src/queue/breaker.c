/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/breaker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/str.h"

#define LINE_LEN 1024
#define NWORDS 16
#define LOGIN_TRIES 3
#define COUNT_MAX 1000000000
#define TIME_MAX ((int64_t)1 << 52)
#define HOUR_MS ((int64_t)3600 * 1000)

/* Waits behind the first failures; then once an hour (decisions.md 8). */
static const int64_t waits_ms[] = {15000, 30000, 60000, 120000, 300000, 600000, 900000};
#define NWAITS (sizeof waits_ms / sizeof waits_ms[0])

static void
add_word(struct buf *b, const char *text)
{
	buf_addc(b, ' ');
	if (text[0] == '\0')
		buf_addc(b, '-');
	else
		str_xtext(b, text, strlen(text));
}

static void
format(const struct breaker *b, struct buf *out)
{
	char sum[CRYPTO_SUM_LEN + 1];

	buf_addf(out, "PRB1 %u %lld %llu %lld", b->failures, (long long)b->retry_ms,
	    (unsigned long long)b->fingerprint, (long long)b->last_ok_ms);
	for (size_t i = 0; i < BREAKER_STAMPS; i++)
		buf_addf(out, " %lld", (long long)b->rate_ms[i]);
	buf_addf(out, " %lld %u %d", (long long)b->day, b->day_count, b->why.code);
	add_word(out, b->why.class != ERR_NONE ? err_class_name(b->why.class) : "");
	add_word(out, err_stage_name(b->why.stage));
	add_word(out, b->why.status);
	add_word(out, b->why.hint);
	add_word(out, b->why.text);
	/* xtext can triple a text: what does not fit is cut, the sum is over what is there */
	if (out->len > LINE_LEN - CRYPTO_SUM_LEN - 3)
		out->len = LINE_LEN - CRYPTO_SUM_LEN - 3;
	crypto_sum(out->data, out->len, sum);
	buf_addf(out, " %s", sum);
}

static bool
text(const char *word, char *out, size_t size)
{
	struct buf b;

	if (str_eq(word, "-"))
		return true;
	buf_init(&b, LINE_LEN);
	if (!str_unxtext(&b, word, strlen(word))) /* cut inside an escape */
		buf_clear(&b);
	snprintf(out, size, "%s", buf_str(&b));
	buf_done(&b);
	return true;
}

static size_t
split(char *line, char *words[NWORDS])
{
	size_t n = 0;

	for (char *p = line; p != NULL && n < NWORDS; n++) {
		words[n] = p;
		p = strchr(p, ' ');
		if (p != NULL)
			*p++ = '\0';
	}
	return n;
}

static bool
parse(char *line, struct breaker *b)
{
	/* what is counted on, or calculated with, stays far from its end */
	static const uint64_t maxima[] = {0, COUNT_MAX, TIME_MAX, UINT64_MAX, TIME_MAX, TIME_MAX,
	    TIME_MAX, TIME_MAX, TIME_MAX / RATE_DAY_MS, COUNT_MAX, 999};
	char *end = line + strlen(line), *words[NWORDS], sum[CRYPTO_SUM_LEN + 1];
	uint64_t v[11];

	while (end > line && (end[-1] == ' ' || end[-1] == '\n'))
		*--end = '\0';
	if (end - line < CRYPTO_SUM_LEN + 1)
		return false;
	end -= CRYPTO_SUM_LEN + 1;
	crypto_sum(line, (size_t)(end - line), sum);
	if (*end != ' ' || !str_eq(sum, end + 1))
		return false;
	*end = '\0';
	if (split(line, words) != NWORDS || !str_eq(words[0], "PRB1"))
		return false;
	for (int i = 1; i <= 10; i++)
		if (!str_u64(words[i], 0, maxima[i], &v[i]))
			return false;
	*b = (struct breaker){.failures = (unsigned)v[1],
	    .retry_ms = (int64_t)v[2],
	    .fingerprint = v[3],
	    .last_ok_ms = (int64_t)v[4],
	    .rate_ms = {(int64_t)v[5], (int64_t)v[6], (int64_t)v[7]},
	    .day = (int64_t)v[8],
	    .day_count = (unsigned)v[9]};
	b->why.code = (int)v[10];
	if (!str_eq(words[11], "-") && !err_class_parse(words[11], &b->why.class))
		return false;
	if (!str_eq(words[12], "-") && !err_stage_parse(words[12], &b->why.stage))
		return false;
	return text(words[13], b->why.status, sizeof b->why.status) &&
	    text(words[14], b->why.hint, sizeof b->why.hint) &&
	    text(words[15], b->why.text, sizeof b->why.text);
}

static int
open_file(struct spool *sp, const char *account, int flags)
{
	char name[300];

	snprintf(name, sizeof name, "relay-%.255s", account);
	return openat(spool_root_fd(sp), name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static void
load_fd(int fd, struct breaker *out)
{
	char line[LINE_LEN + 1];
	ssize_t n = file_pread(fd, line, LINE_LEN, 0);

	*out = (struct breaker){.failures = 0};
	if (n <= 0)
		return;
	line[n] = '\0';
	if (!parse(line, out))
		*out = (struct breaker){.failures = 0};
}

void
breaker_load(struct spool *sp, const char *account, struct breaker *out)
{
	int fd = open_file(sp, account, O_RDONLY);

	*out = (struct breaker){.failures = 0};
	if (fd < 0)
		return;
	load_fd(fd, out);
	close(fd);
}

/* Opens, locks and reads; -1: no state can be kept, which costs a connection too many and nothing
 * else. */
static int
lock_state(struct spool *sp, const char *account, struct breaker *b)
{
	int fd = open_file(sp, account, O_RDWR | O_CREAT);

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			close(fd);
			return -1;
		}
	load_fd(fd, b);
	return fd;
}

static void
save_state(int fd, const struct breaker *b)
{
	char line[LINE_LEN];
	struct buf out;

	buf_init(&out, (size_t)4 * LINE_LEN);
	format(b, &out);
	memset(line, ' ', sizeof line);
	memcpy(line, out.data, out.len);
	line[LINE_LEN - 1] = '\n';
	file_pwrite(fd, line, sizeof line, 0);
	buf_done(&out);
	close(fd);
}

void
breaker_failed(struct spool *sp, const char *account, const struct err *why, uint64_t fingerprint,
    int64_t now_ms)
{
	struct breaker b;
	int fd = lock_state(sp, account, &b);

	if (fd < 0)
		return;
	/* another server or password: what the one before did is not its fault */
	if (b.fingerprint != fingerprint)
		b.failures = 0;
	b.failures++;
	b.retry_ms = now_ms + (b.failures <= NWAITS ? waits_ms[b.failures - 1] : HOUR_MS);
	b.why = *why;
	b.fingerprint = fingerprint;
	/* more tries with a password that is wrong only get the login locked */
	if (breaker_needs_person(&b))
		b.retry_ms = now_ms + HOUR_MS;
	save_state(fd, &b);
}

void
breaker_succeeded(struct spool *sp, const char *account, int64_t now_ms)
{
	struct breaker b;
	int fd = lock_state(sp, account, &b);

	if (fd < 0)
		return;
	b.failures = 0;
	b.retry_ms = 0;
	b.last_ok_ms = now_ms;
	err_clear(&b.why);
	save_state(fd, &b);
}

void
breaker_reset(struct spool *sp, const char *account)
{
	struct breaker b;
	int fd = lock_state(sp, account, &b);

	if (fd < 0)
		return;
	b.failures = 0;
	b.retry_ms = 0;
	err_clear(&b.why);
	save_state(fd, &b);
}

/* Each period has its own stamp: BREAKER_STAMPS is the day, which is counted. */
static size_t
period_of(const struct rate *r)
{
	if (r->period_ms >= RATE_DAY_MS)
		return BREAKER_STAMPS;
	return r->period_ms <= 1000 ? 0 : r->period_ms <= 60000 ? 1 : 2;
}

/* Of several limits for one period only the lowest says anything. NULL: none. */
static const struct rate *
lowest(const struct rate *rates, size_t nrates, size_t period)
{
	const struct rate *found = NULL;

	for (size_t i = 0; i < nrates; i++)
		if (period_of(&rates[i]) == period &&
		    (found == NULL || rates[i].count < found->count))
			found = &rates[i];
	return found;
}

/*
 * GCRA: a whole period's worth may go in one burst. A stamp beyond what a burst can leave is a
 * clock that went back.
 */
static int64_t
stamp_now(int64_t stamp, const struct rate *r, int64_t now_ms)
{
	return stamp < now_ms || stamp > now_ms + 2 * r->period_ms ? now_ms : stamp;
}

/* When this budget allows one more: 0 now, else wall ms. */
static int64_t
budget(const struct breaker *b, const struct rate *r, size_t period, int64_t now_ms)
{
	int64_t step = r->period_ms / r->count, at;

	if (period == BREAKER_STAMPS) {
		if (b->day != now_ms / RATE_DAY_MS || b->day_count < r->count)
			return 0;
		return (now_ms / RATE_DAY_MS + 1) * RATE_DAY_MS;
	}
	at = stamp_now(b->rate_ms[period], r, now_ms) + step - r->period_ms;
	return at <= now_ms ? 0 : at;
}

static void
charge(struct breaker *b, const struct rate *r, size_t period, int64_t now_ms)
{
	if (period == BREAKER_STAMPS) {
		b->day_count = b->day == now_ms / RATE_DAY_MS ? b->day_count + 1 : 1;
		b->day = now_ms / RATE_DAY_MS;
		return;
	}
	b->rate_ms[period] = stamp_now(b->rate_ms[period], r, now_ms) + r->period_ms / r->count;
}

unsigned
breaker_used(const struct breaker *b, const struct rate *r, int64_t now_ms)
{
	size_t period = period_of(r);
	int64_t step = r->period_ms / r->count, used;

	if (period == BREAKER_STAMPS)
		return b->day == now_ms / RATE_DAY_MS ? b->day_count : 0;
	if (step <= 0)
		return 0;
	used = (stamp_now(b->rate_ms[period], r, now_ms) - now_ms + step - 1) / step;
	return used > (int64_t)r->count ? r->count : (unsigned)used;
}

int64_t
breaker_take(struct spool *sp, const char *account, const struct rate *rates, size_t nrates,
    int64_t now_ms)
{
	int64_t wait = 0;
	struct breaker b;
	int fd;

	if (nrates == 0)
		return 0;
	fd = lock_state(sp, account, &b);
	if (fd < 0)
		return 0;
	for (size_t p = 0; p <= BREAKER_STAMPS; p++) {
		const struct rate *r = lowest(rates, nrates, p);
		int64_t at = r != NULL ? budget(&b, r, p, now_ms) : 0;

		wait = at > wait ? at : wait;
	}
	for (size_t p = 0; p <= BREAKER_STAMPS && wait == 0; p++) {
		const struct rate *r = lowest(rates, nrates, p);

		if (r != NULL)
			charge(&b, r, p, now_ms);
	}
	save_state(fd, &b);
	return wait;
}

bool
breaker_is_open(const struct breaker *b, uint64_t fingerprint, int64_t now_ms)
{
	if (b->failures == 0 || b->fingerprint != fingerprint)
		return false;
	return b->retry_ms > now_ms && b->retry_ms <= now_ms + 2 * HOUR_MS;
}

bool
breaker_needs_person(const struct breaker *b)
{
	return b->failures >= LOGIN_TRIES && b->why.stage == STAGE_AUTH && b->why.code >= 500;
}

int
breaker_slot(struct spool *sp, const char *account, size_t max)
{
	char name[300];

	for (size_t i = 0; i < max; i++) {
		int fd;

		snprintf(name, sizeof name, "slot-%.255s-%zu", account, i);
		fd = openat(spool_root_fd(sp), name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		close(fd);
	}
	errno = EAGAIN;
	return -1;
}
