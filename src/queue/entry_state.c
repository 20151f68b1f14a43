/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of each recipient: cells and journal of an entry. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "queue/entry_file.h"
#include "queue/journal.h"

#define JOURNAL_MAX ((size_t)64 << 20)

/* now: the cell it has. Who was refused and told, or cancelled, stays so: else he is told twice. */
static enum cell
cell_of(enum rcpt_state state, bool doubt, int now)
{
	switch (state) {
	case RCPT_SENT:
		return CELL_SENT;
	case RCPT_REFUSED:
		return now == CELL_BOUNCED || now == CELL_CANCELLED ? (enum cell)now : CELL_FAILED;
	case RCPT_UNKNOWN:
		return CELL_DOUBT;
	case RCPT_PENDING:
	case RCPT_QUEUED:
		break;
	}
	return doubt ? CELL_DOUBT : CELL_PENDING;
}

bool
entry_mark(struct entry *en, size_t first, size_t n, bool doubt)
{
	bool changed = en->unsure;

	for (size_t i = first; i < first + n; i++) {
		char c = (char)cell_of(en->env.rcpts[i].state,
		    doubt && en->env.rcpts[i].why == NULL, en->cells[i]);
		changed = changed || en->cells[i] != c;
		en->cells[i] = c;
	}
	if (!changed)
		return true;
	if (file_pwrite(en->fd, en->cells + first, n, ENTRY_CELLS_AT + first) &&
	    (en->id[0] == '\0' || fdatasync(en->fd) == 0))
		return true;
	en->unsure = true;
	return false;
}

enum cell
entry_cell(const struct entry *en, size_t i)
{
	return (enum cell)en->cells[i];
}

bool
entry_set_cell(struct entry *en, size_t i, enum cell c)
{
	en->cells[i] = (char)c;
	en->unsure = true;
	return file_pwrite(en->fd, en->cells + i, 1, ENTRY_CELLS_AT + i);
}

bool
entry_change_cells(struct entry *en, enum cell from, enum cell to)
{
	for (size_t i = 0; i < en->env.nrcpts; i++)
		if (en->cells[i] == (char)from)
			en->cells[i] = (char)to;
	en->unsure = true;
	return file_pwrite(en->fd, en->cells, en->env.nrcpts, ENTRY_CELLS_AT);
}

bool
entry_sync(struct entry *en)
{
	return fdatasync(en->fd) == 0;
}

bool
entry_save_times(struct entry *en)
{
	const struct entry_times *t = &en->times;
	struct timespec stamp[2] = {{.tv_nsec = UTIME_OMIT}};
	char text[ENTRY_MUTABLE_LEN];

	snprintf(text, sizeof text, "%06u %02u %015lld %015lld %015lld %c", t->attempts % 1000000,
	    t->begun % 100, (long long)t->next_ms, (long long)t->last_ms, (long long)t->active_ms,
	    t->warned ? 'w' : '-');
	if (!entry_put_line(en, ENTRY_FIXED_LEN, ENTRY_MUTABLE_LEN, text))
		return false;
	/* a hint for a cheap scan: a wrong one costs a look into the file, so failure does not
	 * matter */
	stamp[1].tv_sec = (time_t)(t->next_ms / 1000);
	stamp[1].tv_nsec = (long)(t->next_ms % 1000) * 1000000;
	futimens(en->fd, stamp);
	return true;
}

void
entry_want_look(struct entry *en)
{
	futimens(en->fd, NULL);
}

size_t
entry_count(struct entry *en, enum cell c)
{
	char chunk[1024];
	size_t count = 0;

	for (size_t at = 0; at < en->env.nrcpts;) {
		size_t want = en->env.nrcpts - at;
		ssize_t n = file_pread(en->fd, chunk, want < sizeof chunk ? want : sizeof chunk,
		    ENTRY_CELLS_AT + at);
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			count += chunk[i] == (char)c;
		at += (size_t)n;
	}
	return count;
}

struct group {
	const struct err *why;
	size_t index;
	char cell;
};

/* Equal state and reason stand together, recipients in order within. */
static int
group_order(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->why != y->why)
		return (uintptr_t)x->why < (uintptr_t)y->why ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static void
format_groups(struct entry *en, struct group *g, size_t n, struct buf *out)
{
	int64_t now = clock_wall_ms();
	size_t *which = mem_array(NULL, n, sizeof *which);

	for (size_t i = 0; i < n;) {
		size_t k = 0;
		while (i + k < n && g[i + k].cell == g[i].cell && g[i + k].why == g[i].why) {
			which[k] = g[i + k].index;
			k++;
		}
		journal_format(out, &en->env, (enum cell)g[i].cell, which, k, now);
		i += k;
	}
	free(which);
}

