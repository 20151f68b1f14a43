/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "deliver/intake_state.h"
#include "message/recode.h"

#define CHUNK ((size_t)128 * 1024)

/* From the entry that was written to the one that takes its place. */
struct second_pass {
	struct entry *from, *to;
	const struct recode_plan *plan;
	char *chunk;
	struct facts head, body;
	struct err *e; /* for the sink */
};

static bool
unreadable(struct err *e, ssize_t got)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "cannot read back the message: %s",
	    got < 0 ? strerror(errno) : "it has become shorter than it was");
}

static bool
ignore(void *arg, const char *data, size_t n)
{
	(void)arg;
	(void)data;
	(void)n;
	return true;
}

/* The fields are others now; what was met and changed on the way in stays true. */
static void
note_header(struct second_pass *p, const struct buf *out)
{
	struct canon scan;

	p->head = (struct facts){
	    .utf8 = true,
	    .received = p->head.received,
	    .bare_cr = p->head.bare_cr,
	};
	canon_init(&scan, ignore, NULL, &p->head);
	canon_feed(&scan, buf_str(out), out->len);
}

static bool
copy_header(struct second_pass *p, struct err *e)
{
	size_t n = (size_t)p->head.size, done = 0;
	char *block = mem_alloc(n + 1);
	struct buf out;
	ssize_t got = 1;
	bool good;

	while (done < n && got > 0) {
		got = entry_read(p->from, block + done, n - done, done);
		done += got > 0 ? (size_t)got : 0;
	}
	buf_init(&out, n + 4096);
	good = done == n || unreadable(e, got);
	if (good) {
		recode_header(p->plan, block, n, &out);
		note_header(p, &out);
		good = entry_write(p->to, buf_str(&out), out.len, e);
	}
	buf_done(&out);
	free(block);
	return good;
}

static bool
on_body(void *arg, const char *data, size_t n)
{
	struct second_pass *p = arg;

	return entry_write(p->to, data, n, p->e);
}

static bool
copy_body(struct second_pass *p, uint64_t at, uint64_t size, struct err *e)
{
	struct recode r;
	ssize_t got;

	p->e = e;
	recode_init(&r, p->plan, on_body, p, &p->body);
	for (; at < size; at += (uint64_t)got) {
		got = entry_read(p->from, p->chunk, CHUNK, at);
		if (got <= 0)
			return unreadable(e, got);
		if (!recode_feed(&r, p->chunk, (size_t)got))
			return false;
	}
	return recode_end(&r);
}

static bool
copy_message(struct second_pass *p, struct err *e)
{
	uint64_t at = p->head.size;
	struct envelope *env = entry_envelope(p->to);
	bool bare_cr = p->body.bare_cr;
	uint64_t size = env->facts.size;

	if (!entry_begin(p->to, e) || !copy_header(p, e) || !copy_body(p, at, size, e))
		return false;
	p->body.bare_cr = bare_cr;
	env->facts = canon_join(&p->head, &p->body);
	return entry_finish(p->to, e);
}

/* All that hangs on the envelope's arena goes with it. */
static void
move_envelope(struct intake_state *r, struct entry *to)
{
	struct envelope *there = entry_envelope(to), empty = *there;

	*there = *r->env;
	*r->env = empty;
	r->env = there;
}

bool
intake_recode(struct intake_state *r, const struct fixup *f, struct err *e)
{
	struct second_pass p = {.from = r->out->entry};
	struct recode_plan plan;
	bool good;

	fixup_facts(f, &p.head, &p.body);
	if (!recode_decide(&r->mime, &p.body, &plan, e))
		return false;
	if (!plan.needed)
		return true;
	p.plan = &plan;
	p.to = entry_new(r->in->queue_dir, e);
	if (p.to == NULL)
		return false;
	entry_set_arrival(p.to, entry_arrival_ms(p.from));
	move_envelope(r, p.to);
	p.chunk = mem_alloc(CHUNK);
	good = copy_message(&p, e);
	free(p.chunk);
	r->out->entry = p.to;
	entry_close(p.from);
	return good;
}
