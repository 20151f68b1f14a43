/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "deliver/notice.h"
#include "deliver/notice_make.h"
#include "queue/ration.h"

#define HOUR ((int64_t)3600 * 1000)
#define MANY 50

static char dir[] = "/tmp/test_notice.XXXXXX";
static struct spool *sp;
static const int64_t waits[] = {60000};
static const struct schedule plan = {waits, 1, 5 * 24 * HOUR, 4 * HOUR};
static struct notice notice;

/* A message of that id whose recipients, "id-N@x.test", are refused; the last `open` wait. */
struct model {
	const char *id, *from;
	size_t nrcpts, open;
	unsigned notify;
	bool class_notice;
};

static void
make(const struct model *m)
{
	struct err e = {.class = ERR_NONE}, why;
	struct entry *en = entry_new(spool_path(sp, ROOM_QUEUE), &e);
	struct envelope *env = entry_envelope(en);
	bool existed, noted[8] = {false};
	char addr[64];

	env->from = m->from;
	env->account = "t";
	env->notice = m->class_notice;
	err_set(&why, ERR_RECIPIENT, STAGE_RCPT, "5.1.1", "No such user");
	why.code = 550;
	for (size_t i = 0; i < m->nrcpts; i++) {
		snprintf(addr, sizeof addr, "%s-%zu@x.test", m->id, i);
		envelope_add(env, addr)->notify = m->notify;
	}
	assert_true(entry_begin(en, &e) && entry_write(en, "Subject: s\r\n\r\nhi\r\n", 18, &e));
	assert_true(entry_finish(en, &e));
	for (size_t i = 0; i + m->open < m->nrcpts; i++) {
		env->rcpts[i].state = RCPT_REFUSED;
		env->rcpts[i].why = &why;
	}
	assert_true(entry_mark(en, 0, m->nrcpts, false));
	assert_true(entry_note(en, 0, m->nrcpts, noted));
	entry_times(en)->attempts = 1;
	assert_true(spool_commit(sp, ROOM_QUEUE, en, m->id, &existed, &e) && !existed);
	entry_close(en);
}

static size_t
count(enum spool_room room)
{
	struct spool_item *items;
	struct err e;
	size_t n;

	assert_true(spool_list(sp, room, &items, &n, &e));
	free(items);
	return n;
}

static bool
is_there(enum spool_room room, const char *id)
{
	return faccessat(spool_fd(sp, room), id, F_OK, 0) == 0;
}

static void
empty(void)
{
	for (int room = 0; room < ROOM_MAX; room++) {
		struct spool_item *items;
		struct err e;
		size_t n;

		assert_true(spool_list(sp, (enum spool_room)room, &items, &n, &e));
		for (size_t i = 0; i < n; i++)
			assert_true(spool_remove(sp, (enum spool_room)room, items[i].id));
		free(items);
	}
	unlinkat(spool_root_fd(sp), "notices", 0);
}

/* How often the text stands in messages of the queue whose id has `kind` behind the others'. */
static size_t
told(char kind, const char *text, struct entry **last)
{
	static char chunk[200000];
	struct spool_item *items;
	size_t n, found = 0;
	struct err e;

	assert_true(spool_list(sp, ROOM_QUEUE, &items, &n, &e));
	for (size_t i = 0; i < n; i++) {
		struct entry *en;
		ssize_t got;

		if (strchr(items[i].id, kind) == NULL)
			continue;
		assert_int_equal(
		    entry_open(spool_fd(sp, ROOM_QUEUE), items[i].id, ENTRY_VERIFY, &en, &e),
		    ENTRY_GOOD);
		got = entry_read(en, chunk, sizeof chunk - 1, 0);
		assert_true(got > 0 && (size_t)got < sizeof chunk - 1);
		chunk[got] = '\0';
		for (const char *p = chunk; (p = strstr(p, text)) != NULL; p++)
			found++;
		if (last != NULL)
			*last = en;
		else
			entry_close(en);
	}
	free(items);
	return found;
}

static void
run_all(size_t n, size_t want_done)
{
	static char ids[MANY][8];
	const char *list[MANY];
	size_t done;
	struct err e;

	for (size_t i = 0; i < n; i++) {
		snprintf(ids[i], sizeof ids[i], "m%02zu", i);
		list[i] = ids[i];
	}
	assert_true(notice_run_all(&notice, list, n, &done, &e));
	assert_int_equal(done, want_done);
}

static void
make_many(size_t n, const char *from)
{
	char id[8];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "m%02zu", i);
		make(&(struct model){.id = id, .from = from, .nrcpts = 1});
	}
}

