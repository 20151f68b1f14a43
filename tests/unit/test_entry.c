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

static char dir[] = "/tmp/test_entry.XXXXXX";
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

static void
what_was_written_is_read_back(void **state)
{
	struct entry *en = make(3), *back;
	struct envelope *env = entry_envelope(en);
	char id[ENTRY_ID_MAX], text[100];
	struct err e;

	(void)state;
	env->rcpts[1].state = RCPT_SENT;
	assert_true(entry_mark(en, 0, 3, false));
	commit(en, id);
	entry_close(en);
	assert_int_equal(
	    entry_open(spool_fd(sp, ROOM_QUEUE), id, ENTRY_LOCK | ENTRY_VERIFY, &back, &e),
	    ENTRY_GOOD);
	env = entry_envelope(back);
	assert_string_equal(env->from, "me@test.example");
	assert_string_equal(env->account, "work");
	assert_string_equal(env->message_id, "<1@test.example>");
	assert_int_equal(env->nrcpts, 3);
	assert_string_equal(env->rcpts[2].addr, "r2@test.example");
	assert_int_equal(env->rcpts[0].state, RCPT_PENDING);
	assert_int_equal(env->rcpts[1].state, RCPT_SENT);
	assert_int_equal(env->facts.size, strlen(BODY));
	assert_int_equal(entry_read(back, text, sizeof text, 0), strlen(BODY));
	assert_memory_equal(text, BODY, strlen(BODY));
	assert_int_equal(entry_read(back, text, sizeof text, strlen(BODY)), 0);
	entry_close(back);
	spool_remove(sp, ROOM_QUEUE, id);
}

static void
a_nameless_entry_leaves_nothing_behind(void **state)
{
	struct spool_item *items;
	struct err e;
	size_t n;

	(void)state;
	entry_close(make(1));
	assert_true(spool_list(sp, ROOM_QUEUE, &items, &n, &e));
	assert_int_equal(n, 0);
	free(items);
}

static void
doubt_is_for_those_nobody_has_answered_for(void **state)
{
	struct entry *en = make(3);
	struct envelope *env = entry_envelope(en);
	struct err why, lost;

	(void)state;
	err_set(&why, ERR_RECIPIENT, STAGE_RCPT, "4.2.1", "later");
	err_set(&lost, ERR_RELAY, STAGE_FINAL, "4.4.2", "gone");
	env->rcpts[0].state = RCPT_REFUSED;
	env->rcpts[1].why = &why;
	assert_true(entry_mark(en, 0, 3, true));
	assert_int_equal(entry_count(en, CELL_FAILED), 1);
	assert_int_equal(entry_count(en, CELL_PENDING), 1);
	assert_int_equal(entry_count(en, CELL_DOUBT), 1);
	assert_true(entry_reload(en, &lost, &why));
	assert_int_equal(env->rcpts[2].state, RCPT_UNKNOWN);
	assert_string_equal(env->rcpts[2].why->text, "gone");
	entry_close(en);
}

static void
who_was_told_stays_told(void **state)
{
	static const enum cell cells[] = {CELL_PENDING, CELL_BOUNCED, CELL_CANCELLED, CELL_FAILED};
	struct entry *en = make(4);
	struct err e;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_true(entry_set_cell(en, i, cells[i]));
	assert_true(entry_reload(en, NULL, &e));
	for (int doubt = 1; doubt >= 0; doubt--) {
		assert_true(entry_mark(en, 0, 4, doubt != 0));
		assert_true(entry_reload(en, NULL, &e));
		assert_int_equal(entry_cell(en, 1), CELL_BOUNCED);
		assert_int_equal(entry_cell(en, 2), CELL_CANCELLED);
		assert_int_equal(entry_cell(en, 3), CELL_FAILED);
	}
	entry_close(en);
}

static void
a_mark_waits_for_the_disk_only_when_it_changes_something(void **state)
{
	static const struct {
		enum rcpt_state state;
		bool doubt;
		unsigned syncs;
	} rows[] = {{RCPT_PENDING, false, 0}, {RCPT_PENDING, true, 1}, {RCPT_PENDING, true, 0},
	    {RCPT_SENT, false, 1}, {RCPT_SENT, false, 0}};
	struct entry *en = make(1);
	char id[ENTRY_ID_MAX];

	(void)state;
	commit(en, id);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		entry_envelope(en)->rcpts[0].state = rows[i].state;
		nsyncs = 0;
		assert_true(entry_mark(en, 0, 1, rows[i].doubt));
		assert_int_equal(nsyncs, rows[i].syncs);
	}
	/* a cell that was set without a sync makes the next mark one */
	assert_true(entry_set_cell(en, 0, CELL_SENT));
	nsyncs = 0;
	assert_true(entry_mark(en, 0, 1, false));
	assert_int_equal(nsyncs, 1);
	entry_close(en);
	spool_remove(sp, ROOM_QUEUE, id);
}