bool
entry_note(struct entry *en, size_t first, size_t n, bool *noted)
{
	struct group *g;
	struct buf out;
	struct stat st;
	size_t ngroups = 0;
	bool good;

	if (fstat(en->fd, &st) < 0)
		return false;
	g = mem_array(NULL, n + 1, sizeof *g);
	for (size_t i = first; i < first + n; i++) {
		const struct rcpt *r = &en->env.rcpts[i];
		if (r->why == NULL || noted[i])
			continue;
		g[ngroups++] = (struct group){r->why, i,
		    (char)cell_of(r->state, false, en->cells[i])};
		noted[i] = true;
	}
	qsort(g, ngroups, sizeof *g, group_order);
	buf_init(&out, JOURNAL_MAX);
	format_groups(en, g, ngroups, &out);
	good = file_pwrite(en->fd, buf_str(&out), out.len, (uint64_t)st.st_size);
	buf_done(&out);
	free(g);
	return good;
}

static void
state_from_cell(struct rcpt *r, int cell)
{
	r->why = NULL;
	r->server = NULL;
	switch (cell) {
	case CELL_SENT:
		r->state = RCPT_SENT;
		break;
	case CELL_DOUBT:
		r->state = RCPT_UNKNOWN;
		break;
	case CELL_FAILED:
	case CELL_BOUNCED:
	case CELL_CANCELLED:
		r->state = RCPT_REFUSED;
		break;
	default:
		r->state = RCPT_PENDING;
		break;
	}
}

/* What is done with each line, without its LF. */
struct reader {
	void (*each)(struct entry *en, const char *line, size_t n, void *arg);
	void *arg;
};

/* The lines of a piece; `line` holds what the piece before left open. */
static void
each_line(struct entry *en, struct buf *line, const char *p, size_t n, const struct reader *r)
{
	const char *end = p + n, *nl;

	while ((nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		buf_add(line, p, (size_t)(nl - p));
		if (!line->overflow)
			r->each(en, buf_str(line), line->len, r->arg);
		buf_clear(line);
		p = nl + 1;
	}
	buf_add(line, p, (size_t)(end - p));
}

static void
apply_line(struct entry *en, const char *line, size_t n, void *arg)
{
	(void)arg;
	journal_apply(line, n, &en->env, en->cells);
}

/* Piece by piece with one buffer: a journal may be long, and its tail torn. */
static void
read_journal(struct entry *en, const struct reader *r)
{
	uint64_t at = en->body_at + en->body_len;
	char chunk[16384];
	struct buf line;
	ssize_t n;

	buf_init(&line, JOURNAL_MAX);
	while ((n = file_pread(en->fd, chunk, sizeof chunk, at)) > 0) {
		each_line(en, &line, chunk, (size_t)n, r);
		at += (uint64_t)n;
	}
	buf_done(&line);
}

void
entry_recall(struct entry *en, const char *journal, size_t n)
{
	static const struct reader applier = {apply_line, NULL};
	struct buf line;

	for (size_t i = 0; i < en->env.nrcpts; i++)
		state_from_cell(&en->env.rcpts[i], en->cells[i]);
	if (journal == NULL) {
		read_journal(en, &applier);
		return;
	}
	buf_init(&line, JOURNAL_MAX);
	each_line(en, &line, journal, n, &applier);
	buf_done(&line);
}

bool
entry_reload(struct entry *en, const struct err *lost, struct err *e)
{
	size_t n = en->env.nrcpts;
	ssize_t got = file_pread(en->fd, en->cells, n, ENTRY_CELLS_AT);

	if (got < 0 || (size_t)got != n) {
		if (got >= 0)
			errno = EIO;
		return entry_storage_error(e, "cannot read back what became of the recipients");
	}
	entry_recall(en, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		struct rcpt *r = &en->env.rcpts[i];
		if (r->why == NULL && (r->state == RCPT_PENDING || r->state == RCPT_UNKNOWN))
			r->why = lost;
	}
	return true;
}

struct history {
	struct arena *mem;
	void (*each)(void *arg, const struct journal_line *l);
	void *arg;
};

static void
tell_line(struct entry *en, const char *line, size_t n, void *arg)
{
	const struct history *h = arg;
	struct journal_line l;

	if (journal_parse(h->mem, en->env.nrcpts, line, n, &l))
		h->each(h->arg, &l);
}

void
entry_history(struct entry *en, struct arena *mem,
    void (*each)(void *arg, const struct journal_line *l), void *arg)
{
	struct history h = {mem, each, arg};

	read_journal(en, &(struct reader){tell_line, &h});
}