static void
the_sender_is_told_and_the_message_goes(void **state)
{
	struct entry *en = NULL;
	struct err e;

	(void)state;
	empty();
	make(&(struct model){.id = "1", .from = "me@x.test", .nrcpts = 3, .open = 1});
	assert_true(notice_run(&notice, "1", &e));
	assert_true(is_there(ROOM_QUEUE, "1"));
	assert_int_equal(told('b', "Final-Recipient: rfc822; 1-1@x.test", &en), 1);
	assert_true(entry_envelope(en)->notice && entry_envelope(en)->from[0] == '\0');
	assert_string_equal(entry_id(en), "1b0");
	assert_int_equal(entry_envelope(en)->nabout, 1);
	assert_string_equal(entry_envelope(en)->about[0], "1");
	entry_close(en);
	assert_int_equal(told('b', "1-2@x.test", NULL), 0);
	/* nothing new, nothing told */
	assert_true(notice_run(&notice, "1", &e));
	assert_int_equal(count(ROOM_QUEUE), 2);
}

/* As a crash leaves it: the notice is durable, the mark is not. */
static void
a_notice_made_before_a_crash_is_not_made_again(void **state)
{
	const struct model m = {.id = "2", .from = "me@x.test", .nrcpts = 1};
	struct err e;
	size_t done;
	const char *ids[] = {"2"};

	(void)state;
	empty();
	make(&m);
	assert_true(notice_run(&notice, "2", &e));
	make(&m);
	assert_true(notice_run(&notice, "2", &e));
	assert_false(is_there(ROOM_QUEUE, "2"));
	make(&m);
	assert_true(notice_run_all(&notice, ids, 1, &done, &e));
	assert_int_equal(done, 1);
	assert_int_equal(count(ROOM_QUEUE), 1);
	assert_int_equal(told('b', "Final-Recipient", NULL), 1);
}

static void
what_was_not_asked_for_is_not_told(void **state)
{
	static const struct {
		unsigned notify;
		size_t notices;
	} rows[] = {{NOTIFY_NEVER, 0}, {NOTIFY_DELAY, 0}, {NOTIFY_SUCCESS, 0}, {NOTIFY_FAILURE, 1},
	    {NOTIFY_FAILURE | NOTIFY_DELAY, 1}, {0, 1}};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		empty();
		make(&(struct model){.id = "3",
		    .from = "me@x.test",
		    .nrcpts = 1,
		    .notify = rows[i].notify});
		assert_true(notice_run(&notice, "3", &e));
		assert_false(is_there(ROOM_QUEUE, "3"));
		assert_int_equal(count(ROOM_QUEUE), rows[i].notices);
		assert_int_equal(count(ROOM_DEAD), 0);
	}
}

static void
what_can_be_told_to_nobody_is_kept(void **state)
{
	struct err e;

	(void)state;
	empty();
	make(&(struct model){.id = "4", .from = "", .nrcpts = 2});
	make(&(struct model){.id = "5", .from = "", .nrcpts = 1, .class_notice = true});
	make(&(struct model){.id = "6", .from = "me@x.test", .nrcpts = 1, .class_notice = true});
	for (const char *id = "4\0005\0006\0"; *id != '\0'; id += 2) {
		assert_true(notice_run(&notice, id, &e));
		assert_true(is_there(ROOM_DEAD, id));
	}
	assert_int_equal(count(ROOM_QUEUE), 0);
	/* unless somebody hears of everything: but of a notice nobody does */
	empty();
	notice.bounce_to = "root@x.test";
	make(&(struct model){.id = "4", .from = "", .nrcpts = 1});
	make(&(struct model){.id = "6", .from = "", .nrcpts = 1, .class_notice = true});
	assert_true(notice_run(&notice, "4", &e) && notice_run(&notice, "6", &e));
	notice.bounce_to = NULL;
	assert_int_equal(told('b', "To: root@x.test", NULL), 1);
	assert_true(is_there(ROOM_DEAD, "6"));
}

static void
no_room_for_the_notice_keeps_the_message(void **state)
{
	struct rlimit was, small;
	struct err e;

	(void)state;
	empty();
	make(&(struct model){.id = "7", .from = "me@x.test", .nrcpts = 1});
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){1000, was.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_false(notice_run(&notice, "7", &e));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(e.class, ERR_LOCAL);
	assert_int_equal(count(ROOM_QUEUE), 1);
	assert_true(notice_run(&notice, "7", &e));
	assert_int_equal(told('b', "Final-Recipient: rfc822; 7-0@x.test", NULL), 1);
}

