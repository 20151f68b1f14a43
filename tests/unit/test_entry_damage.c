/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "queue/entry.h"
#include "queue/spool.h"

#define BODY "Subject: x\r\n\r\nhello\r\n"

static char dir[] = "/tmp/test_entry_damage.XXXXXX";
static struct spool *sp;
static unsigned nsyncs;

/* The one the library finds: it counts. */
int
fdatasync(int fd)
{
	nsyncs++;
	return fsync(fd);
}

static struct entry *
make(size_t nrcpts)
{
	struct err e = {.class = ERR_NONE};
	struct entry *en = entry_new(spool_path(sp, ROOM_QUEUE), &e);
	struct envelope *env = entry_envelope(en);
	char addr[64];

	assert_non_null(en);
	env->from = "me@test.example";
	env->account = "work";
	env->message_id = "<1@test.example>";
	for (size_t i = 0; i < nrcpts; i++) {
		snprintf(addr, sizeof addr, "r%zu@test.example", i);
		envelope_add(env, addr);
	}
	env->facts.longest = 10;
	assert_true(entry_begin(en, &e));
	assert_true(entry_write(en, BODY, strlen(BODY), &e));
	assert_true(entry_finish(en, &e));
	return en;
}

static void
commit(struct entry *en, char id[ENTRY_ID_MAX])
{
	struct err e;

	assert_true(spool_commit(sp, ROOM_QUEUE, en, NULL, NULL, &e));
	memcpy(id, entry_id(en), ENTRY_ID_MAX);
}

/* The file of a committed entry, changed by `edit`, must not be taken for mail. */
static enum entry_open
reopened(const char *id, void (*edit)(int fd, long size), struct err *e)
{
	struct entry *back;
	enum entry_open r;
	char path[200];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/%s", spool_path(sp, ROOM_QUEUE), id);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	edit(fd, (long)st.st_size);
	close(fd);
	r = entry_open(spool_fd(sp, ROOM_QUEUE), id, ENTRY_LOCK | ENTRY_VERIFY, &back, e);
	if (r == ENTRY_GOOD)
		entry_close(back);
	return r;
}

static long where; /* of the next edit */
static char mask;  /* bits it turns over */

static void
flip(int fd, long size)
{
	char c;

	(void)size;
	assert_int_equal(pread(fd, &c, 1, where), 1);
	c = (char)(c ^ mask);
	assert_int_equal(pwrite(fd, &c, 1, where), 1);
}

static void
cut(int fd, long size)
{
	(void)size;
	assert_int_equal(ftruncate(fd, where), 0);
}

static void
nothing(int fd, long size)
{
	(void)fd;
	where = size;
}

/* An entry with two recipients, one sent, and a journal that tells of both. Where its message
 * ends, and where the file does. */
static void
tried(char id[ENTRY_ID_MAX], long *body_end, long *end)
{
	struct entry *en = make(2);
	struct envelope *env = entry_envelope(en);
	bool noted[2] = {false};
	struct err why, ok, e;

	err_set(&why, ERR_RECIPIENT, STAGE_RCPT, "4.2.1", "later");
	err_set(&ok, ERR_NONE, STAGE_FINAL, "2.0.0", "Ok");
	env->rcpts[0].why = &why;
	env->rcpts[1].state = RCPT_SENT;
	env->rcpts[1].why = &ok;
	commit(en, id);
	assert_int_equal(reopened(id, nothing, &e), ENTRY_GOOD);
	*body_end = where;
	assert_true(entry_mark(en, 0, 2, false));
	assert_true(entry_note(en, 0, 2, noted));
	entry_close(en);
	assert_int_equal(reopened(id, nothing, &e), ENTRY_GOOD);
	*end = where;
}

/* It is mail, and who has it and who has not is as it was. */
static void
assert_state_is_whole(const char *id)
{
	struct entry *back;
	struct err e;

	assert_int_equal(entry_open(spool_fd(sp, ROOM_QUEUE), id, ENTRY_VERIFY, &back, &e),
	    ENTRY_GOOD);
	assert_int_equal(entry_cell(back, 0), CELL_PENDING);
	assert_int_equal(entry_cell(back, 1), CELL_SENT);
	assert_int_equal(entry_envelope(back)->rcpts[0].state, RCPT_PENDING);
	assert_int_equal(entry_envelope(back)->rcpts[1].state, RCPT_SENT);
	entry_close(back);
}

static void
one_flipped_bit_anywhere_is_seen_or_harmless(void **state)
{
	char id[ENTRY_ID_MAX];
	long body_end, end;
	struct err e;

	(void)state;
	tried(id, &body_end, &end);
	for (long at = 0; at < end; at++)
		for (int bit = 0; bit < 8; bit++) {
			/* the mutable line: a damaged one means "due now, never tried"; the
			 * journal: a reason is lost */
			bool harmless = (at >= 128 && at < 192) || at >= body_end;
			enum entry_open r;

			where = at;
			mask = (char)(1 << bit);
			r = reopened(id, flip, &e);
			if (r != (harmless ? ENTRY_GOOD : ENTRY_CORRUPT))
				fail_msg("octet %ld, bit %d flipped: %d", at, bit, r);
			if (harmless)
				assert_state_is_whole(id);
			where = at;
			assert_int_equal(reopened(id, flip, &e), ENTRY_GOOD);
		}
	spool_remove(sp, ROOM_QUEUE, id);
}

static void
a_file_cut_anywhere_is_no_mail_or_lacks_a_reason(void **state)
{
	char id[ENTRY_ID_MAX];
	long body_end, end;
	struct err e;

	(void)state;
	tried(id, &body_end, &end);
	assert_true(body_end > 192 && end > body_end + 100);
	for (long to = end - 1; to >= 0; to--) {
		where = to;
		assert_int_equal(reopened(id, cut, &e),
		    to >= body_end ? ENTRY_GOOD : ENTRY_CORRUPT);
		assert_true(to >= body_end || e.text[0] != '\0');
		if (to >= body_end)
			assert_state_is_whole(id);
	}
	spool_remove(sp, ROOM_QUEUE, id);
}

static void
a_torn_journal_loses_texts_and_no_state(void **state)
{
	char id[ENTRY_ID_MAX], path[200];
	struct entry *en = make(1), *back;
	struct envelope *env = entry_envelope(en);
	bool noted[1] = {false};
	struct err why, e;
	struct stat st;

	(void)state;
	err_set(&why, ERR_RECIPIENT, STAGE_RCPT, "4.2.1", "later");
	env->rcpts[0].why = &why;
	commit(en, id);
	assert_true(entry_note(en, 0, 1, noted));
	entry_close(en);
	snprintf(path, sizeof path, "%s/%s", spool_path(sp, ROOM_QUEUE), id);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 5), 0);
	assert_int_equal(entry_open(spool_fd(sp, ROOM_QUEUE), id, ENTRY_VERIFY, &back, &e),
	    ENTRY_GOOD);
	assert_null(entry_envelope(back)->rcpts[0].why);
	assert_int_equal(entry_envelope(back)->rcpts[0].state, RCPT_PENDING);
	entry_close(back);
	spool_remove(sp, ROOM_QUEUE, id);
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	sp = spool_open(dir, true, &e);
	return sp != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	for (int r = 0; r < ROOM_MAX; r++)
		rmdir(spool_path(sp, (enum spool_room)r));
	spool_close(sp);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_flipped_bit_anywhere_is_seen_or_harmless),
	    cmocka_unit_test(a_file_cut_anywhere_is_no_mail_or_lacks_a_reason),
	    cmocka_unit_test(a_torn_journal_loses_texts_and_no_state),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