static void
reasons_come_back_through_the_journal(void **state)
{
	struct entry *en = make(4);
	struct envelope *env = entry_envelope(en);
	struct err shared, own, e;
	bool noted[4] = {false};

	(void)state;
	err_set(&shared, ERR_MESSAGE, STAGE_FINAL, "2.0.0", "Ok: queued as 7~x");
	shared.code = 250;
	err_set(&own, ERR_RECIPIENT, STAGE_RCPT, "5.1.1", "No such user");
	own.code = 550;
	own.sysexit = 67;
	for (size_t i = 0; i < 3; i++) {
		env->rcpts[i].state = RCPT_SENT;
		env->rcpts[i].why = &shared;
		env->rcpts[i].server = "h:25";
		env->rcpts[i].ms = 12;
	}
	env->rcpts[3].state = RCPT_REFUSED;
	env->rcpts[3].why = &own;
	assert_true(entry_mark(en, 0, 4, false));
	assert_true(entry_note(en, 0, 4, noted));
	assert_true(noted[0] && noted[3]);
	assert_true(entry_reload(en, NULL, &e));
	assert_string_equal(env->rcpts[2].why->text, "Ok: queued as 7~x");
	assert_ptr_equal(env->rcpts[0].why, env->rcpts[2].why); /* one text for all that share it */
	assert_string_equal(env->rcpts[1].server, "h:25");
	assert_int_equal(env->rcpts[1].ms, 12);
	assert_int_equal(env->rcpts[3].why->code, 550);
	assert_int_equal(env->rcpts[3].why->sysexit, 67);
	assert_int_equal(env->rcpts[3].why->class, ERR_RECIPIENT);
	entry_close(en);
}

static void
a_lock_keeps_others_out_and_dies_with_its_holder(void **state)
{
	char id[ENTRY_ID_MAX];
	struct entry *en = make(1), *a, *b;
	int dirfd = spool_fd(sp, ROOM_QUEUE);
	struct err e;

	(void)state;
	commit(en, id);
	entry_close(en);
	assert_int_equal(entry_open(dirfd, id, ENTRY_LOCK, &a, &e), ENTRY_GOOD);
	assert_int_equal(entry_open(dirfd, id, ENTRY_LOCK, &b, &e), ENTRY_BUSY);
	entry_close(a);
	assert_int_equal(entry_open(dirfd, id, ENTRY_LOCK, &a, &e), ENTRY_GOOD);
	entry_close(a);
	spool_remove(sp, ROOM_QUEUE, id);
	assert_int_equal(entry_open(dirfd, id, ENTRY_LOCK, &a, &e), ENTRY_GONE);
}

static void
what_is_no_file_of_ours_is_refused(void **state)
{
	int dirfd = spool_fd(sp, ROOM_QUEUE);
	struct entry *en;
	struct err e;

	(void)state;
	assert_int_equal(symlinkat("/etc/passwd", dirfd, "0sym"), 0);
	assert_int_equal(mkdirat(dirfd, "0dir", 0700), 0);
	assert_int_equal(mkfifoat(dirfd, "0fifo", 0600), 0);
	assert_int_equal(entry_open(dirfd, "0sym", ENTRY_LOCK, &en, &e), ENTRY_CORRUPT);
	assert_int_equal(entry_open(dirfd, "0dir", ENTRY_LOCK, &en, &e), ENTRY_CORRUPT);
	assert_int_equal(entry_open(dirfd, "0fifo", ENTRY_LOCK, &en, &e), ENTRY_CORRUPT);
	unlinkat(dirfd, "0sym", 0);
	unlinkat(dirfd, "0dir", AT_REMOVEDIR);
	unlinkat(dirfd, "0fifo", 0);
}

static void
the_mutable_line_survives(void **state)
{
	char id[ENTRY_ID_MAX];
	struct entry *en = make(1), *back;
	struct entry_times *t = entry_times(en);
	struct err e;

	(void)state;
	*t = (struct entry_times){.attempts = 7,
	    .begun = 2,
	    .next_ms = 1700000000123,
	    .last_ms = 1700000000000,
	    .active_ms = 5000,
	    .warned = true};
	commit(en, id);
	entry_close(en);
	assert_int_equal(entry_open(spool_fd(sp, ROOM_QUEUE), id, 0, &back, &e), ENTRY_GOOD);
	t = entry_times(back);
	assert_int_equal(t->attempts, 7);
	assert_int_equal(t->begun, 2);
	assert_int_equal(t->next_ms, 1700000000123);
	assert_int_equal(t->active_ms, 5000);
	assert_true(t->warned);
	entry_close(back);
	spool_remove(sp, ROOM_QUEUE, id);
}

static void
a_move_replaces_no_mail(void **state)
{
	char id[ENTRY_ID_MAX];
	struct entry *en = make(1), *other = make(2);
	bool existed;
	struct err e;

	(void)state;
	commit(en, id);
	assert_true(spool_commit(sp, ROOM_HOLD, other, id, &existed, &e));
	assert_false(existed);
	assert_false(spool_move(sp, ROOM_QUEUE, ROOM_HOLD, id));
	assert_int_equal(errno, EEXIST);
	assert_true(spool_move(sp, ROOM_QUEUE, ROOM_DEAD, id));
	entry_close(en);
	entry_close(other);
	assert_int_equal(entry_open(spool_fd(sp, ROOM_HOLD), id, 0, &other, &e), ENTRY_GOOD);
	assert_int_equal(entry_envelope(other)->nrcpts, 2);
	entry_close(other);
	assert_true(spool_remove(sp, ROOM_HOLD, id));
	assert_true(spool_remove(sp, ROOM_DEAD, id));
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
	    cmocka_unit_test(what_was_written_is_read_back),
	    cmocka_unit_test(a_nameless_entry_leaves_nothing_behind),
	    cmocka_unit_test(doubt_is_for_those_nobody_has_answered_for),
	    cmocka_unit_test(who_was_told_stays_told),
	    cmocka_unit_test(a_mark_waits_for_the_disk_only_when_it_changes_something),
	    cmocka_unit_test(reasons_come_back_through_the_journal),
	    cmocka_unit_test(a_lock_keeps_others_out_and_dies_with_its_holder),
	    cmocka_unit_test(what_is_no_file_of_ours_is_refused),
	    cmocka_unit_test(the_mutable_line_survives),
	    cmocka_unit_test(a_move_replaces_no_mail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