static void
twenty_an_hour_are_told_one_by_one_and_the_rest_together(void **state)
{
	char field[64], id[8];
	struct entry *digest = NULL;
	struct err e;

	(void)state;
	empty();
	make_many(MANY, "me@x.test");
	for (size_t i = 0; i < MANY; i++) {
		snprintf(id, sizeof id, "m%02zu", i);
		assert_true(notice_run(&notice, id, &e));
	}
	assert_int_equal(told('b', "Final-Recipient", NULL), RATION_MAX);
	assert_int_equal(count(ROOM_QUEUE), MANY);
	run_all(MANY, 0); /* the hour is not over */
	assert_int_equal(count(ROOM_QUEUE), MANY);
	unlinkat(spool_root_fd(sp), "notices", 0);
	run_all(MANY, MANY - RATION_MAX);
	assert_int_equal(count(ROOM_QUEUE), RATION_MAX + 1);
	assert_int_equal(told('d', "Final-Recipient", &digest), MANY - RATION_MAX);
	assert_int_equal(entry_envelope(digest)->nabout, MANY - RATION_MAX);
	entry_close(digest);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(field, sizeof field, "Final-Recipient: rfc822; m%02zu-0@x.test", i);
		assert_int_equal(told('b', field, NULL) + told('d', field, NULL), 1);
	}
}

/* However far the marks have come, from the last to the first, no second digest is made. */
static void
a_digest_made_before_a_crash_is_not_made_again(void **state)
{
	(void)state;
	for (size_t unmarked = 1; unmarked <= 5; unmarked++) {
		empty();
		make_many(5, "me@x.test");
		run_all(5, 5);
		assert_int_equal(count(ROOM_QUEUE), 1);
		make_many(unmarked, "me@x.test");
		make(&(struct model){.id = "m05", .from = "me@x.test", .nrcpts = 1});
		run_all(6, 2);
		assert_int_equal(told('d', "Final-Recipient", NULL), 5);
		assert_int_equal(told('b', "Final-Recipient", NULL), 1); /* of m05 alone */
		assert_int_equal(count(ROOM_QUEUE), 2);
	}
}

static void
each_sender_gets_a_digest_of_his_own(void **state)
{
	char id[8];

	(void)state;
	empty();
	for (size_t i = 0; i < 6; i++) {
		snprintf(id, sizeof id, "m%02zu", i);
		make(&(struct model){.id = id,
		    .from = i % 2 > 0 ? "ann@x.test"
			: i == 4      ? ""
				      : "bob@x.test",
		    .nrcpts = 2,
		    .open = i == 3});
	}
	run_all(6, 6);
	assert_int_equal(told('d', "To: ann@x.test", NULL), 1);
	assert_int_equal(told('d', "To: bob@x.test", NULL), 1);
	assert_int_equal(told('d', "Final-Recipient", NULL), 5 + 4);
	assert_true(is_there(ROOM_DEAD, "m04"));
	assert_true(is_there(ROOM_QUEUE, "m03")); /* somebody of it is open */
	assert_int_equal(count(ROOM_QUEUE), 3);
}

static void
the_ration_holds_in_any_hour(void **state)
{
	int64_t now = 1700000000000, given[200];
	size_t n = 0;

	(void)state;
	empty();
	for (int64_t t = now; t < now + 5 * HOUR; t += 97000) {
		int64_t at = ration_ask(sp, t);

		if (at == 0) {
			ration_note(sp, t);
			given[n++] = t;
			assert_true(
			    n <= RATION_MAX || t - given[n - 1 - RATION_MAX] >= RATION_PERIOD_MS);
		} else {
			assert_int_equal(at, given[n - RATION_MAX] + RATION_PERIOD_MS);
		}
	}
	assert_int_equal(n, 5 * RATION_MAX);
	/* a clock that went back */
	assert_int_equal(ration_ask(sp, now - 100 * HOUR), 0);
	/* a file that is none */
	int fd = openat(spool_root_fd(sp), "notices", O_WRONLY);

	assert_int_equal(pwrite(fd, "x", 1, 30), 1);
	close(fd);
	assert_int_equal(ration_ask(sp, now + 5 * HOUR), 0);
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	sp = spool_open(dir, true, &e);
	notice = (struct notice){.spool = sp,
	    .schedule = &plan,
	    .bounce_from = "me@x.test",
	    .host = "here.test"};
	return sp != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	empty();
	for (int r = 0; r < ROOM_MAX; r++)
		rmdir(spool_path(sp, (enum spool_room)r));
	spool_close(sp);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_sender_is_told_and_the_message_goes),
	    cmocka_unit_test(a_notice_made_before_a_crash_is_not_made_again),
	    cmocka_unit_test(what_was_not_asked_for_is_not_told),
	    cmocka_unit_test(what_can_be_told_to_nobody_is_kept),
	    cmocka_unit_test(no_room_for_the_notice_keeps_the_message),
	    cmocka_unit_test(twenty_an_hour_are_told_one_by_one_and_the_rest_together),
	    cmocka_unit_test(a_digest_made_before_a_crash_is_not_made_again),
	    cmocka_unit_test(each_sender_gets_a_digest_of_his_own),
	    cmocka_unit_test(the_ration_holds_in_any_hour),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
