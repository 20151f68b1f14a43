/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hold, release, remove: what a person decides about a message. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/maillog.h"
#include "cli/queue_change.h"
#include "cli/queue_pick.h"

#define LOCK_WAIT_MS 10000
#define LOCK_LOOK_MS 50

static bool
said(struct err *e, const char *what)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "", "%s: %s", what, strerror(errno));
}

/* Waits while it is being sent: a person's word counts for what is left of it. */
static enum entry_open
open_locked(const struct queue_call *c, const struct queue_picked *m, struct entry **en,
    struct err *e)
{
	int64_t deadline = clock_mono_ms() + LOCK_WAIT_MS;
	bool told = false;
	enum entry_open r;

	for (;;) {
		r = entry_open(spool_fd(c->spool, m->room), m->id, ENTRY_LOCK, en, e);
		if (r != ENTRY_BUSY || clock_left_ms(deadline) == 0)
			return r;
		if (!told)
			ui_note(c->ui, "message %s is being sent now: waiting up to 10 seconds",
			    m->id);
		told = true;
		(void)poll(NULL, 0, LOCK_LOOK_MS);
	}
}

/* The lock first: what is being sent cannot be moved or removed. */
static struct entry *
lock_entry(const struct queue_call *c, const struct queue_picked *m, struct err *e)
{
	struct entry *en;

	switch (open_locked(c, m, &en, e)) {
	case ENTRY_GOOD:
		return en;
	case ENTRY_BUSY:
		err_set(e, ERR_LOCAL, STAGE_QUEUE, "",
		    "message %s is being sent now: try again in a moment", m->id);
		break;
	case ENTRY_GONE:
		err_set(e, ERR_USAGE, STAGE_QUEUE, "", "message %s is not in the queue any more",
		    m->id);
		break;
	case ENTRY_CORRUPT:
	case ENTRY_TROUBLE:
		err_wrap(e, "message %s", m->id);
		break;
	}
	return NULL;
}

static bool
hold(const struct queue_call *c, const struct queue_picked *m, struct err *e)
{
	struct entry *en;
	bool good;

	if (m->room == ROOM_HOLD)
		return true;
	if (m->room != ROOM_QUEUE)
		return err_set(e, ERR_USAGE, STAGE_QUEUE, "",
		    "message %s is in %s/, not in the queue", m->id, spool_room_name(m->room));
	en = lock_entry(c, m, e);
	if (en == NULL)
		return false;
	good = spool_move(c->spool, ROOM_QUEUE, ROOM_HOLD, m->id) ||
	    said(e, "cannot hold the message");
	if (good)
		maillog_changed(en, "held");
	entry_close(en);
	return good;
}

bool
queue_change_make_due(const struct queue_call *c, const struct queue_picked *m,
    void (*each)(const struct queue_call *c, struct entry *en), struct err *e)
{
	struct entry *en;
	bool good = true;

	if (m->room == ROOM_CORRUPT)
		return err_set(e, ERR_USAGE, STAGE_QUEUE, "",
		    "message %s is damaged and cannot be sent", m->id);
	en = lock_entry(c, m, e);
	if (en == NULL)
		return false;
	for (size_t i = 0; m->room == ROOM_DEAD && good && i < entry_envelope(en)->nrcpts; i++)
		if (entry_cell(en, i) == CELL_FAILED)
			good = entry_set_cell(en, i, CELL_PENDING);
	entry_times(en)->next_ms = 0;
	entry_times(en)->begun = 0;
	good = good && entry_save_times(en) && entry_sync(en) &&
	    (m->room == ROOM_QUEUE || spool_move(c->spool, m->room, ROOM_QUEUE, m->id));
	if (!good)
		said(e, "cannot release the message");
	else if (m->room != ROOM_QUEUE)
		maillog_changed(en, "released");
	if (good && each != NULL)
		each(c, en);
	entry_close(en);
	return good;
}

static bool
release(const struct queue_call *c, const struct queue_picked *m, struct err *e)
{
	return queue_change_make_due(c, m, NULL, e);
}

/* A damaged file has no entry that could be locked; whoever looks at it may have locked the file.
 */
static bool
remove_damaged(const struct queue_call *c, const struct queue_picked *m, struct err *e)
{
	int fd = openat(spool_fd(c->spool, m->room), m->id,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	bool good = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;

	if (!good)
		err_set(e, ERR_LOCAL, STAGE_QUEUE, "", "file %s is in use: try again in a moment",
		    m->id);
	good = good &&
	    ((spool_remove(c->spool, m->room, m->id) && spool_sync(c->spool, m->room)) ||
		said(e, "cannot remove the file"));
	if (fd >= 0)
		close(fd);
	return good;
}

static bool
remove_entry(const struct queue_call *c, const struct queue_picked *m, struct err *e)
{
	struct entry *en;
	bool good;

	if (m->room == ROOM_CORRUPT)
		return remove_damaged(c, m, e);
	en = lock_entry(c, m, e);
	if (en == NULL)
		return false;
	good = (spool_remove(c->spool, m->room, m->id) && spool_sync(c->spool, m->room)) ||
	    said(e, "cannot remove the message");
	if (good)
		maillog_changed(en, "removed");
	entry_close(en);
	return good;
}

struct change {
	bool (*make)(const struct queue_call *c, const struct queue_picked *m, struct err *e);
	unsigned rooms; /* where patterns look */
	const char *done;
};

/* Each message by itself: one that cannot be changed keeps nobody else from being dealt with. */
static int
change(const struct queue_call *c, const struct change *how)
{
	struct queue_pick pick;
	struct err e;

	if (!queue_pick(c, how->rooms, &pick, &e))
		return queue_verb_trouble(c, &e);
	for (size_t i = 0; i < pick.n; i++) {
		char shown[ENTRY_ID_MAX];

		if (!how->make(c, &pick.items[i], &e)) {
			pick.status = queue_verb_trouble(c, &e);
			continue;
		}
		spool_short_id(pick.items[i].id, shown);
		ui_note(c->ui, "message %s: %s", shown, how->done);
	}
	if (pick.n == 0 && pick.status == 0)
		ui_note(c->ui, "no message fits, nothing was changed");
	return pick.status;
}

int
queue_change_hold(const struct queue_call *c)
{
	return change(c,
	    &(const struct change){hold, QUEUE_PICK(ROOM_QUEUE), "held until it is released"});
}

/* Back into the queue, due at once: from hold/ or dead/. */
int
queue_change_release(const struct queue_call *c)
{
	return change(c,
	    &(const struct change){release, QUEUE_PICK(ROOM_HOLD) | QUEUE_PICK(ROOM_DEAD),
		"due now"});
}

int
queue_change_remove(const struct queue_call *c)
{
	return change(c,
	    &(const struct change){remove_entry,
		QUEUE_PICK(ROOM_QUEUE) | QUEUE_PICK(ROOM_HOLD) | QUEUE_PICK(ROOM_DEAD), "removed"});
}
