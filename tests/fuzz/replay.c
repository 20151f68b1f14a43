/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay.c - runs a fuzzer once over each file of its corpus, as a TAP test.
 *
 * Linked with a fuzzer into replay_NAME; the corpus is tests/data/fuzz/NAME. So what
 * fuzzing found once is tried by every `make check`, with any compiler. Files of more than
 * INPUT_MAX octets are no business of a fuzzer's corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)

static bool
replay(int dir, const char *name)
{
	static uint8_t input[INPUT_MAX + 1];
	size_t have = 0;
	ssize_t n = 0;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while (have < sizeof(input) && (n = read(fd, input + have, sizeof(input) - have)) > 0)
		have += (size_t)n;
	close(fd);
	if (n < 0 || have > INPUT_MAX)
		return false;

	/* A copy of just that size: a sanitizer sees the first octet read behind its end. */
	uint8_t *exact = malloc(have + (have == 0));

	if (exact == NULL)
		return false;
	memcpy(exact, input, have);
	(void)LLVMFuzzerTestOneInput(exact, have);
	free(exact);
	return true;
}

int
main(int argc, char **argv)
{
	char path[4096];
	const char *src = getenv("SRC");
	const char *mark = "replay_";
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	DIR *d;
	struct dirent *entry;
	int count = 0, bad = 0;

	name = name != NULL ? name + 1 : argv[0];
	if (strncmp(name, mark, strlen(mark)) == 0)
		name += strlen(mark);
	snprintf(path, sizeof(path), "%s/tests/data/fuzz/%s", src != NULL ? src : ".", name);
	d = opendir(path);
	if (d == NULL) {
		printf("Bail out! cannot open %s: %s\n", path, strerror(errno));
		return 1;
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		bool ok = replay(dirfd(d), entry->d_name);

		bad += !ok;
		printf("%s %d - %s\n", ok ? "ok" : "not ok", ++count, entry->d_name);
		fflush(stdout);
	}
	closedir(d);
	printf("1..%d\n", count);
	return bad > 0 || count == 0;
}
