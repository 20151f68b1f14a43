/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fill ROOT NUMBER DUE FRESH - fills a queue as weeks of trouble would.
 *
 * The library writes the entries, so they are what the program writes itself, sums and
 * all; only the waiting for the disk is left out: our fsync, below, is the one it
 * finds. NUMBER messages, DUE of them spread evenly and due, the first FRESH of all
 * never tried (and so due too); the others were greylisted and wait for hours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/spool.h"

#define HOUR_MS ((int64_t)3600 * 1000)

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

static const struct err greylisted = {.class = ERR_RECIPIENT,
    .stage = STAGE_RCPT,
    .code = 450,
    .status = "4.2.1",
    .text = "Greylisted, come back later"};

static bool
write_message(struct entry *en, size_t i, struct err *e)
{
	char text[1024];
	int n = snprintf(text, sizeof text,
	    "From: <me@test.example>\r\nTo: <r%zu@x.test>\r\nSubject: report %zu\r\n"
	    "Message-ID: <fill%zu@test.example>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\n"
	    "%0400d\r\n",
	    i, i, i, 0);

	return entry_begin(en, e) && entry_write(en, text, (size_t)n, e) && entry_finish(en, e);
}

/* As after a try that came to nothing. */
static void
put_off(struct entry *en, size_t i, bool due)
{
	struct entry_times *t = entry_times(en);
	int64_t now = clock_wall_ms();
	bool noted = false;

	t->attempts = 1;
	t->last_ms = now - HOUR_MS;
	t->next_ms = due ? now - 1000 : now + HOUR_MS + (int64_t)(i % 10000) * 1000;
	entry_envelope(en)->rcpts[0].why = &greylisted;
	entry_envelope(en)->rcpts[0].server = "127.0.0.1:25";
	entry_note(en, 0, 1, &noted);
}

static bool
add(struct spool *sp, size_t i, bool due, bool fresh, struct err *e)
{
	struct entry *en = entry_new(spool_path(sp, ROOM_QUEUE), e);
	struct envelope *env;
	char to[64];
	bool good;

	if (en == NULL)
		return false;
	env = entry_envelope(en);
	env->from = "me@test.example";
	env->account = "t";
	snprintf(to, sizeof to, "r%zu@x.test", i);
	envelope_add(env, to);
	good = write_message(en, i, e);
	if (good && !fresh)
		put_off(en, i, due);
	good = good && spool_commit(sp, ROOM_QUEUE, en, NULL, NULL, e);
	entry_close(en);
	return good;
}

int
main(int argc, char **argv)
{
	size_t n, ndue, nfresh;
	struct spool *sp;
	struct err e;

	if (argc != 5) {
		fprintf(stderr, "usage: fill ROOT NUMBER DUE FRESH\n");
		return 2;
	}
	n = strtoul(argv[2], NULL, 10);
	ndue = strtoul(argv[3], NULL, 10);
	nfresh = strtoul(argv[4], NULL, 10);
	sp = spool_open(argv[1], true, &e);
	for (size_t i = 0; sp != NULL && i < n; i++)
		if (!add(sp, i, i * ndue / n != (i + 1) * ndue / n, i < nfresh, &e)) {
			spool_close(sp);
			sp = NULL;
		}
	if (sp == NULL) {
		fprintf(stderr, "fill: %s\n", e.text);
		return 1;
	}
	spool_close(sp);
	return 0;
}
