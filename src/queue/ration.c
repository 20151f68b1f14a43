/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/ration.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/str.h"

#define FILE_NAME "notices"
#define MAGIC "PRN1"
/* The magic; a blank and fifteen digits each; a blank, a sum, a line feed. */
#define STAMP_LEN 15
#define STAMPS_END (sizeof MAGIC - 1 + RATION_MAX * (1 + STAMP_LEN))
#define LINE_LEN (STAMPS_END + 1 + CRYPTO_SUM_LEN + 1)

static int
open_file(struct spool *sp, int flags)
{
	return openat(spool_root_fd(sp), FILE_NAME, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static bool
parse(const char *line, int64_t stamps[RATION_MAX])
{
	char digits[STAMP_LEN + 1], sum[CRYPTO_SUM_LEN + 1];
	uint64_t v;

	crypto_sum(line, STAMPS_END, sum);
	if (memcmp(line, MAGIC, sizeof MAGIC - 1) != 0 ||
	    memcmp(line + STAMPS_END + 1, sum, CRYPTO_SUM_LEN) != 0)
		return false;
	for (size_t i = 0; i < RATION_MAX; i++) {
		memcpy(digits, line + sizeof MAGIC + i * (1 + STAMP_LEN), STAMP_LEN);
		digits[STAMP_LEN] = '\0';
		if (!str_u64(digits, 0, INT64_MAX, &v))
			return false;
		stamps[i] = (int64_t)v;
	}
	return true;
}

static void
load(int fd, int64_t stamps[RATION_MAX])
{
	char line[LINE_LEN];

	if (file_pread(fd, line, sizeof line, 0) != (ssize_t)sizeof line || !parse(line, stamps))
		memset(stamps, 0, RATION_MAX * sizeof stamps[0]);
}

static void
save(int fd, const int64_t stamps[RATION_MAX])
{
	char sum[CRYPTO_SUM_LEN + 1];
	struct buf line;

	buf_init(&line, (size_t)2 * LINE_LEN);
	buf_adds(&line, MAGIC);
	for (size_t i = 0; i < RATION_MAX; i++)
		buf_addf(&line, " %015lld", (long long)(stamps[i] % 1000000000000000));
	crypto_sum(line.data, line.len, sum);
	buf_addf(&line, " %s\n", sum);
	file_pwrite(fd, line.data, line.len, 0);
	buf_done(&line);
}

/* The one that is longest ago. A time to come is one of a clock that went back since. */
static size_t
oldest(const int64_t stamps[RATION_MAX], int64_t now_ms)
{
	size_t found = 0;

	for (size_t i = 0; i < RATION_MAX; i++) {
		if (stamps[i] > now_ms)
			return i;
		if (stamps[i] < stamps[found])
			found = i;
	}
	return found;
}

int64_t
ration_ask(struct spool *sp, int64_t now_ms)
{
	int64_t stamps[RATION_MAX], at;
	int fd = open_file(sp, O_RDONLY);

	if (fd < 0)
		return 0;
	load(fd, stamps);
	close(fd);
	at = stamps[oldest(stamps, now_ms)];
	return at > now_ms || at + RATION_PERIOD_MS <= now_ms ? 0 : at + RATION_PERIOD_MS;
}

void
ration_note(struct spool *sp, int64_t now_ms)
{
	int64_t stamps[RATION_MAX];
	int fd = open_file(sp, O_RDWR | O_CREAT);

	if (fd < 0)
		return;
	load(fd, stamps);
	stamps[oldest(stamps, now_ms)] = now_ms;
	save(fd, stamps);
	close(fd);
}
